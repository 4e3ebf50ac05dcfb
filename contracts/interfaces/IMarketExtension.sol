// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobId, JobOrder, JobResult, TokenPermit} from "./JobTypes.sol";

/// @notice The market's calls that are not on the way of every job: disputes, early release, bundles, permits, callbacks. They are called on the market.
interface IMarketExtension {
    /// @notice What a requester pays for at once: jobs whose ids are the leaves of a Merkle tree (sorted pairs, as OpenZeppelin's).
    struct Bundle {
        /// @dev What is left for jobs to come.
        uint96 remaining;
        /// @dev After it no job of the bundle can be claimed.
        uint40 deadline;
    }

    /// @notice Emitted when an assurance took a challenge of a job's pending answer, or wants the answer defended until `until`.
    event JobChallenged(JobId indexed jobId, address indexed challenger, uint40 until);
    /// @notice Emitted when an answer was shown to be wrong: the worker lost its bond and the job was opened again.
    event JobOverturned(JobId indexed jobId, address indexed worker, uint96 slashed, address indexed challenger);
    /// @notice Emitted when a worker gave a claimed job back for a part of its bond and the job was opened again.
    event JobReleased(JobId indexed jobId, address indexed worker, uint96 penalty);
    /// @notice Emitted when a requester made nonces useless: the set bits of `mask` in the word `nonce >> 8 == word`.
    event NoncesCancelled(address indexed requester, uint256 indexed word, uint256 mask);
    /// @notice Emitted when jobs were paid for at once; `leavesCid` is the SHA-256 digest of the CIDv1 of the list of orders.
    event BundleRequested(
        address indexed requester, address indexed token, bytes32 indexed root, uint96 amount, uint40 deadline, bytes32 leavesCid
    );
    /// @notice Emitted when what was left of a bundle went back to its requester.
    event BundleClosed(address indexed requester, address indexed token, bytes32 indexed root, uint96 returned);
    /// @notice Emitted when an order's callback failed; anyone may retry it with the same `data`.
    event CallbackFailed(JobId indexed jobId, address indexed callback, bytes data);
    /// @notice Emitted when a callback that had failed was delivered.
    event CallbackRetried(JobId indexed jobId, address indexed callback);

    error BundleExists(bytes32 root);
    error BundleUnknown(bytes32 root);
    error BundleTooSmall(bytes32 root, uint256 actual, uint256 needed);
    /// @dev The order is not a leaf of the tree.
    error NotInBundle(JobId jobId, bytes32 root);
    /// @dev No callback of this job has failed with this data.
    error NothingToRetry(JobId jobId);
    error CallbackReverted(JobId jobId);
    error NotWorker(address caller, address worker);

    /// @notice Challenges a pending answer; the order's assurance says with what bond (`msg.value`, which it keeps) and what data.
    function challengeJob(JobOrder calldata order, bytes calldata data) external payable;

    /// @notice Defends a challenged answer with the evidence that its assurance asks for; anyone may.
    function defendJob(JobOrder calldata order, JobResult calldata result) external;

    /// @notice Gives a claimed job back before its due time: the claimed operator or its signer only. The job opens again.
    /// @dev The penalty climbs from a twentieth of the bond at the claim to a half at the due time, rounded up; nine tenths of it go to the requester.
    function releaseJob(JobOrder calldata order) external;

    /// @notice Makes nonces of the caller useless: the set bits of `mask`, in the word `nonce >> 8 == word`. Jobs in flight go on.
    function cancelNonces(uint256 word, uint256 mask) external;

    /// @notice Escrows `amount` of the caller's free balance, topped up by `msg.value` or a token transfer, for the jobs of a tree.
    /// @dev Each leaf is the id of an order of the caller in this token, with a nonce of its own, as if it had been signed. What a claim leaves
    ///      of an order's `maxPrice` stays in the bundle.
    /// @param leavesCid where workers find the orders; the market does not look at it
    function requestBundle(address token, bytes32 root, uint96 amount, uint40 deadline, bytes32 leavesCid) external payable;

    /// @notice Takes the exclusive right to answer a job of a bundle, as {IJobMarket-claimJob} does.
    function claimBundled(JobOrder calldata order, bytes32 root, bytes32[] calldata proof) external returns (JobId jobId);

    /// @notice Returns what is left of a bundle: by its requester at any time, by anyone after its deadline. Claimed jobs go on.
    function closeBundle(address requester, address token, bytes32 root) external;

    function bundleOf(address requester, address token, bytes32 root) external view returns (Bundle memory bundle);

    /// @notice {IJobMarket-requestJob} in tokens, drawn by a permit in the same transaction.
    function requestWithPermit(JobOrder calldata order, TokenPermit calldata permit) external returns (JobId jobId);

    /// @notice {IJobMarket-deposit} of tokens, drawn by a permit in the same transaction.
    function depositWithPermit(address token, uint256 amount, TokenPermit calldata permit) external;

    /// @notice Delivers a callback that failed, with all the gas of this call; anyone may.
    /// @param data as in {CallbackFailed}
    function retryCallback(JobOrder calldata order, bytes calldata data) external;

    /// @notice Hash of the data of the job's callback that failed last, or zero.
    function failedCallbackOf(JobId jobId) external view returns (bytes32 dataHash);
}
