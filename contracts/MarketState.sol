// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IAssurance} from "./interfaces/IAssurance.sol";
import {IInferenceConsumer} from "./interfaces/IInferenceConsumer.sol";
import {IJobMarket} from "./interfaces/IJobMarket.sol";
import {IMarketExtension} from "./interfaces/IMarketExtension.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IWorkerRegistry} from "./interfaces/IWorkerRegistry.sol";
import {Job, JobId, JobOrder, JobResult, JobState} from "./interfaces/JobTypes.sol";
import {Bn254} from "./libraries/Bn254.sol";
import {OrderBytes} from "./libraries/OrderBytes.sol";
import {OrderHash} from "./libraries/OrderHash.sol";
import {Prices} from "./libraries/Prices.sol";
import {Signatures} from "./libraries/Signatures.sol";

/// @notice What {JobMarket}, {MarketAnswers} and {MarketExits} share: storage in the same order, and the moves of money and states.
/// @dev The one place where contracts of ours inherit another: the two extensions run on the market's storage, so all must lay it out alike.
abstract contract MarketState is AccessManaged, ReentrancyGuardTransient {
    using Address for address;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    struct Balance {
        uint128 free;
        uint128 locked;
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
    mapping(JobId jobId => Job job) internal _jobs;
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
        return JobId.wrap(MessageHashUtils.toTypedDataHash(_domainSeparator(), OrderHash.hash(order)));
    }

    function _bindingOf(JobId jobId, address worker) internal view returns (uint256 binding) {
        return uint256(keccak256(abi.encode(block.chainid, address(this), jobId, worker))) >> 8;
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
        job = _jobs[jobId];
        if (job.state != expected) revert IJobMarket.JobNotInState(jobId, expected, job.state);
    }

    function _checkTime(uint40 deadline) internal view {
        if (block.timestamp > deadline) revert IJobMarket.DeadlinePassed(deadline, block.timestamp);
    }

    function _checkTimePassed(uint40 deadline) internal view {
        if (block.timestamp <= deadline) revert IJobMarket.DeadlineNotPassed(deadline, block.timestamp);
    }

    /// @dev All that can be said of an order when it leaves None, but who authorised it and with which money.
    function _checkOrder(JobOrder calldata order) private view returns (uint16 feeBps) {
        Settings memory settings = _settings;
        if (settings.paused) revert IJobMarket.MarketPaused();
        feeBps = settings.feeBps;
        if (feeBps > order.maxFeeBps) revert IJobMarket.FeeAboveOrder(feeBps, order.maxFeeBps);

        // Reading a member refuses dirty upper bits; these four are read nowhere else on the way of a request. See {OrderBytes}.
        (order.rampStart, order.rampSeconds, order.bond, order.allowedWorker);
        if (order.minPrice > order.maxPrice) revert IJobMarket.PriceRangeInverted(order.minPrice, order.maxPrice);
        if (
            block.timestamp > order.claimDeadline || order.proveSeconds == 0
                || uint256(order.claimDeadline) + order.proveSeconds > order.finalDeadline
        ) {
            revert IJobMarket.DeadlinesInvalid(order.claimDeadline, order.proveSeconds, order.finalDeadline);
        }
        if (order.inputCommitment >= Bn254.SCALAR_ORDER) {
            revert IJobMarket.InputCommitmentOutOfField(order.inputCommitment);
        }
        if ((order.callback == address(0)) != (order.callbackGas == 0) || order.callbackGas > MAX_CALLBACK_GAS) {
            revert IJobMarket.CallbackUnsupported(order.callback, order.callbackGas);
        }
        _checkToken(order.token);
        _checkAssurance(order, settings.mainAssurance);
        _checkModel(order);
    }

    function _checkToken(address token) internal view {
        if (token != NATIVE && !_tokenAllowed[token]) revert IJobMarket.TokenNotAllowed(token);
    }

    function _checkAssurance(JobOrder calldata order, address mainAssurance) private view {
        IJobMarket.AssuranceListing listing = order.assurance == mainAssurance
            ? IJobMarket.AssuranceListing.WithoutTerms
            : _assuranceListing[order.assurance];
        if (listing == IJobMarket.AssuranceListing.None) revert IJobMarket.AssuranceNotListed(order.assurance);
        if (listing == IJobMarket.AssuranceListing.WithTerms) {
            order.assurance.functionStaticCall(OrderBytes.checkTermsCall(order));
        } else if (order.assuranceData.length != 0) {
            revert IJobMarket.AssuranceDataUnexpected(order.assuranceData.length);
        }
    }

    function _checkModel(JobOrder calldata order) private view {
        (uint96 floorPrice, uint16 contributions, bool deprecated) = _modelRegistry().orderTermsOf(order.modelId);
        if (deprecated) revert IJobMarket.ModelIsDeprecated(order.modelId);
        if (contributions < order.minContributions) {
            revert IJobMarket.ContributionsTooFew(contributions, order.minContributions);
        }
        // A floor price is in the chain's own coin and says nothing of tokens; but no job is free.
        uint96 needed = order.token == NATIVE && floorPrice > 1 ? floorPrice : 1;
        if (order.minPrice < needed) revert IJobMarket.PriceTooLow(order.minPrice, needed);
    }

    // Money in

    /// @dev An order leaves None, once: checks it, uses its nonce up, and tells the world its terms.
    function _open(JobId jobId, JobOrder calldata order) internal returns (uint16 feeBps) {
        feeBps = _checkOrder(order);
        uint256 bit = 1 << (order.nonce & 0xff);
        mapping(uint256 word => uint256 bits) storage nonces = _nonces[order.requester];
        uint256 bits = nonces[order.nonce >> 8];
        if (bits & bit != 0) revert IJobMarket.NonceUsed(order.requester, order.nonce);

        nonces[order.nonce >> 8] = bits | bit;
        OrderBytes.emitRequested(jobId, order);
    }

    /// @dev Opens a job of the caller. Money comes in before the job opens: a transfer that the token refuses leaves nothing behind, and re-entry is
    ///      locked out.
    function _request(JobOrder calldata order) internal returns (JobId jobId) {
        if (msg.sender != order.requester) revert IJobMarket.NotRequester(msg.sender, order.requester);
        jobId = _hashOrder(order);
        uint16 feeBps = _open(jobId, order);
        _lock(order.token, order.maxPrice);
        _writeJob(jobId, address(0), 0, JobState.Requested, order.rampSeconds, feeBps);
    }

    /// @dev Moves an amount of the caller from free to locked; what is missing comes from `msg.value` or a token transfer.
    function _lock(address token, uint96 amount) internal {
        Balance storage slot = _balances[msg.sender][token];
        uint256 free = slot.free;
        if (token == NATIVE) {
            free += msg.value;
        } else {
            if (msg.value != 0) revert IJobMarket.ValueUnexpected(msg.value);
            if (free < amount) free += _pull(token, amount - free);
        }
        if (free < amount) revert IJobMarket.BalanceTooLow(msg.sender, token, free, amount);

        // Read after the transfer: nothing can have changed it meanwhile, because every way to it is locked.
        _balances[msg.sender][token] = Balance({free: (free - amount).toUint128(), locked: slot.locked + amount});
    }

    /// @dev Asks for an amount of the caller's tokens; returns what arrived. Called before effects, under the re-entrancy lock.
    function _pull(address token, uint256 amount) internal returns (uint256 received) {
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        return IERC20(token).balanceOf(address(this)) - before;
    }

    // Moves

    function _writeJob(JobId jobId, address worker, uint40 due, JobState state, uint32 priceTick, uint16 feeBps)
        internal
    {
        _jobs[jobId] = Job({worker: worker, due: due, state: state, priceTick: priceTick, feeBps: feeBps});
    }

    function _unlock(address account, address token, uint96 amount) internal {
        Balance memory balance = _balances[account][token];
        _balances[account][token] = Balance({free: balance.free + amount, locked: balance.locked - amount});
    }

    function _credit(address account, address token, uint96 amount) internal {
        if (amount != 0) _balances[account][token].free += amount;
    }

    /// @dev The claim of a job that is open, at a price that is in escrow. The worker's registry is the market's own and calls nobody, so it comes first.
    function _claim(JobId jobId, JobOrder calldata order, uint32 tick, uint16 feeBps) internal {
        // An assurance that admits and bonds workers itself holds the claim for them.
        address worker = msg.sender == order.assurance
            ? msg.sender
            : _workerRegistry().lockBondOf(msg.sender, order.bond);
        _checkAllowed(order, worker);

        // Cannot overflow: an order that leaves None has this at most `finalDeadline`.
        uint40 due = uint40(block.timestamp) + order.proveSeconds;
        _writeJob(jobId, worker, due, JobState.Claimed, tick, feeBps);
        emit IJobMarket.JobClaimed(jobId, worker, Prices.priceOfTick(order, tick), due);
    }

    function _checkAllowed(JobOrder calldata order, address worker) internal pure {
        if (order.allowedWorker != address(0) && order.allowedWorker != worker) {
            revert IJobMarket.NotAllowedWorker(worker, order.allowedWorker);
        }
    }

    /// @dev Asks the order's assurance. It is listed by the owner, and the lock is held while it runs.
    function _ask(JobOrder calldata order, uint256 value, bytes memory question)
        internal
        returns (IAssurance.Verdict memory verdict)
    {
        return abi.decode(order.assurance.functionCallWithValue(question, value), (IAssurance.Verdict));
    }

    function _wait(JobId jobId, JobOrder calldata order, Job memory job, JobState state, uint40 until) internal {
        if (until > order.finalDeadline) revert IJobMarket.VerdictTooLate(until, order.finalDeadline);
        _writeJob(jobId, job.worker, until, state, job.priceTick, job.feeBps);
    }

    /// @dev A claimed worker is paid from the escrow, and gets its bond back.
    function _settle(
        JobId jobId,
        JobOrder calldata order,
        Job memory job,
        IAssurance.Verdict memory verdict,
        uint256[] calldata outputs
    ) internal {
        uint96 price = Prices.priceOfTick(order, job.priceTick);
        _balances[order.requester][order.token].locked -= price;
        _writeJob(jobId, job.worker, job.due, JobState.Settled, job.priceTick, job.feeBps);
        _payOut(jobId, order, job, price, verdict);

        uint96 bond = _bondOf(order, job.worker);
        if (bond != 0) _workerRegistry().releaseBond(job.worker, bond);
        _notifyResult(jobId, order, outputs);
    }

    /// @dev Splits a price that was taken from the requester among worker (or the verdict's payees), model owner and treasury.
    function _payOut(
        JobId jobId,
        JobOrder calldata order,
        Job memory job,
        uint96 price,
        IAssurance.Verdict memory verdict
    ) internal {
        (address owner, uint16 royaltyBps) = _modelRegistry().royaltyOf(order.modelId);
        (uint96 workerShare, uint96 royalty, uint96 fee) = Prices.split(price, royaltyBps, job.feeBps);
        _credit(owner, order.token, royalty);
        _credit(_treasury(), order.token, fee);
        emit IJobMarket.JobSettled(jobId, job.worker, workerShare, royalty, fee);

        if (verdict.payees.length == 0) _credit(job.worker, order.token, workerShare);
        else _share(jobId, order.token, workerShare, verdict);
    }

    function _share(JobId jobId, address token, uint96 amount, IAssurance.Verdict memory verdict) private {
        uint256 sumBps = 0;
        uint256 last = verdict.payees.length - 1;
        uint96 left = amount;
        for (uint256 i = 0; i <= last; ++i) {
            sumBps += verdict.sharesBps[i];
            // Narrowing is safe: shares are at most the whole, which is checked below.
            uint96 part = i == last ? left : uint96(uint256(amount) * verdict.sharesBps[i] / Prices.BPS);
            left -= part;
            _credit(verdict.payees[i], token, part);
            emit IJobMarket.PayeePaid(jobId, verdict.payees[i], part);
        }
        if (sumBps != Prices.BPS || verdict.sharesBps.length != last + 1) revert IJobMarket.VerdictSharesInvalid(sumBps);
    }

    /// @dev What the registry holds for a job: nothing when an assurance holds the claim.
    function _bondOf(JobOrder calldata order, address worker) internal pure returns (uint96 bond) {
        return worker == order.assurance ? 0 : order.bond;
    }

    /// @dev An answer was shown to be wrong. `challenger` takes the enforcer's part of the bond.
    function _overturn(JobId jobId, JobOrder calldata order, Job memory job, IAssurance.Verdict memory verdict)
        internal
    {
        address challenger = verdict.payees.length == 0 ? msg.sender : verdict.payees[0];
        uint96 bond = _bondOf(order, job.worker);
        emit IMarketExtension.JobOverturned(jobId, job.worker, bond, challenger);
        _slash(order, job.worker, bond, challenger);
        _fail(jobId, order, job, IInferenceConsumer.AttemptError.Overturned);
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
        uint32 tick = job.priceTick;
        uint96 missing = order.maxPrice - Prices.priceOfTick(order, tick);
        Balance memory balance = _balances[order.requester][order.token];
        if (missing != 0 && balance.free >= missing) {
            _balances[order.requester][order.token] =
                Balance({free: balance.free - missing, locked: balance.locked + missing});
            tick = order.rampSeconds;
        }
        _writeJob(jobId, address(0), 0, JobState.Requested, tick, job.feeBps);
        if (order.callback != address(0)) {
            _notify(jobId, order, abi.encodeCall(IInferenceConsumer.onInferenceError, (jobId, reason)));
        }
    }

    function _refund(JobId jobId, JobOrder calldata order, Job memory job, JobState state) internal {
        uint96 escrow = Prices.priceOfTick(order, job.priceTick);
        _writeJob(jobId, job.worker, job.due, state, job.priceTick, job.feeBps);
        _unlock(order.requester, order.token, escrow);
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

    function _openSigned(JobId jobId, JobOrder calldata order, bytes calldata signature)
        internal
        returns (uint16 feeBps)
    {
        if (!Signatures.isSignedBy(order.requester, JobId.unwrap(jobId), signature)) {
            revert IJobMarket.SignatureInvalid(jobId, order.requester);
        }
        return _open(jobId, order);
    }

    function _judge(JobId jobId, JobOrder calldata order, address worker, JobResult calldata result)
        internal
        returns (IAssurance.Verdict memory verdict)
    {
        uint256 binding = _bindingOf(jobId, worker);
        return _ask(
            order, 0, OrderBytes.judgeCall(IAssurance.judge.selector, jobId, order, worker, binding, result)
        );
    }

    function _accept(
        JobId jobId,
        JobOrder calldata order,
        Job memory job,
        IAssurance.Verdict memory verdict,
        JobResult calldata result
    ) internal {
        if (verdict.kind == IAssurance.VerdictKind.Final) {
            emit IJobMarket.JobAnswered(jobId, job.worker, result.outputs);
            _settle(jobId, order, job, verdict, result.outputs);
        } else if (verdict.kind == IAssurance.VerdictKind.Pending) {
            emit IJobMarket.JobAnswered(jobId, job.worker, result.outputs);
            _wait(jobId, order, job, JobState.Answered, verdict.until);
            emit IJobMarket.AnswerPending(jobId, verdict.until);
        } else {
            revert IJobMarket.EvidenceRejected(jobId);
        }
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
