// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketExtension} from "./MarketExtension.sol";
import {BatchVerdict, IAssurance} from "./interfaces/IAssurance.sol";
import {IJobMarket} from "./interfaces/IJobMarket.sol";
import {Job, JobId, JobOrder, JobState, ModelId, SkipReason, Submission} from "./interfaces/JobTypes.sol";
import {BatchVerdicts} from "./libraries/BatchVerdicts.sol";
import {CaseList} from "./libraries/CaseList.sol";
import {JobSlot} from "./libraries/JobSlot.sol";
import {OrderBytes} from "./libraries/OrderBytes.sol";
import {OrderWords} from "./libraries/OrderWords.sol";
import {Prices} from "./libraries/Prices.sol";

/// @notice The part of {MarketAnswers} that settles many jobs in one call.
/// @dev A batch does what the same calls do one by one, in the order of its entries, but for the callbacks, which come after all money of their run.
abstract contract MarketBatches is MarketExtension {
    using BatchVerdicts for BatchVerdict;
    using CaseList for CaseList.List;
    using JobSlot for uint256;
    using OrderWords for JobOrder;

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
        uint256 bond;
        address requester;
        uint256 paid;
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
            if (!told[i]) continue;
            _notifyResult(_hashOrder(entries[i].order), entries[i].order, entries[i].result.outputs);
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
        CaseList.List memory cases = CaseList.start(entries, entries.length - start);
        address assurance = entries[start].order.assurance;
        for (next = start; next < entries.length; ++next) {
            Submission calldata entry = entries[next];
            JobOrder calldata order = entry.order;
            if (order.assurance != assurance) break;
            JobId jobId = _hashOrder(order);
            uint256 slot = _jobs[jobId];
            if (!slot.isClaimed()) {
                emit IJobMarket.EntrySkipped(jobId, next, SkipReason.WrongState);
                continue;
            }
            // Set below: this job stands in the run already, and what becomes of that entry decides about this one.
            if (slot.dueOf() == 0) break;
            if (block.timestamp > slot.dueOf()) {
                emit IJobMarket.EntrySkipped(jobId, next, SkipReason.WrongTime);
                continue;
            }
            address worker = slot.workerOf();
            if (worker == assurance) {
                if (cases.count != 0) break;
                _submitAlone(next, jobId, entry);
                continue;
            }
            _jobs[jobId] = slot.withoutDue();
            cases.push(next, jobId, worker, _bindingOf(jobId, worker));
            cases.note(slot, order, entry.result.outputs);
        }
        if (cases.count != 0) _settleRun(cases, assurance, cases.finish(entries));
    }

    /// @dev Has the cases of a run judged, and does as the verdicts say.
    function _settleRun(CaseList.List memory cases, address assurance, bytes memory question) private {
        // An assurance that fails must not stop the batch.
        // solhint-disable-next-line avoid-low-level-calls
        (bool answered, bytes memory answer) = assurance.call(question);
        BatchVerdict[] memory verdicts;
        if (answered) verdicts = abi.decode(answer, (BatchVerdict[]));
        if (verdicts.length != cases.count) (answered, verdicts) = (false, new BatchVerdict[](cases.count));

        Tally memory tally;
        bool told = false;
        for (uint256 i = 0; i < verdicts.length; ++i) {
            if (_settleCase(cases, i, answered, verdicts[i], tally)) told = true;
        }
        _pay(tally);
        if (!told) return;
        for (uint256 i = 0; i < verdicts.length; ++i) {
            if (verdicts[i].kind() != uint8(IAssurance.VerdictKind.Final)) continue;
            (, JobId jobId) = cases.caseAt(i);
            (, JobOrder calldata order, uint256[] calldata outputs) = cases.noteAt(i);
            _notifyResult(jobId, order, outputs);
        }
    }

    /// @dev Returns whether the order's callback is to be told.
    function _settleCase(
        CaseList.List memory cases,
        uint256 position,
        bool answered,
        BatchVerdict verdict,
        Tally memory tally
    ) private returns (bool told) {
        (uint256 index, JobId jobId) = cases.caseAt(position);
        (uint256 slot, JobOrder calldata order, uint256[] calldata outputs) = cases.noteAt(position);
        if (verdict.kind() == uint8(IAssurance.VerdictKind.Final)) {
            emit IJobMarket.JobAnswered(jobId, slot.workerOf(), outputs);
            _settleInto(tally, jobId, order, slot);
            return order.callbackOf() != address(0);
        }
        SkipReason reason = _skipReason(order, answered, verdict);
        if (reason == SkipReason.None) {
            emit IJobMarket.JobAnswered(jobId, slot.workerOf(), outputs);
            _wait(jobId, order, JobSlot.unpack(slot), verdict.until());
        } else {
            _jobs[jobId] = slot;
            emit IJobMarket.EntrySkipped(jobId, index, reason);
        }
    }

    /// @dev An entry whose claim the assurance itself holds: its verdict may name payees.
    function _submitAlone(uint256 index, JobId jobId, Submission calldata entry) private {
        JobOrder calldata order = entry.order;
        Job memory job = _readJob(jobId);
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
            _settleInto(tally, jobId, order, JobSlot.pack(job));
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
        if (verdict.kind() == uint8(IAssurance.VerdictKind.Final)) return SkipReason.None;
        if (verdict.kind() != uint8(IAssurance.VerdictKind.Pending)) return SkipReason.EvidenceRejected;
        return verdict.until() > order.finalDeadline ? SkipReason.AssuranceFailed : SkipReason.None;
    }

    // Money

    /// @dev Ends a job that its claimed worker answered, as {_settle} does, with its money in the tally.
    function _settleInto(Tally memory tally, JobId jobId, JobOrder calldata order, uint256 slot) private {
        address worker = slot.workerOf();
        _turnTo(tally, order, worker);
        uint96 price = Prices.priceOfTick(order, slot.priceTickOf());
        (uint96 workerShare, uint96 royalty, uint96 fee) = Prices.split(price, tally.royaltyBps, slot.feeBpsOf());
        // Safe: each is a sum of less than 2^96 numbers below 2^96.
        unchecked {
            tally.paid += price;
            tally.workerShare += workerShare;
            tally.royalty += royalty;
            tally.fee += fee;
            tally.bond += order.bondOf();
        }
        _jobs[jobId] = slot.settled();
        emit IJobMarket.JobSettled(jobId, worker, workerShare, royalty, fee);
    }

    /// @dev Makes the tally one of this order's accounts, after paying out what it holds for others.
    function _turnTo(Tally memory tally, JobOrder calldata order, address worker) private {
        (address token, ModelId modelId, address requester) = (order.tokenOf(), order.modelIdOf(), order.requesterOf());
        if (
            tally.worker != worker || tally.token != token
                || ModelId.unwrap(tally.modelId) != ModelId.unwrap(modelId)
        ) {
            _pay(tally);
            (tally.worker, tally.token, tally.modelId) = (worker, token, modelId);
            (tally.owner, tally.royaltyBps) = _modelRegistry().royaltyOf(modelId);
        }
        if (tally.requester != requester) {
            _takePaid(tally);
            tally.requester = requester;
        }
    }

    /// @dev Moves what the tally holds, and empties it.
    function _pay(Tally memory tally) private {
        _takePaid(tally);
        _credit(tally.owner, tally.token, tally.royalty);
        _credit(_treasury(), tally.token, tally.fee);
        _credit(tally.worker, tally.token, tally.workerShare);
        // Narrowing is safe: bonds that are locked are in sum a part of a uint96.
        if (tally.bond != 0) _workerRegistry().releaseBond(tally.worker, uint96(tally.bond));
        (tally.royalty, tally.fee, tally.workerShare, tally.bond) = (0, 0, 0, 0);
    }

    /// @dev Takes what one requester pays out of its escrow.
    function _takePaid(Tally memory tally) private {
        if (tally.paid == 0) return;
        _unlock(tally.requester, tally.token, tally.paid, 0);
        tally.paid = 0;
    }
}
