// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceConsumer} from "../interfaces/IInferenceConsumer.sol";
import {JobId, ModelId} from "../interfaces/JobTypes.sol";

/// @notice Writes the first word of each answer to a fresh slot and asks no questions: what a callback costs beside its own work.
contract ConsumerMock is IInferenceConsumer {
    mapping(JobId jobId => uint256 word) public wordOf;

    /// @inheritdoc IInferenceConsumer
    function onInferenceResult(JobId jobId, ModelId, uint256, uint256[] calldata outputs) external {
        wordOf[jobId] = outputs[0];
    }

    /// @inheritdoc IInferenceConsumer
    function onInferenceExpired(JobId jobId) external {
        delete wordOf[jobId];
    }

    /// @inheritdoc IInferenceConsumer
    function onInferenceError(JobId jobId, AttemptError) external {
        delete wordOf[jobId];
    }
}
