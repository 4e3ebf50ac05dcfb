// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobOrder, ModelId} from "./JobTypes.sol";

/// @notice What a model's recent jobs cost, how long they took and how many were answered: for contracts that have to choose a price.
/// @dev The market keeps one slot for each job and no history, so that no job pays for statistics. Whoever wants them on chain records jobs that have
///      ended; each is checked against the market. Pages and daemons read the market's events instead and need none of this.
///      Warning: these are figures to start from, not to trust with money. Whoever pays the fees can trade with itself at any price, and whoever records
///      can leave jobs out; anyone may record what others left out.
interface IModelStats {
    struct Sample {
        uint96 price;
        /// @dev Seconds from the order's `rampStart` to the answer, at most: exact to the proving time of a claim.
        uint32 latencySeconds;
        uint40 recordedAt;
        bool settled;
    }

    struct Summary {
        /// @dev Jobs that the other members speak of.
        uint16 jobs;
        /// @dev Share of them that was answered; the rest was refunded. Jobs that their requester withdrew do not count.
        uint16 fillRateBps;
        /// @dev Median of the settled ones; zero when there is none.
        uint96 clearingPrice;
        uint32 latencySeconds;
        uint40 newestAt;
    }

    /// @notice Emitted when a job was counted.
    event JobRecorded(ModelId indexed modelId, address indexed token, uint96 price, uint32 latencySeconds, bool settled);

    /// @notice Counts jobs that have settled or were refunded; anyone may. Others, and those counted already, are passed over.
    /// @return count how many were counted
    function recordJobs(JobOrder[] calldata orders) external returns (uint256 count);

    /// @notice Figures of the last {MAX_SAMPLES} jobs of a model that were recorded, paid in one token.
    function summaryOf(ModelId modelId, address token) external view returns (Summary memory summary);

    /// @notice The samples that {summaryOf} reads, in no particular order.
    function samplesOf(ModelId modelId, address token) external view returns (Sample[] memory samples);
}
