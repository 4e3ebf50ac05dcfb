// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";

import {MarketOrders} from "./MarketOrders.sol";
import {MarketViews} from "./MarketViews.sol";
import {WorkerRegistry} from "./WorkerRegistry.sol";
import {IAssurance} from "./interfaces/IAssurance.sol";
import {IJobMarket} from "./interfaces/IJobMarket.sol";
import {IMarketExtension} from "./interfaces/IMarketExtension.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IWorkerRegistry} from "./interfaces/IWorkerRegistry.sol";
import {Job, JobId, JobOrder, JobResult, JobState, Submission, TokenPermit} from "./interfaces/JobTypes.sol";
import {OrderBytes} from "./libraries/OrderBytes.sol";
import {Prices} from "./libraries/Prices.sol";

/// @dev See {IJobMarket}. Here stand the calls on the way of every job; the others are code of {MarketAnswers} and {MarketExits}, which runs on this
///      contract's storage. The owner is whoever the access manager lets call the four settings. None of them moves money, and none is read between a
///      claim and its settlement.
contract JobMarket is IERC5267, MarketViews, MarketOrders {
    using Address for address;

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

    string private constant NAME = "Assay JobMarket";
    string private constant VERSION = "1";

    /// @inheritdoc IJobMarket
    address public immutable treasury;
    /// @inheritdoc IJobMarket
    IModelRegistry public immutable modelRegistry;
    /// @inheritdoc IJobMarket
    IWorkerRegistry public immutable workerRegistry;
    uint256 private immutable _cachedChainId = block.chainid;
    bytes32 private immutable _cachedDomain;
    /// @notice Code of the calls that bring or judge answers, see {MarketAnswers}.
    address public immutable answers;
    /// @notice Code of the rarer calls, see {MarketExits}.
    address public immutable exits;

    constructor(MarketParams memory params) AccessManaged(params.authority) {
        if (params.treasury == address(0)) revert AddressZero();
        if (params.feeBps > MAX_FEE_BPS) revert FeeTooHigh(params.feeBps, MAX_FEE_BPS);
        treasury = params.treasury;
        modelRegistry = params.modelRegistry;
        workerRegistry = new WorkerRegistry(address(this), params.minStake, params.unbondingSeconds, address(0));
        answers = params.answers;
        exits = params.exits;
        _cachedDomain = _hashDomain();

        _settings.feeBps = params.feeBps;
        emit FeeChanged(0, params.feeBps);
    }

    // A job's life

    /// @inheritdoc IJobMarket
    function requestJob(JobOrder calldata order) external payable returns (JobId jobId) {
        if (order.token != NATIVE) _runExits();
        return _requestNative(order);
    }

    /// @inheritdoc IJobMarket
    function claimJob(JobOrder calldata order) external nonReentrant returns (JobId jobId) {
        Job memory job;
        (jobId, job) = _jobInState(order, JobState.Requested);
        if (_settings.paused) revert MarketPaused();
        _checkTime(order.claimDeadline);

        uint96 escrow = Prices.priceOfTick(order, job.priceTick);
        uint32 tick = _openTick(order, job.priceTick);
        uint96 price = tick == job.priceTick ? escrow : Prices.priceOfTick(order, tick);
        if (price < escrow) _unlock(order.requester, order.token, escrow - price, escrow - price);
        _claim(jobId, order, tick, price, job.feeBps);
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
        _spend(order.requester, order.token, price, price);
        _claim(jobId, order, tick, price, orderFeeBps);
    }

    /// @inheritdoc IJobMarket
    function submitResult(JobOrder calldata order, JobResult calldata result) external {
        JobId jobId = _hashOrder(order);
        Job memory job = _readJob(jobId);
        if (job.worker == order.assurance) _runAnswers();
        _submit(jobId, order, job, result);
    }

    /// @inheritdoc IJobMarket
    function refundJob(JobOrder calldata order) external {
        JobId jobId = _hashOrder(order);
        Job memory job = _readJob(jobId);
        if (job.state == JobState.Answered || job.state == JobState.Challenged) _runExits();
        _refundRequested(jobId, order, job);
    }

    // Balances

    /// @inheritdoc IJobMarket
    function withdraw(address token, uint256 amount, address to) external {
        if (token != NATIVE) _runExits();
        _withdrawNative(amount, to);
    }

    // Calls whose code stands in {MarketAnswers} and {MarketExits}

    /// @inheritdoc IJobMarket
    function submitSigned(JobOrder calldata, bytes calldata, address, JobResult calldata)
        external
        returns (JobId)
    {
        _runAnswers();
    }

    /// @inheritdoc IJobMarket
    function submitResults(Submission[] calldata) external {
        _runAnswers();
    }

    /// @inheritdoc IJobMarket
    function finalizeJob(JobOrder calldata, uint256[] calldata) external {
        _runAnswers();
    }

    /// @inheritdoc IJobMarket
    function finalizeJobs(Submission[] calldata) external {
        _runAnswers();
    }

    /// @inheritdoc IJobMarket
    function deposit(address, uint256) external payable {
        _runExits();
    }

    /// @inheritdoc IJobMarket
    function expireJob(JobOrder calldata) external {
        _runExits();
    }

    /// @inheritdoc IJobMarket
    function cancelJob(JobOrder calldata) external {
        _runExits();
    }

    /// @inheritdoc IMarketExtension
    function challengeJob(JobOrder calldata, bytes calldata) external payable {
        _runAnswers();
    }

    /// @inheritdoc IMarketExtension
    function defendJob(JobOrder calldata, JobResult calldata) external {
        _runAnswers();
    }

    /// @inheritdoc IMarketExtension
    function releaseJob(JobOrder calldata) external {
        _runExits();
    }

    /// @inheritdoc IMarketExtension
    function cancelNonces(uint256, uint256) external {
        _runExits();
    }

    /// @inheritdoc IMarketExtension
    function requestBundle(address, bytes32, uint96, uint40, bytes32) external payable {
        _runExits();
    }

    /// @inheritdoc IMarketExtension
    function claimBundled(JobOrder calldata, bytes32, bytes32[] calldata) external returns (JobId) {
        _runExits();
    }

    /// @inheritdoc IMarketExtension
    function closeBundle(address, address, bytes32) external {
        _runExits();
    }

    /// @inheritdoc IMarketExtension
    function requestWithPermit(JobOrder calldata, TokenPermit calldata) external returns (JobId) {
        _runExits();
    }

    /// @inheritdoc IMarketExtension
    function depositWithPermit(address, uint256, TokenPermit calldata) external {
        _runExits();
    }

    /// @inheritdoc IMarketExtension
    function retryCallback(JobOrder calldata, bytes calldata) external {
        _runExits();
    }

    /// @inheritdoc IJobMarket
    function setFeeBps(uint16) external {
        _runExits();
    }

    /// @inheritdoc IJobMarket
    function allowToken(address, bool) external {
        _runExits();
    }

    /// @inheritdoc IJobMarket
    function listAssurance(address, AssuranceListing) external {
        _runExits();
    }

    /// @inheritdoc IJobMarket
    function setPaused(bool) external {
        _runExits();
    }

    // Views, but for those of {MarketViews}

    /// @inheritdoc IERC5267
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        )
    {
        return (0x0f, NAME, VERSION, block.chainid, address(this), 0, extensions);
    }

    // Steps

    function _requestNative(JobOrder calldata order) private nonReentrant returns (JobId jobId) {
        Job memory job;
        (jobId, job) = _openRequest(order);
        _escrowRequest(jobId, order, job, 0);
    }

    /// @dev The claimed worker's own answer: it alone is paid, so that of the verdict only kind and time are read.
    function _submit(JobId jobId, JobOrder calldata order, Job memory job, JobResult calldata result)
        private
        nonReentrant
    {
        _checkState(jobId, job, JobState.Claimed);
        _checkTime(job.due);

        // The evidence decides what happens, so it is judged first, under the lock.
        bytes memory answer = order.assurance.functionCall(_judgeCall(jobId, order, job.worker, result));
        (, IAssurance.VerdictKind kind, uint40 until) =
            abi.decode(answer, (uint256, IAssurance.VerdictKind, uint40));
        if (kind == IAssurance.VerdictKind.Final) {
            OrderBytes.emitAnswered(jobId, job.worker, result.outputs);
            _credit(job.worker, order.token, _settle(jobId, order, job));
            _notifyResult(jobId, order, result.outputs);
        } else if (kind == IAssurance.VerdictKind.Pending) {
            OrderBytes.emitAnswered(jobId, job.worker, result.outputs);
            _wait(jobId, order, job, until);
        } else {
            revert EvidenceRejected(jobId);
        }
    }

    function _refundRequested(JobId jobId, JobOrder calldata order, Job memory job) private nonReentrant {
        _checkState(jobId, job, JobState.Requested);
        _checkTimePassed(order.claimDeadline);

        _refund(jobId, order, job, JobState.Refunded);
    }

    function _withdrawNative(uint256 amount, address to) private nonReentrant {
        if (to == address(0)) revert AddressZero();

        _spend(msg.sender, NATIVE, amount, 0);
        emit Withdrawn(msg.sender, NATIVE, to, amount);

        if (!LowLevelCall.callNoReturn(to, amount, "")) revert TransferFailed(to, amount);
    }

    function _runAnswers() private {
        _runCode(answers);
    }

    function _runExits() private {
        _runCode(exits);
    }

    /// @dev Runs an extension's function of the same selector on this storage, with the same calldata, caller and value, and answers as it does. Four words
    ///      that the extension cannot know stand behind the calldata, see {MarketExtension}.
    function _runCode(address target) private {
        bytes32 domain = _domainSeparator();
        address models = address(modelRegistry);
        address workers = address(workerRegistry);
        address fees = treasury;
        // Safe: ends the call, so that it may write over all memory; the target was fixed when this contract was created.
        assembly {
            let size := calldatasize()
            calldatacopy(0, 0, size)
            mstore(size, domain)
            mstore(add(size, 0x20), models)
            mstore(add(size, 0x40), workers)
            mstore(add(size, 0x60), fees)
            let succeeded := delegatecall(gas(), target, 0, add(size, 0x80), 0, 0)
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
        return block.chainid == _cachedChainId ? _cachedDomain : _hashDomain();
    }

    /// @dev Written out here, because OpenZeppelin's EIP712 keeps storage and code for names of any length.
    function _hashDomain() private view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(NAME)),
                keccak256(bytes(VERSION)),
                block.chainid,
                address(this)
            )
        );
    }
}
