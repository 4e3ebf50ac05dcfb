// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobOrder, ModelId} from "../interfaces/JobTypes.sol";

/// @notice Members of an order as words of calldata, without the look at their upper bits.
/// @dev Warning: only for an order whose job was found by its digest. The market read every member once when that job left None, which refuses dirty upper
///      bits, and the digest says that these are the same words. Compared with plain reads in OrderWords.t.sol.
library OrderWords {
    function requesterOf(JobOrder calldata order) internal pure returns (address requester) {
        // Safe: reads a word of the head, which the decoder has checked to be inside calldata; as do all below.
        assembly ("memory-safe") {
            requester := calldataload(order)
        }
    }

    function tokenOf(JobOrder calldata order) internal pure returns (address token) {
        // Safe: see {requesterOf}.
        assembly ("memory-safe") {
            token := calldataload(add(order, 0x20))
        }
    }

    function modelIdOf(JobOrder calldata order) internal pure returns (ModelId modelId) {
        // Safe: see {requesterOf}.
        assembly ("memory-safe") {
            modelId := calldataload(add(order, 0x120))
        }
    }

    function assuranceOf(JobOrder calldata order) internal pure returns (address assurance) {
        // Safe: see {requesterOf}.
        assembly ("memory-safe") {
            assurance := calldataload(add(order, 0x1a0))
        }
    }

    function bondOf(JobOrder calldata order) internal pure returns (uint96 bond) {
        // Safe: see {requesterOf}.
        assembly ("memory-safe") {
            bond := calldataload(add(order, 0x1e0))
        }
    }

    function callbackOf(JobOrder calldata order) internal pure returns (address callback) {
        // Safe: see {requesterOf}.
        assembly ("memory-safe") {
            callback := calldataload(add(order, 0x240))
        }
    }
}
