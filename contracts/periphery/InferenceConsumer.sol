// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

import {IInferenceConsumer} from "../interfaces/IInferenceConsumer.sol";
import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {JobId, JobOrder, ModelId} from "../interfaces/JobTypes.sol";

/// @notice Base of a contract that asks models and is told the answers: it requests jobs of its own, and hears of no others.
/// @dev Anyone can request a job, with a model of their own, that names any contract as its callback. So an answer counts only when this contract requested
///      the very job; each is told once. A hook that reverts costs the job nothing: anyone retries it on the market, with more gas.
///      The market refuses to be entered while it calls a hook, so money is taken out of it later, by whoever it is for.
abstract contract InferenceConsumer is IInferenceConsumer {
    using SafeERC20 for IERC20;

    /// @notice What this contract's orders have in common; durations count from the request.
    struct OrderTerms {
        ModelId modelId;
        address assurance;
        bytes assuranceData;
        /// @dev `address(0)` is the chain's own coin.
        address token;
        uint96 minPrice;
        uint96 maxPrice;
        uint32 rampSeconds;
        /// @dev How long a worker may take the job.
        uint32 claimSeconds;
        uint32 proveSeconds;
        /// @dev How long the assurance may take after the last answer; zero under `proof`.
        uint32 judgeSeconds;
        uint96 bond;
        uint16 minContributions;
        uint16 maxFeeBps;
        uint32 callbackGas;
    }

    IJobMarket public immutable market;

    uint256 private _nextNonce;
    mapping(JobId jobId => uint256 subject) private _subjects;

    /// @notice Emitted when this contract asked a model about a subject, whatever that is here: a token, an account.
    event InferenceRequested(JobId indexed jobId, uint256 indexed subject);
    /// @notice Emitted when a worker failed a job that goes on.
    event AttemptFailed(JobId indexed jobId, uint256 indexed subject, AttemptError reason);

    error NotMarket(address caller);
    /// @dev The job was not requested by this contract, or has ended.
    error NotWaiting(JobId jobId);
    error SubjectZero();

    modifier onlyMarket() {
        if (msg.sender != address(market)) revert NotMarket(msg.sender);
        _;
    }

    constructor(IJobMarket market_) {
        market = market_;
    }

    /// @inheritdoc IInferenceConsumer
    function onInferenceResult(JobId jobId, ModelId, uint256, uint256[] calldata outputs) external onlyMarket {
        _onResult(jobId, _takeSubject(jobId), outputs);
    }

    /// @inheritdoc IInferenceConsumer
    function onInferenceExpired(JobId jobId) external onlyMarket {
        _onExpired(jobId, _takeSubject(jobId));
    }

    /// @inheritdoc IInferenceConsumer
    function onInferenceError(JobId jobId, AttemptError reason) external onlyMarket {
        uint256 subject = _subjects[jobId];
        if (subject == 0) revert NotWaiting(jobId);
        _onError(jobId, subject, reason);
    }

    /// @notice What a job that is under way is about, or zero.
    function subjectOf(JobId jobId) public view returns (uint256 subject) {
        return _subjects[jobId];
    }

    /// @dev The answer: packed words, see {PackedValues}. Under `proof` they are well packed.
    function _onResult(JobId jobId, uint256 subject, uint256[] calldata outputs) internal virtual;

    /// @dev The job ended without an answer; what was in escrow is in this contract's free balance of the market.
    function _onExpired(JobId jobId, uint256 subject) internal virtual;

    /// @dev An attempt failed and the job goes on. A part of the worker's bond is this contract's, see {_withdrawCompensation}.
    function _onError(JobId jobId, uint256 subject, AttemptError reason) internal virtual {
        emit AttemptFailed(jobId, subject, reason);
    }

    /// @dev An order of this contract with itself as callback, under the next nonce. `inputRoot` and `inputCid` tell workers what the input is and where;
    ///      evidence is bound to `inputCommitment`.
    function _buildOrder(OrderTerms memory terms, uint256 inputCommitment, bytes32 inputRoot, bytes32 inputCid)
        internal
        view
        returns (JobOrder memory order)
    {
        order.requester = address(this);
        order.token = terms.token;
        (order.minPrice, order.maxPrice) = (terms.minPrice, terms.maxPrice);
        order.rampStart = uint40(block.timestamp);
        order.rampSeconds = terms.rampSeconds;
        order.claimDeadline = uint40(block.timestamp) + terms.claimSeconds;
        order.proveSeconds = terms.proveSeconds;
        order.finalDeadline = order.claimDeadline + terms.proveSeconds + terms.judgeSeconds;
        order.modelId = terms.modelId;
        order.inputCommitment = inputCommitment;
        (order.inputRoot, order.inputCid) = (inputRoot, inputCid);
        (order.assurance, order.assuranceData) = (terms.assurance, terms.assuranceData);
        order.bond = terms.bond;
        order.minContributions = terms.minContributions;
        (order.callback, order.callbackGas) = (address(this), terms.callbackGas);
        order.maxFeeBps = terms.maxFeeBps;
        order.nonce = _nextNonce;
    }

    /// @dev Requests a job about a subject. The price comes out of this contract's free balance of the market, topped up by `value` of the chain's own coin.
    ///      No callback can arrive before this returns, because the market is locked meanwhile, so the job is noted when its id is known.
    function _requestInference(JobOrder memory order, uint256 subject, uint256 value) internal returns (JobId jobId) {
        if (subject == 0) revert SubjectZero();

        _nextNonce = order.nonce + 1;
        jobId = market.requestJob{value: value}(order);
        _subjects[jobId] = subject;
        emit InferenceRequested(jobId, subject);
    }

    /// @dev Puts tokens of this contract into its free balance of the market.
    function _depositTokens(IERC20 token, uint256 amount) internal {
        token.forceApprove(address(market), amount);
        market.deposit(address(token), amount);
    }

    /// @dev Withdraws a job that nobody has claimed; the escrow is free again and no hook is called.
    function _cancelInference(JobOrder memory order) internal returns (JobId jobId, uint256 subject) {
        jobId = market.hashOrder(order);
        subject = _takeSubject(jobId);
        market.cancelJob(order);
    }

    /// @dev Sends a part of this contract's free balance out of the market.
    function _withdrawFromMarket(address token, uint256 amount, address to) internal {
        market.withdraw(token, amount, to);
    }

    /// @dev Sends all that slashed bonds brought this contract.
    function _withdrawCompensation(address payable to) internal {
        market.workerRegistry().withdrawSlashed(to);
    }

    function _takeSubject(JobId jobId) private returns (uint256 subject) {
        subject = _subjects[jobId];
        if (subject == 0) revert NotWaiting(jobId);
        delete _subjects[jobId];
    }
}
