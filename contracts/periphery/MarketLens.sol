// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {IAssurance} from "../interfaces/IAssurance.sol";
import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {IMarketExtension} from "../interfaces/IMarketExtension.sol";
import {IMarketLens} from "../interfaces/IMarketLens.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IModelStats} from "../interfaces/IModelStats.sol";
import {COMPUTE_ROLE, IWorkerRegistry} from "../interfaces/IWorkerRegistry.sol";
import {Job, JobId, JobOrder, JobResult, JobState} from "../interfaces/JobTypes.sol";
import {Bn254} from "../libraries/Bn254.sol";
import {Prices} from "../libraries/Prices.sol";
import {Signatures} from "../libraries/Signatures.sol";

/// @dev See {IMarketLens}. Each step mirrors the market's of the same purpose; MarketLens.t.sol compares every reason with the market's revert.
contract MarketLens is IMarketLens {
    /// @dev The market's, which are its own business otherwise.
    uint256 private constant MAX_CALLBACK_GAS = 2_000_000;
    uint256 private constant CALLBACK_RESERVE = 50_000;

    IJobMarket public immutable market;
    IModelRegistry public immutable modelRegistry;
    IWorkerRegistry public immutable workerRegistry;
    IModelStats public immutable modelStats;

    constructor(IJobMarket market_, IModelStats modelStats_) {
        market = market_;
        modelRegistry = market_.modelRegistry();
        workerRegistry = market_.workerRegistry();
        modelStats = modelStats_;
    }

    // Preflights

    /// @inheritdoc IMarketLens
    function preflightOrder(JobOrder calldata order) public view returns (Reason reason) {
        reason = _checkTerms(order);
        if (reason == Reason.None) reason = _checkAssurance(order);
        if (reason == Reason.None) reason = _checkModel(order);
        if (reason == Reason.None && market.nonceUsed(order.requester, order.nonce)) reason = Reason.NonceUsed;
    }

    /// @inheritdoc IMarketLens
    function preflightClaim(JobOrder calldata order, address account) public view returns (Reason reason) {
        if (_jobOf(order).state != JobState.Requested) return Reason.WrongState;
        if (market.paused()) return Reason.Paused;
        if (block.timestamp > order.claimDeadline) return Reason.DeadlinePassed;
        return _checkWorker(order, account);
    }

    /// @inheritdoc IMarketLens
    function preflightClaimSigned(JobOrder calldata order, bytes calldata signature, address account)
        external
        view
        returns (Reason reason)
    {
        reason = _checkSigned(order, signature);
        if (reason == Reason.None) reason = _checkWorker(order, account);
    }

    /// @inheritdoc IMarketLens
    function preflightClaimBundled(JobOrder calldata order, bytes32 root, bytes32[] calldata proof, address account)
        external
        view
        returns (Reason reason)
    {
        if (!MerkleProof.verifyCalldata(proof, root, JobId.unwrap(market.hashOrder(order)))) return Reason.NotInBundle;
        IMarketExtension.Bundle memory bundle = market.bundleOf(order.requester, order.token, root);
        if (bundle.deadline == 0) return Reason.BundleUnknown;
        if (block.timestamp > bundle.deadline) return Reason.DeadlinePassed;
        reason = preflightOrder(order);
        if (reason != Reason.None) return reason;
        if (bundle.remaining < _rampPrice(order, block.timestamp)) return Reason.BundleTooSmall;
        return _checkWorker(order, account);
    }

    /// @inheritdoc IMarketLens
    function preflightSubmit(JobOrder calldata order, JobResult calldata result)
        external
        view
        returns (Reason reason)
    {
        Job memory job = _jobOf(order);
        if (job.state != JobState.Claimed) return Reason.WrongState;
        if (block.timestamp > job.due) return Reason.DeadlinePassed;

        IAssurance.Verdict memory verdict;
        (reason, verdict) = _judge(order, job.worker, result);
        if (reason != Reason.None) return reason;
        if (verdict.kind == IAssurance.VerdictKind.Pending && verdict.until > order.finalDeadline) {
            return Reason.VerdictTooLate;
        }
        if (verdict.kind != IAssurance.VerdictKind.Final && verdict.kind != IAssurance.VerdictKind.Pending) {
            return Reason.EvidenceRejected;
        }
    }

    /// @inheritdoc IMarketLens
    function preflightSubmitSigned(
        JobOrder calldata order,
        bytes calldata signature,
        address worker,
        JobResult calldata result
    ) external view returns (Reason reason) {
        if (worker == address(0)) return Reason.WorkerMissing;
        if (order.allowedWorker != address(0) && order.allowedWorker != worker) return Reason.NotAllowedWorker;
        reason = signature.length == 0 ? _checkRequested(order) : _checkSigned(order, signature);
        if (reason != Reason.None) return reason;

        IAssurance.Verdict memory verdict;
        (reason, verdict) = _judge(order, worker, result);
        if (reason != Reason.None) return reason;
        if (verdict.kind != IAssurance.VerdictKind.Final || verdict.payees.length != 0) return Reason.EvidenceRejected;
    }

    // Worth

    /// @inheritdoc IMarketLens
    function callbackGasNeeded(JobOrder calldata order) external pure returns (uint256 gas) {
        if (order.callback == address(0)) return 0;
        return (order.callbackGas + CALLBACK_RESERVE) * 64 / 63 + 1;
    }

    /// @inheritdoc IMarketLens
    function quote(JobOrder calldata order, uint256 timestamp) external view returns (Quote memory quoted) {
        (quoted.price, quoted.workerShare, quoted.royalty, quoted.fee) = _splitAt(order, timestamp);
        quoted.recent = modelStats.summaryOf(order.modelId, order.token);
    }

    /// @inheritdoc IMarketLens
    function breakEvenGasPrice(JobOrder calldata order, uint256 timestamp, uint256 gas)
        external
        view
        returns (uint256 gasPrice)
    {
        if (order.token != address(0) || gas == 0) return 0;
        (, uint96 workerShare,,) = _splitAt(order, timestamp);
        return workerShare / gas;
    }

    /// @inheritdoc IMarketLens
    function inspectJobs(JobOrder[] calldata orders, address account) external view returns (JobView[] memory views) {
        views = new JobView[](orders.length);
        for (uint256 i = 0; i < orders.length; ++i) {
            Job memory job = _jobOf(orders[i]);
            views[i] = JobView({
                jobId: market.hashOrder(orders[i]),
                state: job.state,
                reason: preflightClaim(orders[i], account),
                price: _priceAt(orders[i], job, block.timestamp)
            });
        }
    }

    // Steps

    /// @dev What the market checks first, in one go, of an order that leaves None.
    function _checkTerms(JobOrder calldata order) private view returns (Reason reason) {
        if (market.paused()) return Reason.Paused;
        if (market.feeBps() > order.maxFeeBps) return Reason.FeeAboveOrder;
        if (order.minPrice > order.maxPrice) return Reason.PriceRangeInverted;
        if (
            block.timestamp > order.claimDeadline || order.proveSeconds == 0
                || uint256(order.claimDeadline) + order.proveSeconds > order.finalDeadline
        ) return Reason.DeadlinesInvalid;
        if (order.inputCommitment >= Bn254.SCALAR_ORDER) return Reason.InputCommitmentOutOfField;
        if ((order.callback == address(0)) != (order.callbackGas == 0) || order.callbackGas > MAX_CALLBACK_GAS) {
            return Reason.CallbackUnsupported;
        }
        if (order.token != address(0) && !market.tokenAllowed(order.token)) return Reason.TokenNotAllowed;
    }

    function _checkAssurance(JobOrder calldata order) private view returns (Reason reason) {
        IJobMarket.AssuranceListing listing = market.assuranceListing(order.assurance);
        if (listing == IJobMarket.AssuranceListing.None) return Reason.AssuranceNotListed;
        if (listing == IJobMarket.AssuranceListing.WithoutTerms) {
            return order.assuranceData.length == 0 ? Reason.None : Reason.AssuranceDataUnexpected;
        }
        (bool accepted,) = order.assurance.staticcall(abi.encodeCall(IAssurance.checkTerms, (order)));
        return accepted ? Reason.None : Reason.TermsRefused;
    }

    function _checkModel(JobOrder calldata order) private view returns (Reason reason) {
        try modelRegistry.orderTermsOf(order.modelId) returns (
            uint96 floorPrice, uint16 contributions, bool deprecated
        ) {
            if (deprecated) return Reason.ModelDeprecated;
            if (contributions < order.minContributions) return Reason.ContributionsTooFew;
            uint96 needed = order.token == address(0) && floorPrice > 1 ? floorPrice : 1;
            return order.minPrice < needed ? Reason.PriceTooLow : Reason.None;
        } catch {
            return Reason.ModelUnknown;
        }
    }

    function _checkSigned(JobOrder calldata order, bytes calldata signature) private view returns (Reason reason) {
        if (!Signatures.isSignedBy(order.requester, JobId.unwrap(market.hashOrder(order)), signature)) {
            return Reason.SignatureInvalid;
        }
        reason = preflightOrder(order);
        if (reason != Reason.None) return reason;
        (uint256 free,) = market.balanceOf(order.requester, order.token);
        return free < _rampPrice(order, block.timestamp) ? Reason.BalanceTooLow : Reason.None;
    }

    function _checkRequested(JobOrder calldata order) private view returns (Reason reason) {
        if (_jobOf(order).state != JobState.Requested) return Reason.WrongState;
        return block.timestamp > order.claimDeadline ? Reason.DeadlinePassed : Reason.None;
    }

    /// @dev An assurance that claims for workers of its own needs no registration and no bond.
    function _checkWorker(JobOrder calldata order, address account) private view returns (Reason reason) {
        address worker = account;
        if (account != order.assurance) {
            try workerRegistry.operatorOf(account) returns (address operator) {
                worker = operator;
            } catch (bytes memory refusal) {
                bool revoked = bytes4(refusal) == IWorkerRegistry.SignerRevoked.selector;
                return revoked ? Reason.SignerRevoked : Reason.WorkerUnknown;
            }
            IWorkerRegistry.Worker memory record = workerRegistry.workerOf(worker);
            if (record.roles & COMPUTE_ROLE == 0) return Reason.RoleMissing;
            if (uint256(record.free) + record.bonded < workerRegistry.minStake()) return Reason.StakeTooLow;
            if (record.free < order.bond) return Reason.BondTooHigh;
        }
        if (order.allowedWorker != address(0) && order.allowedWorker != worker) return Reason.NotAllowedWorker;
    }

    /// @dev A static call: an assurance that keeps something of what it judges, or hears the market only, gives no answer here.
    function _judge(JobOrder calldata order, address worker, JobResult calldata result)
        private
        view
        returns (Reason reason, IAssurance.Verdict memory verdict)
    {
        JobId jobId = market.hashOrder(order);
        bytes memory question =
            abi.encodeCall(IAssurance.judge, (jobId, order, worker, market.bindingOf(jobId, worker), result));
        (bool answered, bytes memory answer) = order.assurance.staticcall(question);
        if (!answered) return (Reason.EvidenceUnjudged, verdict);
        return (Reason.None, abi.decode(answer, (IAssurance.Verdict)));
    }

    function _jobOf(JobOrder calldata order) private view returns (Job memory job) {
        return market.jobOf(market.hashOrder(order));
    }

    function _rampPrice(JobOrder calldata order, uint256 timestamp) private pure returns (uint96 price) {
        return Prices.priceOfTick(order, Prices.tickAt(order, timestamp));
    }

    /// @dev Price of a claim at a time; of a job that was claimed or has ended, the price that it had.
    function _priceAt(JobOrder calldata order, Job memory job, uint256 timestamp) private pure returns (uint96 price) {
        if (job.state == JobState.None) return _rampPrice(order, timestamp);
        uint32 tick = job.priceTick;
        if (job.state == JobState.Requested) {
            uint32 reached = Prices.tickAt(order, timestamp);
            if (reached < tick) tick = reached;
        }
        return Prices.priceOfTick(order, tick);
    }

    function _splitAt(JobOrder calldata order, uint256 timestamp)
        private
        view
        returns (uint96 price, uint96 workerShare, uint96 royalty, uint96 fee)
    {
        Job memory job = _jobOf(order);
        price = _priceAt(order, job, timestamp);
        (, uint16 royaltyBps) = modelRegistry.royaltyOf(order.modelId);
        uint16 feeBps = job.state == JobState.None ? market.feeBps() : job.feeBps;
        (workerShare, royalty, fee) = Prices.split(price, royaltyBps, feeBps);
    }
}
