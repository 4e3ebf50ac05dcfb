// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IProofVerifier} from "../interfaces/IProofVerifier.sol";

/// @notice The {IProofVerifier.ProofClaim}s of a batch, written as the call of {IProofVerifier.verifyBatch} that they are for, so that nothing is encoded
///         a second time.
/// @dev Behind the selector stand the offset of the claims, their number, room for their offsets, and the claims, each wherever free memory was when it was
///      added: offsets may leave gaps. Compared with abi.encodeCall in ProofClaims.t.sol.
library ProofClaims {
    /// @notice An empty list with room for `capacity` claims.
    function start(uint256 capacity) internal pure returns (bytes memory data) {
        bytes4 selector = IProofVerifier.verifyBatch.selector;
        // Safe: allocates the head of 4 + 2 · 32 bytes and a word for each claim, and moves the free memory pointer past them.
        assembly ("memory-safe") {
            data := mload(0x40)
            let length := add(0x44, shl(5, capacity))
            mstore(data, length)
            mstore(add(data, 0x20), selector)
            mstore(add(data, 0x24), 0x20)
            mstore(add(data, 0x44), 0)
            mstore(0x40, and(add(add(data, 0x3f), length), not(31)))
        }
    }

    /// @notice Adds a claim with the signals `[output words…, inputCommitment, binding]`. The list must have room for it, and the proof be eight words long.
    function push(
        bytes memory data,
        bytes32 keyHash,
        bytes calldata proof,
        uint256[] calldata outputs,
        uint256 inputCommitment,
        uint256 binding
    ) internal pure {
        // Safe: allocates 13 words and one for each output, and moves the free memory pointer past them; the caller has checked the proof's length, and the
        // decoder that proof and outputs are inside calldata.
        assembly ("memory-safe") {
            let count := mload(add(data, 0x44))
            let list := add(data, 0x64)
            let claim := mload(0x40)
            mstore(add(list, shl(5, count)), sub(claim, list))
            mstore(add(data, 0x44), add(count, 1))

            mstore(claim, keyHash)
            calldatacopy(add(claim, 0x20), proof.offset, 0x100)
            mstore(add(claim, 0x120), 0x140)
            mstore(add(claim, 0x140), add(outputs.length, 2))
            let at := add(claim, 0x160)
            calldatacopy(at, outputs.offset, shl(5, outputs.length))
            at := add(at, shl(5, outputs.length))
            mstore(at, inputCommitment)
            mstore(add(at, 0x20), binding)
            mstore(0x40, add(at, 0x40))
        }
    }

    /// @notice The whole call, which ends where free memory starts.
    function finish(bytes memory data) internal pure {
        // Safe: the list stands in allocated memory up to there.
        assembly ("memory-safe") {
            mstore(data, sub(mload(0x40), add(data, 0x20)))
        }
    }
}
