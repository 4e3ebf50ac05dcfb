// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Job, JobId, JobOrder, JobResult, JobState, ModelId} from "./JobTypes.sol";

/// @notice Orders, escrow, states and settlement. It knows money and states, and nothing of evidence.
interface IJobMarket {
    /// @notice Emitted when a requester's order was accepted and its price escrowed.
    event JobRequested(JobId indexed jobId, ModelId indexed modelId, address indexed requester, JobOrder order);
    /// @notice Emitted when a worker took the exclusive right to answer a job.
    event JobClaimed(JobId indexed jobId, address indexed worker, uint96 price, uint40 due);
    /// @notice Emitted when an answer was accepted; `outputs` are the packed words.
    event JobAnswered(JobId indexed jobId, address indexed worker, uint256[] outputs);
    /// @notice Emitted when a job was paid: `price = workerShare + royalty + fee`.
    event JobSettled(JobId indexed jobId, address indexed worker, uint96 workerShare, uint96 royalty, uint96 fee);
    /// @notice Emitted when a worker did not answer in time and the job was opened again.
    event JobExpired(JobId indexed jobId, address indexed worker, uint96 slashed, address indexed enforcer);
    /// @notice Emitted when the requester withdrew a job that nobody had claimed.
    event JobCancelled(JobId indexed jobId);
    /// @notice Emitted when a job ended without an answer and its escrow went back.
    event JobRefunded(JobId indexed jobId, uint96 amount);
    event Deposited(address indexed account, address indexed token, uint256 amount);
    event Withdrawn(address indexed account, address indexed token, address indexed to, uint256 amount);

    /// @dev The job is in `actual`; the call needs it in `expected`.
    error JobNotInState(JobId jobId, JobState expected, JobState actual);
    error NotRequester(address caller, address requester);
    error NotAllowedWorker(address caller, address allowedWorker);
    error NonceUsed(address requester, uint256 nonce);
    error PriceTooLow(uint256 actual, uint256 needed);
    /// @dev `minPrice` is above `maxPrice`.
    error PriceRangeInverted(uint96 minPrice, uint96 maxPrice);
    /// @dev The times must satisfy now ≤ claimDeadline and claimDeadline + proveSeconds ≤ finalDeadline.
    error DeadlinesInvalid(uint40 claimDeadline, uint32 proveSeconds, uint40 finalDeadline);
    error TokenNotAllowed(address token);
    error AssuranceNotListed(address assurance);
    error ModelIsDeprecated(ModelId modelId);
    error ContributionsTooFew(uint16 actual, uint16 needed);
    error InputCommitmentOutOfField(uint256 inputCommitment);
    error FeeAboveOrder(uint16 feeBps, uint16 maxFeeBps);
    error BalanceTooLow(address account, address token, uint256 actual, uint256 needed);
    error DeadlinePassed(uint40 deadline, uint256 timestamp);
    error DeadlineNotPassed(uint40 deadline, uint256 timestamp);
    error EvidenceRejected(JobId jobId);
    error ValueUnexpected(uint256 value);
    error TransferFailed(address to, uint256 amount);

    /// @notice Escrows `order.maxPrice` from the caller's balance, topped up by `msg.value` or a token transfer, and opens the job.
    function requestJob(JobOrder calldata order) external payable returns (JobId jobId);

    /// @notice Takes the exclusive right to answer the job until its proving time runs out. The surplus over the ramp's price returns to the requester.
    /// @dev Warning: first come, first served. A front-run worker loses gas, nothing else.
    function claimJob(JobOrder calldata order) external returns (JobId jobId);

    /// @notice Hands in the answer of the worker that holds the claim; anyone may relay it, the claimed worker is paid.
    function submitResult(JobOrder calldata order, JobResult calldata result) external;

    /// @notice Slashes a worker that is past its due time and opens the job again, or refunds it after the final deadline.
    function expireJob(JobOrder calldata order) external;

    /// @notice Withdraws an unclaimed job; the requester only.
    function cancelJob(JobOrder calldata order) external;

    /// @notice Returns the escrow of a job that nobody can claim any more; anyone may call.
    function refundJob(JobOrder calldata order) external;

    /// @notice Adds to the caller's free balance: `msg.value` for the chain's own coin, else a transfer of `amount`.
    function deposit(address token, uint256 amount) external payable;

    /// @notice Sends part of the caller's free balance to `to`.
    function withdraw(address token, uint256 amount, address to) external;

    /// @notice EIP-712 digest of the order.
    function hashOrder(JobOrder calldata order) external view returns (JobId jobId);

    function jobOf(JobId jobId) external view returns (Job memory job);

    function balanceOf(address account, address token) external view returns (uint256 free, uint256 locked);

    /// @notice Price of the order at a time, in the order's token.
    function priceAt(JobOrder calldata order, uint256 timestamp) external pure returns (uint96 price);

    /// @notice Public signal that ties a proof to this chain, this market, a job and a worker: keccak256 of the four, shifted right by 8 bits.
    function bindingOf(JobId jobId, address worker) external view returns (uint256 binding);

    function nonceUsed(address requester, uint256 nonce) external view returns (bool used);
}
