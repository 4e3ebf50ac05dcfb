// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {BatchVerdict, IAssurance} from "../interfaces/IAssurance.sol";
import {ICredits} from "../interfaces/ICredits.sol";
import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IOptimisticAssurance} from "../interfaces/IOptimisticAssurance.sol";
import {IProofVerifier} from "../interfaces/IProofVerifier.sol";
import {ISignedAnswers} from "../interfaces/ISignedAnswers.sol";
import {IWorkerRegistry} from "../interfaces/IWorkerRegistry.sol";
import {JobCase, JobId, JobOrder, JobResult, JobState, Submission} from "../interfaces/JobTypes.sol";
import {AnswerEvidence} from "../libraries/AnswerEvidence.sol";
import {AnswerSlots} from "../libraries/AnswerSlots.sol";
import {BatchVerdicts} from "../libraries/BatchVerdicts.sol";
import {Credits} from "../libraries/Credits.sol";

/// @dev See {IOptimisticAssurance}.
contract OptimisticAssurance is IOptimisticAssurance, EIP712 {
    using AnswerSlots for AnswerSlots.Book;
    using AnswerSlots for AnswerSlots.Slot;
    using Credits for Credits.Ledger;

    struct Challenge {
        address challenger;
        uint40 until;
    }

    uint256 public constant MIN_WINDOW_SECONDS = 1 minutes;
    uint256 public constant MIN_DEFENCE_SECONDS = 5 minutes;
    uint256 private constant TERMS_LENGTH = 3 * 32;

    IJobMarket public immutable market;
    IModelRegistry public immutable modelRegistry;
    IWorkerRegistry public immutable workerRegistry;
    IProofVerifier public immutable proofVerifier;
    /// @inheritdoc IOptimisticAssurance
    uint96 public immutable minChallengeBond;

    AnswerSlots.Book private _answers;
    mapping(JobId jobId => Challenge challenge) private _challenges;
    Credits.Ledger private _credits;

    modifier onlyMarket() {
        if (msg.sender != address(market)) revert NotMarket(msg.sender);
        _;
    }

    constructor(IJobMarket market_, IProofVerifier proofVerifier_, uint96 minChallengeBond_)
        EIP712("Assay OptimisticAssurance", "1")
    {
        if (minChallengeBond_ == 0) revert ChallengeBondTooLow(0, 1);
        market = market_;
        modelRegistry = market_.modelRegistry();
        workerRegistry = market_.workerRegistry();
        proofVerifier = proofVerifier_;
        minChallengeBond = minChallengeBond_;
    }

    /// @inheritdoc IAssurance
    function checkTerms(JobOrder calldata order) external view {
        if (order.assuranceData.length != TERMS_LENGTH) revert TermsMalformed(order.assuranceData.length);
        OptimisticTerms memory terms = _termsOf(order);
        if (terms.windowSeconds < MIN_WINDOW_SECONDS) revert WindowTooShort(terms.windowSeconds, MIN_WINDOW_SECONDS);
        if (terms.defenceSeconds < MIN_DEFENCE_SECONDS) {
            revert DefenceTooShort(terms.defenceSeconds, MIN_DEFENCE_SECONDS);
        }
        if (terms.challengeBond < minChallengeBond) revert ChallengeBondTooLow(terms.challengeBond, minChallengeBond);
        if (order.bond == 0) revert WorkerBondZero();
        uint256 end =
            uint256(order.claimDeadline) + order.proveSeconds + terms.windowSeconds + terms.defenceSeconds;
        if (end > order.finalDeadline) revert WindowsTooLong(end, order.finalDeadline);
    }

    /// @inheritdoc IAssurance
    function judge(JobId jobId, JobOrder calldata order, address worker, uint256 binding, JobResult calldata result)
        external
        onlyMarket
        returns (Verdict memory verdict)
    {
        return _judge(jobId, order, worker, binding, result);
    }

    /// @inheritdoc IAssurance
    function judgeBatch(JobCase[] calldata cases, Submission[] calldata submissions)
        external
        onlyMarket
        returns (BatchVerdict[] memory verdicts)
    {
        verdicts = new BatchVerdict[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            Submission calldata entry = submissions[cases[i].index];
            verdicts[i] = BatchVerdicts.wrap(
                _judge(cases[i].jobId, entry.order, cases[i].worker, cases[i].binding, entry.result)
            );
        }
    }

    /// @inheritdoc IAssurance
    function challenge(JobId jobId, JobOrder calldata order, address worker, address challenger, bytes calldata data)
        external
        payable
        onlyMarket
        returns (Verdict memory verdict)
    {
        AnswerSlots.Slot storage answer = _answers.find(jobId, worker, 0);
        if (answer.stage != AnswerSlots.Stage.Pending) revert NotPending(jobId);
        if (data.length != 0) return _overturnDouble(jobId, worker, challenger, answer, data);
        OptimisticTerms memory terms = _termsOf(order);
        if (challenger == worker) revert SelfChallenge(worker);
        if (msg.value != terms.challengeBond) revert ChallengeBondWrong(msg.value, terms.challengeBond);

        verdict.kind = VerdictKind.Pending;
        verdict.until = uint40(block.timestamp) + terms.defenceSeconds;
        answer.dispute(0);
        _challenges[jobId] = Challenge({challenger: challenger, until: verdict.until});
    }

    /// @inheritdoc IAssurance
    function defend(JobId jobId, JobOrder calldata order, address worker, uint256 binding, JobResult calldata result)
        external
        onlyMarket
        returns (Verdict memory verdict)
    {
        bytes26 answerHash = AnswerSlots.hashAnswer(jobId, AnswerEvidence.hashOutputs(result.outputs));
        AnswerSlots.Slot storage answer = _answers.find(jobId, worker, answerHash);
        if (answer.stage != AnswerSlots.Stage.Disputed || answer.answerHash != answerHash) return verdict;
        if (!AnswerEvidence.isProved(modelRegistry, proofVerifier, order, binding, result)) return verdict;

        answer.free();
        delete _challenges[jobId];
        _credits.add(jobId, worker, _termsOf(order).challengeBond);
        verdict.kind = VerdictKind.Final;
    }

    /// @inheritdoc IAssurance
    function finalize(JobId jobId, JobOrder calldata order, address worker, uint256[] calldata outputs)
        external
        onlyMarket
        returns (Verdict memory verdict)
    {
        bytes26 answerHash = AnswerSlots.hashAnswer(jobId, AnswerEvidence.hashOutputs(outputs));
        if (_answers.freePending(jobId, worker, answerHash)) BatchVerdicts.sendOne(VerdictKind.Final, 0);
        AnswerSlots.Slot storage answer = _answers.find(jobId, worker, answerHash);
        if (answer.stage == AnswerSlots.Stage.Free) return verdict;
        if (answer.stage == AnswerSlots.Stage.Pending) {
            if (answer.answerHash != answerHash) return verdict;
            answer.free();
            verdict.kind = VerdictKind.Final;
            return verdict;
        }

        Challenge memory made = _challenges[jobId];
        if (block.timestamp <= made.until) return verdict;
        answer.free();
        delete _challenges[jobId];
        _credits.add(jobId, made.challenger, _termsOf(order).challengeBond);
        return _wrong(made.challenger);
    }

    /// @inheritdoc IOptimisticAssurance
    function releaseChallenge(JobOrder calldata order) external {
        JobId jobId = market.hashOrder(order);
        address challenger = _challenges[jobId].challenger;
        if (challenger == address(0)) revert NotPending(jobId);
        JobState state = market.jobOf(jobId).state;
        if (state == JobState.Challenged) revert ChallengeLive(jobId, state);

        delete _challenges[jobId];
        _credits.add(jobId, challenger, _termsOf(order).challengeBond);
    }

    /// @inheritdoc ICredits
    function withdrawCredit(address to) external {
        _credits.withdraw(to);
    }

    /// @inheritdoc ICredits
    function creditOf(address account) external view returns (uint256 amount) {
        return _credits.amountOf[account];
    }

    /// @inheritdoc IOptimisticAssurance
    function challengeOf(JobId jobId) external view returns (address challenger, uint40 until) {
        Challenge storage made = _challenges[jobId];
        return (made.challenger, made.until);
    }

    /// @inheritdoc ISignedAnswers
    function hashAnswer(JobId jobId, address worker, uint256[] calldata outputs) external view returns (bytes32 digest) {
        return _digest(jobId, worker, AnswerEvidence.hashOutputs(outputs));
    }

    function _judge(JobId jobId, JobOrder calldata order, address worker, uint256 binding, JobResult calldata result)
        private
        returns (Verdict memory verdict)
    {
        if (result.evidence.length == AnswerEvidence.PROOF_LENGTH) {
            if (AnswerEvidence.isProved(modelRegistry, proofVerifier, order, binding, result)) {
                verdict.kind = VerdictKind.Final;
            }
            return verdict;
        }
        bytes32 outputsHash = AnswerEvidence.hashOutputs(result.outputs);
        bytes32 digest = _digest(jobId, worker, outputsHash);
        if (!AnswerEvidence.isSigned(workerRegistry, worker, digest, result.evidence)) return verdict;

        _answers.keep(jobId, worker, outputsHash, 0);
        verdict.kind = VerdictKind.Pending;
        // The first word of the terms, whose range was checked when the order was opened.
        verdict.until = uint40(block.timestamp + uint256(bytes32(order.assuranceData)));
    }

    /// @dev A worker that signed two answers to one job signed a wrong one.
    function _overturnDouble(
        JobId jobId,
        address worker,
        address challenger,
        AnswerSlots.Slot storage answer,
        bytes calldata data
    ) private returns (Verdict memory verdict) {
        if (msg.value != 0) revert ChallengeBondWrong(msg.value, 0);
        (uint256[] memory outputs, bytes memory signature) = abi.decode(data, (uint256[], bytes));
        bytes32 outputsHash = keccak256(abi.encodePacked(outputs));
        bool same = AnswerSlots.hashAnswer(jobId, outputsHash) == answer.answerHash;
        bytes32 digest = _digest(jobId, worker, outputsHash);
        if (same || !AnswerEvidence.isSignedCopy(workerRegistry, worker, digest, signature)) {
            revert NoDoubleAnswer(jobId);
        }

        answer.free();
        return _wrong(challenger);
    }

    function _digest(JobId jobId, address worker, bytes32 outputsHash) private view returns (bytes32) {
        return _hashTypedDataV4(AnswerEvidence.hashAnswer(jobId, worker, outputsHash));
    }

    function _termsOf(JobOrder calldata order) private pure returns (OptimisticTerms memory) {
        return abi.decode(order.assuranceData, (OptimisticTerms));
    }

    function _wrong(address challenger) private pure returns (Verdict memory verdict) {
        verdict.kind = VerdictKind.Wrong;
        verdict.payees = new address[](1);
        verdict.payees[0] = challenger;
    }
}
