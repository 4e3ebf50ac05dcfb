// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobId, JobOrder, ModelId} from "./JobTypes.sol";

/// @notice Answers that were proved once, for any contract to read.
/// @dev The market keeps no answers, so what is recorded here was proved here, or was told by the market of a job whose assurance is `proof`.
///      Warning: a proof says what a model answers and nothing of whether its setup can be trusted: whoever ran an `OwnerOnly` setup can forge. Readers
///      look at the model's setup (contributions) as an order does.
///      An exact model has one answer to an input. A second proved answer shows that its setup is forged: the model is marked, and none of its answers is
///      given any more.
interface IResultRegistry {
    struct Result {
        /// @dev Operator account that the proof was made for: the first to have proved this answer here.
        address worker;
        uint40 recordedAt;
        uint256[] outputs;
    }

    /// @notice Emitted when an answer was recorded.
    event ResultRecorded(
        ModelId indexed modelId, uint256 indexed inputCommitment, address indexed worker, uint256[] outputs
    );
    /// @notice Emitted when two different answers to one input were proved: the model's setup is forged.
    event ModelContradicted(ModelId indexed modelId, uint256 indexed inputCommitment, uint256[] outputs);
    /// @notice Emitted when a job was announced, so that the market may tell its answer.
    event JobAnnounced(JobId indexed jobId);

    error ProofRejected(ModelId modelId, uint256 inputCommitment);
    error ResultExists(ModelId modelId, uint256 inputCommitment);
    error ResultUnknown(ModelId modelId, uint256 inputCommitment);
    /// @dev Two different answers of this model to one input were proved.
    error ModelIsContradicted(ModelId modelId);
    error NotMarket(address caller);
    /// @dev Only jobs of the `proof` assurance with this registry as their callback can be announced.
    error JobUnsuitable(address assurance, address callback);
    error JobNotAnnounced(JobId jobId);

    /// @notice Records an answer by its proof; anyone may, at any time.
    /// @dev The proof's binding says for which job and worker it was made; the job need not have settled, or exist.
    /// @param jobId what the proof was bound to
    /// @param worker the operator account that the proof was bound to, who stands as the first to have proved this answer
    function record(
        ModelId modelId,
        uint256 inputCommitment,
        uint256[] calldata outputs,
        uint256[8] calldata proof,
        JobId jobId,
        address worker
    ) external;

    /// @notice Says beforehand that an order names this registry as its callback, so that its answer is recorded when it settles, without a second
    ///         verification. Anyone may call; late calls count too, because callbacks are retried.
    function announceJob(JobOrder calldata order) external returns (JobId jobId);

    /// @notice The proved answer's packed words. Reverts with {ResultUnknown} or {ModelIsContradicted}.
    function resultOf(ModelId modelId, uint256 inputCommitment) external view returns (uint256[] memory outputs);

    /// @notice {resultOf} with who proved it and when.
    function recordOf(ModelId modelId, uint256 inputCommitment) external view returns (Result memory result);

    /// @notice Whether {resultOf} answers.
    function hasResult(ModelId modelId, uint256 inputCommitment) external view returns (bool);

    /// @notice Whether two different answers of this model to one input were proved.
    function contradicted(ModelId modelId) external view returns (bool);
}
