// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobId, JobOrder, JobResult} from "./JobTypes.sol";

/// @notice How an answer is made trustworthy: judges evidence and never holds the job's money.
interface IAssurance {
    enum VerdictKind {
        /// @dev The evidence does not hold; the job stays as it was.
        Rejected,
        /// @dev Nothing is paid before `until`; see {finalize} of the assurance.
        Pending,
        /// @dev The worker is to be paid.
        Final
    }

    struct Verdict {
        VerdictKind kind;
        uint40 until;
    }

    /// @notice Reverts when the order's `assuranceData` are not terms that this assurance can judge by.
    /// @dev Called by the market when a job is requested, for assurances listed with terms.
    function checkTerms(JobOrder calldata order) external view;

    /// @notice Says what is to become of an answer.
    /// @dev Called by the market only, while the job is claimed and before its due time.
    /// @param binding public signal that ties the evidence to this chain, market, job and worker
    function judge(JobId jobId, JobOrder calldata order, address worker, uint256 binding, JobResult calldata result)
        external
        returns (Verdict memory verdict);
}
