// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModelCommitments} from "./IModelCommitments.sol";
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
        /// @dev The model that replaces this one, or zero.
        ModelId supersededBy;
        /// @dev Who may take the model over, or zero.
        address offeredTo;
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
    /// @notice Emitted when a registration replaced an earlier model of the same owner.
    event ModelSuperseded(ModelId indexed modelId, ModelId indexed supersededBy);
    /// @notice Emitted when a model's owner offered it to somebody; zero when the offer was taken back.
    event ModelOffered(ModelId indexed modelId, address indexed owner, address indexed offeredTo);
    /// @notice Emitted when a model, and with it the royalty of every job that settles from now on, went to another owner.
    event ModelTransferred(ModelId indexed modelId, address indexed from, address indexed to);
    /// @notice Emitted when a verification key passed its sample proof.
    event KeyProved(bytes32 indexed keyHash);

    error ModelExists(ModelId modelId);
    error ModelUnknown(ModelId modelId);
    error NotModelOwner(ModelId modelId, address caller);
    /// @dev Only the newest version can be superseded, so that versions are a line.
    error ModelAlreadySuperseded(ModelId modelId, ModelId supersededBy);
    error ModelNotOffered(ModelId modelId, address caller);
    /// @dev No registration and no {proveKey} has shown that this key accepts a proof and refuses tampered ones.
    error KeyUnproved(bytes32 keyHash);
    error NotCommitments(address caller);
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

    /// @notice The part of {registerModel} that concerns the key: stores it and checks it with one valid and two tampered proofs. Anyone may call it.
    /// @return keyHash keccak256 of the key's bytes
    function proveKey(bytes calldata verificationKey, SampleProof calldata sample) external returns (bytes32 keyHash);

    /// @notice {registerModel} under a key that was proved before, without the owner's own terms. For {commitments} only, which says who the owner is.
    function registerModelFor(
        address owner,
        bytes32 graphId,
        bytes32 keyHash,
        string calldata manifestCid,
        ModelId supersedes
    ) external returns (ModelId modelId);

    /// @notice Offers a model to another account, which becomes the owner by {acceptModel}; zero takes the offer back. Owner only.
    function offerModel(ModelId modelId, address to) external;

    /// @notice Takes over a model that was offered to the caller. Jobs that settle from now on pay their royalty to the caller, whenever they were requested.
    function acceptModel(ModelId modelId) external;

    /// @notice {deprecateModel} by an owner who called {commitments}. For that only.
    function deprecateModelFor(address owner, ModelId modelId) external;

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

    /// @notice The newest version of a model, by at most `maxSteps` supersessions; the model itself when there is none. Reverts with {ModelUnknown}.
    /// @return latest the newest version that was reached
    /// @return complete whether nothing supersedes that
    /// @dev Warning: the newest version may be deprecated, and its owner decides what it is; an order names one model, whose id never changes its meaning.
    function latestVersionOf(ModelId modelId, uint256 maxSteps) external view returns (ModelId latest, bool complete);

    /// @notice Whether a key accepted a proof and refused tampered ones here.
    function keyProved(bytes32 keyHash) external view returns (bool);

    /// @notice The same models in the words of ERC-7992.
    function commitments() external view returns (IModelCommitments);

    /// @notice The id a registration would get.
    function computeModelId(bytes32 graphId, bytes32 keyHash, address owner) external pure returns (ModelId modelId);
}
