// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgenticCommerce} from "./IAgenticCommerce.sol";
import {JobId, JobResult, ModelId} from "./JobTypes.sol";

/// @notice ERC-8183 jobs whose escrow is the market and whose evaluator is a proof.
/// @dev Every job's evaluator is this contract. It decides by one thing, the Groth16 proof of the model's answer, bound to the provider: whoever brings it
///      makes it decide, so it can be neither bribed nor silent, and a provider that has proved in time is paid whatever the client does.
///      Differences from the draft's reference: payments are credited in the market, from where the provider withdraws them; hooks are refused; and
///      nobody, the evaluator included, rejects a funded job.
interface IAgenticCommerceAdapter is IAgenticCommerce {
    /// @notice What the provider has to prove: an answer of this model to this input.
    struct InferenceTerms {
        ModelId modelId;
        uint256 inputCommitment;
        bytes32 inputRoot;
        bytes32 inputCid;
        uint16 minContributions;
        uint16 maxFeeBps;
    }

    /// @notice Emitted when a client said what is to be proved.
    event TermsSet(uint256 indexed jobId, InferenceTerms terms);
    /// @notice Emitted when a job was funded: where its escrow stands in the market.
    event JobLinked(uint256 indexed jobId, JobId indexed marketJobId);

    /// @dev The evaluator must be this contract.
    error EvaluatorUnsupported(address evaluator);
    error HookUnsupported(address hook);
    /// @dev The client has not said what is to be proved.
    error TermsMissing(uint256 jobId);
    /// @dev The provider was paid by the market; {evaluate} completes the job.
    error AlreadyAnswered(uint256 jobId);
    /// @dev The token did not move the whole budget.
    error TransferIncomplete(uint256 actual, uint256 needed);

    /// @notice Says what is to be proved, while the job is open; the client only.
    function setTerms(uint256 jobId, InferenceTerms calldata terms) external;

    /// @notice Pays the provider of a funded or submitted job, if the result proves its answer; anyone may bring it. When nothing was submitted before,
    ///         the proof, which only the provider can have made for itself, is the submission.
    /// @dev Also completes a job whose proof was brought to the market directly; the evidence is not read then.
    function evaluate(uint256 jobId, JobResult calldata result) external;

    function termsOf(uint256 jobId) external view returns (InferenceTerms memory terms);

    /// @notice The job in the market that holds the escrow; the provider's proof is bound to it.
    function marketJobOf(uint256 jobId) external view returns (JobId marketJobId);
}
