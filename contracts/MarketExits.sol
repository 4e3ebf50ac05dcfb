// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {MarketExtension} from "./MarketExtension.sol";
import {IInferenceConsumer} from "./interfaces/IInferenceConsumer.sol";
import {IJobMarket} from "./interfaces/IJobMarket.sol";
import {IMarketExtension} from "./interfaces/IMarketExtension.sol";
import {IPermit2} from "./interfaces/IPermit2.sol";
import {Job, JobId, JobOrder, JobState, PermitKind, TokenPermit} from "./interfaces/JobTypes.sol";
import {Prices} from "./libraries/Prices.sol";

/// @notice Code of the market's calls off the way of most jobs: ways back, bundles, permits, retried callbacks, and the owner's settings.
/// @dev See {MarketExtension}. Each function is described in {IJobMarket} or {IMarketExtension}.
contract MarketExits is MarketExtension {
    using SafeCast for uint256;

    /// @dev The same on every chain that has it.
    IPermit2 private constant PERMIT2 = IPermit2(0x000000000022D473030F116dDEE9F6B43aC78BA3);

    // A job's life

    /// @dev See {IMarketExtension-releaseJob}.
    function releaseJob(JobOrder calldata order) external nonReentrant {
        (JobId jobId, Job memory job) = _jobInState(order, JobState.Claimed);
        if (msg.sender != job.worker && _workerRegistry().operatorOf(msg.sender) != job.worker) {
            revert IMarketExtension.NotWorker(msg.sender, job.worker);
        }
        _checkTime(job.due);

        uint96 bond = _bondOf(order, job.worker);
        uint96 penalty = Prices.releasePenalty(bond, order.proveSeconds, job.due - block.timestamp);
        emit IMarketExtension.JobReleased(jobId, job.worker, penalty);
        if (bond != penalty) _workerRegistry().releaseBond(job.worker, bond - penalty);
        // Nobody enforced anything: that part is the requester's too.
        _slash(order, job.worker, penalty, order.requester);
        _fail(jobId, order, job, IInferenceConsumer.AttemptError.Released);
    }

    /// @dev See {IJobMarket-expireJob}.
    function expireJob(JobOrder calldata order) external nonReentrant {
        (JobId jobId, Job memory job) = _jobInState(order, JobState.Claimed);
        _checkTimePassed(job.due);

        uint96 bond = _bondOf(order, job.worker);
        emit IJobMarket.JobExpired(jobId, job.worker, bond, msg.sender);
        _slash(order, job.worker, bond, msg.sender);
        _fail(jobId, order, job, IInferenceConsumer.AttemptError.Expired);
    }

    /// @dev See {IJobMarket-cancelJob}.
    function cancelJob(JobOrder calldata order) external nonReentrant {
        (JobId jobId, Job memory job) = _jobInState(order, JobState.Requested);
        if (msg.sender != order.requester) revert IJobMarket.NotRequester(msg.sender, order.requester);

        _refund(jobId, order, job, JobState.Cancelled);
    }

    /// @dev See {IMarketExtension-cancelNonces}.
    function cancelNonces(uint256 word, uint256 mask) external nonReentrant {
        _nonces[msg.sender][word] |= mask;
        emit IMarketExtension.NoncesCancelled(msg.sender, word, mask);
    }

    // Bundles

    /// @dev See {IMarketExtension-requestBundle}.
    function requestBundle(address token, bytes32 root, uint96 amount, uint40 deadline, bytes32 leavesCid)
        external
        payable
        onMarket
        nonReentrant
    {
        if (_settings.paused) revert IJobMarket.MarketPaused();
        _checkToken(token);
        _checkTime(deadline);
        bytes32 key = _bundleKey(msg.sender, token, root);
        if (_bundles[key].deadline != 0) revert IMarketExtension.BundleExists(root);

        _lock(token, amount);
        _bundles[key] = IMarketExtension.Bundle({remaining: amount, deadline: deadline});
        emit IMarketExtension.BundleRequested(msg.sender, token, root, amount, deadline, leavesCid);
    }

    /// @dev See {IMarketExtension-claimBundled}.
    function claimBundled(JobOrder calldata order, bytes32 root, bytes32[] calldata proof)
        external
        nonReentrant
        returns (JobId jobId)
    {
        jobId = _hashOrder(order);
        // A leaf is a hash of 66 bytes and an inner node one of 64, so neither passes for the other.
        if (!MerkleProof.verifyCalldata(proof, root, JobId.unwrap(jobId))) {
            revert IMarketExtension.NotInBundle(jobId, root);
        }
        bytes32 key = _bundleKey(order.requester, order.token, root);
        IMarketExtension.Bundle memory bundle = _bundleAt(key, root);
        _checkTime(bundle.deadline);
        uint16 feeBps = _open(jobId, order);
        uint32 tick = Prices.tickAt(order, block.timestamp);
        uint96 price = Prices.priceOfTick(order, tick);
        if (bundle.remaining < price) revert IMarketExtension.BundleTooSmall(root, bundle.remaining, price);

        _bundles[key].remaining = bundle.remaining - price;
        _claim(jobId, order, tick, feeBps);
    }

    /// @dev See {IMarketExtension-closeBundle}.
    function closeBundle(address requester, address token, bytes32 root) external nonReentrant {
        bytes32 key = _bundleKey(requester, token, root);
        IMarketExtension.Bundle memory bundle = _bundleAt(key, root);
        if (msg.sender != requester) _checkTimePassed(bundle.deadline);

        delete _bundles[key];
        _unlock(requester, token, bundle.remaining);
        emit IMarketExtension.BundleClosed(requester, token, root, bundle.remaining);
    }

    // Permits

    /// @dev See {IMarketExtension-requestWithPermit}.
    function requestWithPermit(JobOrder calldata order, TokenPermit calldata permit)
        external
        nonReentrant
        returns (JobId jobId)
    {
        Balance storage balance = _balances[msg.sender][order.token];
        uint256 free = balance.free;
        if (free < order.maxPrice) {
            balance.free += _pullWithPermit(order.token, order.maxPrice - free, permit).toUint128();
        }
        return _request(order);
    }

    /// @dev See {IMarketExtension-depositWithPermit}.
    function depositWithPermit(address token, uint256 amount, TokenPermit calldata permit) external nonReentrant {
        uint256 received = _pullWithPermit(token, amount, permit);

        _balances[msg.sender][token].free += received.toUint128();
        emit IJobMarket.Deposited(msg.sender, token, received);
    }

    // Callbacks

    /// @dev See {IMarketExtension-retryCallback}.
    function retryCallback(JobOrder calldata order, bytes calldata data) external nonReentrant {
        JobId jobId = _hashOrder(order);
        if (_failedCallbacks[jobId] != keccak256(data)) revert IMarketExtension.NothingToRetry(jobId);

        delete _failedCallbacks[jobId];
        emit IMarketExtension.CallbackRetried(jobId, order.callback);
        if (!LowLevelCall.callNoReturn(order.callback, data)) revert IMarketExtension.CallbackReverted(jobId);
    }

    // Owner

    /// @dev See {IJobMarket-setFeeBps}.
    function setFeeBps(uint16 newFeeBps) external restricted {
        if (newFeeBps > MAX_FEE_BPS) revert IJobMarket.FeeTooHigh(newFeeBps, MAX_FEE_BPS);
        uint16 oldFeeBps = _settings.feeBps;

        _settings.feeBps = newFeeBps;
        emit IJobMarket.FeeChanged(oldFeeBps, newFeeBps);
    }

    /// @dev See {IJobMarket-allowToken}.
    function allowToken(address token, bool allowed) external restricted {
        if (token == NATIVE) revert IJobMarket.AddressZero();

        _tokenAllowed[token] = allowed;
        emit IJobMarket.TokenAllowed(token, allowed);
    }

    /// @dev See {IJobMarket-listAssurance}.
    function listAssurance(address assurance, IJobMarket.AssuranceListing listing) external restricted {
        if (assurance == address(0)) revert IJobMarket.AddressZero();

        _assuranceListing[assurance] = listing;
        if (listing == IJobMarket.AssuranceListing.WithoutTerms) _settings.mainAssurance = assurance;
        else if (_settings.mainAssurance == assurance) _settings.mainAssurance = address(0);
        emit IJobMarket.AssuranceListed(assurance, listing);
    }

    /// @dev See {IJobMarket-setPaused}.
    function setPaused(bool newPaused) external restricted {
        _settings.paused = newPaused;
        emit IJobMarket.PauseChanged(newPaused);
    }

    // Steps

    function _bundleAt(bytes32 key, bytes32 root) private view returns (IMarketExtension.Bundle memory bundle) {
        bundle = _bundles[key];
        if (bundle.deadline == 0) revert IMarketExtension.BundleUnknown(root);
    }

    function _pullWithPermit(address token, uint256 amount, TokenPermit calldata permit)
        private
        returns (uint256 received)
    {
        if (token == NATIVE || !_tokenAllowed[token]) revert IJobMarket.TokenNotAllowed(token);
        if (permit.kind == PermitKind.Erc2612) {
            _permit(token, permit);
            return _pull(token, amount);
        }

        uint256 before = IERC20(token).balanceOf(address(this));
        PERMIT2.permitTransferFrom(
            IPermit2.PermitTransferFrom({
                permitted: IPermit2.TokenPermissions({token: token, amount: permit.amount}),
                nonce: permit.nonce,
                deadline: permit.deadline
            }),
            IPermit2.SignatureTransferDetails({to: address(this), requestedAmount: amount}),
            msg.sender,
            permit.signature
        );
        return IERC20(token).balanceOf(address(this)) - before;
    }

    /// @dev Anyone may have used the permit up before, so its failure says nothing: the transfer that follows does.
    function _permit(address token, TokenPermit calldata permit) private {
        bytes calldata signature = permit.signature;
        if (signature.length != 65) return;
        try IERC20Permit(token)
            .permit(
                msg.sender,
                address(this),
                permit.amount,
                permit.deadline,
                uint8(signature[64]),
                bytes32(signature[:32]),
                bytes32(signature[32:64])
            ) {} catch {}
    }
}
