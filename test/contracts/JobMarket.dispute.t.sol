// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IMarketExtension} from "../../contracts/interfaces/IMarketExtension.sol";
import {JobId, JobOrder, JobState, SkipReason, Submission} from "../../contracts/interfaces/JobTypes.sol";
import {MarketTest, ObedientAssurance} from "./MarketTest.sol";

/// @notice Pending answers: finalize, challenge, defend, and the way out when an assurance fails for good.
contract JobMarketDisputeTest is MarketTest {
    uint256[] private outputs = [42];

    function test_submitResult_revertsOnAVerdictAfterTheFinalDeadline() external {
        JobOrder memory order = fakeOrder();
        request(order);
        claim(order);
        assurance.setWindow(5_001);

        vm.expectRevert(
            abi.encodeWithSelector(IJobMarket.VerdictTooLate.selector, START + 5_001, order.finalDeadline)
        );
        market.submitResult(order, resultWith("pending"));
    }

    function test_submitResult_holdsAPendingAnswer() external {
        (JobOrder memory order, JobId jobId) = answered();

        assertState(jobId, JobState.Answered);
        assertEq(market.jobOf(jobId).worker, WORKER);
        assertEq(market.jobOf(jobId).due, START + 300);
        assertEq(lockedOf(REQUESTER), 1 ether);
        assertEq(freeOf(WORKER), 0);
        assertEq(workers.workerOf(WORKER).bonded, order.bond);
    }

    // finalizeJob

    function test_finalizeJob_revertsInOtherStates() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);

        vm.expectRevert(wrongState(jobId, JobState.Answered, JobState.Requested));
        market.finalizeJob(order, outputs);
        claim(order);
        vm.expectRevert(wrongState(jobId, JobState.Answered, JobState.Claimed));
        market.finalizeJob(order, outputs);
        market.submitResult(order, resultWith("final"));
        vm.expectRevert(wrongState(jobId, JobState.Answered, JobState.Settled));
        market.finalizeJob(order, outputs);
    }

    /// @dev 6: not before the window ends, whatever the assurance says.
    function test_finalizeJob_revertsUntilTheWindowEnds() external {
        (JobOrder memory order,) = answered();
        assurance.rule("final");
        vm.warp(START + 300);

        vm.expectRevert(abi.encodeWithSelector(IJobMarket.DeadlineNotPassed.selector, START + 300, START + 300));
        market.finalizeJob(order, outputs);
    }

    function test_finalizeJob_revertsWhenTheAssuranceRejects() external {
        (JobOrder memory order, JobId jobId) = answered();
        vm.warp(START + 301);

        vm.expectRevert(abi.encodeWithSelector(IJobMarket.EvidenceRejected.selector, jobId));
        market.finalizeJob(order, outputs);
    }

    function test_finalizeJob_paysTheWorker() external {
        (JobOrder memory order, JobId jobId) = answered();
        assurance.rule("final");
        vm.warp(START + 301);

        vm.prank(STRANGER);
        market.finalizeJob(order, outputs);

        assertState(jobId, JobState.Settled);
        assertEq(freeOf(WORKER), 0.925 ether);
        assertEq(lockedOf(REQUESTER), 0);
        assertEq(workers.workerOf(WORKER).bonded, 0);
        assertEq(workers.workerOf(WORKER).free, 10 ether);
    }

    function test_finalizeJob_paysWhilePaused() external {
        (JobOrder memory order, JobId jobId) = answered();
        assurance.rule("final");
        market.setPaused(true);
        market.listAssurance(address(assurance), IJobMarket.AssuranceListing.None);
        vm.warp(START + 301);

        market.finalizeJob(order, outputs);

        assertState(jobId, JobState.Settled);
    }

    function test_finalizeJob_waitsForAProofThatIsDue() external {
        (JobOrder memory order, JobId jobId) = answered();
        assurance.rule("pending");
        vm.warp(START + 301);

        market.finalizeJob(order, outputs);

        assertState(jobId, JobState.Challenged);
        assertEq(market.jobOf(jobId).due, START + 601);
        market.defendJob(order, resultWith("final"));
        assertState(jobId, JobState.Settled);
    }

    /// @dev The slash pays the requester half, the caller the enforcer's part, and the job goes on at the full ramp.
    function test_finalizeJob_slashesAndOpensAgain() external {
        (JobOrder memory order, JobId jobId) = answered();
        assurance.rule("wrong answer");
        vm.warp(START + 301);

        vm.prank(STRANGER);
        market.finalizeJob(order, outputs);

        assertState(jobId, JobState.Requested);
        assertEq(market.jobOf(jobId).worker, address(0));
        assertEq(lockedOf(REQUESTER), 2 ether);
        assertEq(workers.workerOf(WORKER).free, 9.95 ether);
        assertEq(workers.workerOf(WORKER).bonded, 0);
        assertEq(workers.slashedCreditOf(REQUESTER), 0.025 ether);
        assertEq(workers.slashedCreditOf(STRANGER), 0.02 ether);
        assertEq(workers.slashedCreditOf(TREASURY), 0.005 ether);
        vm.prank(OTHER_WORKER);
        market.claimJob(order);
        market.submitResult(order, resultWith("final"));
        assertEq(freeOf(OTHER_WORKER) + freeOf(MODEL_OWNER) + freeOf(TREASURY) + freeOf(REQUESTER), 2 ether);
    }

    function test_finalizeJob_refundsWhenNobodyCanClaimAgain() external {
        (JobOrder memory order, JobId jobId) = answered();
        assurance.rule("wrong answer");
        vm.warp(order.claimDeadline + 1);

        market.finalizeJob(order, outputs);

        assertState(jobId, JobState.Refunded);
        assertEq(freeOf(REQUESTER), 2 ether);
        assertEq(lockedOf(REQUESTER), 0);
    }

    /// @dev S1-ESC-1: shares sum exactly to what the worker would have got.
    function testFuzz_finalizeJob_paysSeveral(uint96 price, uint16 first, uint16 second) external {
        first = uint16(bound(first, 0, 10_000));
        second = uint16(bound(second, 0, 10_000 - first));
        address[] memory payees = new address[](3);
        uint16[] memory shares = new uint16[](3);
        (payees[0], payees[1], payees[2]) = (OTHER_WORKER, STRANGER, WORKER);
        (shares[0], shares[1], shares[2]) = (first, second, 10_000 - first - second);
        assurance.setPayees(payees, shares);
        assurance.rule("shared");
        JobOrder memory order = fakeOrder();
        order.minPrice = uint96(bound(price, FLOOR_PRICE, 100 ether));
        order.maxPrice = order.minPrice;
        request(order);
        claim(order);
        market.submitResult(order, resultWith("pending"));
        vm.warp(START + 301);

        market.finalizeJob(order, outputs);

        uint256 workerShare = order.minPrice - freeOf(MODEL_OWNER) - freeOf(TREASURY);
        assertEq(freeOf(OTHER_WORKER), workerShare * first / 10_000);
        assertEq(freeOf(STRANGER), workerShare * second / 10_000);
        assertEq(freeOf(OTHER_WORKER) + freeOf(STRANGER) + freeOf(WORKER), workerShare);
        assertEq(lockedOf(REQUESTER), 0);
        assertEq(workers.workerOf(WORKER).bonded, 0);
    }

    function test_finalizeJob_revertsOnSharesThatAreNotTheWhole() external {
        (JobOrder memory order,) = answered();
        assurance.rule("shared");
        address[] memory payees = new address[](2);
        uint16[] memory shares = new uint16[](2);
        (payees[0], payees[1]) = (OTHER_WORKER, STRANGER);
        (shares[0], shares[1]) = (5_000, 4_999);
        assurance.setPayees(payees, shares);
        vm.warp(START + 301);

        vm.expectRevert(abi.encodeWithSelector(IJobMarket.VerdictSharesInvalid.selector, 9_999));
        market.finalizeJob(order, outputs);
        assurance.setPayees(payees, new uint16[](1));
        vm.expectRevert();
        market.finalizeJob(order, outputs);
        shares = new uint16[](3);
        (shares[0], shares[1]) = (5_000, 5_000);
        assurance.setPayees(payees, shares);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.VerdictSharesInvalid.selector, 10_000));
        market.finalizeJob(order, outputs);
    }

    // finalizeJobs

    function test_finalizeJobs_skipsWhatCannotBe() external {
        Submission[] memory entries = new Submission[](4);
        JobId[4] memory ids;
        for (uint256 i = 0; i < 4; ++i) {
            entries[i] = Submission({order: fakeOrder(), result: resultWith("pending")});
            entries[i].order.nonce = i;
            ids[i] = request(entries[i].order);
            claim(entries[i].order);
            assurance.setWindow(i == 1 ? 1_000 : 300);
            if (i != 0) market.submitResult(entries[i].order, entries[i].result);
        }
        entries[3] = entries[2];
        assurance.rule("final");
        vm.warp(START + 301);

        vm.expectEmit();
        emit IJobMarket.EntrySkipped(ids[0], 0, SkipReason.WrongState);
        vm.expectEmit();
        emit IJobMarket.EntrySkipped(ids[1], 1, SkipReason.WrongTime);
        vm.expectEmit();
        emit IJobMarket.EntrySkipped(ids[2], 3, SkipReason.WrongState);
        market.finalizeJobs(entries);

        assertState(ids[2], JobState.Settled);
        assertEq(freeOf(WORKER), 0.925 ether);
        string[3] memory rulings = ["no", "fail", "pending"];
        assurance.setWindow(5_000);
        SkipReason[3] memory reasons =
            [SkipReason.EvidenceRejected, SkipReason.AssuranceFailed, SkipReason.AssuranceFailed];
        vm.warp(START + 1_001);
        for (uint256 i = 0; i < 3; ++i) {
            assurance.rule(bytes(rulings[i]));
            vm.expectEmit();
            emit IJobMarket.EntrySkipped(ids[1], 1, reasons[i]);
            market.finalizeJobs(entries);
        }
        assertState(ids[1], JobState.Answered);
    }

    function test_finalizeJobs_waitsForAProofThatIsDue() external {
        (JobOrder memory order, JobId jobId) = answered();
        Submission[] memory entries = new Submission[](1);
        entries[0].order = order;
        assurance.rule("pending");
        // Until the last second that the order leaves.
        vm.warp(START + 301);
        assurance.setWindow(uint40(order.finalDeadline - START - 301));

        market.finalizeJobs(entries);

        assertState(jobId, JobState.Challenged);
        assertEq(market.jobOf(jobId).due, order.finalDeadline);
    }

    // challengeJob

    function test_challengeJob_revertsInOtherStates() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        claim(order);

        vm.expectRevert(wrongState(jobId, JobState.Answered, JobState.Claimed));
        market.challengeJob(order, "pending");
    }

    function test_challengeJob_revertsAfterTheWindow() external {
        (JobOrder memory order,) = answered();
        vm.warp(START + 301);

        vm.expectRevert(abi.encodeWithSelector(IJobMarket.DeadlinePassed.selector, START + 300, START + 301));
        market.challengeJob(order, "pending");
    }

    function test_challengeJob_revertsWhenTheAssuranceRefuses() external {
        (JobOrder memory order, JobId jobId) = answered();
        bytes memory rejected = abi.encodeWithSelector(IJobMarket.EvidenceRejected.selector, jobId);

        vm.expectRevert(rejected);
        market.challengeJob(order, "no");
        vm.expectRevert(rejected);
        market.challengeJob(order, "final");
        vm.expectRevert(ObedientAssurance.Failed.selector);
        market.challengeJob(order, "fail");
    }

    /// @dev S2-ESC-2: a challenge freezes the payout, and the challenger's bond goes through to the assurance.
    function test_challengeJob_freezesThePayout() external {
        (JobOrder memory order, JobId jobId) = answered();
        vm.warp(START + 200);
        vm.deal(STRANGER, 1 ether);

        vm.prank(STRANGER);
        market.challengeJob{value: 0.1 ether}(order, "pending");

        assertState(jobId, JobState.Challenged);
        assertEq(market.jobOf(jobId).due, START + 500);
        assertEq(address(assurance).balance, 0.1 ether);
        assertEq(address(market).balance, 2 ether);
        vm.warp(START + 301);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.EvidenceRejected.selector, jobId));
        market.finalizeJob(order, outputs);
    }

    function test_challengeJob_overturnsAtOnce() external {
        (JobOrder memory order, JobId jobId) = answered();

        vm.expectEmit();
        emit IMarketExtension.JobOverturned(jobId, WORKER, order.bond, STRANGER);
        vm.prank(STRANGER);
        market.challengeJob(order, "wrong answer");

        assertState(jobId, JobState.Requested);
        assertEq(workers.slashedCreditOf(STRANGER), 0.02 ether);
        assertEq(workers.workerOf(WORKER).bonded, 0);
    }

    // defendJob

    function test_defendJob_revertsInOtherStatesAndLate() external {
        (JobOrder memory order, JobId jobId) = answered();

        vm.expectRevert(wrongState(jobId, JobState.Challenged, JobState.Answered));
        market.defendJob(order, resultWith("final"));
        market.challengeJob(order, "pending");
        vm.warp(START + 301);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.DeadlinePassed.selector, START + 300, START + 301));
        market.defendJob(order, resultWith("final"));
    }

    function test_defendJob_revertsOnEvidenceThatDoesNotHold() external {
        (JobOrder memory order, JobId jobId) = answered();
        market.challengeJob(order, "pending");

        vm.expectRevert(abi.encodeWithSelector(IJobMarket.EvidenceRejected.selector, jobId));
        market.defendJob(order, resultWith("no"));
        assertState(jobId, JobState.Challenged);
    }

    function test_defendJob_paysAtOnce() external {
        (JobOrder memory order, JobId jobId) = answered();
        market.challengeJob(order, "pending");

        vm.prank(STRANGER);
        market.defendJob(order, resultWith("final"));

        assertState(jobId, JobState.Settled);
        assertEq(freeOf(WORKER), 0.925 ether);
        assertEq(workers.workerOf(WORKER).bonded, 0);
    }

    function test_defendJob_mayWaitOnOrLose() external {
        (JobOrder memory order, JobId jobId) = answered();
        market.challengeJob(order, "pending");
        vm.warp(START + 100);

        market.defendJob(order, resultWith("pending"));
        assertState(jobId, JobState.Challenged);
        assertEq(market.jobOf(jobId).due, START + 400);
        market.defendJob(order, resultWith("wrong answer"));
        assertState(jobId, JobState.Requested);
    }

    // refundJob

    /// @dev S2-ESC-2, 9: an assurance that fails for good strands nothing: a default rule pays out.
    function test_refundJob_endsAnAbandonedDispute() external {
        (JobOrder memory order, JobId jobId) = answered();
        market.challengeJob(order, "pending");
        assurance.rule("fail");
        uint256 abandoned = order.finalDeadline + market.ABANDON_SECONDS();
        vm.warp(abandoned);

        vm.expectRevert(abi.encodeWithSelector(IJobMarket.DeadlineNotPassed.selector, abandoned, abandoned));
        market.refundJob(order);
        vm.warp(abandoned + 1);
        market.refundJob(order);

        assertState(jobId, JobState.Refunded);
        assertEq(freeOf(REQUESTER), 2 ether);
        assertEq(lockedOf(REQUESTER), 0);
        assertEq(workers.workerOf(WORKER).bonded, 0);
        assertEq(workers.workerOf(WORKER).free, 10 ether);
    }

    /// @dev An assurance that admits its own workers holds the claim, without a bond of the registry.
    function test_claimJob_byTheAssuranceItself() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        vm.prank(address(assurance));
        market.claimJob(order);
        address[] memory payees = new address[](2);
        uint16[] memory shares = new uint16[](2);
        (payees[0], payees[1]) = (OTHER_WORKER, STRANGER);
        (shares[0], shares[1]) = (5_000, 5_000);
        assurance.setPayees(payees, shares);

        market.submitResult(order, resultWith("shared"));

        assertState(jobId, JobState.Settled);
        assertEq(freeOf(OTHER_WORKER), 0.4625 ether);
        assertEq(freeOf(STRANGER), 0.4625 ether);
    }

    function test_expireJob_ofTheAssuranceItselfSlashesNobody() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        vm.prank(address(assurance));
        market.claimJob(order);
        vm.warp(START + 601);

        vm.expectEmit();
        emit IJobMarket.JobExpired(jobId, address(assurance), 0, address(this));
        market.expireJob(order);

        assertState(jobId, JobState.Requested);
        assertEq(workers.slashedCreditOf(REQUESTER), 0);
    }

    function answered() private returns (JobOrder memory order, JobId jobId) {
        order = fakeOrder();
        jobId = request(order);
        claim(order);
        market.submitResult(order, resultWith("pending"));
    }
}
