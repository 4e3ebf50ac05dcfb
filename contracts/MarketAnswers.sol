// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {MarketBatches} from "./MarketBatches.sol";
import {IAssurance} from "./interfaces/IAssurance.sol";
import {IInferenceConsumer} from "./interfaces/IInferenceConsumer.sol";
import {IJobMarket} from "./interfaces/IJobMarket.sol";
import {IMarketExtension} from "./interfaces/IMarketExtension.sol";
import {Job, JobId, JobOrder, JobResult, JobState} from "./interfaces/JobTypes.sol";
import {OrderBytes} from "./libraries/OrderBytes.sol";
import {Prices} from "./libraries/Prices.sol";

/// @notice Code of the market's calls that bring or judge answers, but for the one of every job: open race, batches, disputes.
/// @dev See {MarketExtension}, and {MarketBatches} for batches. Each function is described in {IJobMarket} or {IMarketExtension}.
contract MarketAnswers is MarketBatches {
    using Address for address;

    /// @dev See {IJobMarket-submitResult}: for a job whose claim the assurance itself holds.
    function submitResult(JobOrder calldata order, JobResult calldata result) external nonReentrant {
        (JobId jobId, Job memory job) = _jobInState(order, JobState.Claimed);
        _checkTime(job.due);

        IAssurance.Verdict memory verdict = _ask(order, 0, _judgeCall(jobId, order, job.worker, result));
        if (verdict.kind != IAssurance.VerdictKind.Final && verdict.kind != IAssurance.VerdictKind.Pending) {
            revert IJobMarket.EvidenceRejected(jobId);
        }
        _accept(jobId, order, job, verdict, result.outputs);
    }

    /// @dev See {IJobMarket-submitSigned}.
    function submitSigned(JobOrder calldata order, bytes calldata signature, address worker, JobResult calldata result)
        external
        nonReentrant
        returns (JobId jobId)
    {
        if (worker == address(0)) revert IJobMarket.AddressZero();
        _checkAllowed(order, worker);
        Job memory job;
        uint96 price;
        (jobId, job, price) = signature.length == 0 ? _takeRequested(order) : _takeSigned(order, signature);

        IAssurance.Verdict memory verdict = _ask(order, 0, _judgeCall(jobId, order, worker, result));
        if (verdict.kind != IAssurance.VerdictKind.Final || verdict.payees.length != 0) revert IJobMarket.EvidenceRejected(jobId);

        job.worker = worker;
        (job.due, job.state) = (uint40(block.timestamp), JobState.Settled);
        _writeJob(jobId, job);
        OrderBytes.emitAnswered(jobId, worker, result.outputs);
        _credit(worker, order.token, _split(jobId, order, job, price));
        _notifyResult(jobId, order, result.outputs);
    }

    /// @dev See {IJobMarket-finalizeJob}.
    function finalizeJob(JobOrder calldata order, uint256[] calldata outputs) external nonReentrant {
        (JobId jobId, Job memory job) = _jobIfAnswered(order);
        if (job.state == JobState.Answered) _checkTimePassed(job.due);

        IAssurance.Verdict memory verdict =
            _ask(order, 0, OrderBytes.finalizeCall(jobId, order, job.worker, outputs));
        if (verdict.kind == IAssurance.VerdictKind.Rejected) revert IJobMarket.EvidenceRejected(jobId);
        _apply(jobId, order, job, verdict, outputs);
    }

    /// @dev See {IMarketExtension-challengeJob}.
    function challengeJob(JobOrder calldata order, bytes calldata data) external payable onMarket nonReentrant {
        (JobId jobId, Job memory job) = _jobInState(order, JobState.Answered);
        _checkTime(job.due);

        IAssurance.Verdict memory verdict =
            _ask(order, msg.value, OrderBytes.challengeCall(jobId, order, job.worker, msg.sender, data));
        // A challenge brings no outputs to settle with.
        if (verdict.kind == IAssurance.VerdictKind.Rejected || verdict.kind == IAssurance.VerdictKind.Final) {
            revert IJobMarket.EvidenceRejected(jobId);
        }
        _apply(jobId, order, job, verdict, _noOutputs());
    }

    /// @dev See {IMarketExtension-defendJob}.
    function defendJob(JobOrder calldata order, JobResult calldata result) external nonReentrant {
        (JobId jobId, Job memory job) = _jobInState(order, JobState.Challenged);
        _checkTime(job.due);

        bytes memory question = OrderBytes.judgeCall(
            IAssurance.defend.selector, jobId, order, job.worker, _bindingOf(jobId, job.worker), result
        );
        IAssurance.Verdict memory verdict = _ask(order, 0, question);
        if (verdict.kind == IAssurance.VerdictKind.Rejected) revert IJobMarket.EvidenceRejected(jobId);
        _apply(jobId, order, job, verdict, result.outputs);
    }

    // Steps

    /// @dev Takes an answer whose verdict is final or pending.
    function _accept(
        JobId jobId,
        JobOrder calldata order,
        Job memory job,
        IAssurance.Verdict memory verdict,
        uint256[] calldata outputs
    ) internal override {
        OrderBytes.emitAnswered(jobId, job.worker, outputs);
        if (verdict.kind == IAssurance.VerdictKind.Final) _payOut(jobId, order, job, verdict, outputs);
        else _wait(jobId, order, job, verdict.until);
    }

    /// @dev Pays the claimed worker, or the verdict's payees.
    function _payOut(
        JobId jobId,
        JobOrder calldata order,
        Job memory job,
        IAssurance.Verdict memory verdict,
        uint256[] calldata outputs
    ) private {
        uint96 workerShare = _settle(jobId, order, job);
        if (verdict.payees.length == 0) _credit(job.worker, order.token, workerShare);
        else _share(jobId, order.token, workerShare, verdict);
        _notifyResult(jobId, order, outputs);
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
        if (sumBps != Prices.BPS || verdict.sharesBps.length != last + 1) {
            revert IJobMarket.VerdictSharesInvalid(sumBps);
        }
    }

    /// @dev Asks the order's assurance. It is listed by the owner, and the lock is held while it runs.
    function _ask(JobOrder calldata order, uint256 value, bytes memory question)
        private
        returns (IAssurance.Verdict memory verdict)
    {
        return abi.decode(order.assurance.functionCallWithValue(question, value), (IAssurance.Verdict));
    }

    /// @dev An answer was shown to be wrong. `challenger` takes the enforcer's part of the bond.
    function _overturn(JobId jobId, JobOrder calldata order, Job memory job, IAssurance.Verdict memory verdict)
        private
    {
        address challenger = verdict.payees.length == 0 ? msg.sender : verdict.payees[0];
        uint96 bond = _bondOf(order, job.worker);
        emit IMarketExtension.JobOverturned(jobId, job.worker, bond, challenger);
        _slash(order, job.worker, bond, challenger);
        _fail(jobId, order, job, IInferenceConsumer.AttemptError.Overturned);
    }

    /// @dev Takes the price of a requested job out of the escrow, to be paid at once.
    function _takeRequested(JobOrder calldata order) private returns (JobId jobId, Job memory job, uint96 price) {
        (jobId, job) = _jobInState(order, JobState.Requested);
        _checkTime(order.claimDeadline);
        uint96 escrow = Prices.priceOfTick(order, job.priceTick);
        job.priceTick = _openTick(order, job.priceTick);
        price = Prices.priceOfTick(order, job.priceTick);
        _unlock(order.requester, order.token, escrow, escrow - price);
    }

    /// @dev Takes the price of a signed order out of the requester's free balance, to be paid at once.
    function _takeSigned(JobOrder calldata order, bytes calldata signature)
        private
        returns (JobId jobId, Job memory job, uint96 price)
    {
        jobId = _hashOrder(order);
        job.feeBps = _openSigned(jobId, order, signature);
        job.priceTick = Prices.tickAt(order, block.timestamp);
        price = Prices.priceOfTick(order, job.priceTick);
        _spend(order.requester, order.token, price, 0);
    }

    function _jobIfAnswered(JobOrder calldata order) private view returns (JobId jobId, Job memory job) {
        jobId = _hashOrder(order);
        job = _readJob(jobId);
        if (job.state != JobState.Answered && job.state != JobState.Challenged) {
            revert IJobMarket.JobNotInState(jobId, JobState.Answered, job.state);
        }
    }

    /// @dev Moves a job that is Answered or Challenged by a verdict that is not `Rejected`.
    function _apply(
        JobId jobId,
        JobOrder calldata order,
        Job memory job,
        IAssurance.Verdict memory verdict,
        uint256[] calldata outputs
    ) internal override {
        if (verdict.kind == IAssurance.VerdictKind.Final) {
            _payOut(jobId, order, job, verdict, outputs);
        } else if (verdict.kind == IAssurance.VerdictKind.Wrong) {
            _overturn(jobId, order, job, verdict);
        } else {
            _checkUntil(order, verdict.until);
            (job.due, job.state) = (verdict.until, JobState.Challenged);
            _writeJob(jobId, job);
            emit IMarketExtension.JobChallenged(jobId, msg.sender, verdict.until);
        }
    }

    /// @dev An empty array in calldata, for a verdict that reads none.
    function _noOutputs() private pure returns (uint256[] calldata outputs) {
        bytes calldata data = msg.data;
        // Safe: an array of no words anywhere in calldata.
        assembly ("memory-safe") {
            outputs.offset := data.offset
            outputs.length := 0
        }
    }
}
