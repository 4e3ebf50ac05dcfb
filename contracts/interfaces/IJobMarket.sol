// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IMarketExtension} from "./IMarketExtension.sol";
import {IModelRegistry} from "./IModelRegistry.sol";
import {IWorkerRegistry} from "./IWorkerRegistry.sol";
import {Job, JobId, JobOrder, JobResult, JobState, ModelId, SkipReason, Submission} from "./JobTypes.sol";

/// @notice Orders, escrow, states and settlement. It knows money and states, and nothing of evidence.
/// @dev None → Requested → Claimed → Settled, or Claimed → Answered → Settled, or Answered → Challenged → Settled, or from Claimed, Answered and
///      Challenged back to Requested when a worker fails. An order that its requester signed goes from None to Claimed, or in an open race to Settled.
interface IJobMarket is IMarketExtension {
    enum AssuranceListing {
        /// @dev New orders cannot name it; jobs in flight go on.
        None,
        /// @dev Orders that name it carry no `assuranceData`.
        WithoutTerms,
        /// @dev It checks the order's `assuranceData` itself when a job is requested.
        WithTerms
    }

    /// @notice Emitted when a requester's order was accepted and its price escrowed.
    event JobRequested(JobId indexed jobId, ModelId indexed modelId, address indexed requester, JobOrder order);
    /// @notice Emitted when a worker took the exclusive right to answer a job.
    event JobClaimed(JobId indexed jobId, address indexed worker, uint96 price, uint40 due);
    /// @notice Emitted when an answer was accepted; `outputs` are the packed words. A pending answer may still be overturned, see {AnswerPending}.
    event JobAnswered(JobId indexed jobId, address indexed worker, uint256[] outputs);
    /// @notice Emitted after {JobAnswered} when the answer can be challenged until `until`.
    event AnswerPending(JobId indexed jobId, uint40 until);
    /// @notice Emitted when a job was paid: `price = workerShare + royalty + fee`.
    event JobSettled(JobId indexed jobId, address indexed worker, uint96 workerShare, uint96 royalty, uint96 fee);
    /// @notice Emitted after {JobSettled} for each of several accounts that share `workerShare`.
    event PayeePaid(JobId indexed jobId, address indexed payee, uint96 amount);
    /// @notice Emitted when an entry of a batch changed nothing.
    event EntrySkipped(JobId indexed jobId, uint256 index, SkipReason reason);
    /// @notice Emitted when a worker did not answer in time and the job was opened again.
    event JobExpired(JobId indexed jobId, address indexed worker, uint96 slashed, address indexed enforcer);
    /// @notice Emitted when the requester withdrew a job that nobody had claimed.
    event JobCancelled(JobId indexed jobId);
    /// @notice Emitted when a job ended without an answer and its escrow went back.
    event JobRefunded(JobId indexed jobId, uint96 amount);
    /// @notice Emitted when an amount was added to an account's free balance from outside.
    event Deposited(address indexed account, address indexed token, uint256 amount);
    /// @notice Emitted when a part of an account's free balance was sent out.
    event Withdrawn(address indexed account, address indexed token, address indexed to, uint256 amount);
    /// @notice Emitted when the owner changed the platform's share of orders still to come.
    event FeeChanged(uint16 oldFeeBps, uint16 newFeeBps);
    /// @notice Emitted when the owner let new orders and deposits use a token, or stopped that.
    event TokenAllowed(address indexed token, bool allowed);
    /// @notice Emitted when the owner let new orders name an assurance, or stopped that.
    event AssuranceListed(address indexed assurance, AssuranceListing listing);
    /// @notice Emitted when the owner stopped new orders and claims, or let them go on.
    event PauseChanged(bool paused);

    /// @dev The job is in `actual`; the call needs it in `expected`.
    error JobNotInState(JobId jobId, JobState expected, JobState actual);
    error NotRequester(address caller, address requester);
    error NotAllowedWorker(address caller, address allowedWorker);
    error NonceUsed(address requester, uint256 nonce);
    error PriceTooLow(uint256 actual, uint256 needed);
    /// @dev `minPrice` is above `maxPrice`.
    error PriceRangeInverted(uint96 minPrice, uint96 maxPrice);
    /// @dev The times must satisfy now ≤ claimDeadline, 0 < proveSeconds, and claimDeadline + proveSeconds ≤ finalDeadline.
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
    error AddressZero();
    /// @dev The assurance takes no terms, so `assuranceData` must be empty.
    error AssuranceDataUnexpected(uint256 length);
    /// @dev An order has both a callback and gas for it, at most {MAX_CALLBACK_GAS}, or neither.
    error CallbackUnsupported(address callback, uint32 callbackGas);
    /// @dev The call must leave this much gas to the order's callback.
    error GasTooLow(uint256 actual, uint256 needed);
    error SignatureInvalid(JobId jobId, address requester);
    /// @dev An assurance asked for more time than the order has.
    error VerdictTooLate(uint40 until, uint40 finalDeadline);
    /// @dev An assurance's verdict must name as many shares as payees, 10,000 basis points in all.
    error VerdictSharesInvalid(uint256 sumBps);
    error FeeTooHigh(uint256 actualBps, uint256 maxBps);
    /// @dev The owner stopped new orders and claims.
    error MarketPaused();

    /// @notice Escrows `order.maxPrice` from the caller's balance, topped up by `msg.value` or a token transfer, and opens the job.
    /// @dev `msg.value` above what is needed stays in the caller's free balance. `minPrice` is above zero and, in the chain's own coin, at least the
    ///      model's floor price. Warning: what the input is stays off chain; a worker that cannot read it does not claim the job.
    function requestJob(JobOrder calldata order) external payable returns (JobId jobId);

