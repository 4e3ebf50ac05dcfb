// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAssurance} from "../interfaces/IAssurance.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IProofVerifier} from "../interfaces/IProofVerifier.sol";
import {JobId, JobOrder, JobResult} from "../interfaces/JobTypes.sol";

/// @notice `proof`: an answer is final when a Groth16 proof of the model's own circuit holds for it.
/// @dev Signals are `[output words…, inputCommitment, binding]`. Stateless, so anyone may call it.
contract ProofAssurance is IAssurance {
    uint256 private constant PROOF_LENGTH = 8 * 32;

    IModelRegistry public immutable modelRegistry;
    IProofVerifier public immutable proofVerifier;

    /// @dev `proof` takes no terms of its own.
    error AssuranceDataUnexpected(uint256 length);

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
        if (result.evidence.length != PROOF_LENGTH) return verdict;

        uint256 count = result.outputs.length;
        uint256[] memory signals = new uint256[](count + 2);
        for (uint256 i = 0; i < count; ++i) {
            signals[i] = result.outputs[i];
        }
        signals[count] = order.inputCommitment;
        signals[count + 1] = binding;

        bytes calldata evidence = result.evidence;
        uint256[8] calldata proof;
        // Safe: the length is checked above, and the decoder has checked that the evidence is inside calldata.
        // Every word is a valid uint256, so this is what abi.decode would read.
        assembly ("memory-safe") {
            proof := evidence.offset
        }
        if (proofVerifier.verify(modelRegistry.keyHashOf(order.modelId), proof, signals)) {
            verdict.kind = VerdictKind.Final;
        }
    }
}
