// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {MarketState} from "./MarketState.sol";
import {WorkerRegistry} from "./WorkerRegistry.sol";
import {IAssurance} from "./interfaces/IAssurance.sol";
import {IJobMarket} from "./interfaces/IJobMarket.sol";
import {IMarketExtension} from "./interfaces/IMarketExtension.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IWorkerRegistry} from "./interfaces/IWorkerRegistry.sol";
import {Job, JobId, JobOrder, JobResult, JobState, Submission, TokenPermit} from "./interfaces/JobTypes.sol";
import {Prices} from "./libraries/Prices.sol";

/// @dev See {IJobMarket}. Here stand the calls on the way of every job; the others are code of {MarketAnswers} and {MarketExits}, which runs on this
///      contract's storage. The owner is whoever the access manager lets call the four settings. None of them moves money, and none is read between a
///      claim and its settlement.
contract JobMarket is IJobMarket, MarketState, EIP712 {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @notice What the market is deployed with; only the fee can be changed later.
    struct MarketParams {
        /// @dev An OpenZeppelin access manager.
        address authority;
        IModelRegistry modelRegistry;
        address treasury;
        uint16 feeBps;
        uint96 minStake;
        uint32 unbondingSeconds;
        /// @dev A {MarketAnswers} and a {MarketExits}. Warning: their code runs on the market's storage, so whoever trusts a market checks it.
        address answers;
        address exits;
    }

    /// @inheritdoc IJobMarket
    address public immutable treasury;
    /// @inheritdoc IJobMarket
    IModelRegistry public immutable modelRegistry;
    /// @inheritdoc IJobMarket
    IWorkerRegistry public immutable workerRegistry;
    /// @notice Code of the calls that bring or judge answers, see {MarketAnswers}.
    address public immutable answers;
    /// @notice Code of the rarer calls, see {MarketExits}.
    address public immutable exits;

    constructor(MarketParams memory params) EIP712("Assay JobMarket", "1") AccessManaged(params.authority) {
        if (params.treasury == address(0)) revert AddressZero();
        if (params.feeBps > MAX_FEE_BPS) revert FeeTooHigh(params.feeBps, MAX_FEE_BPS);
        treasury = params.treasury;
        modelRegistry = params.modelRegistry;
        workerRegistry = new WorkerRegistry(address(this), params.minStake, params.unbondingSeconds);
        answers = params.answers;
        exits = params.exits;

        _settings.feeBps = params.feeBps;
        emit FeeChanged(0, params.feeBps);
    }

    // A job's life

    /// @inheritdoc IJobMarket
    function requestJob(JobOrder calldata order) external payable nonReentrant returns (JobId jobId) {
        return _request(order);
    }

    /// @inheritdoc IJobMarket
    function claimJob(JobOrder calldata order) external nonReentrant returns (JobId jobId) {
        Job memory job;
        (jobId, job) = _jobInState(order, JobState.Requested);
        if (_settings.paused) revert MarketPaused();
        _checkTime(order.claimDeadline);

        uint96 escrow = Prices.priceOfTick(order, job.priceTick);
        uint32 tick = _openTick(order, job.priceTick);
        uint96 price = Prices.priceOfTick(order, tick);
        if (price < escrow) _unlock(order.requester, order.token, escrow - price);
        _claim(jobId, order, tick, job.feeBps);
    }

    /// @inheritdoc IJobMarket
    function claimSigned(JobOrder calldata order, bytes calldata signature)
        external
        nonReentrant
        returns (JobId jobId)
    {
        jobId = _hashOrder(order);
        uint16 orderFeeBps = _openSigned(jobId, order, signature);
        uint32 tick = Prices.tickAt(order, block.timestamp);
        uint96 price = Prices.priceOfTick(order, tick);
        Balance memory balance = _balances[order.requester][order.token];
        if (balance.free < price) revert BalanceTooLow(order.requester, order.token, balance.free, price);

        _balances[order.requester][order.token] = Balance({free: balance.free - price, locked: balance.locked + price});
        _claim(jobId, order, tick, orderFeeBps);
    }

    /// @inheritdoc IJobMarket
    function submitResult(JobOrder calldata order, JobResult calldata result) external nonReentrant {
        (JobId jobId, Job memory job) = _jobInState(order, JobState.Claimed);
        _checkTime(job.due);

        // The evidence decides what happens, so it is judged first, under the lock.
        IAssurance.Verdict memory verdict = _judge(jobId, order, job.worker, result);
        _accept(jobId, order, job, verdict, result);
    }

    /// @inheritdoc IJobMarket
    function refundJob(JobOrder calldata order) external nonReentrant {
        JobId jobId = _hashOrder(order);
        Job memory job = _jobs[jobId];
        if (job.state == JobState.Answered || job.state == JobState.Challenged) {
            _checkTimePassed(order.finalDeadline + uint40(ABANDON_SECONDS));
            uint96 bond = _bondOf(order, job.worker);
            if (bond != 0) workerRegistry.releaseBond(job.worker, bond);
        } else {
            if (job.state != JobState.Requested) revert JobNotInState(jobId, JobState.Requested, job.state);
            _checkTimePassed(order.claimDeadline);
        }

        _refund(jobId, order, job, JobState.Refunded);
    }

    // Balances

    /// @inheritdoc IJobMarket
    function deposit(address token, uint256 amount) external payable nonReentrant {
        uint256 received = msg.value;
        if (token == NATIVE) {
            if (amount != msg.value) revert ValueUnexpected(msg.value);
        } else {
            if (msg.value != 0) revert ValueUnexpected(msg.value);
            _checkToken(token);
            received = _pull(token, amount);
        }

        _balances[msg.sender][token].free += received.toUint128();
        emit Deposited(msg.sender, token, received);
    }

    /// @inheritdoc IJobMarket
    function withdraw(address token, uint256 amount, address to) external nonReentrant {
        if (to == address(0)) revert AddressZero();
        Balance storage balance = _balances[msg.sender][token];
        if (balance.free < amount) revert BalanceTooLow(msg.sender, token, balance.free, amount);

        // Narrowing is safe: the line above bounds the amount by a uint128.
        balance.free -= uint128(amount);
        emit Withdrawn(msg.sender, token, to, amount);

        if (token != NATIVE) IERC20(token).safeTransfer(to, amount);
        else if (!LowLevelCall.callNoReturn(to, amount, "")) revert TransferFailed(to, amount);
    }

    // Calls whose code stands in {MarketAnswers} and {MarketExits}

    /// @inheritdoc IJobMarket
    function submitSigned(JobOrder calldata, bytes calldata, address, JobResult calldata)
        external
        returns (JobId)
    {
        _runCode(answers);
    }

    /// @inheritdoc IJobMarket
    function submitResults(Submission[] calldata) external {
        _runCode(answers);
    }

    /// @inheritdoc IJobMarket
    function finalizeJob(JobOrder calldata, uint256[] calldata) external {
        _runCode(answers);
    }

    /// @inheritdoc IJobMarket
    function finalizeJobs(Submission[] calldata) external {
        _runCode(answers);
    }

    /// @inheritdoc IJobMarket
    function expireJob(JobOrder calldata) external {
        _runCode(exits);
    }

    /// @inheritdoc IJobMarket
    function cancelJob(JobOrder calldata) external {
        _runCode(exits);
    }

    /// @inheritdoc IMarketExtension
    function challengeJob(JobOrder calldata, bytes calldata) external payable {
        _runCode(answers);
    }

    /// @inheritdoc IMarketExtension
    function defendJob(JobOrder calldata, JobResult calldata) external {
        _runCode(answers);
    }

    /// @inheritdoc IMarketExtension
    function releaseJob(JobOrder calldata) external {
        _runCode(exits);
    }

    /// @inheritdoc IMarketExtension
    function cancelNonces(uint256, uint256) external {
        _runCode(exits);
    }

    /// @inheritdoc IMarketExtension
    function requestBundle(address, bytes32, uint96, uint40, bytes32) external payable {
        _runCode(exits);
    }

    /// @inheritdoc IMarketExtension
    function claimBundled(JobOrder calldata, bytes32, bytes32[] calldata) external returns (JobId) {
        _runCode(exits);
    }

    /// @inheritdoc IMarketExtension
    function closeBundle(address, address, bytes32) external {
        _runCode(exits);
    }

    /// @inheritdoc IMarketExtension
    function requestWithPermit(JobOrder calldata, TokenPermit calldata) external returns (JobId) {
        _runCode(exits);
    }

    /// @inheritdoc IMarketExtension
    function depositWithPermit(address, uint256, TokenPermit calldata) external {
        _runCode(exits);
    }

    /// @inheritdoc IMarketExtension
    function retryCallback(JobOrder calldata, bytes calldata) external {
        _runCode(exits);
    }

    /// @inheritdoc IJobMarket
    function setFeeBps(uint16) external {
        _runCode(exits);
    }

    /// @inheritdoc IJobMarket
    function allowToken(address, bool) external {
        _runCode(exits);
    }

    /// @inheritdoc IJobMarket
    function listAssurance(address, AssuranceListing) external {
        _runCode(exits);
    }

    /// @inheritdoc IJobMarket
    function setPaused(bool) external {
        _runCode(exits);
    }

    // Views

    /// @inheritdoc IJobMarket
    function jobOf(JobId jobId) external view returns (Job memory job) {
        return _jobs[jobId];
    }

    /// @inheritdoc IJobMarket
    function balanceOf(address account, address token) external view returns (uint256 free, uint256 locked) {
        Balance storage balance = _balances[account][token];
        return (balance.free, balance.locked);
    }

    /// @inheritdoc IJobMarket
    function priceAt(JobOrder calldata order, uint256 timestamp) external pure returns (uint96 price) {
        return Prices.priceOfTick(order, Prices.tickAt(order, timestamp));
    }

    /// @inheritdoc IJobMarket
    function nonceUsed(address requester, uint256 nonce) external view returns (bool used) {
        return _nonces[requester][nonce >> 8] >> (nonce & 0xff) & 1 != 0;
    }

    /// @inheritdoc IJobMarket
    function hashOrder(JobOrder calldata order) external view returns (JobId jobId) {
        return _hashOrder(order);
    }

    /// @inheritdoc IJobMarket
    function bindingOf(JobId jobId, address worker) external view returns (uint256 binding) {
        return _bindingOf(jobId, worker);
    }

    /// @inheritdoc IMarketExtension
    function bundleOf(address requester, address token, bytes32 root) external view returns (Bundle memory bundle) {
        return _bundles[_bundleKey(requester, token, root)];
    }

    /// @inheritdoc IMarketExtension
    function failedCallbackOf(JobId jobId) external view returns (bytes32 dataHash) {
        return _failedCallbacks[jobId];
    }

    /// @inheritdoc IJobMarket
    function feeBps() external view returns (uint16) {
        return _settings.feeBps;
    }

    /// @inheritdoc IJobMarket
    function paused() external view returns (bool) {
        return _settings.paused;
    }

    /// @inheritdoc IJobMarket
    function tokenAllowed(address token) external view returns (bool) {
        return _tokenAllowed[token];
    }

    /// @inheritdoc IJobMarket
    function assuranceListing(address assurance) external view returns (AssuranceListing) {
        return _assuranceListing[assurance];
    }

    /// @inheritdoc IJobMarket
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    // Steps

    /// @dev Runs an extension's function of the same selector on this storage, with the same calldata, caller and value, and answers as it does.
    function _runCode(address target) private {
        // Safe: ends the call, so that it may write over all memory; the target was fixed when this contract was created.
        assembly {
            calldatacopy(0, 0, calldatasize())
            let succeeded := delegatecall(gas(), target, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(succeeded) { revert(0, returndatasize()) }
            return(0, returndatasize())
        }
    }

    function _modelRegistry() internal view override returns (IModelRegistry) {
        return modelRegistry;
    }

    function _workerRegistry() internal view override returns (IWorkerRegistry) {
        return workerRegistry;
    }

    function _treasury() internal view override returns (address) {
        return treasury;
    }

    function _domainSeparator() internal view override returns (bytes32) {
        return _domainSeparatorV4();
    }
}
