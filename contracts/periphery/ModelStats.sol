// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {IModelStats} from "../interfaces/IModelStats.sol";
import {Job, JobId, JobOrder, JobState, ModelId} from "../interfaces/JobTypes.sol";
import {Prices} from "../libraries/Prices.sol";

/// @dev See {IModelStats}. A ring of samples, one slot each, for every model and token.
contract ModelStats is IModelStats {
    /// @notice How many jobs of a model and token are remembered.
    uint256 public constant MAX_SAMPLES = 32;

    struct Ring {
        uint64 count;
        mapping(uint256 place => Sample sample) samples;
    }

    IJobMarket public immutable market;
    /// @dev Its answers are never pending, so that a settled job's `due` bounds when the answer came.
    address public immutable proofAssurance;

    mapping(ModelId modelId => mapping(address token => Ring ring)) private _rings;
    /// @notice Whether a job was counted.
    mapping(JobId jobId => bool) public recorded;

    constructor(IJobMarket market_, address proofAssurance_) {
        market = market_;
        proofAssurance = proofAssurance_;
    }

    /// @inheritdoc IModelStats
    function recordJobs(JobOrder[] calldata orders) external returns (uint256 count) {
        for (uint256 i = 0; i < orders.length; ++i) {
            JobId jobId = market.hashOrder(orders[i]);
            if (recorded[jobId]) continue;
            Job memory job = market.jobOf(jobId);
            if (job.state != JobState.Settled && job.state != JobState.Refunded) continue;

            recorded[jobId] = true;
            _record(orders[i], job);
            ++count;
        }
    }

    /// @inheritdoc IModelStats
    function summaryOf(ModelId modelId, address token) external view returns (Summary memory summary) {
        Sample[] memory samples = samplesOf(modelId, token);
        uint256[] memory prices = new uint256[](samples.length);
        uint256[] memory latencies = new uint256[](samples.length);
        uint256 settled = 0;
        for (uint256 i = 0; i < samples.length; ++i) {
            if (samples[i].recordedAt > summary.newestAt) summary.newestAt = samples[i].recordedAt;
            if (!samples[i].settled) continue;
            _insert(prices, settled, samples[i].price);
            _insert(latencies, settled, samples[i].latencySeconds);
            ++settled;
        }
        if (samples.length == 0) return summary;

        // Narrowing is safe: counts are at most MAX_SAMPLES, a share at most 10,000, and the rest came out of these widths.
        (summary.jobs, summary.fillRateBps) = (uint16(samples.length), uint16(settled * Prices.BPS / samples.length));
        if (settled == 0) return summary;
        summary.clearingPrice = uint96(prices[settled / 2]);
        summary.latencySeconds = uint32(latencies[settled / 2]);
    }

    /// @inheritdoc IModelStats
    function samplesOf(ModelId modelId, address token) public view returns (Sample[] memory samples) {
        Ring storage ring = _rings[modelId][token];
        uint256 count = ring.count < MAX_SAMPLES ? ring.count : MAX_SAMPLES;
        samples = new Sample[](count);
        for (uint256 i = 0; i < count; ++i) {
            samples[i] = ring.samples[i];
        }
    }

    function _record(JobOrder calldata order, Job memory job) private {
        bool settled = job.state == JobState.Settled;
        uint256 answeredBy = block.timestamp;
        if (settled && order.assurance == proofAssurance && job.due < answeredBy) answeredBy = job.due;
        uint256 latency = answeredBy > order.rampStart ? answeredBy - order.rampStart : 0;
        Sample memory sample = Sample({
            price: Prices.priceOfTick(order, job.priceTick),
            // Narrowing is safe: capped.
            latencySeconds: uint32(latency > type(uint32).max ? type(uint32).max : latency),
            recordedAt: uint40(block.timestamp),
            settled: settled
        });

        Ring storage ring = _rings[order.modelId][order.token];
        ring.samples[ring.count % MAX_SAMPLES] = sample;
        ++ring.count;
        emit JobRecorded(order.modelId, order.token, sample.price, sample.latencySeconds, settled);
    }

    /// @dev Puts a value in its place among the first `count` sorted ones.
    function _insert(uint256[] memory sorted, uint256 count, uint256 value) private pure {
        uint256 place = count;
        for (; place > 0 && sorted[place - 1] > value; --place) {
            sorted[place] = sorted[place - 1];
        }
        sorted[place] = value;
    }
}
