// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {MarketExtension} from "./MarketExtension.sol";
import {IInferenceConsumer} from "./interfaces/IInferenceConsumer.sol";
import {IJobMarket} from "./interfaces/IJobMarket.sol";
import {IMarketExtension} from "./interfaces/IMarketExtension.sol";
import {IPermit2} from "./interfaces/IPermit2.sol";
import {Job, JobId, JobOrder, JobState, PermitKind, TokenPermit} from "./interfaces/JobTypes.sol";
import {Prices} from "./libraries/Prices.sol";

/// @notice Code of the market's calls off the way of most jobs: ways back, nonces, bundles, tokens, retried callbacks, and the owner's settings.
/// @dev See {MarketExtension}. Each function is described in {IJobMarket} or {IMarketExtension}.
contract MarketExits is MarketExtension {
    using SafeERC20 for IERC20;

    /// @dev The same on every chain that has it.
    IPermit2 private constant PERMIT2 = IPermit2(0x000000000022D473030F116dDEE9F6B43aC78BA3);

    // A job's life

    /// @dev See {IJobMarket-requestJob}: in tokens. They come in before the job is written: a transfer that the token refuses leaves nothing behind, and
    ///      re-entry is locked out.
    function requestJob(JobOrder calldata order) external payable onMarket nonReentrant returns (JobId jobId) {
        Job memory job;
        (jobId, job) = _openRequest(order);
        if (msg.value != 0) revert IJobMarket.ValueUnexpected(msg.value);
        _escrowRequest(jobId, order, job, _pull(order.token, _missing(order.token, order.maxPrice)));
    }

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

    /// @dev See {IJobMarket-refundJob}: of a job whose assurance gives no verdict.
    function refundJob(JobOrder calldata order) external nonReentrant {
        JobId jobId = _hashOrder(order);
        Job memory job = _readJob(jobId);
        if (job.state != JobState.Answered && job.state != JobState.Challenged) {
            revert IJobMarket.JobNotInState(jobId, JobState.Answered, job.state);
        }
        _checkTimePassed(order.finalDeadline + uint40(ABANDON_SECONDS));

        uint96 bond = _bondOf(order, job.worker);
        if (bond != 0) _workerRegistry().releaseBond(job.worker, bond);
        _refund(jobId, order, job, JobState.Refunded);
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

        uint256 received = 0;
        if (token != NATIVE) {
            if (msg.value != 0) revert IJobMarket.ValueUnexpected(msg.value);
            received = _pull(token, _missing(token, amount));
        }
        _lock(token, amount, received);
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
        _claim(jobId, order, tick, price, feeBps);
    }

    /// @dev See {IMarketExtension-closeBundle}.
    function closeBundle(address requester, address token, bytes32 root) external nonReentrant {
        bytes32 key = _bundleKey(requester, token, root);
        IMarketExtension.Bundle memory bundle = _bundleAt(key, root);
        if (msg.sender != requester) _checkTimePassed(bundle.deadline);

        delete _bundles[key];
        _unlock(requester, token, bundle.remaining, bundle.remaining);
        emit IMarketExtension.BundleClosed(requester, token, root, bundle.remaining);
    }

    // Balances

    /// @dev See {IJobMarket-deposit}.
    function deposit(address token, uint256 amount) external payable onMarket nonReentrant {
        uint256 received = msg.value;
        if (token == NATIVE) {
            if (amount != msg.value) revert IJobMarket.ValueUnexpected(msg.value);
        } else {
            if (msg.value != 0) revert IJobMarket.ValueUnexpected(msg.value);
            _checkToken(token);
            received = _pull(token, amount);
        }

        _credit(msg.sender, token, received);
        emit IJobMarket.Deposited(msg.sender, token, received);
    }

    /// @dev See {IJobMarket-withdraw}: of tokens.
    function withdraw(address token, uint256 amount, address to) external nonReentrant {
        if (to == address(0)) revert IJobMarket.AddressZero();

        _spend(msg.sender, token, amount, 0);
        emit IJobMarket.Withdrawn(msg.sender, token, to, amount);

        IERC20(token).safeTransfer(to, amount);
    }

    /// @dev See {IMarketExtension-requestWithPermit}.
    function requestWithPermit(JobOrder calldata order, TokenPermit calldata permit)
        external
        nonReentrant
        returns (JobId jobId)
    {
        Job memory job;
        (jobId, job) = _openRequest(order);
        uint256 missing = _missing(order.token, order.maxPrice);
        _escrowRequest(jobId, order, job, missing == 0 ? 0 : _pullWithPermit(order.token, missing, permit));
    }

    /// @dev See {IMarketExtension-depositWithPermit}.
    function depositWithPermit(address token, uint256 amount, TokenPermit calldata permit) external nonReentrant {
        uint256 received = _pullWithPermit(token, amount, permit);

        _credit(msg.sender, token, received);
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

    /// @dev What the caller's free balance lacks of an amount.
    function _missing(address token, uint256 amount) private view returns (uint256) {
        (uint256 free,) = _readBalance(_balances[msg.sender][token]);
        return free < amount ? amount - free : 0;
    }

    /// @dev Asks for an amount of the caller's tokens; returns what arrived. Called before effects, under the re-entrancy lock.
    function _pull(address token, uint256 amount) private returns (uint256 received) {
        if (amount == 0) return 0;
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        return IERC20(token).balanceOf(address(this)) - before;
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
        LowLevelCall.callNoReturn(
            token,
            abi.encodeCall(
                IERC20Permit.permit,
                (
                    msg.sender,
                    address(this),
                    permit.amount,
                    permit.deadline,
                    uint8(signature[64]),
                    bytes32(signature[:32]),
                    bytes32(signature[32:64])
                )
            )
        );
    }
}
