// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobId} from "./JobTypes.sol";

/// @notice Answers that come with no proof carry their worker's signature instead, so that nobody else can answer, and lose the bond, in its name.
/// @dev EIP-712 type `Answer(bytes32 jobId,address worker,uint256[] outputs)`, signed by the operator or its signer; the domain's verifying contract
///      is the assurance. Warning: the signature holds for every claim that this worker makes of this job, so a worker signs one answer per job.
interface ISignedAnswers {
    /// @notice Digest that the worker signs: 65 bytes of signature are the answer's evidence.
    function hashAnswer(JobId jobId, address worker, uint256[] calldata outputs) external view returns (bytes32 digest);
}
