// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IWorkerRegistry} from "../../contracts/interfaces/IWorkerRegistry.sol";
import {Job, JobId, JobOrder, JobState} from "../../contracts/interfaces/JobTypes.sol";
import {MarketTest} from "./MarketTest.sol";

contract JobMarketClaimTest is MarketTest {
    function test_claimJob_revertsOnUnknownJob() external {
        JobOrder memory order = fakeOrder();

        vm.expectRevert(wrongState(market.hashOrder(order), JobState.Requested, JobState.None));
        vm.prank(WORKER);
        market.claimJob(order);
    }

    function test_claimJob_revertsOnAnAlteredOrder() external {
        JobOrder memory order = fakeOrder();
        request(order);
        order.bond = 0;

        vm.expectRevert(wrongState(market.hashOrder(order), JobState.Requested, JobState.None));
        vm.prank(WORKER);
        market.claimJob(order);
    }

    function test_claimJob_revertsWhenClaimed() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        claim(order);

        vm.expectRevert(wrongState(jobId, JobState.Requested, JobState.Claimed));
        vm.prank(OTHER_WORKER);
        market.claimJob(order);
    }

    function test_claimJob_revertsAfterTheClaimDeadline() external {
        JobOrder memory order = fakeOrder();
        request(order);
        vm.warp(order.claimDeadline + 1);

        vm.expectRevert(
            abi.encodeWithSelector(IJobMarket.DeadlinePassed.selector, order.claimDeadline, order.claimDeadline + 1)
        );
        vm.prank(WORKER);
        market.claimJob(order);
    }

    function test_claimJob_revertsForAnUnknownWorker() external {
        JobOrder memory order = fakeOrder();
        request(order);

        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerUnknown.selector, STRANGER));
        vm.prank(STRANGER);
        market.claimJob(order);
    }

    function test_claimJob_revertsForAnotherWorkerThanAllowed() external {
        JobOrder memory order = fakeOrder();
        order.allowedWorker = WORKER;
        request(order);

        vm.expectRevert(abi.encodeWithSelector(IJobMarket.NotAllowedWorker.selector, OTHER_WORKER, WORKER));
        vm.prank(OTHER_WORKER);
        market.claimJob(order);
    }

    function test_claimJob_revertsOnTooLittleFreeStake() external {
        JobOrder memory order = fakeOrder();
        order.bond = 10 ether + 1;
        request(order);

        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.StakeTooLow.selector, 10 ether, 10 ether + 1));
        vm.prank(WORKER);
        market.claimJob(order);
    }

    /// @dev S1-ESC-1: even a job without bond needs a worker that has the least stake.
    function test_claimJob_revertsBelowMinStake() external {
        JobOrder memory order = fakeOrder();
        order.bond = 0;
        request(order);
        vm.prank(WORKER);
        workers.startUnbonding(10 ether - MIN_STAKE + 1);

        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.StakeTooLow.selector, MIN_STAKE - 1, MIN_STAKE));
        vm.prank(WORKER);
        market.claimJob(order);
    }

    function test_claimJob_revertsWhilePaused() external {
        JobOrder memory order = fakeOrder();
        request(order);
        market.setPaused(true);

        vm.expectRevert(IJobMarket.MarketPaused.selector);
        vm.prank(WORKER);
        market.claimJob(order);
    }

    function test_claimJob_bySignerIsTheOperators() external {
        JobOrder memory order = fakeOrder();
        order.allowedWorker = WORKER;
        JobId jobId = request(order);

        vm.prank(SIGNER);
        market.claimJob(order);

        assertEq(market.jobOf(jobId).worker, WORKER);
        assertEq(workers.workerOf(WORKER).bonded, order.bond);
        assertEq(workers.workerOf(WORKER).free, 10 ether - order.bond);
    }

    function test_claimJob_fixesThePriceAndReturnsTheSurplus() external {
        JobOrder memory order = fakeOrder();
        request(order);
        vm.warp(START + 350);

        JobId jobId = claim(order);

        Job memory job = market.jobOf(jobId);
        assertEq(job.due, START + 350 + 600);
        assertEq(job.priceTick, 250);
        assertState(jobId, JobState.Claimed);
        assertEq(lockedOf(REQUESTER), 1.25 ether);
        assertEq(freeOf(REQUESTER), 0.75 ether);
    }

    function test_claimJob_atTheClaimDeadlineIsDueBeforeTheFinalOne() external {
        JobOrder memory order = fakeOrder();
        order.finalDeadline = order.claimDeadline + order.proveSeconds;
        request(order);
        vm.warp(order.claimDeadline);

        JobId jobId = claim(order);

        assertEq(market.jobOf(jobId).due, order.finalDeadline);
        assertEq(lockedOf(REQUESTER), 2 ether);
    }

    function testFuzz_claimJob_locksThePriceOfTheTime(uint256 seconds_, uint96 min, uint96 max, uint32 ramp) external {
        JobOrder memory order = fakeOrder();
        order.minPrice = uint96(bound(min, FLOOR_PRICE, 10 ether));
        order.maxPrice = uint96(bound(max, order.minPrice, 20 ether));
        order.rampSeconds = ramp;
        request(order);
        uint256 time = bound(seconds_, START, order.claimDeadline);
        vm.warp(time);

        claim(order);

        assertEq(lockedOf(REQUESTER), market.priceAt(order, time));
        assertEq(lockedOf(REQUESTER) + freeOf(REQUESTER), order.maxPrice);
    }
}
