// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {BatchVerdict, IAssurance} from "../interfaces/IAssurance.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IProofVerifier} from "../interfaces/IProofVerifier.sol";
import {JobCase, JobId, JobOrder, JobResult, ModelId, Submission} from "../interfaces/JobTypes.sol";
import {BatchVerdicts} from "../libraries/BatchVerdicts.sol";
import {Entries} from "../libraries/Entries.sol";
import {ProofClaims} from "../libraries/ProofClaims.sol";

/// @notice `proof`: an answer is final when a Groth16 proof of the model's own circuit holds for it.
/// @dev Signals are `[output words…, inputCommitment, binding]`. Stateless, so anyone may call it.
contract ProofAssurance is IAssurance {
    using Address for address;
    using BatchVerdicts for BatchVerdict[];
    using Entries for JobCase[];
    using Entries for JobResult;
    using Entries for Submission[];

    uint256 private constant PROOF_LENGTH = 8 * 32;
    /// @dev No key has signals for more, see {ModelRegistry}.
    uint256 private constant MAX_OUTPUTS = 8;
    BatchVerdict private constant FINAL = BatchVerdict.wrap(uint256(VerdictKind.Final));

    IModelRegistry public immutable modelRegistry;
    IProofVerifier public immutable proofVerifier;

    /// @dev `proof` takes no terms of its own.
    error AssuranceDataUnexpected(uint256 length);
    /// @dev An answer with a proof is never pending, so there is nothing to challenge, defend or finalize.
    error NeverPending(JobId jobId);

    constructor(IModelRegistry modelRegistry_, IProofVerifier proofVerifier_) {
        modelRegistry = modelRegistry_;
        proofVerifier = proofVerifier_;
    }

    /// @inheritdoc IAssurance
    function checkTerms(JobOrder calldata order) external pure {
        if (order.assuranceData.length != 0) revert AssuranceDataUnexpected(order.assuranceData.length);
    }

    /// @inheritdoc IAssurance
    function judge(JobId, JobOrder calldata order, address, uint256 binding, JobResult calldata result)
        external
        view
        returns (Verdict memory verdict)
    {
        if (_holds(order, binding, result)) verdict.kind = VerdictKind.Final;
    }

    /// @inheritdoc IAssurance
    /// @dev All proofs are checked at once, and one by one only when that fails.
    function judgeBatch(JobCase[] calldata cases, Submission[] calldata submissions)
        external
        view
        returns (BatchVerdict[] memory verdicts)
    {
        verdicts = new BatchVerdict[](cases.length);
        bytes memory question = ProofClaims.start(cases.length);
        (ModelId modelId, bytes32 keyHash) = (ModelId.wrap(0), 0);
        for (uint256 i = 0; i < cases.length; ++i) {
            JobCase calldata asked = cases.caseAt(i);
            (JobOrder calldata order, JobResult calldata result) = submissions.entryAt(asked.index);
            (uint256[] calldata outputs, bytes calldata proof) = result.partsOf();
            if (proof.length != PROOF_LENGTH || outputs.length > MAX_OUTPUTS) continue;
            // Jobs of one model mostly come together. None is of model zero, which has no key.
            if (ModelId.unwrap(order.modelId) != ModelId.unwrap(modelId)) {
                modelId = order.modelId;
                keyHash = modelRegistry.keyHashOf(modelId);
            }
            ProofClaims.push(question, keyHash, proof, outputs, order.inputCommitment, asked.binding);
            verdicts.put(i, FINAL);
        }
        ProofClaims.finish(question);

        if (abi.decode(address(proofVerifier).functionStaticCall(question), (bool))) verdicts.sendAll();
        for (uint256 i = 0; i < cases.length; ++i) {
            Submission calldata submission = submissions[cases[i].index];
            verdicts[i] = _holds(submission.order, cases[i].binding, submission.result) ? FINAL : BatchVerdict.wrap(0);
        }
    }

    /// @inheritdoc IAssurance
    function challenge(JobId jobId, JobOrder calldata, address, address, bytes calldata)
        external
        payable
        returns (Verdict memory)
    {
        revert NeverPending(jobId);
    }

    /// @inheritdoc IAssurance
    function defend(JobId jobId, JobOrder calldata, address, uint256, JobResult calldata)
        external
        pure
        returns (Verdict memory)
    {
        revert NeverPending(jobId);
    }

    /// @inheritdoc IAssurance
    function finalize(JobId jobId, JobOrder calldata, address, uint256[] calldata)
        external
        pure
        returns (Verdict memory)
    {
        revert NeverPending(jobId);
    }

    function _holds(JobOrder calldata order, uint256 binding, JobResult calldata result) private view returns (bool) {
        return result.evidence.length == PROOF_LENGTH
            && proofVerifier.verify(
                modelRegistry.keyHashOf(order.modelId), _proofOf(result), _signalsOf(order, binding, result)
            );
    }

    function _signalsOf(JobOrder calldata order, uint256 binding, JobResult calldata result)
        private
        pure
        returns (uint256[] memory signals)
    {
        uint256 count = result.outputs.length;
        signals = new uint256[](count + 2);
        for (uint256 i = 0; i < count; ++i) {
            signals[i] = result.outputs[i];
        }
        signals[count] = order.inputCommitment;
        signals[count + 1] = binding;
    }

    /// @dev The evidence is as long as a proof.
    function _proofOf(JobResult calldata result) private pure returns (uint256[8] calldata proof) {
        bytes calldata evidence = result.evidence;
        // Safe: the caller has checked the length, and the decoder that the evidence is inside calldata. Every word is a valid uint256, so this is
        // what abi.decode would read.
        assembly ("memory-safe") {
            proof := evidence.offset
        }
    }
}
