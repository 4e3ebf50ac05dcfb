// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {QuorumAssurance} from "../../contracts/assurance/QuorumAssurance.sol";
import {IAssurance} from "../../contracts/interfaces/IAssurance.sol";
import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IQuorumAssurance} from "../../contracts/interfaces/IQuorumAssurance.sol";
import {JobId, JobOrder, JobState} from "../../contracts/interfaces/JobTypes.sol";
import {ArbitratorMock} from "../../contracts/mocks/ArbitratorMock.sol";
import {QuorumTest} from "./QuorumTest.sol";

/// @notice Rounds without agreement: the arbitrator, and the default rule without one.
contract QuorumAssuranceDisputeTest is QuorumTest {
    function tied() private returns (JobOrder memory made, JobId jobId) {
        made = order();
        jobId = played(made, [uint256(7), 8, 9]);
        handIn(made, 7);
    }

    // judge

    function test_judge_rejectsAnAnswerThatFewerGave() public {
        IQuorumAssurance.QuorumTerms memory with = terms();
        (with.workers, with.agreeing) = (5, 4);
        JobOrder memory made = order(with);
        JobId jobId = request(made);
        uint256[5] memory answers = [uint256(7), 7, 8, 8, 9];
        for (uint256 i = 0; i < 5; ++i) {
            commit(made, i, answers[i]);
        }
        for (uint256 i = 0; i < 5; ++i) {
            reveal(jobId, i, answers[i]);
        }

        vm.expectRevert(rejected(jobId));
        handIn(made, 9);
        vm.expectRevert(rejected(jobId));
        handIn(made, 6);
        handIn(made, 8);

        assertState(jobId, JobState.Answered);
        assertEq(market.jobOf(jobId).due, START + 400);
    }

    // challenge

    /// @dev The market challenges and finalizes pending answers only; this contract stands in for one that does not.
    function test_challenge_revertsForAJobWithoutADispute() public {
        QuorumAssurance direct = new QuorumAssurance(IJobMarket(address(this)));
        JobOrder memory made = order();

        vm.expectRevert(abi.encodeWithSelector(IQuorumAssurance.NotDisputable.selector, PROVED_JOB));
        direct.challenge(PROVED_JOB, made, address(direct), STRANGER, "");
        assertEq(
            uint256(direct.finalize(PROVED_JOB, made, address(direct), words(7)).kind),
            uint256(IAssurance.VerdictKind.Rejected)
        );
    }

    function test_challenge_revertsForTooLittle() public {
        (JobOrder memory made,) = tied();

        vm.expectRevert(
            abi.encodeWithSelector(
                IQuorumAssurance.ArbitrationCostTooLow.selector, ARBITRATION_COST - 1, ARBITRATION_COST
            )
        );
        vm.prank(STRANGER);
        market.challengeJob{value: ARBITRATION_COST - 1}(made, "");
    }

    function test_challenge_revertsTwiceAndTooLate() public {
        (JobOrder memory made, JobId jobId) = tied();
        vm.warp(START + 401);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.DeadlinePassed.selector, START + 400, START + 401));
        vm.prank(STRANGER);
        market.challengeJob{value: ARBITRATION_COST}(made, "");

        vm.warp(START + 400);
        vm.startPrank(STRANGER);
        market.challengeJob{value: ARBITRATION_COST}(made, "");
        vm.expectRevert(wrongState(jobId, JobState.Answered, JobState.Challenged));
        market.challengeJob{value: ARBITRATION_COST}(made, "");
        vm.stopPrank();
    }

    function test_challenge_revertsForAnIdThatWasGivenBefore() public {
        disputed();
        JobOrder memory second = order();
        second.nonce = 8;
        played(second, [uint256(7), 8, 9]);
        handIn(second, 7);
        arbitrator.setNextId(1);

        vm.expectRevert(abi.encodeWithSelector(IQuorumAssurance.DisputeRepeated.selector, address(arbitrator), 1));
        vm.prank(STRANGER);
        market.challengeJob{value: ARBITRATION_COST}(second, "");
    }

    /// @dev The arbitrator gets its price and nothing else; what was too much is the payer's.
    function test_challenge_paysTheArbitratorOnce() public {
        (JobOrder memory made, JobId jobId) = tied();

        vm.prank(STRANGER);
        market.challengeJob{value: 1 ether}(made, "");

        assertState(jobId, JobState.Challenged);
        assertEq(address(arbitrator).balance, ARBITRATION_COST);
        assertEq(quorum.creditOf(STRANGER), 1 ether - ARBITRATION_COST);
        assertEq(quorum.answersOf(jobId).length, 3);
    }

    /// @dev 12: every way back in is locked while the arbitrator runs, also to what it could do a moment later.
    function test_challenge_letsTheArbitratorDoNothing() public {
        JobOrder memory lapsed = order();
        lapsed.nonce = 8;
        played(lapsed, [uint256(7), 7, 0]);
        disputed();
        vm.warp(START + 900);
        JobOrder memory made = order();
        made.nonce = 9;
        JobId jobId = played(made, [uint256(7), 8, 9]);
        handIn(made, 7);
        vm.warp(START + 1_100);
        uint256 held = address(quorum).balance;
        address here = address(quorum);
        arbitrator.tryOnDispute(here, abi.encodeCall(quorum.rule, (1, 1)));
        arbitrator.tryOnDispute(here, abi.encodeCall(quorum.closeRound, (lapsed)));
        arbitrator.tryOnDispute(here, abi.encodeCall(quorum.revealAnswer, (jobId, words(7), SALT)));
        arbitrator.tryOnDispute(address(market), abi.encodeCall(IJobMarket.finalizeJob, (made, words(7))));
        arbitrator.tryOnDispute(address(market), abi.encodeCall(IJobMarket.expireJob, (lapsed)));

        vm.prank(STRANGER);
        market.challengeJob{value: ARBITRATION_COST}(made, "");

        assertTrue(!arbitrator.cameBack(), "locked out");
        assertEq(address(quorum).balance, held);
        arbitrator.ruleOn(quorum, 1, 1);
        quorum.closeRound(lapsed);
    }

    // rule

    function test_rule_reverts() public {
        disputed();
        bytes memory unknown = abi.encodeWithSelector(IQuorumAssurance.DisputeUnknown.selector, STRANGER, 1);
        vm.expectRevert(unknown);
        vm.prank(STRANGER);
        quorum.rule(1, 1);
        vm.expectRevert(abi.encodeWithSelector(IQuorumAssurance.DisputeUnknown.selector, address(arbitrator), 2));
        arbitrator.ruleOn(quorum, 2, 1);
        vm.expectRevert(abi.encodeWithSelector(IQuorumAssurance.RulingInvalid.selector, 4, 3));
        arbitrator.ruleOn(quorum, 1, 4);

        arbitrator.ruleOn(quorum, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IQuorumAssurance.DisputeUnknown.selector, address(arbitrator), 1));
        arbitrator.ruleOn(quorum, 1, 2);
    }

    function test_rule_revertsAfterItsTime() public {
        disputed();
        vm.warp(START + 1_001);

        vm.expectRevert(abi.encodeWithSelector(IQuorumAssurance.RulingTooLate.selector, START + 1_000, START + 1_001));
        arbitrator.ruleOn(quorum, 1, 1);
    }

    /// @dev A ruling on a dispute that timed out does not decide a newer one of the same job.
    function test_rule_revertsForADisputeOfAnEarlierRound() public {
        (JobOrder memory made, JobId jobId) = disputed();
        vm.warp(START + 1_001);
        market.finalizeJob(made, words(7));
        for (uint256 i = 0; i < 3; ++i) {
            commit(made, i, 7 + i);
        }
        for (uint256 i = 0; i < 3; ++i) {
            reveal(jobId, i, 7 + i);
        }
        handIn(made, 8);
        vm.prank(STRANGER);
        market.challengeJob{value: ARBITRATION_COST}(made, "");

        vm.expectRevert(abi.encodeWithSelector(IQuorumAssurance.DisputeUnknown.selector, address(arbitrator), 1));
        arbitrator.ruleOn(quorum, 1, 1);
        arbitrator.ruleOn(quorum, 2, 2);
        market.finalizeJob(made, words(8));
        assertState(jobId, JobState.Settled);
    }

    // finalize

    /// @dev S2-ESC-2: the payout is frozen until the arbitrator has ruled.
    function test_finalize_revertsBeforeTheRuling() public {
        (JobOrder memory made, JobId jobId) = disputed();

        vm.warp(START + 1_000);
        vm.expectRevert(rejected(jobId));
        market.finalizeJob(made, words(7));
        arbitrator.ruleOn(quorum, 1, 1);
        vm.expectRevert(rejected(jobId));
        market.finalizeJob(made, words(8));
    }

    /// @dev S2-ESC-2: the arbitrator alone resolves; its price comes off the losers' bonds.
    function test_finalize_paysThePendingAnswerThatTheArbitratorFoundRight() public {
        (JobOrder memory made, JobId jobId) = disputed();
        arbitrator.ruleOn(quorum, 1, 1);

        market.finalizeJob(made, words(7));

        uint256 lost = 2 * WORKER_BOND - ARBITRATION_COST;
        assertState(jobId, JobState.Settled);
        assertEq(freeOf(worker(0)), 0.925 ether);
        assertEq(quorum.creditOf(worker(0)), WORKER_BOND + lost / 2);
        assertEq(quorum.creditOf(REQUESTER), lost / 2);
        assertEq(quorum.creditOf(STRANGER), ARBITRATION_COST);
        assertClosed(jobId);
        assertPaidOut();
    }

    /// @dev Another answer was right: the job opens again, and whoever gave the right one is the only one that keeps its bond.
    function test_finalize_overturnsThePendingAnswerThatTheArbitratorFoundWrong() public {
        (JobOrder memory made, JobId jobId) = disputed();
        arbitrator.ruleOn(quorum, 1, 3);

        market.finalizeJob(made, new uint256[](0));

        assertState(jobId, JobState.Requested);
        assertEq(quorum.creditOf(worker(0)), 0);
        assertTrue(quorum.creditOf(worker(2)) > WORKER_BOND, "right");
        assertPaidOut();
    }

    /// @dev S2-ESC-2: no resolution in time, by silence or refusal, and the default rule gives everybody their own back.
    function testFuzz_finalize_appliesTheDefaultRule(bool refuses, uint256 delay) public {
        (JobOrder memory made, JobId jobId) = disputed();
        if (refuses) arbitrator.ruleOn(quorum, 1, 0);
        vm.warp(START + bound(delay, 1_001, 100_000));

        vm.prank(STRANGER);
        market.finalizeJob(made, words(7));

        assertState(jobId, block.timestamp > made.claimDeadline ? JobState.Refunded : JobState.Requested);
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(quorum.creditOf(worker(i)), WORKER_BOND);
        }
        assertClosed(jobId);
        assertPaidOut();
    }

    function test_finalize_appliesTheDefaultRuleWhenNobodyPaysTheArbitrator() public {
        (JobOrder memory made, JobId jobId) = tied();
        arbitrator.breakDown();
        vm.expectRevert(ArbitratorMock.Broken.selector);
        vm.prank(STRANGER);
        market.challengeJob{value: ARBITRATION_COST}(made, "");
        vm.warp(START + 401);

        market.finalizeJob(made, words(7));

        assertState(jobId, JobState.Requested);
        assertEq(quorum.creditOf(worker(0)), WORKER_BOND);
        assertPaidOut();
    }

    // closeRound

    function test_closeRound_revertsWhileADisputeIsLive() public {
        (JobOrder memory made, JobId jobId) = tied();
        bytes memory live = abi.encodeWithSelector(IQuorumAssurance.RoundLive.selector, jobId);
        vm.warp(START + 4_000);
        vm.expectRevert(live);
        quorum.closeRound(made);

        vm.warp(START + 300);
        vm.prank(STRANGER);
        market.challengeJob{value: ARBITRATION_COST}(made, "");
        vm.warp(START + 4_000);
        vm.expectRevert(live);
        quorum.closeRound(made);
    }

    /// @dev A disputed job that everybody forgot strands no bond, and a ruling that was given still counts.
    function test_closeRound_endsAnAbandonedDispute() public {
        (JobOrder memory made, JobId jobId) = disputed();
        arbitrator.ruleOn(quorum, 1, 2);
        vm.warp(START + 5_001 + 7 days);
        market.refundJob(made);

        quorum.closeRound(made);

        assertTrue(quorum.creditOf(worker(1)) > WORKER_BOND, "right");
        assertEq(quorum.creditOf(worker(0)), 0);
        assertClosed(jobId);
        assertPaidOut();
    }
}
