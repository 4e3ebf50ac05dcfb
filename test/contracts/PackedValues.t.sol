// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {InferenceInputsMock} from "../../contracts/mocks/InferenceInputsMock.sol";
import {PackedValues} from "../../contracts/periphery/PackedValues.sol";
import {Test} from "./Vm.sol";

contract PackedValuesTest is Test {
    InferenceInputsMock private packed;

    function setUp() external {
        packed = new InferenceInputsMock();
    }

    function test_unpack_revertsOnBadShapes() external {
        uint256[] memory words = new uint256[](1);

        vm.expectRevert(abi.encodeWithSelector(PackedValues.BitsInvalid.selector, 0));
        packed.unpack(words, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(PackedValues.BitsInvalid.selector, 33));
        packed.unpack(words, 1, 33);
        vm.expectRevert(abi.encodeWithSelector(PackedValues.CountInvalid.selector, 0));
        packed.unpack(words, 0, 24);
        vm.expectRevert(abi.encodeWithSelector(PackedValues.WordCountWrong.selector, 1, 2));
        packed.unpack(words, 11, 24);
        vm.expectRevert(abi.encodeWithSelector(PackedValues.WordCountWrong.selector, 0, 1));
        packed.argMax(new uint256[](0), 10, 24);
    }

    function test_unpack_revertsOnBitsPastTheLastValue() external {
        uint256[] memory words = new uint256[](2);
        words[1] = 1 << 24;

        vm.expectRevert(abi.encodeWithSelector(PackedValues.WordTooLarge.selector, 1, 1 << 24));
        packed.unpack(words, 11, 24);
        words[0] = 1 << 240;
        vm.expectRevert(abi.encodeWithSelector(PackedValues.WordTooLarge.selector, 0, 1 << 240));
        packed.unpack(words, 11, 24);
    }

    function test_pack_revertsOutOfRange() external {
        int256[] memory values = new int256[](2);
        values[1] = 15;

        vm.expectRevert(abi.encodeWithSelector(PackedValues.ValueOutOfRange.selector, 1, 15, -1, 4));
        packed.pack(values, -1, 4);
        values[1] = -2;
        vm.expectRevert(abi.encodeWithSelector(PackedValues.ValueOutOfRange.selector, 1, -2, -1, 4));
        packed.pack(values, -1, 4);
        vm.expectRevert(abi.encodeWithSelector(PackedValues.CountInvalid.selector, 0));
        packed.pack(new int256[](0), 0, 4);
    }

    /// @dev Written out by hand: 5, -1 and 7 as offsets from -8 in four bits, the first lowest.
    function test_unpack_readsTheFirstValueFromTheLowestBits() external view {
        uint256[] memory words = new uint256[](1);
        words[0] = 0xf7d;

        int256[] memory values = packed.unpack(words, 3, 4);

        assertTrue(values[0] == 5 && values[1] == -1 && values[2] == 7, "values are 5, -1, 7");
    }

    function test_argMax_takesTheFirstOfEqualValues() external view {
        uint256[] memory words = new uint256[](1);
        words[0] = 0xfaf2;

        (uint256 index, int256 value) = packed.argMax(words, 4, 4);

        assertEq(index, 1);
        assertTrue(value == 7, "value is 7");
    }

    function testFuzz_unpack_invertsPack(uint256 seed, uint256 count, uint256 bits) external view {
        bits = bound(bits, 1, 32);
        int256[] memory values = randomValues(seed, bound(count, 1, 40), bits);

        int256[] memory again = packed.unpack(packed.pack(values, least(bits), bits), values.length, bits);

        for (uint256 i = 0; i < values.length; ++i) {
            assertTrue(values[i] == again[i], "the same value");
        }
    }

    function testFuzz_argMax_isTheLargest(uint256 seed, uint256 count, uint256 bits) external view {
        bits = bound(bits, 1, 32);
        int256[] memory values = randomValues(seed, bound(count, 1, 40), bits);

        (uint256 index, int256 value) = packed.argMax(packed.pack(values, least(bits), bits), values.length, bits);

        assertTrue(values[index] == value, "the value at the index");
        for (uint256 i = 0; i < values.length; ++i) {
            assertTrue(i < index ? values[i] < value : values[i] <= value, "no larger one, no equal one before");
        }
    }

    function least(uint256 bits) private pure returns (int256) {
        return -int256(1 << (bits - 1));
    }

    function randomValues(uint256 seed, uint256 count, uint256 bits) private pure returns (int256[] memory values) {
        values = new int256[](count);
        for (uint256 i = 0; i < count; ++i) {
            values[i] = least(bits) + int256(uint256(keccak256(abi.encode(seed, i))) & ((1 << bits) - 1));
        }
    }
}
