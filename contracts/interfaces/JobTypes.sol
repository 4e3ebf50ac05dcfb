// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev EIP-712 digest of a {JobOrder} under the market's domain.
type JobId is bytes32;

/// @dev `keccak256(graphId, keccak256(verification key), owner)`.
type ModelId is bytes32;

/// @notice The signed statement of one paid computation.
/// @dev Orders travel in calldata and events; only their digest is stored. Times are unix seconds, money is in the token's smallest unit.
struct JobOrder {
    /// @dev Pays for the job and owns it.
    address requester;
    /// @dev `address(0)` is the chain's own coin; any other must be on the market's allow list.
    address token;
    /// @dev The price climbs from `minPrice` at `rampStart` to `maxPrice` over `rampSeconds`; a ramp of zero seconds is `maxPrice` at all times.
    uint96 minPrice;
    uint96 maxPrice;
    uint40 rampStart;
    uint32 rampSeconds;
    /// @dev After it nobody can claim.
    uint40 claimDeadline;
    /// @dev Time that a claim gives the worker; not zero.
    uint32 proveSeconds;
    /// @dev After it anyone can end the job.
    uint40 finalDeadline;
    ModelId modelId;
    /// @dev Poseidon of the packed input words; always below the scalar field's order.
    uint256 inputCommitment;
    /// @dev Keccak tree of the input tensor's bytes, for step proofs.
    bytes32 inputRoot;
    /// @dev SHA-256 digest of the input's CIDv1 root block.
    bytes32 inputCid;
    /// @dev Judges the evidence; its own terms are in `assuranceData` (empty for an assurance without terms, such as `proof`).
    address assurance;
    bytes assuranceData;
    /// @dev Part of the worker's stake that a claim locks, in the stake's unit.
    uint96 bond;
    /// @dev `address(0)` lets any registered worker claim.
    address allowedWorker;
    /// @dev Fewest phase-2 contributions that the model's setup must have.
    uint16 minContributions;
    /// @dev Contract that is told how the job went, see {IInferenceConsumer}; `address(0)` for none.
    address callback;
    /// @dev Gas of each call of it, at most the market's `MAX_CALLBACK_GAS`; zero when there is no callback.
    uint32 callbackGas;
    uint16 maxFeeBps;
    uint256 nonce;
}

enum JobState {
    None,
    Requested,
    Claimed,
    Answered,
    Challenged,
    Settled,
    Refunded,
    Cancelled
}

/// @notice What the market stores of a live job: one slot.
struct Job {
    /// @dev Operator account of the worker that holds the claim, or the assurance itself when it admits workers of its own; zero when nobody does.
    address worker;
    /// @dev When the worker's time runs out; for an Answered or Challenged job, the verdict's `until`.
    uint40 due;
    JobState state;
    /// @dev Seconds into the ramp of the price that is held in escrow. While the job is open the price can climb no further than this:
    ///      the whole ramp at first; after an expiry the claim's tick, unless the requester's free balance covered the rest again.
    uint32 priceTick;
    /// @dev The platform's share, fixed when the job left None.
    uint16 feeBps;
}

/// @notice A {Job} as it is stored: read once and written once.
struct StoredJob {
    /// @dev As {JobSlot} packs it.
    uint256 word;
}

/// @notice An answer and its evidence.
struct JobResult {
    /// @dev Packed output words, each below the scalar field's order.
    uint256[] outputs;
    /// @dev What the order's assurance judges; for `proof` it is `abi.encode(uint256[8] proof)`.
    bytes evidence;
}

/// @notice One entry of a batch of answers. To finalize, `result.evidence` is empty.
struct Submission {
    JobOrder order;
    JobResult result;
}

/// @notice What the market tells an assurance of one entry of a batch.
struct JobCase {
    /// @dev Place of the entry in the batch.
    uint256 index;
    JobId jobId;
    address worker;
    uint256 binding;
}

/// @notice Why an entry of a batch changed nothing.
enum SkipReason {
    None,
    /// @dev The job is not in the state that the call needs; also behind an entry of the same job that was accepted.
    WrongState,
    /// @dev To submit: the worker's time is up. To finalize: the pending time is not.
    WrongTime,
    /// @dev The assurance rejects the evidence, or has not decided yet.
    EvidenceRejected,
    /// @dev The assurance failed.
    AssuranceFailed
}

/// @notice What a requester signed, or paid, to let tokens be drawn.
enum PermitKind {
    /// @dev ERC-2612; `signature` is `r, s, v` packed and `nonce` is ignored. One that was used already is passed over.
    Erc2612,
    /// @dev Permit2's SignatureTransfer, with the market as spender.
    Permit2
}

struct TokenPermit {
    PermitKind kind;
    /// @dev Amount that was signed for; at least what is drawn.
    uint256 amount;
    uint256 nonce;
    uint256 deadline;
    bytes signature;
}
