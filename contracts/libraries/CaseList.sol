// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAssurance} from "../interfaces/IAssurance.sol";
import {JobId, JobOrder, JobResult, StoredJob, Submission} from "../interfaces/JobTypes.sol";

/// @notice The {JobCase}s of a batch, written as the call of {IAssurance.judgeBatch} that they are for, so that nothing is encoded a second time; and
///         beside each case what the market has found of it already.
/// @dev Behind the selector stand the offset of the cases, the offset of the submissions, the number of cases, four words for each, and the submissions as
///      they came in calldata. Compared with abi.encodeCall in CaseList.t.sol.
library CaseList {
    struct List {
        /// @dev The call; its length is right after {finish}.
        bytes data;
        /// @dev Where in memory the notes stand: four words for each case, where its job is stored, what was stored there, and where in
        ///      calldata its order and result are.
        uint256 notes;
        uint256 count;
    }

    /// @notice An empty list with room for `capacity` cases of these submissions.
    /// @dev Needs `submissions` to be the last dynamic argument of the running call: everything from its length to the end of calldata is handed on as it
    ///      is, because offsets inside an array count from the array itself.
    function start(Submission[] calldata submissions, uint256 capacity) internal pure returns (List memory list) {
        bytes4 selector = IAssurance.judgeBatch.selector;
        (bytes memory data, uint256 notes) = (list.data, 0);
        // Safe: allocates the notes, the head of 4 + 3 · 32 bytes, four words for each case and the submissions, and moves the free memory pointer past
        // them. The decoder has checked that the array, behind its length, is inside calldata.
        assembly ("memory-safe") {
            notes := mload(0x40)
            data := add(notes, shl(7, capacity))
            mstore(add(data, 0x20), selector)
            mstore(add(data, 0x24), 0x40)
            let end := add(add(data, 0x84), add(shl(7, capacity), sub(calldatasize(), sub(submissions.offset, 0x20))))
            mstore(0x40, and(add(end, 31), not(31)))
        }
        (list.data, list.notes) = (data, notes);
    }

    /// @notice Notes where the job is stored, what was, and order and result of the case that is added next.
    function note(List memory list, StoredJob storage job, uint256 slot, JobOrder calldata order, JobResult calldata result)
        internal
        pure
    {
        // Safe: the caller adds no more cases than the capacity that was allocated.
        assembly ("memory-safe") {
            let at := add(mload(add(list, 0x20)), shl(7, mload(add(list, 0x40))))
            mstore(at, job.slot)
            mstore(add(at, 0x20), slot)
            mstore(add(at, 0x40), order)
            mstore(add(at, 0x60), result)
        }
    }

    /// @notice Adds a case. The list must have room for it.
    function push(List memory list, uint256 index, JobId jobId, address worker, uint256 binding) internal pure {
        // Safe: the caller adds no more cases than the capacity that was allocated. A variable's upper bits may be dirty, which a decoder refuses.
        assembly ("memory-safe") {
            let count := mload(add(list, 0x40))
            let at := add(add(mload(list), 0x84), shl(7, count))
            mstore(at, index)
            mstore(add(at, 0x20), jobId)
            mstore(add(at, 0x40), shr(96, shl(96, worker)))
            mstore(add(at, 0x60), binding)
            mstore(add(list, 0x40), add(count, 1))
        }
    }

    /// @notice Place in the batch and job of a case.
    function caseAt(List memory list, uint256 position) internal pure returns (uint256 index, JobId jobId) {
        // Safe: reads what {push} wrote.
        assembly ("memory-safe") {
            let at := add(add(mload(list), 0x84), shl(7, position))
            index := mload(at)
            jobId := mload(add(at, 0x20))
        }
    }

    /// @notice What was noted of a case.
    function noteAt(List memory list, uint256 position)
        internal
        pure
        returns (StoredJob storage job, uint256 slot, JobOrder calldata order, JobResult calldata result)
    {
        // Safe: reads what {note} wrote.
        assembly ("memory-safe") {
            let at := add(mload(add(list, 0x20)), shl(7, position))
            job.slot := mload(at)
            slot := mload(add(at, 0x20))
            order := mload(add(at, 0x40))
            result := mload(add(at, 0x60))
        }
    }

    /// @notice The whole call. The cases can still be read, and none be added.
    function finish(List memory list, Submission[] calldata submissions) internal pure returns (bytes memory data) {
        data = list.data;
        // Safe: the room behind the cases was allocated by {start}.
        assembly ("memory-safe") {
            let count := mload(add(list, 0x40))
            let head := add(0x64, shl(7, count))
            let tail := sub(submissions.offset, 0x20)
            let tailLength := sub(calldatasize(), tail)
            mstore(data, add(head, tailLength))
            mstore(add(data, 0x44), sub(head, 4))
            mstore(add(data, 0x64), count)
            calldatacopy(add(add(data, 0x20), head), tail, tailLength)
        }
    }
}
