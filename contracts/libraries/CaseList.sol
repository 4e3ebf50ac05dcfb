// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAssurance} from "../interfaces/IAssurance.sol";
import {JobCase, JobId, Submission} from "../interfaces/JobTypes.sol";

/// @notice The {JobCase}s of a batch, written as the call of {IAssurance.judgeBatch} that they are for, so that nothing is encoded a second time.
/// @dev Behind the selector stand the offset of the cases, the offset of the submissions, the number of cases, four words for each, and the submissions as
///      they came in calldata. Compared with abi.encodeCall in CaseList.t.sol.
library CaseList {
    /// @notice An empty list with room for `capacity` cases.
    function start(uint256 capacity) internal pure returns (bytes memory list) {
        bytes4 selector = IAssurance.judgeBatch.selector;
        // Safe: allocates the head of 4 + 3 · 32 bytes and four words for each case, and moves the free memory pointer past them.
        assembly ("memory-safe") {
            list := mload(0x40)
            mstore(add(list, 0x20), selector)
            mstore(add(list, 0x24), 0x40)
            mstore(add(list, 0x64), 0)
            mstore(0x40, add(add(list, 0xa0), shl(7, capacity)))
        }
    }

    /// @notice Number of cases.
    function count(bytes memory list) internal pure returns (uint256 length) {
        // Safe: reads the list's third word behind the selector.
        assembly ("memory-safe") {
            length := mload(add(list, 0x64))
        }
    }

    /// @notice Adds a case. The list must have room for it.
    function push(bytes memory list, uint256 index, JobId jobId, address worker, uint256 binding) internal pure {
        // Safe: the caller adds no more cases than the capacity that was allocated.
        assembly ("memory-safe") {
            let length := mload(add(list, 0x64))
            let at := add(add(list, 0x84), shl(7, length))
            mstore(at, index)
            mstore(add(at, 0x20), jobId)
            mstore(add(at, 0x40), worker)
            mstore(add(at, 0x60), binding)
            mstore(add(list, 0x64), add(length, 1))
        }
    }

    /// @notice Place in the batch and job of a case that was added.
    function caseAt(bytes memory list, uint256 position) internal pure returns (uint256 index, JobId jobId) {
        // Safe: reads what {push} wrote.
        assembly ("memory-safe") {
            let at := add(add(list, 0x84), shl(7, position))
            index := mload(at)
            jobId := mload(add(at, 0x20))
        }
    }

    /// @notice The whole call, for these submissions.
    /// @dev Needs `submissions` to be the last dynamic argument of the running call: everything from its length to the end of calldata is handed on as it
    ///      is, because offsets inside an array count from the array itself. The cases can still be read afterwards.
    function finish(bytes memory list, Submission[] calldata submissions) internal pure returns (bytes memory data) {
        // Safe: copies the list, of which the length is written now, to newly allocated memory with the end of calldata behind it; the decoder has checked
        // that the array, behind its length, is inside calldata.
        assembly ("memory-safe") {
            let head := add(0x64, shl(7, mload(add(list, 0x64))))
            let tail := sub(submissions.offset, 0x20)
            let tailLength := sub(calldatasize(), tail)
            mstore(add(list, 0x44), sub(head, 4))
            data := mload(0x40)
            mstore(data, add(head, tailLength))
            mcopy(add(data, 0x20), add(list, 0x20), head)
            calldatacopy(add(add(data, 0x20), head), tail, tailLength)
            mstore(0x40, and(add(add(add(data, 0x3f), head), tailLength), not(31)))
        }
    }
}
