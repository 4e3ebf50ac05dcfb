// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Job, JobOrder, JobState, ModelId} from "../../contracts/interfaces/JobTypes.sol";
import {JobSlot} from "../../contracts/libraries/JobSlot.sol";
import {Prices} from "../../contracts/libraries/Prices.sol";
import {Tallies} from "../../contracts/libraries/Tallies.sol";
import {Test} from "./Vm.sol";

contract TalliesTest is Test {
    using Tallies for Tallies.Tally;

    /// @dev Whether `next` is like `last`, of which it is the only one.
    function isLike(JobOrder calldata last, Job memory lastJob, JobOrder calldata next, Job memory nextJob)
        external
        pure
        returns (bool)
    {
        Tallies.Tally memory tally;
        uint256 slot = JobSlot.pack(nextJob);
        assertTrue(!tally.isLike(next, slot), "a tally's first is like none");
        tally.start(last, JobSlot.pack(lastJob));
        return tally.isLike(next, slot);
    }

    /// @dev A claimed job of an order, both as the market knows them.
    function jobOf(JobOrder memory order, address worker, uint32 tick, uint16 feeBps)
        private
        pure
        returns (Job memory job)
    {
        if (order.minPrice > order.maxPrice) order.minPrice = order.maxPrice;
        job = Job(worker, 1_000, JobState.Claimed, tick, feeBps % 500);
        if (tick > order.rampSeconds) job.priceTick = order.rampSeconds;
    }

    function testFuzz_isLike_ofWhatMovesTheSame(JobOrder memory order, JobOrder memory other, uint32 tick) external view {
        Job memory job = jobOf(order, other.callback, tick, other.maxFeeBps);
        (other.requester, other.token) = (order.requester, order.token);
        (other.minPrice, other.maxPrice, other.rampSeconds) = (order.minPrice, order.maxPrice, order.rampSeconds);
        (other.modelId, other.bond) = (order.modelId, order.bond);
        Job memory otherJob = Job(job.worker, job.due / 2, job.state, job.priceTick, job.feeBps);

        assertTrue(this.isLike(order, job, other, otherJob), "like");
    }

    function testFuzz_isLike_ofNothingElse(JobOrder memory order, address worker, uint32 tick, uint256 salt) external view {
        Job memory job = jobOf(order, worker, tick, uint16(salt >> 4));

        for (uint256 i = 0; i < 11; ++i) {
            JobOrder memory other = abi.decode(abi.encode(order), (JobOrder));
            Job memory otherJob = Job(job.worker, job.due, job.state, job.priceTick, job.feeBps);
            change(other, otherJob, i, 1 << (salt % 16));
            assertTrue(!this.isLike(order, job, other, otherJob), "not like");
        }
    }

    /// @dev Flips a bit of one of the eleven things that decide.
    function change(JobOrder memory order, Job memory job, uint256 which, uint256 bit) private pure {
        if (which == 0) order.requester = address(uint160(order.requester) ^ uint160(bit));
        if (which == 1) order.token = address(uint160(order.token) ^ uint160(bit));
        if (which == 2) order.minPrice ^= uint96(bit);
        if (which == 3) order.maxPrice ^= uint96(bit);
        if (which == 4) order.rampSeconds ^= uint32(bit);
        if (which == 5) order.modelId = ModelId.wrap(ModelId.unwrap(order.modelId) ^ bytes32(bit));
        if (which == 6) order.bond ^= uint96(bit);
        if (which == 7) job.worker = address(uint160(job.worker) ^ uint160(bit));
        if (which == 8) job.state = JobState.Answered;
        if (which == 9) job.priceTick ^= uint32(bit);
        if (which == 10) job.feeBps ^= uint16(bit);
    }

    /// @dev Entries in rows of so many, each row of an order of its own.
    function tallied(JobOrder[] calldata orders, Job[] memory jobs, uint8[] memory rows, uint16 royaltyBps)
        external
        pure
        returns (Tallies.Tally memory tally)
    {
        tally.royaltyBps = royaltyBps;
        for (uint256 i = 0; i < orders.length; ++i) {
            tally.fold();
            tally.start(orders[i], JobSlot.pack(jobs[i]));
            tally.count = rows[i];
        }
        tally.fold();
        tally.fold();
    }

    function priceOf(JobOrder calldata order, uint32 tick) external pure returns (uint96) {
        return Prices.priceOfTick(order, tick);
    }

    function testFuzz_fold_addsUpRows(JobOrder[3] memory three, uint32 tick, uint8[3] memory threeRows, uint16 royaltyBps)
        external
        view
    {
        JobOrder[] memory orders = new JobOrder[](3);
        Job[] memory jobs = new Job[](3);
        uint8[] memory rows = new uint8[](3);
        royaltyBps %= 2_000;
        uint256[4] memory plain;
        for (uint256 i = 0; i < 3; ++i) {
            jobs[i] = jobOf(three[i], three[i].callback, tick, three[i].maxFeeBps);
            (orders[i], rows[i]) = (three[i], threeRows[i]);
            addRow(plain, orders[i], jobs[i], rows[i], royaltyBps);
        }

        Tallies.Tally memory tally = this.tallied(orders, jobs, rows, royaltyBps);

        assertEq(tally.paid, plain[0]);
        assertEq(tally.royalty, plain[1]);
        assertEq(tally.fee, plain[2]);
        assertEq(tally.bond, plain[3]);
        assertEq(tally.count, 0);
    }

    /// @dev One by one.
    function addRow(uint256[4] memory plain, JobOrder memory order, Job memory job, uint256 row, uint16 royaltyBps)
        private
        view
    {
        uint96 price = this.priceOf(order, job.priceTick);
        (, uint96 royalty, uint96 fee) = Prices.split(price, royaltyBps, job.feeBps);
        for (uint256 j = 0; j < row; ++j) {
            plain[0] += price;
            plain[1] += royalty;
            plain[2] += fee;
            plain[3] += order.bond;
        }
    }
}
