// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {JobId, JobOrder, JobState} from "../../contracts/interfaces/JobTypes.sol";
import {MarketTest} from "./MarketTest.sol";

contract JobMarketSubmitTest is MarketTest {
    function test_submitResult_revertsOnAnUnclaimedJob() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);

        vm.expectRevert(wrongState(jobId, JobState.Claimed, JobState.Requested));
        market.submitResult(order, resultWith("final"));
    }

    function test_submitResult_revertsAfterDue() external {
        JobOrder memory order = fakeOrder();
        request(order);
        claim(order);
        vm.warp(START + 601);

        vm.expectRevert(abi.encodeWithSelector(IJobMarket.DeadlinePassed.selector, START + 600, START + 601));
        market.submitResult(order, resultWith("final"));
    }

    function test_submitResult_revertsOnRejectedEvidence() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        claim(order);

        bytes memory rejected = abi.encodeWithSelector(IJobMarket.EvidenceRejected.selector, jobId);
        vm.expectRevert(rejected);
        market.submitResult(order, resultWith("wrong"));
        // An answer cannot be shown to be wrong before it was given.
        vm.expectRevert(rejected);
        market.submitResult(order, resultWith("wrong answer"));

        assertState(jobId, JobState.Claimed);
        assertEq(lockedOf(REQUESTER), 1 ether);
        assertEq(freeOf(WORKER), 0);
    }

    function test_submitResult_paysEverybody() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        claim(order);

        vm.prank(STRANGER);
        market.submitResult(order, resultWith("final"));

        assertState(jobId, JobState.Settled);
        assertEq(freeOf(WORKER), 0.925 ether);
        assertEq(freeOf(MODEL_OWNER), 0.05 ether);
        assertEq(freeOf(TREASURY), 0.025 ether);
        assertEq(freeOf(REQUESTER), 1 ether);
        assertEq(lockedOf(REQUESTER), 0);
        assertEq(workers.workerOf(WORKER).free, 10 ether);
        assertEq(workers.workerOf(WORKER).bonded, 0);
    }

    function test_submitResult_worksWithoutBond() external {
        JobOrder memory order = fakeOrder();
        order.bond = 0;
        request(order);
        claim(order);

        market.submitResult(order, resultWith("final"));

        assertEq(freeOf(WORKER), 0.925 ether);
    }

    /// @dev S0-ESC-5: the job keeps the fee of its request.
    function test_submitResult_keepsTheFeeOfTheRequest() external {
        JobOrder memory order = fakeOrder();
        request(order);
        market.setFeeBps(500);
        claim(order);

        market.submitResult(order, resultWith("final"));

        assertEq(freeOf(TREASURY), 0.025 ether);
    }

    /// @dev One account in every part: its balance ends where it began.
    function test_submitResult_conservesWhenEverybodyIsTheSame() external {
        JobOrder memory order = fakeOrder();
        order.requester = WORKER;
        vm.prank(WORKER);
        market.requestJob{value: 2 ether}(order);
        claim(order);

        market.submitResult(order, resultWith("final"));

        assertEq(freeOf(WORKER) + freeOf(MODEL_OWNER) + freeOf(TREASURY), 2 ether);
        assertEq(lockedOf(WORKER), 0);
    }

    function testFuzz_submitResult_conserves(uint96 price, uint16 feeBps) external {
        market.setFeeBps(uint16(bound(feeBps, 0, 500)));
        JobOrder memory order = fakeOrder();
        order.minPrice = uint96(bound(price, FLOOR_PRICE, 100 ether));
        order.maxPrice = order.minPrice;
        request(order);
        claim(order);

        market.submitResult(order, resultWith("final"));

        assertEq(freeOf(WORKER) + freeOf(MODEL_OWNER) + freeOf(TREASURY), order.minPrice);
        assertEq(lockedOf(REQUESTER) + freeOf(REQUESTER), 0);
    }
}
