// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ModelId} from "./JobTypes.sol";

/// @notice A validator of ERC-8004 that answers by proof only: 100 when the model gives the claimed answer, 0 when it gives another.
/// @dev An agent names this contract as validator, with `requestHash = keccak256(abi.encode(claim))`. Then anyone brings the proof; nobody's opinion
///      counts, and a request that nobody proves stays unanswered.
interface IValidator {
    /// @notice The payload of a validation request: what an agent says that a model said.
    struct ValidationClaim {
        uint256 agentId;
        ModelId modelId;
        uint256 inputCommitment;
        /// @dev Packed words.
        uint256[] outputs;
        /// @dev Fewest phase-2 contributions that the model's setup must have for a response.
        uint16 minContributions;
        /// @dev Any number: lets an agent ask again when somebody else has taken the request's hash.
        uint256 salt;
    }

    error ProofRejected(ModelId modelId, uint256 inputCommitment);
    error ContributionsTooFew(uint16 actual, uint16 needed);
    /// @dev The registry knows no request with this hash of this agent to this validator.
    error RequestUnknown(bytes32 requestHash);

    /// @notice Answers a request with what a proof shows; anyone may.
    /// @param provedOutputs what the model answers to the claim's input
    /// @param binding the proof's last signal, whatever job it was made for
    function respond(
        ValidationClaim calldata claim,
        uint256[] calldata provedOutputs,
        uint256[8] calldata proof,
        uint256 binding
    ) external returns (uint8 response);

    /// @notice Answers a request with what the result registry holds; anyone may.
    function respondFromRegistry(ValidationClaim calldata claim) external returns (uint8 response);

    /// @notice What an agent passes to the registry as `requestHash`.
    function requestHashOf(ValidationClaim calldata claim) external pure returns (bytes32 requestHash);
}
