// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceConsumer} from "../interfaces/IInferenceConsumer.sol";
import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IProofVerifier} from "../interfaces/IProofVerifier.sol";
import {IResultRegistry} from "../interfaces/IResultRegistry.sol";
import {JobId, JobOrder, ModelId} from "../interfaces/JobTypes.sol";

/// @dev See {IResultRegistry}. Nobody owns it, and it holds no money: what anyone can read on chain cannot be sold, so there is no fee.
contract ResultRegistry is IResultRegistry, IInferenceConsumer {
    IJobMarket public immutable market;
    IModelRegistry public immutable modelRegistry;
    IProofVerifier public immutable proofVerifier;
    /// @notice The assurance whose answers are proved.
    address public immutable proofAssurance;

    mapping(ModelId modelId => mapping(uint256 inputCommitment => Result result)) private _results;
    /// @inheritdoc IResultRegistry
    mapping(ModelId modelId => bool) public contradicted;
    mapping(JobId jobId => bool) private _announced;

    constructor(IJobMarket market_, IProofVerifier proofVerifier_, address proofAssurance_) {
        market = market_;
        modelRegistry = market_.modelRegistry();
        proofVerifier = proofVerifier_;
        proofAssurance = proofAssurance_;
    }

    /// @inheritdoc IResultRegistry
    function record(
        ModelId modelId,
        uint256 inputCommitment,
        uint256[] calldata outputs,
        uint256[8] calldata proof,
        JobId jobId,
        address worker
    ) external {
        uint256 count = outputs.length;
        uint256[] memory signals = new uint256[](count + 2);
        for (uint256 i = 0; i < count; ++i) {
            signals[i] = outputs[i];
        }
        signals[count] = inputCommitment;
        signals[count + 1] = market.bindingOf(jobId, worker);
        if (!proofVerifier.verify(modelRegistry.keyHashOf(modelId), proof, signals)) {
            revert ProofRejected(modelId, inputCommitment);
        }

        if (!_record(modelId, inputCommitment, outputs, worker)) revert ResultExists(modelId, inputCommitment);
    }

    /// @inheritdoc IResultRegistry
    function announceJob(JobOrder calldata order) external returns (JobId jobId) {
        if (order.assurance != proofAssurance || order.callback != address(this)) {
            revert JobUnsuitable(order.assurance, order.callback);
        }

        jobId = market.hashOrder(order);
        _announced[jobId] = true;
        emit JobAnnounced(jobId);
    }

    /// @inheritdoc IInferenceConsumer
    function onInferenceResult(JobId jobId, ModelId modelId, uint256 inputCommitment, uint256[] calldata outputs)
        external
    {
        _takeAnnounced(jobId);
        _record(modelId, inputCommitment, outputs, market.jobOf(jobId).worker);
    }

    /// @inheritdoc IInferenceConsumer
    function onInferenceExpired(JobId jobId) external {
        _takeAnnounced(jobId);
    }

    /// @inheritdoc IInferenceConsumer
    function onInferenceError(JobId, AttemptError) external view {
        if (msg.sender != address(market)) revert NotMarket(msg.sender);
    }

    /// @inheritdoc IResultRegistry
    function resultOf(ModelId modelId, uint256 inputCommitment) external view returns (uint256[] memory outputs) {
        return recordOf(modelId, inputCommitment).outputs;
    }

    /// @inheritdoc IResultRegistry
    function hasResult(ModelId modelId, uint256 inputCommitment) external view returns (bool) {
        return !contradicted[modelId] && _results[modelId][inputCommitment].recordedAt != 0;
    }

    /// @inheritdoc IResultRegistry
    function recordOf(ModelId modelId, uint256 inputCommitment) public view returns (Result memory result) {
        if (contradicted[modelId]) revert ModelIsContradicted(modelId);
        result = _results[modelId][inputCommitment];
        if (result.recordedAt == 0) revert ResultUnknown(modelId, inputCommitment);
    }

    function _takeAnnounced(JobId jobId) private {
        if (msg.sender != address(market)) revert NotMarket(msg.sender);
        if (!_announced[jobId]) revert JobNotAnnounced(jobId);
        delete _announced[jobId];
    }

    /// @dev Writes a proved answer, unless the same one stands there already.
    function _record(ModelId modelId, uint256 inputCommitment, uint256[] calldata outputs, address worker)
        private
        returns (bool recorded)
    {
        Result storage result = _results[modelId][inputCommitment];
        if (result.recordedAt == 0) {
            (result.worker, result.recordedAt, result.outputs) = (worker, uint40(block.timestamp), outputs);
            emit ResultRecorded(modelId, inputCommitment, worker, outputs);
            return true;
        }

        if (keccak256(abi.encode(result.outputs)) == keccak256(abi.encode(outputs))) return false;
        contradicted[modelId] = true;
        emit ModelContradicted(modelId, inputCommitment, outputs);
        return true;
    }
}
