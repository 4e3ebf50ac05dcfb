// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModelStats} from "../../contracts/interfaces/IModelStats.sol";
import {JobOrder} from "../../contracts/interfaces/JobTypes.sol";
import {ModelStats} from "../../contracts/periphery/ModelStats.sol";
import {MarketTest} from "./MarketTest.sol";

contract ModelStatsTest is MarketTest {
    ModelStats private stats;
    uint256 private nextNonce;

    function setUp() public override {
        super.setUp();
        stats = new ModelStats(market, address(assurance));
    }

    function test_recordJobs_passesOverJobsThatHaveNotEnded() external {
        JobOrder memory unknown = nextOrder();
        JobOrder memory requested = nextOrder();
        request(requested);
        JobOrder memory claimed = nextOrder();
        request(claimed);
        claim(claimed);
        JobOrder memory cancelled = nextOrder();
        request(cancelled);
        vm.prank(REQUESTER);
        market.cancelJob(cancelled);

        assertEq(record(unknown) + record(requested) + record(claimed) + record(cancelled), 0);
        assertEq(stats.summaryOf(modelId, NATIVE).jobs, 0);
    }

    /// @dev An order that was never requested has no job, and one with another price is another job.
    function test_recordJobs_passesOverForgedOrders() external {
        JobOrder memory order = settle(START + 100);
        order.maxPrice = 20 ether;

        assertEq(record(order), 0);
    }

    function test_recordJobs_countsAJobOnce() external {
        JobOrder memory order = settle(START + 100);
        JobOrder[] memory twice = new JobOrder[](2);
        (twice[0], twice[1]) = (order, order);

        assertEq(stats.recordJobs(twice), 1);
        assertEq(stats.recordJobs(twice), 0);
        assertEq(stats.samplesOf(modelId, NATIVE).length, 1);
    }

    /// @dev The price is the claim's. An answer came before the claim's due time, whenever it is recorded.
    function test_recordJobs_boundsTheLatency() external {
        JobOrder memory order = settle(START + 350);
        vm.warp(START + 400);
        record(order);
        JobOrder memory late = settle(START + 600);
        vm.warp(START + 50_000);
        record(late);

        IModelStats.Sample[] memory samples = stats.samplesOf(modelId, NATIVE);

        assertEq(samples[0].price, 1.25 ether);
        assertEq(samples[0].latencySeconds, 300);
        assertEq(samples[1].price, 1.5 ether);
        assertEq(samples[1].latencySeconds, 1_100);
        assertEq(samples[1].recordedAt, START + 50_000);
    }

    /// @dev Under an assurance that takes its time `due` says nothing of the answer.
    function test_recordJobs_boundsTheLatencyOfOtherAssurancesByTheRecording() external {
        stats = new ModelStats(market, STRANGER);
        JobOrder memory order = settle(START + 350);
        vm.warp(START + 50_000);
        record(order);

        assertEq(stats.samplesOf(modelId, NATIVE)[0].latencySeconds, 49_900);
    }

    function test_summaryOf_isTheMedianAndTheShareOfAnsweredJobs() external {
        uint256[4] memory claims = [START + 700, START + 200, START + 1_100, START + 600];
        for (uint256 i = 0; i < claims.length; ++i) {
            JobOrder memory order = settle(claims[i]);
            record(order);
        }
        JobOrder memory refunded = nextOrder();
        request(refunded);
        vm.warp(START + 2_001);
        market.refundJob(refunded);
        record(refunded);

        IModelStats.Summary memory summary = stats.summaryOf(modelId, NATIVE);

        assertEq(summary.jobs, 5);
        assertEq(summary.fillRateBps, 8_000);
        assertEq(summary.clearingPrice, 1.6 ether);
        assertEq(summary.latencySeconds, 600);
        assertEq(summary.newestAt, START + 2_001);
        assertEq(stats.summaryOf(modelId, address(token)).jobs, 0);
    }

    function test_summaryOf_withoutAnsweredJobs() external {
        JobOrder memory refunded = nextOrder();
        request(refunded);
        vm.warp(START + 2_001);
        market.refundJob(refunded);
        record(refunded);

        IModelStats.Summary memory summary = stats.summaryOf(modelId, NATIVE);

        assertEq(summary.jobs, 1);
        assertEq(summary.fillRateBps, 0);
        assertEq(summary.clearingPrice, 0);
    }

    function test_summaryOf_forgetsTheOldest() external {
        for (uint256 i = 0; i < 33; ++i) {
            record(settle(START + 100 + i));
        }

        IModelStats.Sample[] memory samples = stats.samplesOf(modelId, NATIVE);

        assertEq(samples.length, 32);
        assertEq(samples[0].latencySeconds, 32);
        assertEq(samples[1].latencySeconds, 1);
    }

    function nextOrder() private returns (JobOrder memory order) {
        order = fakeOrder();
        order.nonce = nextNonce++;
    }

    /// @dev A job that is claimed and answered at `time`.
    function settle(uint256 time) private returns (JobOrder memory order) {
        order = nextOrder();
        vm.warp(START);
        request(order);
        vm.warp(time);
        claim(order);
        market.submitResult(order, resultWith("final"));
    }

    function record(JobOrder memory order) private returns (uint256 count) {
        JobOrder[] memory orders = new JobOrder[](1);
        orders[0] = order;
        vm.prank(STRANGER);
        return stats.recordJobs(orders);
    }
}
