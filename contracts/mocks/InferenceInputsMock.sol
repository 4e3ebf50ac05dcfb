// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {InferenceInputs} from "../periphery/InferenceInputs.sol";
import {PackedValues} from "../periphery/PackedValues.sol";
import {Poseidon} from "../periphery/Poseidon.sol";

/// @notice Lets a test outside Solidity call the libraries that must agree with `circuits` and `sdk`; for tests.
contract InferenceInputsMock {
    function build(int256[] calldata values, InferenceInputs.InputShape calldata shape)
        external
        pure
        returns (InferenceInputs.InferenceInput memory input)
    {
        return InferenceInputs.build(values, shape);
    }

    function hash(uint256 input) external pure returns (uint256 digest) {
        return Poseidon.hash(input);
    }

    function pack(int256[] calldata values, int256 lo, uint256 bits) external pure returns (uint256[] memory words) {
        return PackedValues.pack(values, lo, bits);
    }

    function unpack(uint256[] calldata words, uint256 count, uint256 bits)
        external
        pure
        returns (int256[] memory values)
    {
        return PackedValues.unpack(words, count, bits);
    }

    function argMax(uint256[] calldata words, uint256 count, uint256 bits)
        external
        pure
        returns (uint256 index, int256 value)
    {
        return PackedValues.argMax(words, count, bits);
    }
}
