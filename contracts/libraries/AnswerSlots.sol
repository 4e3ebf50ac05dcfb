// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobId} from "../interfaces/JobTypes.sol";

/// @notice Where assurances keep pending answers: in one of 256 slots of the worker that are used again and again, because a slot that was never
///         empty costs a quarter to write; in a slot of the job's own while the shared one holds another job's answer.
/// @dev A job that the market calls Answered or Challenged has exactly one slot that is not free. An answer that the market gave up for good keeps its
///      shared slot, and later answers pass it by.
library AnswerSlots {
    enum Stage {
        Free,
        Pending,
        /// @dev Challenged, or its proof is due.
        Disputed
    }

    /// @dev One word. The hash is 26 of its 32 bytes: still 2^104 steps to two answers with the same one.
    struct Slot {
        bytes26 answerHash;
        uint40 note;
        Stage stage;
    }

    struct Book {
        mapping(address worker => mapping(uint256 lane => Slot slot)) shared;
        mapping(JobId jobId => Slot slot) own;
    }

    uint256 private constant LANE_MASK = 0xff;
    /// @dev Where note and stage stand in a slot.
    uint256 private constant NOTE_MASK = uint256(type(uint40).max) << 208;
    uint256 private constant STAGE_MASK = uint256(type(uint8).max) << 248;

    /// @notice What stands for an answer: job and outputs, so that a slot says whose it is.
    function hashAnswer(JobId jobId, bytes32 outputsHash) internal pure returns (bytes26 answerHash) {
        return bytes26(keccak256(abi.encode(jobId, outputsHash)));
    }

    /// @notice Keeps a pending answer.
    function keep(Book storage book, JobId jobId, address worker, bytes32 outputsHash, uint40 note) internal {
        Slot storage slot = _shared(book, jobId, worker);
        if (slot.stage != Stage.Free) slot = book.own[jobId];
        _write(slot, hashAnswer(jobId, outputsHash), note, Stage.Pending);
    }

    /// @notice The slot of the answer of a job that the market calls Answered or Challenged.
    /// @param guess the answer's hash, if the caller knows it: saves a look; else zero
    function find(Book storage book, JobId jobId, address worker, bytes26 guess)
        internal
        view
        returns (Slot storage slot)
    {
        slot = _shared(book, jobId, worker);
        if (slot.stage != Stage.Free && slot.answerHash == guess) return slot;
        Slot storage own = book.own[jobId];
        if (own.stage != Stage.Free) return own;
    }

    /// @notice Forgets an answer that is pending in the shared slot: what {find}, a look at stage and hash, and {free} do, with one read. False, and nothing
    ///         changed, when that slot holds anything else.
    function freePending(Book storage book, JobId jobId, address worker, bytes26 answerHash) internal returns (bool) {
        Slot storage slot = _shared(book, jobId, worker);
        uint256 word;
        // Safe: reads the slot.
        assembly ("memory-safe") {
            word := sload(slot.slot)
        }
        if (word & ~NOTE_MASK != (uint256(bytes32(answerHash)) >> 48 | uint256(Stage.Pending) << 248)) return false;
        word &= ~STAGE_MASK;
        // Safe: the same slot, with a stage of zero, {Stage.Free}. Compared with a plain mapping in AnswerSlots.t.sol.
        assembly ("memory-safe") {
            sstore(slot.slot, word)
        }
        return true;
    }

    /// @notice Moves an answer on: it is disputed now.
    function dispute(Slot storage slot, uint40 note) internal {
        _write(slot, slot.answerHash, note, Stage.Disputed);
    }

    /// @notice Forgets an answer. What is left in the slot is not zero, for the next one.
    function free(Slot storage slot) internal {
        slot.stage = Stage.Free;
    }

    function _shared(Book storage book, JobId jobId, address worker) private view returns (Slot storage slot) {
        return book.shared[worker][uint256(JobId.unwrap(jobId)) & LANE_MASK];
    }

    function _write(Slot storage slot, bytes26 answerHash, uint40 note, Stage stage) private {
        slot.answerHash = answerHash;
        slot.note = note;
        slot.stage = stage;
    }
}