    /// @notice Takes the exclusive right to answer the job until its proving time runs out. The surplus over the ramp's price returns to the requester.
    ///         The caller is a registered operator or its signer; the operator is the worker.
    /// @dev Warning: first come, first served. A front-run worker loses gas, nothing else.
    function claimJob(JobOrder calldata order) external returns (JobId jobId);

    /// @notice {claimJob} of an order that its requester signed and nobody sent: it is checked, escrowed from the requester's free balance at the
    ///         ramp's price, and claimed at once.
    /// @param signature of the order's digest by the requester: ECDSA (65 bytes), or whatever its contract accepts (ERC-1271)
    function claimSigned(JobOrder calldata order, bytes calldata signature) external returns (JobId jobId);

    /// @notice Hands in the answer of the worker that holds the claim; anyone may relay it, the claimed worker is paid.
    /// @dev Reverts with {EvidenceRejected}, and the job stays claimed, unless the order's assurance says that the answer is final or pending.
    function submitResult(JobOrder calldata order, JobResult calldata result) external;

    /// @notice Hands in an answer to a job that nobody claimed and settles it at the ramp's price: an open race that the first proof wins. Anyone may
    ///         relay it, and `worker`, to whom the evidence is bound, is paid; it needs no stake.
    /// @dev Only for assurances whose verdict is final at once. An order's `allowedWorker` holds here too.
    /// @param signature as in {claimSigned}, or empty for a job that was requested
    function submitSigned(JobOrder calldata order, bytes calldata signature, address worker, JobResult calldata result)
        external
        returns (JobId jobId);

    /// @notice {submitResult} of many jobs; an entry that cannot be accepted is skipped with {EntrySkipped} and never stops the others.
    /// @dev Entries of one assurance should stand together: each run of them is judged in one call. Warning: the gas of every entry's callback is
    ///      needed, and a call that is not well encoded reverts as a whole.
    function submitResults(Submission[] calldata entries) external;

    /// @notice Ends a pending answer by its assurance's verdict: pays, or slashes and opens the job again. Anyone may call.
    /// @param outputs the ones that were answered
    function finalizeJob(JobOrder calldata order, uint256[] calldata outputs) external;

    /// @notice {finalizeJob} of many jobs; an entry that cannot be finalized is skipped with {EntrySkipped}. `result.evidence` is not read.
    function finalizeJobs(Submission[] calldata entries) external;

    /// @notice Slashes a worker that is past its due time and opens the job again, or refunds it when nobody can claim it any more.
    /// @dev Half of the bond, rounded up, goes to the requester, a tenth to the treasury, the rest to the caller. The ramp goes on: what a claim gave
    ///      back to the requester is escrowed again if its free balance covers it; if not, the price stays capped at what is still in escrow.
    function expireJob(JobOrder calldata order) external;

    /// @notice Withdraws an unclaimed job; the requester only.
    function cancelJob(JobOrder calldata order) external;

    /// @notice Returns the escrow of a job that nobody can claim any more; anyone may call.
    /// @dev Also the way out when an assurance fails for good: a pending or challenged job can be refunded {ABANDON_SECONDS} after its final
    ///      deadline, and the worker gets its bond back.
    function refundJob(JobOrder calldata order) external;

    /// @notice Adds to the caller's free balance: `msg.value` for the chain's own coin, else a transfer of `amount`.
    /// @dev Warning: a token that is allowed must move exactly what is asked or less (what arrives is credited), must not rebase, and its supply must
    ///      fit 128 bits.
    function deposit(address token, uint256 amount) external payable;

    /// @notice Sends part of the caller's free balance to `to`.
    function withdraw(address token, uint256 amount, address to) external;

    /// @notice EIP-712 digest of the order.
    function hashOrder(JobOrder calldata order) external view returns (JobId jobId);

    /// @notice EIP-712 domain of orders, hashed.
    function domainSeparator() external view returns (bytes32);

    function jobOf(JobId jobId) external view returns (Job memory job);

    function balanceOf(address account, address token) external view returns (uint256 free, uint256 locked);

    /// @notice Price of the order at a time, in the order's token.
    function priceAt(JobOrder calldata order, uint256 timestamp) external pure returns (uint96 price);

    /// @notice Public signal that ties a proof to this chain, this market, a job and a worker: keccak256 of the four, shifted right by 8 bits.
    function bindingOf(JobId jobId, address worker) external view returns (uint256 binding);

    function nonceUsed(address requester, uint256 nonce) external view returns (bool used);

    /// @notice Sets the platform's share of orders still to come, at most {MAX_FEE_BPS}. Owner only.
    function setFeeBps(uint16 feeBps) external;

    /// @notice Lets new orders and deposits use a token, or stops that; balances can always be withdrawn. Owner only.
    function allowToken(address token, bool allowed) external;

    /// @notice Lets new orders name an assurance, or stops that; jobs in flight go on. Owner only.
    /// @dev Warning: a listed assurance decides who is paid. It must never call back, and must answer the same for the same evidence.
    function listAssurance(address assurance, AssuranceListing listing) external;

    /// @notice Stops new orders and new claims, or lets them go on; answers, exits and withdrawals never stop. Owner only.
    function setPaused(bool paused) external;

    function feeBps() external view returns (uint16);

    function paused() external view returns (bool);

    function tokenAllowed(address token) external view returns (bool);

    function assuranceListing(address assurance) external view returns (AssuranceListing);

    /// @notice Account whose free balance takes fees, and whose slashing credit takes a tenth of slashed bonds.
    function treasury() external view returns (address);

    function modelRegistry() external view returns (IModelRegistry);

    /// @notice Created by the market itself, which is its only bond manager.
    function workerRegistry() external view returns (IWorkerRegistry);
}
