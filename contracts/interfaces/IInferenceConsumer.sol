// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobId, ModelId} from "./JobTypes.sol";

/// @notice What a contract that an order names as its `callback` is told. Each call carries exactly the order's `callbackGas`; what it returns is not
///         read, and its failure changes nothing of the job: anyone can retry it with {IMarketExtension-retryCallback} and more gas.
/// @dev Warning: trust `msg.sender` only when it is the market. No call of it can enter the market again while a callback runs; views answer.
interface IInferenceConsumer {
    enum AttemptError {
        /// @dev A worker let its time run out.
        Expired,
        /// @dev A worker gave the job back.
        Released,
        /// @dev A pending answer was shown to be wrong, or was not defended.
        Overturned
    }

    /// @notice The job was settled with this answer; `outputs` are the packed words.
    function onInferenceResult(JobId jobId, ModelId modelId, uint256 inputCommitment, uint256[] calldata outputs) external;

    /// @notice The job ended without an answer and its escrow went back to the requester.
    function onInferenceExpired(JobId jobId) external;

    /// @notice An attempt failed and the job is open again.
    function onInferenceError(JobId jobId, AttemptError reason) external;
}
