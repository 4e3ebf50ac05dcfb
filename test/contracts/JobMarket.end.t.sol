// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {JobId, JobOrder, JobState} from "../../contracts/interfaces/JobTypes.sol";
import {MarketTest} from "./MarketTest.sol";

/// @notice Every way a job ends, or begins again, without an answer: expire, cancel, refund.
contract JobMarketEndTest is MarketTest {
    function test_expireJob_revertsOnAnUnclaimedJob() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);

        vm.expectRevert(wrongState(jobId, JobState.Claimed, JobState.Requested));
        market.expireJob(order);
    }

    function test_expireJob_revertsUntilDue() external {
        JobOrder memory order = fakeOrder();
        request(order);
        claim(order);
        vm.warp(START + 600);

        vm.expectRevert(abi.encodeWithSelector(IJobMarket.DeadlineNotPassed.selector, START + 600, START + 600));
        market.expireJob(order);
    }

    function test_expireJob_slashesAndOpensAgain() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        claim(order);
        vm.warp(START + 601);

        vm.prank(STRANGER);
        market.expireJob(order);

        assertState(jobId, JobState.Requested);
        assertEq(market.jobOf(jobId).worker, address(0));
        assertEq(lockedOf(REQUESTER), 2 ether);
        assertEq(freeOf(REQUESTER), 0);
        assertEq(workers.workerOf(WORKER).free, 9.95 ether);
        assertEq(workers.workerOf(WORKER).bonded, 0);
        assertEq(workers.slashedCreditOf(REQUESTER), 0.025 ether);
        assertEq(workers.slashedCreditOf(STRANGER), 0.02 ether);
        assertEq(workers.slashedCreditOf(TREASURY), 0.005 ether);
    }

    function test_expireJob_goesOnRamping() external {
        JobOrder memory order = fakeOrder();
        request(order);
        claim(order);
        vm.warp(START + 850);
        market.expireJob(order);

        vm.prank(OTHER_WORKER);
        market.claimJob(order);

        assertEq(lockedOf(REQUESTER), 1.75 ether);
        assertEq(freeOf(REQUESTER), 0.25 ether);
    }

    /// @dev A requester that took the surplus out pays no more than what is still in escrow.
    function test_expireJob_capsThePriceWithoutTheSurplus() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        vm.warp(START + 350);
        claim(order);
        vm.prank(REQUESTER);
        market.withdraw(NATIVE, 1, REQUESTER);
        vm.warp(START + 1_000);
        market.expireJob(order);
        assertEq(lockedOf(REQUESTER), 1.25 ether);

        vm.prank(OTHER_WORKER);
        market.claimJob(order);
        assertEq(lockedOf(REQUESTER), 1.25 ether);
        market.submitResult(order, resultWith("final"));

        assertEq(freeOf(OTHER_WORKER) + freeOf(MODEL_OWNER) + freeOf(TREASURY), 1.25 ether);
        assertEq(lockedOf(REQUESTER), 0);
        assertState(jobId, JobState.Settled);
    }

    function test_expireJob_refundsWhenNobodyCanClaimAgain() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        claim(order);
        vm.warp(order.claimDeadline + 1);

        market.expireJob(order);

        assertState(jobId, JobState.Refunded);
        assertEq(freeOf(REQUESTER), 2 ether);
        assertEq(lockedOf(REQUESTER), 0);
        assertEq(workers.slashedCreditOf(REQUESTER), 0.025 ether);
    }

    function test_expireJob_worksWithoutBond() external {
        JobOrder memory order = fakeOrder();
        order.bond = 0;
        JobId jobId = request(order);
        claim(order);
        vm.warp(START + 601);

        market.expireJob(order);

        assertState(jobId, JobState.Requested);
    }

    function test_expireJob_byTheRequesterGivesItBothShares() external {
        JobOrder memory order = fakeOrder();
        request(order);
        claim(order);
        vm.warp(START + 601);

        vm.prank(REQUESTER);
        market.expireJob(order);

        assertEq(workers.slashedCreditOf(REQUESTER), 0.045 ether);
    }

    function test_cancelJob_revertsForAnother() external {
        JobOrder memory order = fakeOrder();
        request(order);

        vm.expectRevert(abi.encodeWithSelector(IJobMarket.NotRequester.selector, STRANGER, REQUESTER));
        vm.prank(STRANGER);
        market.cancelJob(order);
    }

    function test_cancelJob_revertsWhenClaimed() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        claim(order);

        vm.expectRevert(wrongState(jobId, JobState.Requested, JobState.Claimed));
        vm.prank(REQUESTER);
        market.cancelJob(order);
    }

    /// @dev S0-ESC-4
    function test_cancelJob_givesAllBackEvenWhilePaused() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        market.setPaused(true);

        vm.prank(REQUESTER);
        market.cancelJob(order);

        assertState(jobId, JobState.Cancelled);
        assertEq(freeOf(REQUESTER), 2 ether);
        assertEq(lockedOf(REQUESTER), 0);
    }

    function test_refundJob_revertsUntilTheClaimDeadline() external {
        JobOrder memory order = fakeOrder();
        request(order);
        vm.warp(order.claimDeadline);

        vm.expectRevert(
            abi.encodeWithSelector(IJobMarket.DeadlineNotPassed.selector, order.claimDeadline, order.claimDeadline)
        );
        market.refundJob(order);
    }

    /// @dev S0-ESC-4
    function test_refundJob_givesAllBackOnce_S0_ESC_4() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        market.setPaused(true);
        vm.warp(order.claimDeadline + 1);

        vm.prank(STRANGER);
        market.refundJob(order);

        assertState(jobId, JobState.Refunded);
        assertEq(freeOf(REQUESTER), 2 ether);
        vm.expectRevert(wrongState(jobId, JobState.Requested, JobState.Refunded));
        market.refundJob(order);
    }

    function test_refundJob_afterAnExpiryGivesBackWhatIsInEscrow() external {
        JobOrder memory order = fakeOrder();
        request(order);
        claim(order);
        vm.prank(REQUESTER);
        market.withdraw(NATIVE, 1 ether, REQUESTER);
        vm.warp(START + 601);
        market.expireJob(order);
        vm.warp(order.claimDeadline + 1);

        market.refundJob(order);

        assertEq(freeOf(REQUESTER), 1 ether);
        assertEq(lockedOf(REQUESTER), 0);
    }
}
