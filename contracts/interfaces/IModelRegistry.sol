// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ModelId} from "./JobTypes.sol";

/// @notice Published models: immutable per `modelId`; earns its owner a royalty on each settled job.
interface IModelRegistry {
    enum SetupKind {
        /// @dev Made from a known secret; refused off local chains.
        InsecureDev,
        /// @dev Phase 2 run by the owner alone.
        OwnerOnly,
        /// @dev Phase 2 with contributions by others.
        Ceremony
    }

    struct Setup {
        SetupKind kind;
        uint16 contributions;
        bytes32 transcriptHash;
    }

    /// @notice What an owner registers.
    struct ModelParams {
        /// @dev keccak256 of the exact graph's header; see TRACE.md.
        bytes32 graphId;
        /// @dev CIDv1 of the manifest as text, without `ipfs://`.
        string manifestCid;
        /// @dev The model this one replaces, or zero.
        ModelId supersedes;
        uint16 royaltyBps;
        /// @dev Least price of a job in the chain's own coin's smallest unit.
        uint96 floorPrice;
        Setup setup;
    }

    struct Model {
        address owner;
        uint16 royaltyBps;
        uint96 floorPrice;
        bool deprecated;
        SetupKind setupKind;
        uint16 contributions;
        uint40 registeredAt;
        bytes32 graphId;
        bytes32 keyHash;
        bytes32 transcriptHash;
        ModelId supersedes;
        string manifestCid;
    }

    /// @notice A proof that must verify; the registry tampers with it and demands that the tampered ones fail.
    struct SampleProof {
        uint256[8] proof;
        uint256[] signals;
    }

    /// @notice Emitted when a model was registered.
    event ModelRegistered(
        ModelId indexed modelId, address indexed owner, bytes32 indexed graphId, bytes32 keyHash, string manifestCid
    );
    /// @notice Emitted when the owner retired a model; jobs in flight go on.
    event ModelDeprecated(ModelId indexed modelId);

    error ModelExists(ModelId modelId);
    error ModelUnknown(ModelId modelId);
    error NotModelOwner(ModelId modelId, address caller);
    error RoyaltyTooHigh(uint256 actualBps, uint256 maxBps);
    /// @dev Setups from a known secret are accepted on chain 31337 and 1337 only.
    error InsecureSetup(uint256 chainId);
    error SetupInconsistent(SetupKind kind, uint16 contributions);
    error SampleProofRejected();
    /// @dev The verifier accepted a proof or signals that the registry had altered.
    error TamperedProofAccepted();
    error ManifestCidInvalid(string manifestCid);
    /// @dev A model has at least one output word, the input commitment and the binding; at most eight output words.
    error SignalCountInvalid(uint256 actual, uint256 min, uint256 max);

    /// @notice Registers a model of the caller: stores its verification key and checks it with one valid and two tampered proofs.
    /// @dev An `InsecureDev` setup has 0 contributions, `OwnerOnly` has 1 and `Ceremony` at least 2. A model may supersede only one of the same owner.
    ///      `manifestCid` is a CIDv1 in base32 lower case. Warning: nobody on chain checks that graph, key and manifest belong together;
    ///      workers re-derive `graphId` from the model's files before they trust it.
    function registerModel(ModelParams calldata params, bytes calldata verificationKey, SampleProof calldata sample)
        external
        returns (ModelId modelId);

    /// @notice Stops new orders for a model; nothing else changes.
    function deprecateModel(ModelId modelId) external;

    /// @notice All that is stored of a model. Reverts with {ModelUnknown}.
    function modelOf(ModelId modelId) external view returns (Model memory model);

    /// @notice What an order is checked against, from one storage slot. Reverts with {ModelUnknown}.
    /// @return floorPrice least price of a job in the chain's own coin's smallest unit
    /// @return contributions phase-2 contributions of the model's setup
    /// @return deprecated whether new orders are stopped
    function orderTermsOf(ModelId modelId)
        external
        view
        returns (uint96 floorPrice, uint16 contributions, bool deprecated);

    /// @notice Who earns the royalty and how much of the price, from one storage slot. Reverts with {ModelUnknown}.
    function royaltyOf(ModelId modelId) external view returns (address owner, uint16 royaltyBps);

    /// @notice keccak256 of the model's verification key. Reverts with {ModelUnknown}.
    function keyHashOf(ModelId modelId) external view returns (bytes32 keyHash);

    /// @notice The id a registration would get.
    function computeModelId(bytes32 graphId, bytes32 keyHash, address owner) external pure returns (ModelId modelId);
}
