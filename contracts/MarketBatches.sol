// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";

import {MarketExtension} from "./MarketExtension.sol";
import {BatchVerdict, IAssurance} from "./interfaces/IAssurance.sol";
import {IJobMarket} from "./interfaces/IJobMarket.sol";
import {Job, JobId, JobOrder, JobResult, JobState, ModelId, SkipReason, Submission} from "./interfaces/JobTypes.sol";
import {BatchVerdicts} from "./libraries/BatchVerdicts.sol";
import {CaseList} from "./libraries/CaseList.sol";
import {Entries} from "./libraries/Entries.sol";
import {JobSlot} from "./libraries/JobSlot.sol";
import {OrderBytes} from "./libraries/OrderBytes.sol";
import {OrderWords} from "./libraries/OrderWords.sol";
import {Prices} from "./libraries/Prices.sol";

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

    /// @dev What settled entries move, gathered so that an account is written once for all entries in a row that share it.
    struct Tally {
        address token;
        address worker;
        ModelId modelId;
        address owner;
        uint256 royaltyBps;
        /// @dev How the last price was split, because jobs in a row mostly cost the same.
        uint256 price;
        uint256 feeBps;
        OrderBytes.Shares shares;
        uint256 taken;
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
        address assurance = order.assuranceOf();
        for (next = start; next < entries.length; ++next) {
            (order, result) = entries.entryAt(next);
            if (order.assuranceOf() != assurance) break;
            JobId jobId = _hashOrder(order);
            uint256 slot = _jobs[jobId];
            if (slot.stateOf() != uint8(JobState.Claimed)) {
                emit IJobMarket.EntrySkipped(jobId, next, SkipReason.WrongState);
                continue;
            }
            // Set below: this job stands in the run already, and what becomes of that entry decides about this one.
            if (slot.dueOf() == 0) break;
            if (block.timestamp > slot.dueOf()) {
                emit IJobMarket.EntrySkipped(jobId, next, SkipReason.WrongTime);
                continue;
            }
            if (slot.workerOf() == assurance) {
                if (cases.count != 0) break;
                _submitAlone(next, jobId, order, result);
                continue;
            }
            _jobs[jobId] = slot.withoutDue();
            cases.push(next, jobId, slot.workerOf(), _bindingOf(jobId, slot.workerOf()));
            cases.note(slot, order, result);
        }
        if (cases.count != 0) _settleRun(cases, assurance, cases.finish(entries));
    }

    /// @dev Has the cases of a run judged, and does as the verdicts say.
    function _settleRun(CaseList.List memory cases, address assurance, bytes memory question) private {
        // An assurance that fails must not stop the batch.
        bool answered = LowLevelCall.callNoReturn(assurance, question);
        bytes memory answer = LowLevelCall.returnData();
        answered = answered && answer.areVerdicts(cases.count);

        Tally memory tally;
        bool told = false;
        for (uint256 i = 0; i < cases.count; ++i) {
            BatchVerdict verdict = answered ? answer.verdictAt(i) : BatchVerdict.wrap(0);
            if (_settleCase(cases, i, answered, verdict, tally)) told = true;
        }
        _pay(tally);
        if (!told) return;
        for (uint256 i = 0; i < cases.count; ++i) {
            if (answer.verdictAt(i).kind() != uint8(IAssurance.VerdictKind.Final)) continue;
            (, JobId jobId) = cases.caseAt(i);
            (, JobOrder calldata order, JobResult calldata result) = cases.noteAt(i);
            _notifyResult(jobId, order, result.outputsOf());
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
        (uint256 slot, JobOrder calldata order, JobResult calldata result) = cases.noteAt(position);
        if (verdict.kind() == uint8(IAssurance.VerdictKind.Final)) {
            OrderBytes.emitAnswered(jobId, slot.workerOf(), result.outputsOf());
            _settleInto(tally, jobId, order, slot);
            return order.callbackOf() != address(0);
        }
        SkipReason reason = _skipReason(order, answered, verdict);
        if (reason == SkipReason.None) {
            OrderBytes.emitAnswered(jobId, slot.workerOf(), result.outputsOf());
            _wait(jobId, order, JobSlot.unpack(slot), verdict.until());
        } else {
            _jobs[jobId] = slot;
            emit IJobMarket.EntrySkipped(jobId, index, reason);
        }
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

    function _finalizeEntry(Tally memory tally, JobId jobId, JobOrder calldata order, uint256[] calldata outputs)
        private
        returns (SkipReason reason, bool told)
    {
        uint256 slot = _jobs[jobId];
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
            _settleInto(tally, jobId, order, slot);
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
    function _settleInto(Tally memory tally, JobId jobId, JobOrder calldata order, uint256 slot) private {
        address worker = slot.workerOf();
        _turnTo(tally, order, worker);
        // The end of the ramp first: most prices have stopped climbing.
        uint32 tick = slot.priceTickOf();
        uint96 price = tick == order.rampSecondsOf() ? order.maxPriceOf() : Prices.priceOfTick(order, tick);
        if (price != tally.price || slot.feeBpsOf() != tally.feeBps) _split(tally, price, slot.feeBpsOf());
        OrderBytes.Shares memory shares = tally.shares;
        // Safe: each is a sum of less than 2^96 numbers below 2^96.
        unchecked {
            tally.paid += price;
            tally.royalty += shares.royalty;
            tally.fee += shares.fee;
            tally.bond += order.bondOf();
        }
        _jobs[jobId] = slot.settled();
        OrderBytes.emitSettled(jobId, worker, shares);
    }

    function _split(Tally memory tally, uint96 price, uint16 feeBps) private pure {
        OrderBytes.Shares memory shares = tally.shares;
        (tally.price, tally.feeBps) = (price, feeBps);
        (shares.worker, shares.royalty, shares.fee) = Prices.split(price, tally.royaltyBps, feeBps);
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
            // No job costs nothing, so that the next one is split.
            tally.price = 0;
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
        _credit(tally.worker, tally.token, tally.taken - tally.royalty - tally.fee);
        // Narrowing is safe: bonds that are locked are in sum a part of a uint96.
        if (tally.bond != 0) _workerRegistry().releaseBond(tally.worker, uint96(tally.bond));
        (tally.taken, tally.royalty, tally.fee, tally.bond) = (0, 0, 0, 0);
    }

    /// @dev Takes what one requester pays out of its escrow.
    function _takePaid(Tally memory tally) private {
        if (tally.paid == 0) return;
        _unlock(tally.requester, tally.token, tally.paid, 0);
        tally.taken += tally.paid;
        tally.paid = 0;
    }
}
