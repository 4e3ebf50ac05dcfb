// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobCase, JobId, JobOrder, JobResult, Submission} from "./JobTypes.sol";

/// @dev A verdict that names nobody, in one word: the kind in the low byte, `until` in the five above it. See {BatchVerdicts}.
type BatchVerdict is uint256;

/// @notice How an answer is made trustworthy: judges evidence and never holds the job's money.
/// @dev The market calls these functions and moves states, escrow and the claimed worker's bond by the verdicts. Everything else that an assurance
///      needs (commits, votes, challengers' bonds, workers that it admits itself) has entry points and money of its own there.
///      Warning: an assurance must never call back while the market calls it, must pay out by withdrawal only, must take every call below but
///      {checkTerms} from the market only when it stores anything, and must reach `Final` or `Wrong` in {finalize} at the order's `finalDeadline`.
interface IAssurance {
    enum VerdictKind {
        /// @dev The evidence, or the act, does not hold; the call reverts and the job stays as it was.
        Rejected,
        /// @dev Nothing is paid before `until`. From {judge} the job is Answered; from {challenge}, {defend} and {finalize} it is Challenged.
        Pending,
        /// @dev Somebody is to be paid, see `payees`; the claimed worker gets its bond back.
        Final,
        /// @dev The answer was shown to be wrong, or was not defended in time: the claimed worker's bond is slashed and the job opens again. Never from
        ///      {judge}.
        Wrong
    }

    struct Verdict {
        VerdictKind kind;
        /// @dev For `Pending`: after it {finalize} is called; at most the order's `finalDeadline`, or the market reverts.
        uint40 until;
        /// @dev For `Final`: who shares the worker's part of the price; nobody stands for the claimed worker alone. {judge} names payees only for a job
        ///      whose claim the assurance itself holds.
        ///      For `Wrong`: the first takes the enforcer's part of the bond (the challenger); nobody stands for the market's caller.
        address[] payees;
        /// @dev For `Final` with payees: one share for each, 10,000 in all; the last payee gets what rounding leaves.
        uint16[] sharesBps;
    }

    /// @notice Reverts when the order's `assuranceData` are not terms that this assurance can judge by.
    /// @dev Called by the market when an order leaves None, for assurances listed with terms. An assurance with windows checks here that all of them fit
    ///      between the latest answer, `claimDeadline + proveSeconds`, and `finalDeadline`.
    function checkTerms(JobOrder calldata order) external view;

    /// @notice Says what is to become of an answer.
    /// @dev Called by the market only, while the job is claimed and before its due time. In an open race nobody holds a claim, nobody is bonded, and
    ///      only `Final` without payees counts.
    /// @param worker the claimed worker, or in an open race whoever the answer is to pay
    /// @param binding public signal that ties the evidence to this chain, market, job and worker
    function judge(JobId jobId, JobOrder calldata order, address worker, uint256 binding, JobResult calldata result)
        external
        returns (Verdict memory verdict);

    /// @notice {judge} of many answers at once: one verdict for each case, the same that {judge} gives.
    /// @dev A bad answer must not make the call revert. `submissions` holds more than the cases speak of; offsets in an entry of a case point forward. A job
    ///      whose claim the assurance itself holds is not among them: the market asks {judge} about it, because its verdict may name payees. An answer that is
    ///      not what the compiler makes of `verdicts`, one for each case, counts as a failure.
    /// @param cases jobs of this assurance, each once and with its place in `submissions`
    function judgeBatch(JobCase[] calldata cases, Submission[] calldata submissions)
        external
        returns (BatchVerdict[] memory verdicts);

    /// @notice Takes a challenge of a pending answer; `msg.value` is the challenger's bond and stays here.
    /// @dev Called by the market only, while the job is Answered and not past `until`. Answers `Pending` with the time for a defence, `Wrong` when `data`
    ///      shows at once that the answer is wrong, or reverts with its own reason.
    /// @param worker the claimed worker
    /// @param data what the assurance wants of a challenger, such as one wrong step of a trace
    function challenge(JobId jobId, JobOrder calldata order, address worker, address challenger, bytes calldata data)
        external
        payable
        returns (Verdict memory verdict);

    /// @notice Takes the evidence that defends a challenged answer; anyone may bring it.
    /// @dev Called by the market only, while the job is Challenged and not past `until`.
    function defend(JobId jobId, JobOrder calldata order, address worker, uint256 binding, JobResult calldata result)
        external
        returns (Verdict memory verdict);

    /// @notice Says what is to become of an answer whose time is up, or of a challenged one that the assurance has decided.
    /// @dev Called by the market only: for an Answered job after `until`, for a Challenged one at any time. `Final` needs `outputs` to be the ones that
    ///      were answered (an assurance keeps their hash), because they go to the order's callback; `Wrong` needs nothing of them.
    function finalize(JobId jobId, JobOrder calldata order, address worker, uint256[] calldata outputs)
        external
        returns (Verdict memory verdict);
}
