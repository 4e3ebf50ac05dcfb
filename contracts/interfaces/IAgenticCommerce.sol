// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The job escrow of ERC-8183 (Agentic Commerce, draft of February 2026), with the optional parameters of its text.
/// @dev Open → Funded → Submitted → Completed, or Rejected from Open, Funded and Submitted, or Expired from Funded and Submitted.
interface IAgenticCommerce {
    enum JobStatus {
        Open,
        Funded,
        Submitted,
        Completed,
        Rejected,
        Expired
    }

    struct CommerceJob {
        address client;
        JobStatus status;
        address provider;
        uint40 expiredAt;
        address evaluator;
        uint96 budget;
        string description;
    }

    event JobCreated(
        uint256 indexed jobId, address indexed client, address indexed provider, address evaluator, uint256 expiredAt
    );
    event ProviderSet(uint256 indexed jobId, address indexed provider);
    event BudgetSet(uint256 indexed jobId, uint256 amount);
    event JobFunded(uint256 indexed jobId, address indexed client, uint256 amount);
    event JobSubmitted(uint256 indexed jobId, address indexed provider, bytes32 deliverable);
    event JobCompleted(uint256 indexed jobId, address indexed evaluator, bytes32 reason);
    event JobRejected(uint256 indexed jobId, address indexed rejector, bytes32 reason);
    event JobExpired(uint256 indexed jobId);
    event PaymentReleased(uint256 indexed jobId, address indexed provider, uint256 amount);
    event Refunded(uint256 indexed jobId, address indexed client, uint256 amount);

    error JobUnknown(uint256 jobId);
    error WrongStatus(uint256 jobId, JobStatus actual);
    error Unauthorized(uint256 jobId, address caller);
    error AddressZero();
    error ExpiryInvalid(uint256 expiredAt, uint256 timestamp);
    error BudgetInvalid(uint256 budget);
    error BudgetMismatch(uint256 actual, uint256 expected);
    error ProviderMissing(uint256 jobId);
    error ProviderAlreadySet(uint256 jobId, address provider);
    error NotExpired(uint256 expiredAt, uint256 timestamp);

    /// @notice Creates a job of the caller; `provider` may be set later.
    function createJob(
        address provider,
        address evaluator,
        uint256 expiredAt,
        string calldata description,
        address hook
    ) external returns (uint256 jobId);

    /// @notice Sets the provider of an open job that has none; the client only.
    function setProvider(uint256 jobId, address provider, bytes calldata optParams) external;

    /// @notice Sets the price of an open job; its client or provider only.
    function setBudget(uint256 jobId, uint256 amount, bytes calldata optParams) external;

    /// @notice Escrows the budget of an open job, if it is still the expected one; the client only.
    function fund(uint256 jobId, uint256 expectedBudget, bytes calldata optParams) external;

    /// @notice Says that the work is done; the provider only.
    function submit(uint256 jobId, bytes32 deliverable, bytes calldata optParams) external;

    /// @notice Pays the provider of submitted work; the evaluator only.
    function complete(uint256 jobId, bytes32 reason, bytes calldata optParams) external;

    /// @notice Ends a job without payment: by its client while it is open, by its evaluator while it is funded or submitted.
    function reject(uint256 jobId, bytes32 reason, bytes calldata optParams) external;

    /// @notice Returns the escrow to the client from `expiredAt` on; anyone may call.
    function claimRefund(uint256 jobId) external;

    function getJob(uint256 jobId) external view returns (CommerceJob memory job);
}
