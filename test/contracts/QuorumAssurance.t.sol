// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BatchVerdict} from "../../contracts/interfaces/IAssurance.sol";
import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IQuorumAssurance} from "../../contracts/interfaces/IQuorumAssurance.sol";
import {IWorkerRegistry} from "../../contracts/interfaces/IWorkerRegistry.sol";
import {JobCase, JobId, JobOrder, JobResult, JobState, Submission} from "../../contracts/interfaces/JobTypes.sol";
import {QuorumRounds} from "../../contracts/libraries/QuorumRounds.sol";
import {QuorumTest} from "./QuorumTest.sol";

/// @notice Rounds that need no arbitrator; the others are in QuorumAssurance.dispute.t.sol.
contract QuorumAssuranceTest is QuorumTest {
    function expectTerms(IQuorumAssurance.QuorumTerms memory with, bytes memory revertData) private {
        JobOrder memory made = order(with);
        vm.expectRevert(revertData);
        quorum.checkTerms(made);
    }

    // checkTerms

    function test_checkTerms_revertsForAQuorumThatIsNone() public {
        uint8[2][5] memory wrong = [[1, 1], [17, 9], [3, 4], [4, 2], [3, 0]];
        for (uint256 i = 0; i < 5; ++i) {
            IQuorumAssurance.QuorumTerms memory with = terms();
            (with.workers, with.agreeing) = (wrong[i][0], wrong[i][1]);
            expectTerms(
                with,
                abi.encodeWithSelector(IQuorumAssurance.QuorumInvalid.selector, with.workers, with.agreeing)
            );
        }
    }

    function test_checkTerms_revertsForBondsAndWorkers() public {
        IQuorumAssurance.QuorumTerms memory with = terms();
        with.workerBond = 0;
        expectTerms(with, abi.encodeWithSelector(IQuorumAssurance.WorkerBondZero.selector));
        with = terms();
        with.committee = new address[](2);
        expectTerms(with, abi.encodeWithSelector(IQuorumAssurance.CommitteeInvalid.selector, 2, 3));
        with.committee = new address[](65);
        expectTerms(with, abi.encodeWithSelector(IQuorumAssurance.CommitteeInvalid.selector, 65, 3));

        JobOrder memory made = order();
        made.bond = 1;
        vm.expectRevert(abi.encodeWithSelector(IQuorumAssurance.OrderBondUnexpected.selector, 1));
        quorum.checkTerms(made);
        made = order();
        made.allowedWorker = address(0);
        vm.expectRevert(
            abi.encodeWithSelector(IQuorumAssurance.AllowedWorkerWrong.selector, address(0), address(quorum))
        );
        quorum.checkTerms(made);
    }

    function test_checkTerms_revertsForTimesThatDoNotFit() public {
        IQuorumAssurance.QuorumTerms memory with = terms();
        with.revealSeconds = 501;
        expectTerms(with, abi.encodeWithSelector(IQuorumAssurance.RoundTooLong.selector, 1_001, 1_000));
        with = terms();
        with.commitSeconds = 59;
        expectTerms(with, abi.encodeWithSelector(IQuorumAssurance.PhaseTooShort.selector, 59, 60));
        with = terms();
        with.disputeSeconds = 58;
        expectTerms(with, abi.encodeWithSelector(IQuorumAssurance.PhaseTooShort.selector, 58, 60));
        with = terms();
        with.arbitrationSeconds = 57;
        expectTerms(with, abi.encodeWithSelector(IQuorumAssurance.PhaseTooShort.selector, 57, 60));
        with.arbitrationSeconds = 1_601;
        expectTerms(
            with, abi.encodeWithSelector(IQuorumAssurance.WindowsTooLong.selector, START + 5_001, START + 5_000)
        );
    }

    function test_verdicts_revertForAnybodyButTheMarket() public {
        JobOrder memory made = order();
        JobResult memory result = resultWith("");
        (JobCase[] memory cases, Submission[] memory submissions) = batchOf(made, result);
        bytes memory notMarket = abi.encodeWithSelector(IQuorumAssurance.NotMarket.selector, STRANGER);
        vm.startPrank(STRANGER);

        vm.expectRevert(notMarket);
        quorum.judge(PROVED_JOB, made, address(quorum), 1, result);
        assertEq(BatchVerdict.unwrap(quorum.judgeBatch(cases, submissions)[0]), 0);
        vm.expectRevert(notMarket);
        quorum.challenge(PROVED_JOB, made, address(quorum), STRANGER, "");
        vm.expectRevert(notMarket);
        quorum.finalize(PROVED_JOB, made, address(quorum), result.outputs);
        vm.expectRevert(abi.encodeWithSelector(IQuorumAssurance.NothingToDefend.selector, PROVED_JOB));
        quorum.defend(PROVED_JOB, made, address(quorum), 1, result);
        vm.stopPrank();
    }

    // commitAnswer

    function test_commitAnswer_revertsForWhoMayNotTakeASeat() public {
        JobOrder memory made = order();
        request(made);

        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerUnknown.selector, STRANGER));
        vm.prank(STRANGER);
        quorum.commitAnswer{value: WORKER_BOND}(made, SALT, "");
        vm.expectRevert(abi.encodeWithSelector(IQuorumAssurance.WorkerBondWrong.selector, WORKER_BOND - 1, WORKER_BOND));
        vm.prank(worker(0));
        quorum.commitAnswer{value: WORKER_BOND - 1}(made, SALT, "");
        vm.prank(worker(0));
        workers.startUnbonding(0.95 ether);
        vm.expectRevert(abi.encodeWithSelector(IQuorumAssurance.StakeTooLow.selector, 0.05 ether, MIN_STAKE));
        vm.prank(worker(0));
        quorum.commitAnswer{value: WORKER_BOND}(made, SALT, "");
    }

    function test_commitAnswer_revertsOutsideTheCommittee() public {
        IQuorumAssurance.QuorumTerms memory with = terms();
        with.committee = new address[](3);
        (with.committee[0], with.committee[1], with.committee[2]) = (worker(0), worker(1), worker(2));
        JobOrder memory made = order(with);
        request(made);
        commit(made, 2, 7);

        vm.expectRevert(abi.encodeWithSelector(IQuorumAssurance.NotInCommittee.selector, worker(3)));
        vm.prank(worker(3));
        quorum.commitAnswer{value: WORKER_BOND}(made, SALT, "");
    }

    /// @dev Also when it comes through its signer: an operator has one seat.
    function test_commitAnswer_revertsForASecondSeat() public {
        JobOrder memory made = order();
        JobId jobId = request(made);
        vm.prank(OPERATOR);
        quorum.commitAnswer{value: WORKER_BOND}(made, SALT, "");
        address signer = vm.addr(SIGNER_KEY);
        vm.deal(signer, 1 ether);

        vm.expectRevert(abi.encodeWithSelector(IQuorumAssurance.SeatTaken.selector, OPERATOR));
        vm.prank(signer);
        quorum.commitAnswer{value: WORKER_BOND}(made, SALT, "");
        (, IQuorumAssurance.Seat[] memory seats) = quorum.roundOf(jobId);
        assertEq(seats.length, 1);
    }

    function test_commitAnswer_revertsAfterItsTimeAndWithoutAFreeSeat() public {
        JobOrder memory made = order();
        JobId jobId = request(made);
        commit(made, 0, 7);
        bytes memory closed = abi.encodeWithSelector(IQuorumAssurance.CommitmentsClosed.selector, jobId);

        vm.warp(START + 201);
        vm.expectRevert(closed);
        vm.prank(worker(1));
        quorum.commitAnswer{value: WORKER_BOND}(made, SALT, "");
        vm.warp(START + 200);
        commit(made, 1, 7);
        commit(made, 2, 7);
        vm.expectRevert(closed);
        vm.prank(worker(3));
        quorum.commitAnswer{value: WORKER_BOND}(made, SALT, "");
    }

    /// @dev Nobody else can hold a job of the quorum and answer nothing.
    function test_commitAnswer_isTheOnlyClaim() public {
        JobOrder memory made = order();
        JobId jobId = request(made);
        vm.expectRevert(
            abi.encodeWithSelector(IJobMarket.NotAllowedWorker.selector, WORKER, address(quorum))
        );
        claim(made);

        commit(made, 0, 7);

        assertState(jobId, JobState.Claimed);
        assertEq(market.jobOf(jobId).worker, address(quorum));
    }

    /// @dev An order that its requester signed needs no request: the first commitment opens it.
    function test_commitAnswer_claimsASignedOrder() public {
        JobOrder memory made = signedOrder();
        JobOrder memory with = order();
        (made.assurance, made.allowedWorker, made.bond) = (with.assurance, with.allowedWorker, 0);
        (made.proveSeconds, made.assuranceData) = (with.proveSeconds, with.assuranceData);
        bytes memory signature = sign(made);

        vm.prank(worker(0));
        JobId jobId = quorum.commitAnswer{value: WORKER_BOND}(made, SALT, signature);

        assertState(jobId, JobState.Claimed);
    }

    // revealAnswer

    /// @dev What was committed stays unseen until nobody can commit any more.
    function test_revealAnswer_revertsOutOfItsTime() public {
        JobOrder memory made = order();
        JobId jobId = request(made);
        commit(made, 0, 7);
        bytes memory closed = abi.encodeWithSelector(IQuorumAssurance.RevealsClosed.selector, jobId);

        vm.warp(START + 200);
        vm.expectRevert(closed);
        reveal(jobId, 0, 7);
        vm.warp(START + 501);
        vm.expectRevert(closed);
        reveal(jobId, 0, 7);
        vm.expectRevert(abi.encodeWithSelector(IQuorumAssurance.RevealsClosed.selector, PROVED_JOB));
        reveal(PROVED_JOB, 0, 7);
    }

    /// @dev A commitment that was copied opens for nobody: it holds the address of its maker.
    function test_revealAnswer_revertsForACopiedCommitment() public {
        JobOrder memory made = order();
        JobId jobId = request(made);
        commit(made, 0, 7);
        bytes32 copied = quorum.commitmentOf(jobId, worker(0), words(7), SALT);
        vm.prank(worker(1));
        quorum.commitAnswer{value: WORKER_BOND}(made, copied, "");
        vm.warp(START + 201);
        reveal(jobId, 0, 7);

        vm.expectRevert(abi.encodeWithSelector(IQuorumAssurance.CommitmentMismatch.selector, jobId, worker(1)));
        reveal(jobId, 1, 7);
    }

    function test_revealAnswer_revertsForAnotherAnswerASecondTimeAndNoSeat() public {
        JobOrder memory made = order();
        JobId jobId = request(made);
        commit(made, 0, 7);
        vm.warp(START + 201);
        bytes memory mismatch =
            abi.encodeWithSelector(IQuorumAssurance.CommitmentMismatch.selector, jobId, worker(0));

        vm.expectRevert(mismatch);
        reveal(jobId, 0, 8);
        vm.expectRevert(mismatch);
        vm.prank(worker(0));
        quorum.revealAnswer(jobId, words(7), bytes32(0));
        vm.expectRevert(abi.encodeWithSelector(QuorumRounds.SeatUnknown.selector, worker(1)));
        reveal(jobId, 1, 7);
        reveal(jobId, 0, 7);
        vm.expectRevert(mismatch);
        reveal(jobId, 0, 7);
    }

    // judge

    function test_judge_rejectsWhileSeatsAreFree() public {
        JobOrder memory made = order();
        JobId jobId = request(made);
        commit(made, 0, 7);

        vm.expectRevert(rejected(jobId));
        handIn(made, 7);
    }

    function test_judge_rejectsBeforeEverybodyHadTheirTime() public {
        JobOrder memory made = order();
        JobId jobId = request(made);
        for (uint256 i = 0; i < 3; ++i) {
            commit(made, i, 7);
        }
        reveal(jobId, 0, 7);
        reveal(jobId, 1, 7);

        // Two agree, and the third may still reveal.
        vm.warp(START + 300);
        vm.expectRevert(rejected(jobId));
        handIn(made, 7);
        reveal(jobId, 2, 7);
        handIn(made, 7);

        assertState(jobId, JobState.Settled);
    }

    function test_judge_rejectsAllButTheAgreedAnswer() public {
        JobOrder memory made = order();
        JobId jobId = played(made, [uint256(7), 7, 8]);

        vm.expectRevert(rejected(jobId));
        handIn(made, 8);
        vm.expectRevert(rejected(jobId));
        handIn(made, 9);
        handIn(made, 7);

        assertState(jobId, JobState.Settled);
    }

    function test_judge_rejectsATieWithoutArbitrator() public {
        JobOrder memory made = noArbitrator();
        JobId jobId = played(made, [uint256(7), 8, 9]);

        vm.expectRevert(rejected(jobId));
        handIn(made, 7);
    }

    /// @dev Those that agreed share price and half of the loser's bond; the requester has the other half.
    function test_judge_paysThoseThatAgreed() public {
        JobOrder memory made = order();
        JobId jobId = played(made, [uint256(7), 8, 7]);

        handIn(made, 7);

        assertState(jobId, JobState.Settled);
        assertEq(freeOf(worker(0)), 0.4625 ether);
        assertEq(freeOf(worker(2)), 0.4625 ether);
        assertEq(freeOf(worker(1)), 0);
        assertEq(quorum.creditOf(worker(0)), WORKER_BOND + WORKER_BOND / 4);
        assertEq(quorum.creditOf(worker(1)), 0);
        assertEq(quorum.creditOf(REQUESTER), WORKER_BOND / 2);
        assertClosed(jobId);
        assertPaidOut();
    }

    /// @dev Who sees that it lost and keeps silent has lost all the same.
    function test_judge_takesTheBondOfWhoDoesNotReveal() public {
        JobOrder memory made = order();
        JobId jobId = played(made, [uint256(7), 7, 0]);

        handIn(made, 7);

        assertEq(quorum.creditOf(worker(2)), 0);
        assertEq(quorum.creditOf(worker(1)), WORKER_BOND + WORKER_BOND / 4);
        assertClosed(jobId);
        assertPaidOut();
    }

    function test_judge_paysTwoOfTwoWhenASeatStayedFree() public {
        JobOrder memory made = order();
        JobId jobId = request(made);
        commit(made, 0, 7);
        commit(made, 1, 7);
        vm.warp(START + 201);
        reveal(jobId, 0, 7);
        reveal(jobId, 1, 7);

        handIn(made, 7);

        assertState(jobId, JobState.Settled);
        assertPaidOut();
    }

    function test_judgeBatch_settlesGoodEntriesAndSkipsBadOnes() public {
        JobOrder memory first = order();
        JobId firstId = played(first, [uint256(7), 7, 8]);
        JobOrder memory second = order();
        second.nonce = 8;
        JobId secondId = played(second, [uint256(7), 7, 8]);
        Submission[] memory entries = new Submission[](2);
        entries[0].order = first;
        entries[0].result.outputs = words(8);
        entries[1].order = second;
        entries[1].result.outputs = words(7);

        market.submitResults(entries);

        assertState(firstId, JobState.Claimed);
        assertState(secondId, JobState.Settled);
    }

    // closeRound

    function test_closeRound_revertsWhileTheMarketCanEndIt() public {
        JobOrder memory made = order();
        JobId jobId = request(made);
        vm.expectRevert(abi.encodeWithSelector(IQuorumAssurance.RoundUnknown.selector, jobId));
        quorum.closeRound(made);

        commit(made, 0, 7);
        vm.warp(START + 1_000);
        vm.expectRevert(abi.encodeWithSelector(IQuorumAssurance.RoundLive.selector, jobId));
        quorum.closeRound(made);
    }

    /// @dev A round without agreement, arbitrator or anybody's call ends by two calls of anyone: one for the job, one for the bonds.
    function test_closeRound_endsARoundWithoutAgreement() public {
        JobOrder memory made = noArbitrator();
        JobId jobId = played(made, [uint256(7), 8, 0]);
        vm.warp(START + 1_001);

        market.expireJob(made);
        quorum.closeRound(made);

        assertState(jobId, JobState.Requested);
        assertEq(quorum.creditOf(worker(0)), WORKER_BOND + WORKER_BOND / 4);
        assertEq(quorum.creditOf(worker(2)), 0);
        assertEq(quorum.creditOf(REQUESTER), WORKER_BOND / 2);
        assertClosed(jobId);
        assertPaidOut();
    }

    /// @dev An agreement that nobody handed in still counts for the bonds.
    function test_closeRound_countsAnAgreementThatNobodyHandedIn() public {
        JobOrder memory made = order();
        played(made, [uint256(7), 7, 8]);
        vm.warp(START + 1_001);

        quorum.closeRound(made);

        assertEq(quorum.creditOf(worker(2)), 0);
        assertEq(quorum.creditOf(worker(0)), WORKER_BOND + WORKER_BOND / 4);
        assertPaidOut();
    }

    function test_closeRound_givesTheRequesterAllWhenNobodyRevealed() public {
        JobOrder memory made = order();
        played(made, [uint256(0), 0, 0]);
        vm.warp(START + 1_001);

        quorum.closeRound(made);

        assertEq(quorum.creditOf(REQUESTER), 3 * WORKER_BOND);
        assertPaidOut();
    }

    /// @dev The next round starts by itself, whoever closed the last one.
    function test_commitAnswer_opensANewRoundAfterAnExpiry() public {
        JobOrder memory made = order();
        JobId jobId = request(made);
        commit(made, 0, 7);
        vm.warp(START + 1_001);
        market.expireJob(made);

        commit(made, 1, 7);

        (, IQuorumAssurance.Seat[] memory seats) = quorum.roundOf(jobId);
        assertEq(seats.length, 1);
        assertEq(seats[0].worker, worker(1));
        assertEq(quorum.creditOf(REQUESTER), WORKER_BOND);
        assertEq(address(quorum).balance, 2 * WORKER_BOND);
    }

    /// @dev S1-ESC-1: whoever answered what, bonds are shared to the last unit and the price goes to those that agreed.
    function testFuzz_round_sharesEverythingExactly(uint256 seed, uint96 bond) public {
        IQuorumAssurance.QuorumTerms memory with = terms();
        with.workerBond = uint96(bound(bond, 1, 1 ether));
        JobOrder memory made = order(with);
        JobId jobId = request(made);
        uint256[3] memory answers = [seed % 4, seed / 4 % 4, seed / 16 % 4];
        for (uint256 i = 0; i < 3; ++i) {
            bytes32 commitment = quorum.commitmentOf(jobId, worker(i), words(answers[i]), SALT);
            vm.prank(worker(i));
            quorum.commitAnswer{value: with.workerBond}(made, commitment, "");
        }
        for (uint256 i = 0; i < 3; ++i) {
            if (answers[i] != 0) reveal(jobId, i, answers[i]);
        }
        vm.warp(START + 501);

        uint256 agreed = answers[0] == answers[1] || answers[0] == answers[2] ? answers[0] : answers[1];
        uint256 votes = 0;
        for (uint256 i = 0; i < 3; ++i) {
            if (answers[i] == agreed) ++votes;
        }
        if (agreed != 0 && votes > 1) {
            handIn(made, agreed);
            assertState(jobId, JobState.Settled);
            assertEq(freeOf(worker(0)) + freeOf(worker(1)) + freeOf(worker(2)), 0.925 ether);
        } else {
            vm.warp(START + 1_001);
            quorum.closeRound(made);
        }

        assertClosed(jobId);
        assertPaidOut();
    }
}
