// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IProofVerifier} from "../interfaces/IProofVerifier.sol";
import {IWorkerRegistry} from "../interfaces/IWorkerRegistry.sol";
import {JobId, JobOrder, JobResult} from "../interfaces/JobTypes.sol";

/// @notice The two kinds of evidence that assurances share: a Groth16 proof of an answer, and a worker's signature under one.
library AnswerEvidence {
    uint256 internal constant PROOF_LENGTH = 8 * 32;
    bytes32 internal constant ANSWER_TYPE_HASH = keccak256("Answer(bytes32 jobId,address worker,uint256[] outputs)");

    /// @notice Hash of an answer's packed words, as EIP-712 hashes an array.
    function hashOutputs(uint256[] calldata outputs) internal pure returns (bytes32 outputsHash) {
        // Safe: writes only above the free memory pointer and never moves it. What `keccak256(abi.encodePacked(outputs))` gives, compared in
        // AnswerSlots.t.sol.
        assembly ("memory-safe") {
            let at := mload(0x40)
            calldatacopy(at, outputs.offset, shl(5, outputs.length))
            outputsHash := keccak256(at, shl(5, outputs.length))
        }
    }

    /// @notice `hashStruct` of EIP-712 for what a worker signs, see {ISignedAnswers}.
    function hashAnswer(JobId jobId, address worker, bytes32 outputsHash) internal pure returns (bytes32 structHash) {
        return keccak256(abi.encode(ANSWER_TYPE_HASH, jobId, worker, outputsHash));
    }

    /// @notice Whether a worker, by its own key or its signer's, signed a digest. Never reverts.
    function isSigned(IWorkerRegistry workers, address worker, bytes32 digest, bytes calldata signature)
        internal
        view
        returns (bool)
    {
        (address account, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(digest, signature);
        return failure == ECDSA.RecoverError.NoError && _actsFor(workers, worker, account);
    }

    /// @notice {isSigned} of a signature that was decoded.
    function isSignedCopy(IWorkerRegistry workers, address worker, bytes32 digest, bytes memory signature)
        internal
        view
        returns (bool)
    {
        (address account, ECDSA.RecoverError failure,) = ECDSA.tryRecover(digest, signature);
        return failure == ECDSA.RecoverError.NoError && _actsFor(workers, worker, account);
    }

    /// @notice Whether the evidence is a proof of the order's model for these outputs, bound to `binding`. Signals are
    ///         `[output words…, inputCommitment, binding]`.
    /// @dev Reverts only for a model that the registry does not know.
    function isProved(
        IModelRegistry models,
        IProofVerifier verifier,
        JobOrder calldata order,
        uint256 binding,
        JobResult calldata result
    ) internal view returns (bool) {
        if (result.evidence.length != PROOF_LENGTH) return false;

        uint256 count = result.outputs.length;
        uint256[] memory signals = new uint256[](count + 2);
        for (uint256 i = 0; i < count; ++i) {
            signals[i] = result.outputs[i];
        }
        signals[count] = order.inputCommitment;
        signals[count + 1] = binding;
        uint256[8] memory proof = abi.decode(result.evidence, (uint256[8]));
        return verifier.verify(models.keyHashOf(order.modelId), proof, signals);
    }

    function _actsFor(IWorkerRegistry workers, address worker, address account) private view returns (bool) {
        if (account == worker) return true;
        try workers.operatorOf(account) returns (address operator) {
            return operator == worker;
        } catch {
            return false;
        }
    }
}
