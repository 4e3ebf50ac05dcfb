// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";

import {MarketExtension} from "./MarketExtension.sol";
import {BatchVerdict, IAssurance} from "./interfaces/IAssurance.sol";
import {IJobMarket} from "./interfaces/IJobMarket.sol";
import {
    Job,
    JobId,
    JobOrder,
    JobResult,
    JobState,
    ModelId,
    SkipReason,
    StoredJob,
    Submission
} from "./interfaces/JobTypes.sol";
import {BatchVerdicts} from "./libraries/BatchVerdicts.sol";
import {CaseList} from "./libraries/CaseList.sol";
import {Entries} from "./libraries/Entries.sol";
import {JobSlot} from "./libraries/JobSlot.sol";
import {OrderBytes} from "./libraries/OrderBytes.sol";
import {OrderHash} from "./libraries/OrderHash.sol";
import {OrderWords} from "./libraries/OrderWords.sol";
import {Tallies} from "./libraries/Tallies.sol";

/// @notice The part of {MarketAnswers} that settles many jobs in one call.
/// @dev A batch does what the same calls do one by one, in the order of its entries, but for the callbacks, which come after all money of their run.
abstract contract MarketBatches is MarketExtension {
    using BatchVerdicts for BatchVerdict;
    using BatchVerdicts for bytes;
    using CaseList for CaseList.List;
    using Entries for JobResult;
    using Entries for Submission[];
    using JobSlot for uint256;
    using OrderWords for JobOrder;
    using Tallies for Tallies.Tally;

    /// @dev See {IJobMarket-submitResults}.
    function submitResults(Submission[] calldata entries) external nonReentrant {
        for (uint256 next = 0; next < entries.length;) {
            next = _submitRun(entries, next);
        }
    }

    /// @dev See {IJobMarket-finalizeJobs}.
    function finalizeJobs(Submission[] calldata entries) external nonReentrant {
        Tallies.Tally memory tally;
        bool[] memory told = new bool[](entries.length);
        for (uint256 i = 0; i < entries.length; ++i) {
            (JobOrder calldata order, JobResult calldata result) = entries.entryAt(i);
            JobId jobId = _hashOrder(order);
            SkipReason reason;
            (reason, told[i]) = _finalizeEntry(tally, jobId, order, result.outputsOf());
            if (reason != SkipReason.None) emit IJobMarket.EntrySkipped(jobId, i, reason);
        }
        _pay(tally);
        for (uint256 i = 0; i < entries.length; ++i) {
            if (!told[i]) continue;
            (JobOrder calldata order, JobResult calldata result) = entries.entryAt(i);
            _notifyResult(_hashOrder(order), order, result.outputsOf());
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
        (JobOrder calldata order, JobResult calldata result) = entries.entryAt(start);
        (address assurance, bytes32 domain) = (order.assuranceOf(), _domainSeparator());
        for (next = start; next < entries.length; ++next) {
            (order, result) = entries.entryAt(next);
            if (order.assuranceOf() != assurance) break;
            JobId jobId = OrderHash.digest(order, domain);
            StoredJob storage job = _jobs[jobId];
            uint256 slot = job.word;
            if (slot.stateOf() != uint8(JobState.Claimed)) {
                emit IJobMarket.EntrySkipped(jobId, next, SkipReason.WrongState);
                continue;
            }
            if (block.timestamp > slot.dueOf()) {
                // Set below: this job stands in the run already, and what becomes of that entry decides about this one.
                if (slot.dueOf() == 0) break;
                emit IJobMarket.EntrySkipped(jobId, next, SkipReason.WrongTime);
                continue;
            }
            if (slot.workerOf() == assurance) {
                if (cases.count != 0) break;
                _submitAlone(next, jobId, order, result);
                continue;
            }
            job.word = slot.withoutDue();
            cases.note(job, slot, order, result);
            cases.push(next, jobId, slot.workerOf(), _bindingOf(jobId, slot.workerOf()));
        }
        if (cases.count != 0) _settleRun(cases, assurance, cases.finish(entries));
    }

    /// @dev Has the cases of a run judged, and does as the verdicts say.
    function _settleRun(CaseList.List memory cases, address assurance, bytes memory question) private {
        // An assurance that fails must not stop the batch.
        bool answered = LowLevelCall.callNoReturn(assurance, question);
        bytes memory answer = LowLevelCall.returnData();
        uint256 count = cases.count;
        if (!answered || !answer.areVerdicts(count)) {
            for (uint256 i = 0; i < count; ++i) {
                _skipCase(cases, i, SkipReason.AssuranceFailed);
            }
            return;
        }

        Tallies.Tally memory tally;
        for (uint256 i = 0; i < count; ++i) {
            _settleCase(cases, i, answer.verdictAt(i), tally);
        }
        _pay(tally);
        if (!tally.told) return;
        for (uint256 i = 0; i < count; ++i) {
            if (answer.verdictAt(i).kind() != uint8(IAssurance.VerdictKind.Final)) continue;
            (, JobId jobId) = cases.caseAt(i);
            (,, JobOrder calldata order, JobResult calldata result) = cases.noteAt(i);
            _notifyResult(jobId, order, result.outputsOf());
        }
    }

    function _settleCase(
        CaseList.List memory cases,
        uint256 position,
        BatchVerdict verdict,
        Tallies.Tally memory tally
    ) private {
        (, JobId jobId) = cases.caseAt(position);
        (StoredJob storage job, uint256 slot, JobOrder calldata order, JobResult calldata result) = cases.noteAt(position);
        if (verdict.kind() == uint8(IAssurance.VerdictKind.Final)) {
            OrderBytes.emitAnswered(jobId, slot.workerOf(), result.outputsOf());
            _settleInto(tally, jobId, order, job, slot);
            if (order.callbackOf() != address(0)) tally.told = true;
            return;
        }
        SkipReason reason = _skipReason(order, true, verdict);
        if (reason != SkipReason.None) {
            _skipCase(cases, position, reason);
            return;
        }
        OrderBytes.emitAnswered(jobId, slot.workerOf(), result.outputsOf());
        _wait(jobId, order, JobSlot.unpack(slot), verdict.until());
    }

    /// @dev Leaves a job as it was.
    function _skipCase(CaseList.List memory cases, uint256 position, SkipReason reason) private {
        (uint256 index, JobId jobId) = cases.caseAt(position);
        (StoredJob storage job, uint256 slot,,) = cases.noteAt(position);
        job.word = slot;
        emit IJobMarket.EntrySkipped(jobId, index, reason);
    }

    /// @dev An entry whose claim the assurance itself holds: its verdict may name payees.
    function _submitAlone(uint256 index, JobId jobId, JobOrder calldata order, JobResult calldata result) private {
        Job memory job = _readJob(jobId);
        // An assurance that fails must not stop the batch.
        bool answered = LowLevelCall.callNoReturn(order.assuranceOf(), _judgeCall(jobId, order, job.worker, result));
        IAssurance.Verdict memory verdict;
        if (answered) verdict = abi.decode(LowLevelCall.returnData(), (IAssurance.Verdict));
        SkipReason reason = _skipReason(order, answered, BatchVerdicts.wrap(verdict));
        if (reason == SkipReason.None) _accept(jobId, order, job, verdict, result.outputs);
        else emit IJobMarket.EntrySkipped(jobId, index, reason);
    }

    function _finalizeEntry(Tallies.Tally memory tally, JobId jobId, JobOrder calldata order, uint256[] calldata outputs)
        private
        returns (SkipReason reason, bool told)
    {
        StoredJob storage job = _jobs[jobId];
        uint256 slot = job.word;
        if (slot.stateOf() == uint8(JobState.Answered)) {
            if (block.timestamp <= slot.dueOf()) return (SkipReason.WrongTime, false);
        } else if (slot.stateOf() != uint8(JobState.Challenged)) {
            return (SkipReason.WrongState, false);
        }

        // An assurance that fails must not stop the batch.
        bytes memory question = OrderBytes.finalizeCall(jobId, order, slot.workerOf(), outputs);
        if (!LowLevelCall.callNoReturn(order.assuranceOf(), question)) return (SkipReason.AssuranceFailed, false);
        bytes memory answer = LowLevelCall.returnData();
        (, IAssurance.VerdictKind kind, uint40 until) = abi.decode(answer, (uint256, IAssurance.VerdictKind, uint40));
        if (kind == IAssurance.VerdictKind.Rejected) return (SkipReason.EvidenceRejected, false);
        if (kind == IAssurance.VerdictKind.Pending && until > order.finalDeadline) {
            return (SkipReason.AssuranceFailed, false);
        }
        if (
            kind == IAssurance.VerdictKind.Final && answer.length == BatchVerdicts.NAMELESS_LENGTH
                && slot.workerOf() != order.assuranceOf()
        ) {
            _settleInto(tally, jobId, order, job, slot);
            return (SkipReason.None, order.callbackOf() != address(0));
        }
        // It moves money of its own.
        _pay(tally);
        _apply(jobId, order, JobSlot.unpack(slot), abi.decode(answer, (IAssurance.Verdict)), outputs);
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
    function _settleInto(
        Tallies.Tally memory tally,
        JobId jobId,
        JobOrder calldata order,
        StoredJob storage job,
        uint256 slot
    ) private {
        if (!tally.isLike(order, slot)) _turnTo(tally, order, slot);
        // Safe: one for each entry.
        unchecked {
            ++tally.count;
        }
        job.word = slot.settled();
        OrderBytes.emitSettled(jobId, slot.workerOf(), tally.shares);
    }

    /// @dev Makes the tally one of this order's accounts and price, after paying out what it holds for others.
    function _turnTo(Tallies.Tally memory tally, JobOrder calldata order, uint256 slot) private {
        tally.fold();
        (address token, ModelId modelId, address requester) = (order.tokenOf(), order.modelIdOf(), order.requesterOf());
        address worker = slot.workerOf();
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
        tally.start(order, slot);
    }

    /// @dev Moves what the tally holds, and empties it.
    function _pay(Tallies.Tally memory tally) private {
        tally.fold();
        // It holds nothing, as at first.
        if (tally.paid == 0 && tally.taken == 0) return;
        _takePaid(tally);
        _credit(tally.owner, tally.token, tally.royalty);
        _credit(_treasury(), tally.token, tally.fee);
        _credit(tally.worker, tally.token, tally.taken - tally.royalty - tally.fee);
        // Narrowing is safe: bonds that are locked are in sum a part of a uint96.
        if (tally.bond != 0) _workerRegistry().releaseBond(tally.worker, uint96(tally.bond));
        (tally.taken, tally.royalty, tally.fee, tally.bond) = (0, 0, 0, 0);
    }

    /// @dev Takes what one requester pays out of its escrow.
    function _takePaid(Tallies.Tally memory tally) private {
        if (tally.paid == 0) return;
        _unlock(tally.requester, tally.token, tally.paid, 0);
        tally.taken += tally.paid;
        tally.paid = 0;
    }
}
