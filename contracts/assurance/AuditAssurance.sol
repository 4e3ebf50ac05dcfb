// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlockHeader} from "@openzeppelin/contracts/utils/BlockHeader.sol";
import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {BatchVerdict, IAssurance} from "../interfaces/IAssurance.sol";
import {IAuditAssurance} from "../interfaces/IAuditAssurance.sol";
import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IProofVerifier} from "../interfaces/IProofVerifier.sol";
import {ISignedAnswers} from "../interfaces/ISignedAnswers.sol";
import {IWorkerRegistry} from "../interfaces/IWorkerRegistry.sol";
import {JobCase, JobId, JobOrder, JobResult, Submission} from "../interfaces/JobTypes.sol";
import {AnswerEvidence} from "../libraries/AnswerEvidence.sol";
import {AnswerSlots} from "../libraries/AnswerSlots.sol";
import {BatchVerdicts} from "../libraries/BatchVerdicts.sol";

/// @dev See {IAuditAssurance}. It holds no money.
contract AuditAssurance is IAuditAssurance, EIP712 {
    using AnswerSlots for AnswerSlots.Book;
    using AnswerSlots for AnswerSlots.Slot;

    /// @notice What the contract is deployed with; all of it depends on the chain.
    struct AuditParams {
        IJobMarket market;
        IProofVerifier proofVerifier;
        uint40 drawBlocks;
        uint32 minDrawSeconds;
    }

    uint256 public constant SAFETY_FACTOR = 2;
    uint256 public constant MIN_DEFENCE_SECONDS = 5 minutes;
    /// @dev Draws happen in blocks that are multiples of this, so that one header serves many answers.
    uint256 public constant DRAW_INTERVAL = 8;
    uint256 private constant BPS = 10_000;
    uint256 private constant TERMS_LENGTH = 3 * 32;

    IJobMarket public immutable market;
    IModelRegistry public immutable modelRegistry;
    IWorkerRegistry public immutable workerRegistry;
    IProofVerifier public immutable proofVerifier;
    /// @inheritdoc IAuditAssurance
    address public immutable stakeToken;
    /// @inheritdoc IAuditAssurance
    uint40 public immutable drawBlocks;
    /// @inheritdoc IAuditAssurance
    uint32 public immutable minDrawSeconds;

    /// @dev The note of a pending answer is the number of the block that decides; of a disputed one, when its proof must be there.
    AnswerSlots.Book private _answers;
    /// @inheritdoc IAuditAssurance
    mapping(uint256 blockNumber => bytes32 lot) public lotOf;

    modifier onlyMarket() {
        if (msg.sender != address(market)) revert NotMarket(msg.sender);
        _;
    }

    constructor(AuditParams memory params) EIP712("Assay AuditAssurance", "1") {
        market = params.market;
        modelRegistry = params.market.modelRegistry();
        IWorkerRegistry workers = params.market.workerRegistry();
        workerRegistry = workers;
        stakeToken = workers.stakeToken();
        proofVerifier = params.proofVerifier;
        drawBlocks = params.drawBlocks;
        minDrawSeconds = params.minDrawSeconds;
    }

    /// @inheritdoc IAssurance
    function checkTerms(JobOrder calldata order) external view {
        if (order.assuranceData.length != TERMS_LENGTH) revert TermsMalformed(order.assuranceData.length);
        AuditTerms memory terms = _termsOf(order);
        if (terms.probabilityBps == 0 || terms.probabilityBps > BPS) revert ProbabilityInvalid(terms.probabilityBps);
        if (terms.drawSeconds < minDrawSeconds) revert DrawTooShort(terms.drawSeconds, minDrawSeconds);
        if (terms.defenceSeconds < MIN_DEFENCE_SECONDS) {
            revert DefenceTooShort(terms.defenceSeconds, MIN_DEFENCE_SECONDS);
        }
        if (order.token != stakeToken) revert TokenNotStake(order.token, stakeToken);
        uint256 needed = (SAFETY_FACTOR * order.maxPrice * BPS + terms.probabilityBps - 1) / terms.probabilityBps;
        if (order.bond < needed) revert BondTooLow(order.bond, needed);
        uint256 end = uint256(order.claimDeadline) + order.proveSeconds + terms.drawSeconds + terms.defenceSeconds;
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
    function challenge(JobId jobId, JobOrder calldata order, address worker, address, bytes calldata data)
        external
        payable
        onlyMarket
        returns (Verdict memory verdict)
    {
        AnswerSlots.Slot storage answer = _answers.find(jobId, worker, 0);
        if (answer.stage != AnswerSlots.Stage.Pending) revert NotPending(jobId);
        if (msg.value != 0) revert ValueUnexpected(msg.value);
        (uint256[] memory outputs, bytes memory signature) = abi.decode(data, (uint256[], bytes));
        bytes32 outputsHash = keccak256(abi.encodePacked(outputs));
        bool same = AnswerSlots.hashAnswer(jobId, outputsHash) == answer.answerHash;
        bytes32 digest = _digest(jobId, worker, outputsHash);
        if (same || !AnswerEvidence.isSignedCopy(workerRegistry, worker, digest, signature)) {
            revert NoDoubleAnswer(jobId);
        }

        answer.free();
        return _wrong(order.requester);
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
        verdict.kind = VerdictKind.Final;
    }

    /// @inheritdoc IAssurance
    function finalize(JobId jobId, JobOrder calldata order, address worker, uint256[] calldata outputs)
        external
        onlyMarket
        returns (Verdict memory verdict)
    {
        bytes26 answerHash = AnswerSlots.hashAnswer(jobId, AnswerEvidence.hashOutputs(outputs));
        AnswerSlots.Slot storage answer = _answers.find(jobId, worker, answerHash);
        if (answer.stage == AnswerSlots.Stage.Free) return verdict;
        if (answer.stage == AnswerSlots.Stage.Disputed) {
            if (block.timestamp <= answer.note) return verdict;
            answer.free();
            return _wrong(order.requester);
        }

        AuditTerms memory terms = _termsOf(order);
        bytes32 lot = lotOf[answer.note];
        if (lot != 0 && !isDrawn(lot, jobId, worker, terms.probabilityBps)) {
            if (answer.answerHash != answerHash) return verdict;
            answer.free();
            verdict.kind = VerdictKind.Final;
            return verdict;
        }
        emit ProofDrawn(jobId, answer.note, lot == 0);
        return _demandProof(order, answer, terms.defenceSeconds);
    }

    /// @inheritdoc IAuditAssurance
    function recordBlock(bytes calldata header) external {
        bytes memory copy = header;
        Memory.Slice[] memory fields = BlockHeader.parseHeader(copy);
        if (!BlockHeader.verifyBlockHeader(fields, keccak256(copy))) revert HeaderUnknown();
        uint256 blockNumber = BlockHeader.getNumber(fields);
        // Hashed, so that it is never zero.
        bytes32 lot = keccak256(abi.encode(BlockHeader.getPrevRandao(fields)));

        lotOf[blockNumber] = lot;
        emit BlockRecorded(blockNumber, lot);
    }

    /// @inheritdoc IAuditAssurance
    function drawBlockOf(JobId jobId, address worker) external view returns (uint256 blockNumber) {
        AnswerSlots.Slot storage answer = _answers.find(jobId, worker, 0);
        return answer.stage == AnswerSlots.Stage.Pending ? answer.note : 0;
    }

    /// @inheritdoc ISignedAnswers
    function hashAnswer(JobId jobId, address worker, uint256[] calldata outputs) external view returns (bytes32 digest) {
        return _digest(jobId, worker, AnswerEvidence.hashOutputs(outputs));
    }

    /// @inheritdoc IAuditAssurance
    function isDrawn(bytes32 lot, JobId jobId, address worker, uint16 probabilityBps)
        public
        pure
        returns (bool drawn)
    {
        // 2^256 is so much larger than 10,000 that the remainder's bias cannot be measured.
        return uint256(keccak256(abi.encode(lot, jobId, worker))) % BPS < probabilityBps;
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

        uint256 earliest = block.number + drawBlocks;
        uint256 drawBlock = (earliest + DRAW_INTERVAL - 1) / DRAW_INTERVAL * DRAW_INTERVAL;
        _answers.keep(jobId, worker, outputsHash, uint40(drawBlock));
        verdict.kind = VerdictKind.Pending;
        verdict.until = uint40(block.timestamp) + _termsOf(order).drawSeconds;
    }

    /// @dev A proof is due in time, or until the order ends when that is sooner; at its end there is none to wait for.
    function _demandProof(JobOrder calldata order, AnswerSlots.Slot storage answer, uint32 defenceSeconds)
        private
        returns (Verdict memory verdict)
    {
        if (block.timestamp >= order.finalDeadline) {
            answer.free();
            return _wrong(order.requester);
        }
        uint40 until = uint40(block.timestamp) + defenceSeconds;
        if (until > order.finalDeadline) until = order.finalDeadline;
        answer.dispute(until);
        verdict.kind = VerdictKind.Pending;
        verdict.until = until;
    }

    function _digest(JobId jobId, address worker, bytes32 outputsHash) private view returns (bytes32) {
        return _hashTypedDataV4(AnswerEvidence.hashAnswer(jobId, worker, outputsHash));
    }

    function _termsOf(JobOrder calldata order) private pure returns (AuditTerms memory) {
        return abi.decode(order.assuranceData, (AuditTerms));
    }

    function _wrong(address enforcer) private pure returns (Verdict memory verdict) {
        verdict.kind = VerdictKind.Wrong;
        verdict.payees = new address[](1);
        verdict.payees[0] = enforcer;
    }
}
