// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IProofVerifier} from "../interfaces/IProofVerifier.sol";
import {IResultRegistry} from "../interfaces/IResultRegistry.sol";
import {IValidationRegistry} from "../interfaces/IValidationRegistry.sol";
import {IValidator} from "../interfaces/IValidator.sol";

/// @dev See {IValidator}. Nobody owns it, and it holds no money.
contract Validator is IValidator {
    /// @notice Category of its responses: how ERC-7992 names the proof system.
    string public constant TAG = "groth16-bn254-v1";
    uint8 private constant PASSED = 100;
    uint8 private constant FAILED = 0;

    IValidationRegistry public immutable validationRegistry;
    IModelRegistry public immutable modelRegistry;
    IProofVerifier public immutable proofVerifier;
    IResultRegistry public immutable resultRegistry;

    constructor(
        IValidationRegistry validationRegistry_,
        IModelRegistry modelRegistry_,
        IProofVerifier proofVerifier_,
        IResultRegistry resultRegistry_
    ) {
        validationRegistry = validationRegistry_;
        modelRegistry = modelRegistry_;
        proofVerifier = proofVerifier_;
        resultRegistry = resultRegistry_;
    }

    /// @inheritdoc IValidator
    function respond(
        ValidationClaim calldata claim,
        uint256[] calldata provedOutputs,
        uint256[8] calldata proof,
        uint256 binding
    ) external returns (uint8 response) {
        uint256 count = provedOutputs.length;
        uint256[] memory signals = new uint256[](count + 2);
        for (uint256 i = 0; i < count; ++i) {
            signals[i] = provedOutputs[i];
        }
        (signals[count], signals[count + 1]) = (claim.inputCommitment, binding);
        if (!proofVerifier.verify(modelRegistry.keyHashOf(claim.modelId), proof, signals)) {
            revert ProofRejected(claim.modelId, claim.inputCommitment);
        }

        return _respond(claim, provedOutputs);
    }

    /// @inheritdoc IValidator
    function respondFromRegistry(ValidationClaim calldata claim) external returns (uint8 response) {
        return _respond(claim, resultRegistry.resultOf(claim.modelId, claim.inputCommitment));
    }

    /// @inheritdoc IValidator
    function requestHashOf(ValidationClaim calldata claim) public pure returns (bytes32 requestHash) {
        return keccak256(abi.encode(claim));
    }

    function _respond(ValidationClaim calldata claim, uint256[] memory provedOutputs)
        private
        returns (uint8 response)
    {
        (, uint16 contributions,) = modelRegistry.orderTermsOf(claim.modelId);
        if (contributions < claim.minContributions) revert ContributionsTooFew(contributions, claim.minContributions);
        bytes32 requestHash = requestHashOf(claim);
        (address validator, uint256 agentId,,,,) = validationRegistry.getValidationStatus(requestHash);
        if (validator != address(this) || agentId != claim.agentId) revert RequestUnknown(requestHash);

        bytes32 provedHash = keccak256(abi.encode(provedOutputs));
        response = provedHash == keccak256(abi.encode(claim.outputs)) ? PASSED : FAILED;
        validationRegistry.validationResponse(requestHash, response, "", provedHash, TAG);
    }
}
