// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IMarketExtension} from "../../contracts/interfaces/IMarketExtension.sol";
import {IWorkerRegistry} from "../../contracts/interfaces/IWorkerRegistry.sol";
import {JobId, JobOrder, JobState} from "../../contracts/interfaces/JobTypes.sol";
import {Prices} from "../../contracts/libraries/Prices.sol";
import {MarketTest} from "./MarketTest.sol";

contract JobMarketReleaseTest is MarketTest {
    function test_releaseJob_revertsOnAnUnclaimedJob() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);

        vm.prank(WORKER);
        vm.expectRevert(wrongState(jobId, JobState.Claimed, JobState.Requested));
        market.releaseJob(order);
    }

    function test_releaseJob_revertsForOthers() external {
        JobOrder memory order = fakeOrder();
        request(order);
        claim(order);

        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerUnknown.selector, STRANGER));
        market.releaseJob(order);
        vm.prank(OTHER_WORKER);
        vm.expectRevert(abi.encodeWithSelector(IMarketExtension.NotWorker.selector, OTHER_WORKER, WORKER));
        market.releaseJob(order);
    }

    function test_releaseJob_revertsAfterDue() external {
        JobOrder memory order = fakeOrder();
        request(order);
        claim(order);
        vm.warp(START + 601);

        vm.prank(WORKER);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.DeadlinePassed.selector, START + 600, START + 601));
        market.releaseJob(order);
    }

    function test_releaseJob_costsATwentiethAtOnce() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        claim(order);

        vm.expectEmit();
        emit IMarketExtension.JobReleased(jobId, WORKER, 0.0025 ether);
        vm.prank(SIGNER);
        market.releaseJob(order);

        assertState(jobId, JobState.Requested);
        assertEq(market.jobOf(jobId).worker, address(0));
        assertEq(workers.workerOf(WORKER).bonded, 0);
        assertEq(workers.workerOf(WORKER).free, 9.9975 ether);
        assertEq(workers.slashedCreditOf(REQUESTER), 0.00225 ether);
        assertEq(workers.slashedCreditOf(TREASURY), 0.00025 ether);
        assertEq(lockedOf(REQUESTER), 2 ether);
    }

    function test_releaseJob_costsHalfAtTheEnd() external {
        JobOrder memory order = fakeOrder();
        request(order);
        claim(order);
        vm.warp(START + 600);

        vm.prank(WORKER);
        market.releaseJob(order);

        assertEq(workers.workerOf(WORKER).free, 9.975 ether);
        assertEq(workers.slashedCreditOf(REQUESTER), 0.0225 ether);
    }

    function test_releaseJob_letsAnotherWorkerGoOn() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        claim(order);
        vm.warp(START + 350);
        vm.prank(WORKER);
        market.releaseJob(order);

        vm.prank(OTHER_WORKER);
        market.claimJob(order);

        assertEq(market.jobOf(jobId).worker, OTHER_WORKER);
        assertEq(lockedOf(REQUESTER), 1.25 ether);
    }

    function test_releaseJob_refundsWhenNobodyCanClaimAgain() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        vm.warp(order.claimDeadline);
        claim(order);
        vm.warp(order.claimDeadline + 1);

        vm.prank(WORKER);
        market.releaseJob(order);

        assertState(jobId, JobState.Refunded);
        assertEq(freeOf(REQUESTER), 2 ether);
    }

    function test_releaseJob_worksWithoutBondAndWhilePaused() external {
        JobOrder memory order = fakeOrder();
        order.bond = 0;
        JobId jobId = request(order);
        claim(order);
        market.setPaused(true);

        vm.prank(WORKER);
        market.releaseJob(order);

        assertState(jobId, JobState.Requested);
    }

    /// @dev 7: the parts are the bond, and giving a job back is never dearer than letting it expire.
    function testFuzz_releaseJob_splitsTheBond(uint96 bond, uint32 proveSeconds, uint256 held) external {
        JobOrder memory order = fakeOrder();
        order.bond = uint96(bound(bond, 0, 10 ether));
        order.proveSeconds = uint32(bound(proveSeconds, 1, 1_000));
        request(order);
        claim(order);
        vm.warp(START + bound(held, 0, order.proveSeconds));

        vm.prank(WORKER);
        market.releaseJob(order);

        uint256 penalty = workers.slashedCreditOf(REQUESTER) + workers.slashedCreditOf(TREASURY);
        assertEq(workers.workerOf(WORKER).free + penalty, 10 ether);
        assertEq(workers.workerOf(WORKER).bonded, 0);
        assertTrue(penalty <= (uint256(order.bond) + 1) / 2, "at most half");
        assertTrue(penalty * 20 >= order.bond, "at least a twentieth");
    }

    function testFuzz_releasePenalty_grows(uint96 bond, uint32 proveSeconds, uint256 left, uint256 later) external pure {
        proveSeconds = uint32(bound(proveSeconds, 1, type(uint32).max));
        left = bound(left, 0, proveSeconds);
        later = bound(later, 0, left);

        assertTrue(
            Prices.releasePenalty(bond, proveSeconds, later) >= Prices.releasePenalty(bond, proveSeconds, left),
            "the penalty grows"
        );
    }
}
