// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IAgenticCommerce} from "../interfaces/IAgenticCommerce.sol";
import {IAgenticCommerceAdapter} from "../interfaces/IAgenticCommerceAdapter.sol";
import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {Job, JobId, JobOrder, JobResult, JobState} from "../interfaces/JobTypes.sol";
import {Prices} from "../libraries/Prices.sol";

/// @dev See {IAgenticCommerceAdapter}. A job becomes an order of this contract at one price, open to its provider alone and without a claim: the provider's
///      proof settles it in an open race of one. This contract holds nothing: escrow and refunds are its balance in the market.
contract AgenticCommerceAdapter is IAgenticCommerceAdapter, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    IJobMarket public immutable market;
    IERC20 public immutable paymentToken;
    address public immutable proofAssurance;

    uint256 public jobCount;
    mapping(uint256 jobId => CommerceJob job) private _jobs;
    mapping(uint256 jobId => InferenceTerms terms) private _terms;

    constructor(IJobMarket market_, IERC20 paymentToken_, address proofAssurance_) {
        if (address(paymentToken_) == address(0)) revert AddressZero();
        market = market_;
        paymentToken = paymentToken_;
        proofAssurance = proofAssurance_;
    }

    /// @inheritdoc IAgenticCommerce
    function createJob(
        address provider,
        address evaluator,
        uint256 expiredAt,
        string calldata description,
        address hook
    ) external returns (uint256 jobId) {
        if (evaluator != address(this)) revert EvaluatorUnsupported(evaluator);
        if (hook != address(0)) revert HookUnsupported(hook);
        if (expiredAt <= block.timestamp || expiredAt > type(uint40).max) {
            revert ExpiryInvalid(expiredAt, block.timestamp);
        }

        jobId = ++jobCount;
        CommerceJob storage job = _jobs[jobId];
        (job.client, job.provider, job.evaluator) = (msg.sender, provider, evaluator);
        // Narrowing is safe: checked above.
        (job.expiredAt, job.description) = (uint40(expiredAt), description);
        emit JobCreated(jobId, msg.sender, provider, evaluator, expiredAt);
    }

    /// @inheritdoc IAgenticCommerce
    function setProvider(uint256 jobId, address provider, bytes calldata) external {
        CommerceJob storage job = _openJobOfClient(jobId);
        if (job.provider != address(0)) revert ProviderAlreadySet(jobId, job.provider);
        if (provider == address(0)) revert AddressZero();

        job.provider = provider;
        emit ProviderSet(jobId, provider);
    }

    /// @inheritdoc IAgenticCommerce
    function setBudget(uint256 jobId, uint256 amount, bytes calldata) external {
        CommerceJob storage job = _jobIn(jobId, JobStatus.Open);
        if (msg.sender != job.client && msg.sender != job.provider) revert Unauthorized(jobId, msg.sender);
        if (amount > type(uint96).max) revert BudgetInvalid(amount);

        // Narrowing is safe: checked above.
        job.budget = uint96(amount);
        emit BudgetSet(jobId, amount);
    }

    /// @inheritdoc IAgenticCommerceAdapter
    function setTerms(uint256 jobId, InferenceTerms calldata terms) external {
        _openJobOfClient(jobId);

        _terms[jobId] = terms;
        emit TermsSet(jobId, terms);
    }

    /// @inheritdoc IAgenticCommerce
    function fund(uint256 jobId, uint256 expectedBudget, bytes calldata) external nonReentrant {
        CommerceJob storage job = _openJobOfClient(jobId);
        uint96 budget = job.budget;
        if (job.provider == address(0)) revert ProviderMissing(jobId);
        if (budget == 0) revert BudgetInvalid(0);
        if (budget != expectedBudget) revert BudgetMismatch(budget, expectedBudget);
        if (_terms[jobId].inputCid == 0) revert TermsMissing(jobId);

        job.status = JobStatus.Funded;
        emit JobFunded(jobId, msg.sender, budget);

        paymentToken.safeTransferFrom(msg.sender, address(this), budget);
        _deposit(budget);
        emit JobLinked(jobId, market.requestJob(_orderOf(jobId)));
    }

    /// @inheritdoc IAgenticCommerce
    function submit(uint256 jobId, bytes32 deliverable, bytes calldata) external {
        CommerceJob storage job = _jobIn(jobId, JobStatus.Funded);
        if (msg.sender != job.provider) revert Unauthorized(jobId, msg.sender);

        job.status = JobStatus.Submitted;
        emit JobSubmitted(jobId, msg.sender, deliverable);
    }

    /// @inheritdoc IAgenticCommerceAdapter
    function evaluate(uint256 jobId, JobResult calldata result) external nonReentrant {
        CommerceJob storage job = _fundedJob(jobId);
        JobOrder memory order = _orderOf(jobId);
        // Of an answer that the market has taken already nothing is known here.
        bool answered = market.jobOf(market.hashOrder(order)).state == JobState.Settled;
        bytes32 deliverable = answered ? bytes32(0) : keccak256(abi.encode(result.outputs));
        if (job.status == JobStatus.Funded) {
            job.status = JobStatus.Submitted;
            emit JobSubmitted(jobId, job.provider, deliverable);
        }

        if (!answered) market.submitSigned(order, "", job.provider, result);
        // The evaluator is this contract, and its one call of this is here.
        this.complete(jobId, deliverable, "");
    }

    /// @inheritdoc IAgenticCommerce
    function complete(uint256 jobId, bytes32 reason, bytes calldata) external {
        CommerceJob storage job = _jobIn(jobId, JobStatus.Submitted);
        if (msg.sender != job.evaluator) revert Unauthorized(jobId, msg.sender);

        job.status = JobStatus.Completed;
        emit JobCompleted(jobId, msg.sender, reason);
        emit PaymentReleased(jobId, job.provider, _paymentOf(jobId, job.budget));
    }

    /// @inheritdoc IAgenticCommerce
    function reject(uint256 jobId, bytes32 reason, bytes calldata) external {
        _openJobOfClient(jobId).status = JobStatus.Rejected;
        emit JobRejected(jobId, msg.sender, reason);
    }

    /// @inheritdoc IAgenticCommerce
    function claimRefund(uint256 jobId) external nonReentrant {
        CommerceJob storage job = _fundedJob(jobId);
        if (block.timestamp < job.expiredAt) revert NotExpired(job.expiredAt, block.timestamp);
        JobOrder memory order = _orderOf(jobId);
        JobState state = market.jobOf(market.hashOrder(order)).state;
        if (state == JobState.Settled) revert AlreadyAnswered(jobId);

        job.status = JobStatus.Expired;
        emit JobExpired(jobId);
        emit Refunded(jobId, job.client, job.budget);
        // Anyone may have ended the job in the market before; a provider that also works there may have claimed it.
        if (state == JobState.Requested) market.refundJob(order);
        else if (state == JobState.Claimed) market.expireJob(order);
        market.withdraw(address(paymentToken), job.budget, job.client);
    }

    /// @inheritdoc IAgenticCommerce
    function getJob(uint256 jobId) external view returns (CommerceJob memory job) {
        return _jobAt(jobId);
    }

    /// @inheritdoc IAgenticCommerceAdapter
    function termsOf(uint256 jobId) external view returns (InferenceTerms memory terms) {
        return _terms[jobId];
    }

    /// @inheritdoc IAgenticCommerceAdapter
    function marketJobOf(uint256 jobId) external view returns (JobId marketJobId) {
        return market.hashOrder(_orderOf(jobId));
    }

    function _jobAt(uint256 jobId) private view returns (CommerceJob storage job) {
        job = _jobs[jobId];
        if (job.client == address(0)) revert JobUnknown(jobId);
    }

    function _jobIn(uint256 jobId, JobStatus expected) private view returns (CommerceJob storage job) {
        job = _jobAt(jobId);
        if (job.status != expected) revert WrongStatus(jobId, job.status);
    }

    function _openJobOfClient(uint256 jobId) private view returns (CommerceJob storage job) {
        job = _jobIn(jobId, JobStatus.Open);
        if (msg.sender != job.client) revert Unauthorized(jobId, msg.sender);
    }

    function _fundedJob(uint256 jobId) private view returns (CommerceJob storage job) {
        job = _jobAt(jobId);
        if (job.status != JobStatus.Funded && job.status != JobStatus.Submitted) {
            revert WrongStatus(jobId, job.status);
        }
    }

    /// @dev The same order whenever it is built: nothing of it changes once the job is funded.
    function _orderOf(uint256 jobId) private view returns (JobOrder memory order) {
        CommerceJob storage job = _jobAt(jobId);
        InferenceTerms memory terms = _terms[jobId];
        order.requester = address(this);
        order.token = address(paymentToken);
        (order.minPrice, order.maxPrice) = (job.budget, job.budget);
        // The whole time is for the proof; a claim, which nobody needs, gets the last second.
        order.claimDeadline = job.expiredAt - 1;
        order.proveSeconds = 1;
        order.finalDeadline = job.expiredAt;
        order.modelId = terms.modelId;
        order.inputCommitment = terms.inputCommitment;
        (order.inputRoot, order.inputCid) = (terms.inputRoot, terms.inputCid);
        order.assurance = proofAssurance;
        order.allowedWorker = job.provider;
        order.minContributions = terms.minContributions;
        order.maxFeeBps = terms.maxFeeBps;
        order.nonce = jobId;
    }

    /// @dev Adds to the free balance, so that the request takes this job's money and no other's.
    function _deposit(uint256 amount) private {
        (uint256 before,) = market.balanceOf(address(this), address(paymentToken));
        paymentToken.forceApprove(address(market), amount);
        market.deposit(address(paymentToken), amount);
        (uint256 free,) = market.balanceOf(address(this), address(paymentToken));
        if (free - before != amount) revert TransferIncomplete(free - before, amount);
    }

    /// @dev What the market credited the provider: the price without royalty and fee.
    function _paymentOf(uint256 jobId, uint96 budget) private view returns (uint96 workerShare) {
        JobOrder memory order = _orderOf(jobId);
        Job memory settled = market.jobOf(market.hashOrder(order));
        (, uint16 royaltyBps) = market.modelRegistry().royaltyOf(order.modelId);
        (workerShare,,) = Prices.split(budget, royaltyBps, settled.feeBps);
    }
}
