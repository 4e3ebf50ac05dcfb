// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobId} from "../../contracts/interfaces/JobTypes.sol";
import {AnswerEvidence} from "../../contracts/libraries/AnswerEvidence.sol";
import {AnswerSlots} from "../../contracts/libraries/AnswerSlots.sol";
import {Test} from "./Vm.sol";

/// @notice Slots that answers share, against the plain thing: one mapping from job to answer.
contract AnswerSlotsTest is Test {
    using AnswerSlots for AnswerSlots.Book;
    using AnswerSlots for AnswerSlots.Slot;

    struct Plain {
        bool live;
        bool disputed;
        bytes32 outputsHash;
        uint40 note;
    }

    address private constant WORKER = address(0xb0b);

    AnswerSlots.Book private _book;
    mapping(uint256 job => Plain answer) private _plain;

    /// @dev Jobs 0 to 2 meet in one shared slot, 3 has another.
    function idOf(uint256 job) private pure returns (JobId) {
        return JobId.wrap(bytes32(job == 3 ? uint256(7) : job << 8 | 5));
    }

    function check(uint256 job) private view {
        Plain memory plain = _plain[job];
        if (!plain.live) return;
        bytes26 answerHash = AnswerSlots.hashAnswer(idOf(job), plain.outputsHash);
        // Whether the caller knows the answer or not.
        for (uint256 guess = 0; guess < 3; ++guess) {
            AnswerSlots.Slot memory slot =
                _book.find(idOf(job), WORKER, guess == 0 ? answerHash : bytes26(bytes32(guess - 1)));
            assertTrue(slot.answerHash == answerHash, "the job's own answer");
            assertEq(slot.note, plain.note);
            assertEq(
                uint256(slot.stage),
                uint256(plain.disputed ? AnswerSlots.Stage.Disputed : AnswerSlots.Stage.Pending)
            );
        }
    }

    /// @dev Any order of answers, disputes and ends of four jobs reads back what a plain mapping holds.
    function testFuzz_slots_holdWhatAPlainMappingHolds(uint256 seed) public {
        for (uint256 step = 0; step < 40; ++step) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 job = seed & 3;
            JobId jobId = idOf(job);
            Plain storage plain = _plain[job];
            uint40 note = uint40(seed >> 100);
            if (!plain.live) {
                bytes32 outputsHash = bytes32(seed >> 8 & 1);
                _book.keep(jobId, WORKER, outputsHash, note);
                (plain.live, plain.disputed, plain.outputsHash, plain.note) = (true, false, outputsHash, note);
            } else if (!plain.disputed && seed >> 9 & 1 == 0) {
                _book.find(jobId, WORKER, 0).dispute(note);
                (plain.disputed, plain.note) = (true, note);
            } else {
                bytes26 answerHash = AnswerSlots.hashAnswer(jobId, plain.outputsHash);
                assertTrue(!_book.freePending(jobId, WORKER, AnswerSlots.hashAnswer(jobId, "another")), "another answer");
                bool freed = _book.freePending(jobId, WORKER, answerHash);
                assertTrue(!freed || !plain.disputed, "a disputed answer is not pending");
                if (!freed) _book.find(jobId, WORKER, 0).free();
                plain.live = false;
                assertTrue(!_book.freePending(jobId, WORKER, answerHash), "what is free is not pending");
            }
            for (uint256 i = 0; i < 4; ++i) {
                check(i);
            }
        }
    }

    /// @dev What the market gave up for good stands in its slot for ever and harms no later answer.
    function test_keep_passesAnAbandonedAnswerBy() public {
        _book.keep(idOf(0), WORKER, keccak256("abandoned"), 1);

        for (uint256 round = 0; round < 3; ++round) {
            _book.keep(idOf(1), WORKER, keccak256("right"), 2);
            AnswerSlots.Slot storage slot = _book.find(idOf(1), WORKER, 0);
            assertTrue(slot.answerHash == AnswerSlots.hashAnswer(idOf(1), keccak256("right")), "own");
            slot.free();
        }
    }

    /// @dev An answer in the shared slot goes with one read; one that is disputed, or stands in its own slot, does not.
    function test_freePending_freesTheSharedSlot() public {
        bytes26 first = AnswerSlots.hashAnswer(idOf(0), "outputs");
        bytes26 second = AnswerSlots.hashAnswer(idOf(1), "outputs");
        _book.keep(idOf(0), WORKER, "outputs", type(uint40).max);
        _book.keep(idOf(1), WORKER, "outputs", 2);

        assertTrue(!_book.freePending(idOf(1), WORKER, second), "in its own slot");
        assertTrue(_book.freePending(idOf(0), WORKER, first), "in the shared slot");
        assertTrue(!_book.freePending(idOf(0), WORKER, first), "gone");
        assertTrue(_book.find(idOf(1), WORKER, 0).answerHash == second, "the other one is left");

        _book.keep(idOf(2), WORKER, "outputs", 3);
        _book.find(idOf(2), WORKER, 0).dispute(4);
        assertTrue(!_book.freePending(idOf(2), WORKER, AnswerSlots.hashAnswer(idOf(2), "outputs")), "disputed");
    }

    function testFuzz_hashOutputs_equalsPlainSolidity(uint256[] calldata outputs) public pure {
        assertEq(AnswerEvidence.hashOutputs(outputs), keccak256(abi.encodePacked(outputs)));
    }

    /// @dev An answer of another job with the same outputs is another answer.
    function testFuzz_hashAnswer_holdsTheJob(bytes32 first, bytes32 second, bytes32 outputsHash) public {
        vm.assume(first != second);

        assertTrue(
            AnswerSlots.hashAnswer(JobId.wrap(first), outputsHash)
                != AnswerSlots.hashAnswer(JobId.wrap(second), outputsHash),
            "different"
        );
    }
}
