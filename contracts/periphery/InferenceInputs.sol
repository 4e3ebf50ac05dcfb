// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PackedValues} from "./PackedValues.sol";
import {Poseidon} from "./Poseidon.sol";

/// @notice Everything that an order says of an input, made by a contract from values that it holds.
/// @dev Only for inputs that pack into one word; see {Poseidon}. The same bytes and hashes as `sdk/src/encodeInput.ts` makes.
library InferenceInputs {
    /// @notice How a model takes its input; its manifest says.
    struct InputShape {
        int32 lo;
        uint8 bits;
        /// @dev Bytes of one element in the tensor: 1, 2 or 4.
        uint8 width;
    }

    struct InferenceInput {
        uint256 inputCommitment;
        bytes32 inputRoot;
        bytes32 inputCid;
        /// @dev The tensor's bytes, one raw IPFS block. Whoever builds an input must publish them: workers read the input before they claim.
        bytes tensor;
    }

    error WidthInvalid(uint8 width);
    /// @dev The values pack into more than one word.
    error InputTooLong(uint256 words);

    /// @notice Commitment, root, content address and bytes of an input.
    function build(int256[] memory values, InputShape memory shape)
        internal
        pure
        returns (InferenceInput memory input)
    {
        uint256[] memory words = PackedValues.pack(values, shape.lo, shape.bits);
        if (words.length != 1) revert InputTooLong(words.length);
        input.tensor = _tensorOf(values, shape.width);
        input.inputCommitment = Poseidon.hash(words[0]);
        input.inputRoot = _rootOf(input.tensor);
        // One chunk of UnixFS with raw leaves: the CID's digest is that of the bytes.
        input.inputCid = sha256(input.tensor);
    }

    /// @dev Little-endian two's complement, `width` bytes an element.
    function _tensorOf(int256[] memory values, uint8 width) private pure returns (bytes memory tensor) {
        if (width != 1 && width != 2 && width != 4) revert WidthInvalid(width);
        int256 limit = int256(1) << (8 * width - 1);
        tensor = new bytes(values.length * width);
        for (uint256 i = 0; i < values.length; ++i) {
            int256 value = values[i];
            if (value < -limit || value >= limit) {
                revert PackedValues.ValueOutOfRange(i, value, -limit, 8 * uint256(width));
            }
            for (uint256 j = 0; j < width; ++j) {
                // Narrowing is meant: the byte at this place.
                tensor[i * width + j] = bytes1(uint8(uint256(value) >> (8 * j)));
            }
        }
    }

    /// @dev Keccak tree over 32-byte leaves, padded with zero leaves to a power of two; the root of one leaf is the leaf.
    function _rootOf(bytes memory tensor) private pure returns (bytes32 root) {
        uint256 count = 1;
        while (count * 32 < tensor.length) count *= 2;
        bytes32[] memory level = new bytes32[](count);
        for (uint256 i = 0; i < tensor.length; ++i) {
            level[i / 32] |= bytes32(tensor[i]) >> (8 * (i % 32));
        }
        for (; count > 1; count /= 2) {
            for (uint256 i = 0; i < count / 2; ++i) {
                level[i] = keccak256(bytes.concat(level[2 * i], level[2 * i + 1]));
            }
        }
        return level[0];
    }
}
