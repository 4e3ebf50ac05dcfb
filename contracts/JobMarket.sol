// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {WorkerRegistry} from "./WorkerRegistry.sol";
import {IAssurance} from "./interfaces/IAssurance.sol";
import {IJobMarket} from "./interfaces/IJobMarket.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IWorkerRegistry} from "./interfaces/IWorkerRegistry.sol";
import {Job, JobId, JobOrder, JobResult, JobState} from "./interfaces/JobTypes.sol";
import {Bn254} from "./libraries/Bn254.sol";
import {OrderBytes} from "./libraries/OrderBytes.sol";
import {OrderHash} from "./libraries/OrderHash.sol";
import {Prices} from "./libraries/Prices.sol";

/// @dev See {IJobMarket}. The owner is whoever the access manager lets call the four functions marked `restricted`. None of them moves money, and none
///      of them is read between a claim and its settlement.
contract JobMarket is IJobMarket, EIP712, AccessManaged, ReentrancyGuardTransient {
    using Address for address;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    struct Balance {
        uint128 free;
        uint128 locked;
    }

    /// @notice What the market is deployed with; only the fee can be changed later.
    struct MarketParams {
        /// @dev An OpenZeppelin access manager.
        address authority;
        IModelRegistry modelRegistry;
        address treasury;
        uint16 feeBps;
        uint96 minStake;
        uint32 unbondingSeconds;
    }

    /// @dev The chain's own coin.
    address private constant NATIVE = address(0);

    uint256 public constant MAX_FEE_BPS = 500;

    /// @inheritdoc IJobMarket
    address public immutable treasury;
    /// @inheritdoc IJobMarket
    IModelRegistry public immutable modelRegistry;
    /// @inheritdoc IJobMarket
    IWorkerRegistry public immutable workerRegistry;

    /// @inheritdoc IJobMarket
    uint16 public feeBps;
    /// @inheritdoc IJobMarket
    bool public paused;

    mapping(JobId jobId => Job job) private _jobs;
    mapping(address account => mapping(address token => Balance balance)) private _balances;
    mapping(address requester => mapping(uint256 word => uint256 bits)) private _nonces;
    /// @inheritdoc IJobMarket
    mapping(address token => bool allowed) public tokenAllowed;
    /// @inheritdoc IJobMarket
    mapping(address assurance => AssuranceListing listing) public assuranceListing;

    modifier whenNotPaused() {
        _checkNotPaused();
        _;
    }

    constructor(MarketParams memory params) EIP712("Assay JobMarket", "1") AccessManaged(params.authority) {
        if (params.treasury == address(0)) revert AddressZero();
        treasury = params.treasury;
        modelRegistry = params.modelRegistry;
        workerRegistry = new WorkerRegistry(address(this), params.minStake, params.unbondingSeconds);
        _setFeeBps(params.feeBps);
    }

    // A job's life

    /// @inheritdoc IJobMarket
    function requestJob(JobOrder calldata order) external payable nonReentrant whenNotPaused returns (JobId jobId) {
        if (msg.sender != order.requester) revert NotRequester(msg.sender, order.requester);
        _checkOrder(order);
        _useNonce(order.requester, order.nonce);
        jobId = hashOrder(order);

        // Money comes in before the job opens: a transfer that the token refuses leaves nothing behind, and re-entry is locked out.
        _lock(order.token, order.maxPrice);
        _jobs[jobId] = Job({
            worker: address(0),
            due: 0,
            state: JobState.Requested,
            priceTick: order.rampSeconds,
            feeBps: feeBps
        });
        OrderBytes.emitRequested(jobId, order);
    }

    /// @inheritdoc IJobMarket
    function claimJob(JobOrder calldata order) external nonReentrant whenNotPaused returns (JobId jobId) {
        Job memory job;
        (jobId, job) = _jobInState(order, JobState.Requested);
        if (block.timestamp > order.claimDeadline) revert DeadlinePassed(order.claimDeadline, block.timestamp);
        address worker = workerRegistry.operatorOf(msg.sender);
        if (order.allowedWorker != address(0) && order.allowedWorker != worker) {
            revert NotAllowedWorker(worker, order.allowedWorker);
        }

        uint96 escrow = Prices.priceOfTick(order, job.priceTick);
        uint32 tick = Prices.tickAt(order, block.timestamp);
        if (tick < job.priceTick) job.priceTick = tick;
        uint96 price = Prices.priceOfTick(order, job.priceTick);
        if (price < escrow) _unlock(order.requester, order.token, escrow - price);

        // Cannot overflow: a request checks that this is at most `finalDeadline`.
        uint40 due = uint40(block.timestamp) + order.proveSeconds;
        job.worker = worker;
        job.due = due;
        job.state = JobState.Claimed;
        _jobs[jobId] = job;
        emit JobClaimed(jobId, worker, price, due);

        workerRegistry.lockBond(worker, order.bond);
    }

    /// @inheritdoc IJobMarket
    function submitResult(JobOrder calldata order, JobResult calldata result) external nonReentrant {
        (JobId jobId, Job memory job) = _jobInState(order, JobState.Claimed);
        if (block.timestamp > job.due) revert DeadlinePassed(job.due, block.timestamp);

        _jobs[jobId].state = JobState.Settled;
        emit JobAnswered(jobId, job.worker, result.outputs);
        _settle(jobId, order, job);

        // Evidence is judged last: what it refuses undoes all of the above.
        bytes memory judgement = order.assurance
            .functionCall(OrderBytes.judgeCall(jobId, order, job.worker, bindingOf(jobId, job.worker), result));
        IAssurance.Verdict memory verdict = abi.decode(judgement, (IAssurance.Verdict));
        if (verdict.kind != IAssurance.VerdictKind.Final) revert EvidenceRejected(jobId);
    }

    /// @inheritdoc IJobMarket
    function expireJob(JobOrder calldata order) external nonReentrant {
        (JobId jobId, Job memory job) = _jobInState(order, JobState.Claimed);
        if (block.timestamp <= job.due) revert DeadlineNotPassed(job.due, block.timestamp);

        address worker = job.worker;
        emit JobExpired(jobId, worker, order.bond, msg.sender);
        uint96 escrow = Prices.priceOfTick(order, job.priceTick);
        if (block.timestamp > order.claimDeadline) {
            _refund(jobId, order, escrow, JobState.Refunded);
        } else {
            _reopen(jobId, order, job, escrow);
        }

        if (order.bond != 0) _slash(order, worker);
    }

    /// @inheritdoc IJobMarket
    function cancelJob(JobOrder calldata order) external nonReentrant {
        (JobId jobId, Job memory job) = _jobInState(order, JobState.Requested);
        if (msg.sender != order.requester) revert NotRequester(msg.sender, order.requester);

        _refund(jobId, order, Prices.priceOfTick(order, job.priceTick), JobState.Cancelled);
    }

    /// @inheritdoc IJobMarket
    function refundJob(JobOrder calldata order) external nonReentrant {
        (JobId jobId, Job memory job) = _jobInState(order, JobState.Requested);
        if (block.timestamp <= order.claimDeadline) revert DeadlineNotPassed(order.claimDeadline, block.timestamp);

        _refund(jobId, order, Prices.priceOfTick(order, job.priceTick), JobState.Refunded);
    }

    // Balances

    /// @inheritdoc IJobMarket
    function deposit(address token, uint256 amount) external payable nonReentrant {
        uint256 received = msg.value;
        if (token == NATIVE) {
            if (amount != msg.value) revert ValueUnexpected(msg.value);
        } else {
            if (msg.value != 0) revert ValueUnexpected(msg.value);
            if (!tokenAllowed[token]) revert TokenNotAllowed(token);
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

    // Owner

    /// @inheritdoc IJobMarket
    function setFeeBps(uint16 newFeeBps) external restricted {
        _setFeeBps(newFeeBps);
    }

    /// @inheritdoc IJobMarket
    function allowToken(address token, bool allowed) external restricted {
        if (token == NATIVE) revert AddressZero();

        tokenAllowed[token] = allowed;
        emit TokenAllowed(token, allowed);
    }

    /// @inheritdoc IJobMarket
    function listAssurance(address assurance, AssuranceListing listing) external restricted {
        if (assurance == address(0)) revert AddressZero();

        assuranceListing[assurance] = listing;
        emit AssuranceListed(assurance, listing);
    }

    /// @inheritdoc IJobMarket
    function setPaused(bool newPaused) external restricted {
        paused = newPaused;
        emit PauseChanged(newPaused);
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
    function hashOrder(JobOrder calldata order) public view returns (JobId jobId) {
        return JobId.wrap(_hashTypedDataV4(OrderHash.hash(order)));
    }

    /// @inheritdoc IJobMarket
    function bindingOf(JobId jobId, address worker) public view returns (uint256 binding) {
        return uint256(keccak256(abi.encode(block.chainid, address(this), jobId, worker))) >> 8;
    }

    // Checks

    function _checkNotPaused() private view {
        if (paused) revert MarketPaused();
    }

    /// @dev All that can be said of an order when it is requested, but who sent it and with which money.
    function _checkOrder(JobOrder calldata order) private view {
        // Reading a member refuses dirty upper bits; these four are read nowhere else on the way of a request. See {OrderBytes}.
        (order.rampStart, order.rampSeconds, order.bond, order.allowedWorker);
        if (order.minPrice > order.maxPrice) revert PriceRangeInverted(order.minPrice, order.maxPrice);
        if (
            block.timestamp > order.claimDeadline || order.proveSeconds == 0
                || uint256(order.claimDeadline) + order.proveSeconds > order.finalDeadline
        ) {
            revert DeadlinesInvalid(order.claimDeadline, order.proveSeconds, order.finalDeadline);
        }
        if (order.inputCommitment >= Bn254.SCALAR_ORDER) revert InputCommitmentOutOfField(order.inputCommitment);
        if (order.callback != address(0) || order.callbackGas != 0) {
            revert CallbackUnsupported(order.callback, order.callbackGas);
        }
        if (order.token != NATIVE && !tokenAllowed[order.token]) revert TokenNotAllowed(order.token);
        if (feeBps > order.maxFeeBps) revert FeeAboveOrder(feeBps, order.maxFeeBps);

        _checkAssurance(order);
        _checkModel(order);
    }

    function _checkAssurance(JobOrder calldata order) private view {
        AssuranceListing listing = assuranceListing[order.assurance];
        if (listing == AssuranceListing.None) revert AssuranceNotListed(order.assurance);
        if (listing == AssuranceListing.WithTerms) {
            // One argument, behind the word that holds its offset.
            order.assurance.functionStaticCall(
                bytes.concat(abi.encodeWithSelector(IAssurance.checkTerms.selector, uint256(0x20)), OrderBytes.encode(order))
            );
        } else if (order.assuranceData.length != 0) {
            revert AssuranceDataUnexpected(order.assuranceData.length);
        }
    }

    function _checkModel(JobOrder calldata order) private view {
        (uint96 floorPrice, uint16 contributions, bool deprecated) = modelRegistry.orderTermsOf(order.modelId);
        if (deprecated) revert ModelIsDeprecated(order.modelId);
        if (contributions < order.minContributions) revert ContributionsTooFew(contributions, order.minContributions);
        // A floor price is in the chain's own coin and says nothing of tokens; but no job is free.
        uint96 needed = order.token == NATIVE && floorPrice > 1 ? floorPrice : 1;
        if (order.minPrice < needed) revert PriceTooLow(order.minPrice, needed);
    }

    function _jobInState(JobOrder calldata order, JobState expected)
        private
        view
        returns (JobId jobId, Job memory job)
    {
        jobId = hashOrder(order);
        job = _jobs[jobId];
        if (job.state != expected) revert JobNotInState(jobId, expected, job.state);
    }

    // Effects

    function _setFeeBps(uint16 newFeeBps) private {
        if (newFeeBps > MAX_FEE_BPS) revert FeeTooHigh(newFeeBps, MAX_FEE_BPS);
        uint16 oldFeeBps = feeBps;

        feeBps = newFeeBps;
        emit FeeChanged(oldFeeBps, newFeeBps);
    }

    function _useNonce(address requester, uint256 nonce) private {
        uint256 bit = 1 << (nonce & 0xff);
        uint256 bits = _nonces[requester][nonce >> 8];
        if (bits & bit != 0) revert NonceUsed(requester, nonce);
        _nonces[requester][nonce >> 8] = bits | bit;
    }

    /// @dev Moves an amount of the caller from free to locked; what is missing comes from `msg.value` or a token transfer.
    function _lock(address token, uint96 amount) private {
        uint256 free = _balances[msg.sender][token].free;
        if (token == NATIVE) {
            free += msg.value;
        } else {
            if (msg.value != 0) revert ValueUnexpected(msg.value);
            if (free < amount) free += _pull(token, amount - free);
        }
        if (free < amount) revert BalanceTooLow(msg.sender, token, free, amount);

        uint128 locked = _balances[msg.sender][token].locked + amount;
        _balances[msg.sender][token] = Balance({free: (free - amount).toUint128(), locked: locked});
    }

    function _unlock(address requester, address token, uint96 amount) private {
        Balance memory balance = _balances[requester][token];
        _balances[requester][token] = Balance({free: balance.free + amount, locked: balance.locked - amount});
    }

    function _credit(address account, address token, uint96 amount) private {
        if (amount != 0) _balances[account][token].free += amount;
    }

    /// @dev Pays worker, model owner and treasury out of the escrow, and gives the bond back.
    function _settle(JobId jobId, JobOrder calldata order, Job memory job) private {
        uint96 price = Prices.priceOfTick(order, job.priceTick);
        (address owner, uint16 royaltyBps) = modelRegistry.royaltyOf(order.modelId);
        (uint96 workerShare, uint96 royalty, uint96 fee) = Prices.split(price, royaltyBps, job.feeBps);

        _balances[order.requester][order.token].locked -= price;
        _credit(job.worker, order.token, workerShare);
        _credit(owner, order.token, royalty);
        _credit(treasury, order.token, fee);
        emit JobSettled(jobId, job.worker, workerShare, royalty, fee);

        if (order.bond != 0) workerRegistry.releaseBond(job.worker, order.bond);
    }

    function _refund(JobId jobId, JobOrder calldata order, uint96 escrow, JobState state) private {
        _jobs[jobId].state = state;
        _unlock(order.requester, order.token, escrow);
        if (state == JobState.Cancelled) emit JobCancelled(jobId);
        else emit JobRefunded(jobId, escrow);
    }

    /// @dev The order is the requester's consent to pay up to `maxPrice`, so the surplus of the claim is taken back when it is still there.
    function _reopen(JobId jobId, JobOrder calldata order, Job memory job, uint96 escrow) private {
        uint32 tick = job.priceTick;
        uint96 missing = order.maxPrice - escrow;
        Balance memory balance = _balances[order.requester][order.token];
        if (missing != 0 && balance.free >= missing) {
            _balances[order.requester][order.token] =
                Balance({free: balance.free - missing, locked: balance.locked + missing});
            tick = order.rampSeconds;
        }
        _jobs[jobId] = Job({
            worker: address(0),
            due: 0,
            state: JobState.Requested,
            priceTick: tick,
            feeBps: job.feeBps
        });
    }

    function _slash(JobOrder calldata order, address worker) private {
        (uint96 requesterShare, uint96 enforcerShare, uint96 treasuryShare) = Prices.splitSlash(order.bond);
        address[] memory to = new address[](3);
        uint96[] memory shares = new uint96[](3);
        (to[0], shares[0]) = (order.requester, requesterShare);
        (to[1], shares[1]) = (msg.sender, enforcerShare);
        (to[2], shares[2]) = (treasury, treasuryShare);
        workerRegistry.slashBond(worker, order.bond, to, shares);
    }

    /// @dev Asks for an amount of the caller's tokens; returns what arrived. Called before effects, under the re-entrancy lock.
    function _pull(address token, uint256 amount) private returns (uint256 received) {
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        return IERC20(token).balanceOf(address(this)) - before;
    }
}
