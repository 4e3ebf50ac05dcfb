// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAssurance} from "./IAssurance.sol";
import {ICredits} from "./ICredits.sol";
import {ISignedAnswers} from "./ISignedAnswers.sol";
import {JobId, JobOrder, JobState} from "./JobTypes.sol";

/// @notice `optimistic`: a signed answer is final when nobody challenges it in a window. Anyone may challenge with a bond; then the worker, or anyone
///         for it, must bring a Groth16 proof of the answer in time, or the worker's bond is lost. One transaction is the verdict; there are no
///         rounds.
/// @dev Evidence of an answer is the worker's signature, see {ISignedAnswers}, or already a proof: then nothing is pending.
///      A challenge with empty data needs the terms' bond, which goes to the worker when the proof holds and back to the challenger when time runs
///      out.
///      A challenge with `abi.encode(uint256[] outputs, bytes signature)` needs no bond: another answer to the same job, signed by the same worker,
///      is a verdict at once.
///      Warning for workers: a claim accepts the terms, and whoever cannot make a proof within `defenceSeconds` should not claim.
///      Warning for requesters: an answer that nobody checks in the window stands, right or wrong; the window must outlast censorship of the chain.
interface IOptimisticAssurance is IAssurance, ICredits, ISignedAnswers {
    /// @notice An order's `assuranceData`, ABI-encoded.
    struct OptimisticTerms {
        /// @dev How long an answer can be challenged, from when it is handed in.
        uint32 windowSeconds;
        /// @dev How long a challenged answer can be defended, from the challenge.
        uint32 defenceSeconds;
        /// @dev What a challenger puts up, in the chain's own coin.
        uint96 challengeBond;
    }

    error NotMarket(address caller);
    error TermsMalformed(uint256 length);
    error WindowTooShort(uint256 actualSeconds, uint256 neededSeconds);
    error DefenceTooShort(uint256 actualSeconds, uint256 neededSeconds);
    error ChallengeBondTooLow(uint256 actual, uint256 needed);
    /// @dev A worker with nothing to lose can answer anything.
    error WorkerBondZero();
    /// @dev The latest answer, challenge and defence would end after the order does.
    error WindowsTooLong(uint256 end, uint40 finalDeadline);
    error SelfChallenge(address worker);
    error ChallengeBondWrong(uint256 actual, uint256 needed);
    /// @dev Either the two answers are the same, or the worker did not sign this one.
    error NoDoubleAnswer(JobId jobId);
    error NotPending(JobId jobId);
    error ChallengeLive(JobId jobId, JobState state);

    /// @notice Gives a challenger its bond back when the market gave a challenged job up without a verdict. Anyone may call.
    function releaseChallenge(JobOrder calldata order) external;

    /// @notice Who challenged a job's pending answer and when the defence ends, or zeros.
    function challengeOf(JobId jobId) external view returns (address challenger, uint40 until);

    /// @notice Least `challengeBond` of an order, so that nobody makes workers prove for nothing.
    function minChallengeBond() external view returns (uint96);
}
