// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bn254} from "../../contracts/libraries/Bn254.sol";
import {InferenceInputsMock} from "../../contracts/mocks/InferenceInputsMock.sol";
import {InferenceInputs} from "../../contracts/periphery/InferenceInputs.sol";
import {PackedValues} from "../../contracts/periphery/PackedValues.sol";
import {Poseidon} from "../../contracts/periphery/Poseidon.sol";
import {PoseidonConstants} from "../../contracts/periphery/PoseidonConstants.sol";
import {Test} from "./Vm.sol";

contract InferenceInputsTest is Test {
    InferenceInputsMock private inputs;

    function setUp() external {
        inputs = new InferenceInputsMock();
    }

    function test_hash_revertsOutOfField() external {
        vm.expectRevert(abi.encodeWithSelector(Poseidon.InputOutOfField.selector, Bn254.SCALAR_ORDER));
        inputs.hash(Bn254.SCALAR_ORDER);
    }

    function test_build_revertsOnWrongWidth() external {
        vm.expectRevert(abi.encodeWithSelector(InferenceInputs.WidthInvalid.selector, 3));
        inputs.build(new int256[](1), InferenceInputs.InputShape({lo: 0, bits: 8, width: 3}));
    }

    function test_build_revertsOnTwoWords() external {
        vm.expectRevert(abi.encodeWithSelector(InferenceInputs.InputTooLong.selector, 2));
        inputs.build(new int256[](32), InferenceInputs.InputShape({lo: 0, bits: 8, width: 1}));
    }

    function test_build_revertsOnAValueWiderThanTheTensor() external {
        int256[] memory values = new int256[](2);
        values[1] = 128;

        vm.expectRevert(abi.encodeWithSelector(PackedValues.ValueOutOfRange.selector, 1, 128, -128, 8));
        inputs.build(values, InferenceInputs.InputShape({lo: 0, bits: 8, width: 1}));
    }

    /// @dev circomlib's published vector.
    function test_hash_ofOne() external view {
        assertEq(inputs.hash(1), 18586133768512220936620570745912940619677854269274689475585506675881198879027);
    }

    function testFuzz_hash_isWhatThePaperSays(uint256 input) external view {
        input %= Bn254.SCALAR_ORDER;

        assertEq(inputs.hash(input), plainHash(input));
    }

    /// @dev Poseidon by its definition, without assembly and reduced after every step.
    function plainHash(uint256 input) private pure returns (uint256) {
        uint256 p = Bn254.SCALAR_ORDER;
        bytes memory constants = PoseidonConstants.ROUND_CONSTANTS;
        uint256[2] memory state = [uint256(0), input];
        for (uint256 round = 0; round < 64; ++round) {
            for (uint256 i = 0; i < 2; ++i) {
                state[i] = addmod(state[i], wordAt(constants, 2 * round + i), p);
                if (i == 0 || round < 4 || round >= 60) {
                    uint256 square = mulmod(state[i], state[i], p);
                    state[i] = mulmod(mulmod(square, square, p), state[i], p);
                }
            }
            uint256[2] memory last = [state[0], state[1]];
            state[0] =
                addmod(mulmod(last[0], PoseidonConstants.M00, p), mulmod(last[1], PoseidonConstants.M01, p), p);
            state[1] =
                addmod(mulmod(last[0], PoseidonConstants.M10, p), mulmod(last[1], PoseidonConstants.M11, p), p);
        }
        return state[0];
    }

    function wordAt(bytes memory data, uint256 index) private pure returns (uint256 word) {
        for (uint256 i = 0; i < 32; ++i) {
            word = word << 8 | uint8(data[32 * index + i]);
        }
    }
}
