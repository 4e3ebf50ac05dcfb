// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketExtension} from "./MarketExtension.sol";
import {BatchVerdict, IAssurance} from "./interfaces/IAssurance.sol";
import {IJobMarket} from "./interfaces/IJobMarket.sol";
import {
    Job, JobId, JobOrder, JobResult, JobState, ModelId, SkipReason, Submission
} from "./interfaces/JobTypes.sol";
import {BatchVerdicts} from "./libraries/BatchVerdicts.sol";
import {CaseList} from "./libraries/CaseList.sol";
import {JobSlot} from "./libraries/JobSlot.sol";
import {OrderBytes} from "./libraries/OrderBytes.sol";
import {Prices} from "./libraries/Prices.sol";

/// @notice The part of {MarketAnswers} that settles many jobs in one call.
/// @dev A batch does what the same calls do one by one, in the order of its entries, but for the callbacks, which come after all money of their run.
abstract contract MarketBatches is MarketExtension {
    using BatchVerdicts for BatchVerdict;
    using CaseList for bytes;

    /// @dev What settled entries move, gathered so that an account is written once for all entries in a row that share it.
    struct Tally {
        address token;
        address worker;
        ModelId modelId;
        address owner;
        uint256 royaltyBps;
        uint256 workerShare;
        uint256 royalty;
        uint256 fee;
        uint96 bond;
        address requester;
        uint256 paid;
    }

    /// @dev Entries of one assurance that are judged in one call.
    struct Run {
        bytes cases;
        /// @dev Slots of the cases' jobs as they were.
        uint256[] slots;
        BatchVerdict[] verdicts;
        bool answered;
        bool told;
    }

    /// @dev See {IJobMarket-submitResults}.
    function submitResults(Submission[] calldata entries) external nonReentrant {
        for (uint256 next = 0; next < entries.length;) {
            next = _submitRun(entries, next);
        }
    }

    /// @dev See {IJobMarket-finalizeJobs}.
    function finalizeJobs(Submission[] calldata entries) external nonReentrant {
        Tally memory tally;
        bool[] memory told = new bool[](entries.length);
        for (uint256 i = 0; i < entries.length; ++i) {
            Submission calldata entry = entries[i];
            JobId jobId = _hashOrder(entry.order);
            SkipReason reason;
            (reason, told[i]) = _finalizeEntry(tally, jobId, entry.order, entry.result.outputs);
            if (reason != SkipReason.None) emit IJobMarket.EntrySkipped(jobId, i, reason);
        }
        _pay(tally);
        for (uint256 i = 0; i < entries.length; ++i) {
            if (told[i]) _notifyResult(_hashOrder(entries[i].order), entries[i].order, entries[i].result.outputs);
        }
    }

    // What {MarketAnswers} does with one job

    function _accept(
        JobId jobId,
        JobOrder calldata order,
        Job memory job,
        IAssurance.Verdict memory verdict,
        uint256[] calldata outputs
    ) internal virtual;

    function _apply(
        JobId jobId,
        JobOrder calldata order,
        Job memory job,
        IAssurance.Verdict memory verdict,
        uint256[] calldata outputs
    ) internal virtual;

    // Runs

    /// @dev Entries from `start` on, as far as one call can judge them. Returns where the next run starts.
    function _submitRun(Submission[] calldata entries, uint256 start) private returns (uint256 next) {
        Run memory run;
        (run.cases, run.slots) = (CaseList.start(entries.length - start), new uint256[](entries.length - start));
        address assurance = entries[start].order.assurance;
        uint256 count = 0;
        for (next = start; next < entries.length; ++next) {
            JobOrder calldata order = entries[next].order;
            if (order.assurance != assurance) break;
            JobId jobId = _hashOrder(order);
            uint256 slot = _jobs[jobId];
            Job memory job = JobSlot.unpack(slot);
            if (job.state != JobState.Claimed) {
                emit IJobMarket.EntrySkipped(jobId, next, SkipReason.WrongState);
                continue;
            }
            // Set below: this job stands in the run already, and what becomes of that entry decides about this one.
            if (job.due == 0) break;
            if (block.timestamp > job.due) {
                emit IJobMarket.EntrySkipped(jobId, next, SkipReason.WrongTime);
                continue;
            }
            if (job.worker == assurance) {
                if (count != 0) break;
                _submitAlone(next, jobId, job, entries[next]);
                continue;
            }
            _jobs[jobId] = JobSlot.withoutDue(slot);
            run.slots[count++] = slot;
            run.cases.push(next, jobId, job.worker, _bindingOf(jobId, job.worker));
        }
        if (count != 0) _settleRun(entries, run, assurance, count);
    }

    /// @dev Judges the cases of a run and does as the verdicts say.
    function _settleRun(Submission[] calldata entries, Run memory run, address assurance, uint256 count) private {
        // An assurance that fails must not stop the batch.
        bytes memory answer;
        // solhint-disable-next-line avoid-low-level-calls
        (run.answered, answer) = assurance.call(run.cases.finish(entries));
        if (run.answered) run.verdicts = abi.decode(answer, (BatchVerdict[]));
        if (run.verdicts.length != count) (run.answered, run.verdicts) = (false, new BatchVerdict[](count));

        Tally memory tally;
        for (uint256 i = 0; i < count; ++i) {
            _settleCase(entries, run, i, tally);
        }
        _pay(tally);
        if (!run.told) return;
        for (uint256 i = 0; i < count; ++i) {
            if (!run.verdicts[i].isKind(IAssurance.VerdictKind.Final)) continue;
            (uint256 index, JobId jobId) = run.cases.caseAt(i);
            _notifyResult(jobId, entries[index].order, entries[index].result.outputs);
        }
    }

    function _settleCase(Submission[] calldata entries, Run memory run, uint256 position, Tally memory tally) private {
        (uint256 index, JobId jobId) = run.cases.caseAt(position);
        Submission calldata entry = entries[index];
        JobOrder calldata order = entry.order;
        uint256 slot = run.slots[position];
        BatchVerdict verdict = run.verdicts[position];
        SkipReason reason = _skipReason(order, run.answered, verdict);
        if (reason != SkipReason.None) {
            _jobs[jobId] = slot;
            emit IJobMarket.EntrySkipped(jobId, index, reason);
            return;
        }
        Job memory job = JobSlot.unpack(slot);
        emit IJobMarket.JobAnswered(jobId, job.worker, entry.result.outputs);
        if (!verdict.isKind(IAssurance.VerdictKind.Final)) {
            _wait(jobId, order, job, verdict.until());
            return;
        }
        _settleInto(tally, jobId, order, job);
        if (order.callback != address(0)) run.told = true;
    }

    /// @dev An entry whose claim the assurance itself holds: its verdict may name payees.
    function _submitAlone(uint256 index, JobId jobId, Job memory job, Submission calldata entry) private {
        JobOrder calldata order = entry.order;
        // An assurance that fails must not stop the batch.
        (bool answered, bytes memory answer) =
            // solhint-disable-next-line avoid-low-level-calls
            order.assurance.call(_judgeCall(jobId, order, job.worker, entry.result));
        IAssurance.Verdict memory verdict;
        if (answered) verdict = abi.decode(answer, (IAssurance.Verdict));
        SkipReason reason = _skipReason(order, answered, BatchVerdicts.wrap(verdict));
        if (reason == SkipReason.None) _accept(jobId, order, job, verdict, entry.result.outputs);
        else emit IJobMarket.EntrySkipped(jobId, index, reason);
    }

    function _finalizeEntry(Tally memory tally, JobId jobId, JobOrder calldata order, uint256[] calldata outputs)
        private
        returns (SkipReason reason, bool told)
    {
        Job memory job = _readJob(jobId);
        if (job.state != JobState.Answered && job.state != JobState.Challenged) return (SkipReason.WrongState, false);
        if (job.state == JobState.Answered && block.timestamp <= job.due) return (SkipReason.WrongTime, false);

        // An assurance that fails must not stop the batch.
        (bool answered, bytes memory answer) =
            // solhint-disable-next-line avoid-low-level-calls
            order.assurance.call(OrderBytes.finalizeCall(jobId, order, job.worker, outputs));
        if (!answered) return (SkipReason.AssuranceFailed, false);
        IAssurance.Verdict memory verdict = abi.decode(answer, (IAssurance.Verdict));
        if (verdict.kind == IAssurance.VerdictKind.Rejected) return (SkipReason.EvidenceRejected, false);
        if (verdict.kind == IAssurance.VerdictKind.Pending && verdict.until > order.finalDeadline) {
            return (SkipReason.AssuranceFailed, false);
        }
        if (verdict.kind == IAssurance.VerdictKind.Final && verdict.payees.length == 0 && job.worker != order.assurance) {
            _settleInto(tally, jobId, order, job);
            return (SkipReason.None, order.callback != address(0));
        }
        // It moves money of its own.
        _pay(tally);
        _apply(jobId, order, job, verdict, outputs);
    }

    function _skipReason(JobOrder calldata order, bool answered, BatchVerdict verdict)
        private
        pure
        returns (SkipReason reason)
    {
        if (!answered) return SkipReason.AssuranceFailed;
        if (verdict.isKind(IAssurance.VerdictKind.Final)) return SkipReason.None;
        if (!verdict.isKind(IAssurance.VerdictKind.Pending)) return SkipReason.EvidenceRejected;
        return verdict.until() > order.finalDeadline ? SkipReason.AssuranceFailed : SkipReason.None;
    }

    // Money

    /// @dev Ends a job that its claimed worker answered, as {_settle} does, with its money in the tally.
    function _settleInto(Tally memory tally, JobId jobId, JobOrder calldata order, Job memory job) private {
        if (
            tally.worker != job.worker || tally.token != order.token
                || ModelId.unwrap(tally.modelId) != ModelId.unwrap(order.modelId)
        ) {
            _pay(tally);
            (tally.worker, tally.token, tally.modelId) = (job.worker, order.token, order.modelId);
            (tally.owner, tally.royaltyBps) = _modelRegistry().royaltyOf(order.modelId);
        }
        if (tally.requester != order.requester) {
            _takePaid(tally);
            tally.requester = order.requester;
        }

        uint96 price = Prices.priceOfTick(order, job.priceTick);
        (uint96 workerShare, uint96 royalty, uint96 fee) = Prices.split(price, tally.royaltyBps, job.feeBps);
        tally.paid += price;
        tally.workerShare += workerShare;
        tally.royalty += royalty;
        tally.fee += fee;
        tally.bond += order.bond;
        job.state = JobState.Settled;
        _writeJob(jobId, job);
        emit IJobMarket.JobSettled(jobId, job.worker, workerShare, royalty, fee);
    }

    /// @dev Moves what the tally holds, and empties it.
    function _pay(Tally memory tally) private {
        _takePaid(tally);
        _credit(tally.owner, tally.token, tally.royalty);
        _credit(_treasury(), tally.token, tally.fee);
        _credit(tally.worker, tally.token, tally.workerShare);
        if (tally.bond != 0) _workerRegistry().releaseBond(tally.worker, tally.bond);
        (tally.royalty, tally.fee, tally.workerShare, tally.bond) = (0, 0, 0, 0);
    }

    /// @dev Takes what one requester pays out of its escrow.
    function _takePaid(Tally memory tally) private {
        if (tally.paid == 0) return;
        _unlock(tally.requester, tally.token, tally.paid, 0);
        tally.paid = 0;
    }
}
