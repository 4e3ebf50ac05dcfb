// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IAssurance} from "./interfaces/IAssurance.sol";
import {IInferenceConsumer} from "./interfaces/IInferenceConsumer.sol";
import {IJobMarket} from "./interfaces/IJobMarket.sol";
import {IMarketExtension} from "./interfaces/IMarketExtension.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IWorkerRegistry} from "./interfaces/IWorkerRegistry.sol";
import {Job, JobId, JobOrder, JobResult, JobState, StoredJob} from "./interfaces/JobTypes.sol";
import {JobSlot} from "./libraries/JobSlot.sol";
import {OrderBytes} from "./libraries/OrderBytes.sol";
import {OrderHash} from "./libraries/OrderHash.sol";
import {Prices} from "./libraries/Prices.sol";

/// @notice What {JobMarket}, {MarketAnswers} and {MarketExits} share: storage in the same order, and the moves of money and states. {MarketOrders}
///         stands on it.
/// @dev The one place where contracts of ours inherit another: the two extensions run on the market's storage, so all must lay it out alike.
abstract contract MarketState is AccessManaged, ReentrancyGuardTransient {
    using SafeCast for uint256;

    /// @dev The low half is free, the high half is locked: read once and written once.
    struct Balance {
        uint256 word;
    }

    /// @notice What the owner may change, in one slot, because every order reads all of it.
    struct Settings {
        uint16 feeBps;
        bool paused;
        /// @dev The assurance without terms that was listed last: most orders name it. Zero when it was unlisted.
        address mainAssurance;
    }

    /// @dev The chain's own coin.
    address internal constant NATIVE = address(0);

    uint256 public constant MAX_FEE_BPS = 500;
    /// @dev More could make a settlement too large for a block.
    uint256 public constant MAX_CALLBACK_GAS = 2_000_000;
    /// @dev How long after its final deadline a job whose assurance gives no verdict can be refunded.
    uint256 public constant ABANDON_SECONDS = 7 days;
    /// @dev Gas that must be left when a callback has used up its own: what it takes to note that it failed.
    uint256 internal constant CALLBACK_RESERVE = 50_000;

    Settings internal _settings;
    mapping(JobId jobId => StoredJob job) internal _jobs;
    mapping(address account => mapping(address token => Balance balance)) internal _balances;
    mapping(address requester => mapping(uint256 word => uint256 bits)) internal _nonces;
    mapping(address token => bool allowed) internal _tokenAllowed;
    mapping(address assurance => IJobMarket.AssuranceListing listing) internal _assuranceListing;
    mapping(bytes32 key => IMarketExtension.Bundle bundle) internal _bundles;
    mapping(JobId jobId => bytes32 dataHash) internal _failedCallbacks;

    // What the market was created with

    function _modelRegistry() internal view virtual returns (IModelRegistry);

    function _workerRegistry() internal view virtual returns (IWorkerRegistry);

    function _treasury() internal view virtual returns (address);

    function _domainSeparator() internal view virtual returns (bytes32);

    // Checks

    function _hashOrder(JobOrder calldata order) internal view returns (JobId jobId) {
        return OrderHash.digest(order, _domainSeparator());
    }

    function _bindingOf(JobId jobId, address worker) internal view returns (uint256 binding) {
        // Safe: writes only above the free memory pointer and never moves it. What `keccak256(abi.encode(…))` gives, compared in JobMarket.submit.t.sol.
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, chainid())
            mstore(add(at, 0x20), address())
            mstore(add(at, 0x40), jobId)
            mstore(add(at, 0x60), shr(96, shl(96, worker)))
            binding := shr(8, keccak256(at, 0x80))
        }
    }

    function _bundleKey(address requester, address token, bytes32 root) internal pure returns (bytes32 key) {
        return keccak256(abi.encode(requester, token, root));
    }

    function _jobInState(JobOrder calldata order, JobState expected)
        internal
        view
        returns (JobId jobId, Job memory job)
    {
        jobId = _hashOrder(order);
        job = _readJob(jobId);
        _checkState(jobId, job, expected);
    }

    function _checkState(JobId jobId, Job memory job, JobState expected) internal pure {
        if (job.state != expected) revert IJobMarket.JobNotInState(jobId, expected, job.state);
    }

    function _checkTime(uint40 deadline) internal view {
        if (block.timestamp > deadline) revert IJobMarket.DeadlinePassed(deadline, block.timestamp);
    }

    function _checkTimePassed(uint40 deadline) internal view {
        if (block.timestamp <= deadline) revert IJobMarket.DeadlineNotPassed(deadline, block.timestamp);
    }

    // Money in

    /// @dev The caller pays with its free balance and what has just arrived.
    function _escrowRequest(JobId jobId, JobOrder calldata order, Job memory job, uint256 received) internal {
        _lock(order.token, order.maxPrice, received);
        _writeJob(jobId, job);
    }

    /// @dev Locks an amount of what the caller has free, with `msg.value` or what has just arrived in tokens.
    function _lock(address token, uint96 amount, uint256 received) internal {
        Balance storage balance = _balances[msg.sender][token];
        (uint256 free, uint256 locked) = _readBalance(balance);
        free += received + msg.value;
        if (free < amount) revert IJobMarket.BalanceTooLow(msg.sender, token, free, amount);
        _writeBalance(balance, free - amount, locked + amount);
    }

    // Moves

    function _readJob(JobId jobId) internal view returns (Job memory job) {
        return JobSlot.unpack(_jobs[jobId].word);
    }

    function _writeJob(JobId jobId, Job memory job) internal {
        _jobs[jobId].word = JobSlot.pack(job);
    }

    function _readBalance(Balance storage balance) internal view returns (uint256 free, uint256 locked) {
        uint256 word = balance.word;
        return (word & type(uint128).max, word >> 128);
    }

    function _writeBalance(Balance storage balance, uint256 free, uint256 locked) internal {
        balance.word = free.toUint128() | uint256(locked.toUint128()) << 128;
    }

    /// @dev Takes an amount out of what an account has locked, and returns a part of it to what is free.
    function _unlock(address account, address token, uint256 amount, uint256 returned) internal {
        Balance storage balance = _balances[account][token];
        (uint256 free, uint256 locked) = _readBalance(balance);
        _writeBalance(balance, free + returned, locked - amount);
    }

    function _credit(address account, address token, uint256 amount) internal {
        if (amount == 0) return;
        Balance storage balance = _balances[account][token];
        uint256 word = balance.word;
        uint256 free = (word & type(uint128).max) + amount;
        balance.word = word >> 128 << 128 | free.toUint128();
    }

    /// @dev Takes an amount out of what an account has free, and locks a part of it.
    function _spend(address account, address token, uint256 amount, uint256 kept) internal {
        Balance storage balance = _balances[account][token];
        (uint256 free, uint256 locked) = _readBalance(balance);
        if (free < amount) revert IJobMarket.BalanceTooLow(account, token, free, amount);
        _writeBalance(balance, free - amount, locked + kept);
    }

    /// @dev The claim of a job that is open, at the price of a tick, which is in escrow. The worker's registry is the market's own and calls nobody, so
    ///      it comes first.
    function _claim(JobId jobId, JobOrder calldata order, uint32 tick, uint96 price, uint16 feeBps) internal {
        Job memory job;
        // An assurance that admits and bonds workers itself holds the claim for them.
        job.worker = msg.sender == order.assurance
            ? msg.sender
            : _workerRegistry().lockBondOf(msg.sender, order.bond);
        _checkAllowed(order, job.worker);

        // Cannot overflow: an order that leaves None has this at most `finalDeadline`.
        job.due = uint40(block.timestamp) + order.proveSeconds;
        (job.state, job.priceTick, job.feeBps) = (JobState.Claimed, tick, feeBps);
        _writeJob(jobId, job);
        emit IJobMarket.JobClaimed(jobId, job.worker, price, job.due);
    }

    function _checkAllowed(JobOrder calldata order, address worker) internal pure {
        if (order.allowedWorker != address(0) && order.allowedWorker != worker) {
            revert IJobMarket.NotAllowedWorker(worker, order.allowedWorker);
        }
    }

    function _checkUntil(JobOrder calldata order, uint40 until) internal pure {
        if (until > order.finalDeadline) revert IJobMarket.VerdictTooLate(until, order.finalDeadline);
    }

    /// @dev An answer waits for its time.
    function _wait(JobId jobId, JobOrder calldata order, Job memory job, uint40 until) internal {
        _checkUntil(order, until);
        (job.due, job.state) = (until, JobState.Answered);
        _writeJob(jobId, job);
        emit IJobMarket.AnswerPending(jobId, until);
    }

    /// @dev Ends a claimed job: its price leaves the escrow and the worker gets its bond back. Returns what is left for the worker.
    function _settle(JobId jobId, JobOrder calldata order, Job memory job) internal returns (uint96 workerShare) {
        uint96 price = Prices.priceOfTick(order, job.priceTick);
        _unlock(order.requester, order.token, price, 0);
        job.state = JobState.Settled;
        _writeJob(jobId, job);
        workerShare = _split(jobId, order, job, price);

        uint96 bond = _bondOf(order, job.worker);
        if (bond != 0) _workerRegistry().releaseBond(job.worker, bond);
    }

    /// @dev Pays model owner and treasury their parts of a price that was taken from the requester.
    function _split(JobId jobId, JobOrder calldata order, Job memory job, uint96 price)
        internal
        returns (uint96 workerShare)
    {
        (address owner, uint16 royaltyBps) = _modelRegistry().royaltyOf(order.modelId);
        uint96 royalty;
        uint96 fee;
        (workerShare, royalty, fee) = Prices.split(price, royaltyBps, job.feeBps);
        _credit(owner, order.token, royalty);
        _credit(_treasury(), order.token, fee);
        emit IJobMarket.JobSettled(jobId, job.worker, workerShare, royalty, fee);
    }

    /// @dev What the registry holds for a job: nothing when an assurance holds the claim.
    function _bondOf(JobOrder calldata order, address worker) internal pure returns (uint96 bond) {
        return worker == order.assurance ? 0 : order.bond;
    }

    /// @dev A worker's attempt ended: the job opens again, or is refunded when nobody can claim it any more.
    function _fail(JobId jobId, JobOrder calldata order, Job memory job, IInferenceConsumer.AttemptError reason)
        internal
    {
        if (block.timestamp > order.claimDeadline) {
            _refund(jobId, order, job, JobState.Refunded);
            return;
        }

        // The order is the requester's consent to pay up to `maxPrice`, so the surplus of the claim is taken back when it is still there.
        uint256 missing = order.maxPrice - Prices.priceOfTick(order, job.priceTick);
        Balance storage balance = _balances[order.requester][order.token];
        (uint256 free, uint256 locked) = _readBalance(balance);
        if (missing != 0 && free >= missing) {
            _writeBalance(balance, free - missing, locked + missing);
            job.priceTick = order.rampSeconds;
        }
        (job.worker, job.due, job.state) = (address(0), 0, JobState.Requested);
        _writeJob(jobId, job);
        if (order.callback != address(0)) {
            _notify(jobId, order, abi.encodeCall(IInferenceConsumer.onInferenceError, (jobId, reason)));
        }
    }

    function _refund(JobId jobId, JobOrder calldata order, Job memory job, JobState state) internal {
        uint96 escrow = Prices.priceOfTick(order, job.priceTick);
        job.state = state;
        _writeJob(jobId, job);
        _unlock(order.requester, order.token, escrow, escrow);
        if (state == JobState.Cancelled) {
            emit IJobMarket.JobCancelled(jobId);
            return;
        }
        emit IJobMarket.JobRefunded(jobId, escrow);
        if (order.callback != address(0)) {
            _notify(jobId, order, abi.encodeCall(IInferenceConsumer.onInferenceExpired, (jobId)));
        }
    }

    function _slash(JobOrder calldata order, address worker, uint96 bond, address enforcer) internal {
        if (bond == 0) return;
        address[] memory to = new address[](3);
        uint96[] memory shares = new uint96[](3);
        (to[0], to[1], to[2]) = (order.requester, enforcer, _treasury());
        (shares[0], shares[1], shares[2]) = Prices.splitSlash(bond);
        _workerRegistry().slashBond(worker, bond, to, shares);
    }

    /// @dev Tick of the price that an open job has now, which is at most the one in escrow.
    function _openTick(JobOrder calldata order, uint32 priceTick) internal view returns (uint32 tick) {
        tick = Prices.tickAt(order, block.timestamp);
        if (tick > priceTick) tick = priceTick;
    }

    function _judgeCall(JobId jobId, JobOrder calldata order, address worker, JobResult calldata result)
        internal
        view
        returns (bytes memory data)
    {
        return OrderBytes.judgeCall(
            IAssurance.judge.selector, jobId, order, worker, _bindingOf(jobId, worker), result
        );
    }

    // Callbacks

    function _notifyResult(JobId jobId, JobOrder calldata order, uint256[] calldata outputs) internal {
        if (order.callback == address(0)) return;
        _notify(
            jobId,
            order,
            abi.encodeCall(
                IInferenceConsumer.onInferenceResult, (jobId, order.modelId, order.inputCommitment, outputs)
            )
        );
    }

    /// @dev The last thing of a call. The callback gets exactly the gas that the order names: a caller that brings less reverts, so that nobody can make it
    ///      fail. Nothing of what it returns is copied, and when it fails only that is noted.
    function _notify(JobId jobId, JobOrder calldata order, bytes memory data) private {
        address callback = order.callback;
        uint256 callbackGas = order.callbackGas;
        // A call hands on at most 63/64 of what is left (EIP-150); the reserve covers the call's own cost too.
        uint256 needed = (callbackGas + CALLBACK_RESERVE) * 64 / 63 + 1;
        if (gasleft() < needed) revert IJobMarket.GasTooLow(gasleft(), needed);

        bool delivered;
        // Safe: reads `data`, which the compiler allocated, and lets nothing be written back.
        assembly ("memory-safe") {
            delivered := call(callbackGas, callback, 0, add(data, 0x20), mload(data), 0, 0)
        }
        if (delivered) return;
        _failedCallbacks[jobId] = keccak256(data);
        emit IMarketExtension.CallbackFailed(jobId, callback, data);
    }
}
