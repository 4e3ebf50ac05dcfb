// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";

import {ModelCommitments} from "./ModelCommitments.sol";
import {IModelCommitments} from "./interfaces/IModelCommitments.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IProofVerifier} from "./interfaces/IProofVerifier.sol";
import {ModelId} from "./interfaces/JobTypes.sol";
import {Bn254} from "./libraries/Bn254.sol";

/// @dev See {IModelRegistry}.
contract ModelRegistry is IModelRegistry, ERC165 {
    /// @dev Three slots are read on the way of a job, one in each place: who earns, what an order is checked against, and the key.
    struct Record {
        address owner;
        uint16 royaltyBps;
        SetupKind setupKind;
        uint96 floorPrice;
        uint40 registeredAt;
        uint16 contributions;
        bool deprecated;
        bytes32 keyHash;
        bytes32 graphId;
        bytes32 transcriptHash;
        ModelId supersedes;
        ModelId supersededBy;
        address offeredTo;
        string manifestCid;
    }

    uint256 public constant MAX_ROYALTY_BPS = 2_000;
    /// @dev One output word, the input commitment and the binding.
    uint256 public constant MIN_SIGNALS = 3;
    /// @dev Eight output words, the input commitment and the binding.
    uint256 public constant MAX_SIGNALS = 10;

    IProofVerifier public immutable proofVerifier;
    /// @inheritdoc IModelRegistry
    IModelCommitments public immutable commitments;

    mapping(ModelId modelId => Record record) private _records;
    /// @inheritdoc IModelRegistry
    mapping(bytes32 keyHash => bool proved) public keyProved;

    modifier onlyCommitments() {
        if (msg.sender != address(commitments)) revert NotCommitments(msg.sender);
        _;
    }

    constructor(IProofVerifier proofVerifier_) {
        proofVerifier = proofVerifier_;
        commitments = new ModelCommitments(this, proofVerifier_);
    }

    /// @inheritdoc IModelRegistry
    function registerModel(ModelParams calldata params, bytes calldata verificationKey, SampleProof calldata sample)
        external
        returns (ModelId modelId)
    {
        bytes32 keyHash = keccak256(verificationKey);
        modelId = _register(msg.sender, params, keyHash);
        // The verifier and {commitments} are part of this deployment and call nobody else.
        _proveKey(keyHash, verificationKey, sample);
        commitments.noteRegistered(modelId);
    }

    /// @inheritdoc IModelRegistry
    function proveKey(bytes calldata verificationKey, SampleProof calldata sample) external returns (bytes32 keyHash) {
        keyHash = keccak256(verificationKey);
        _proveKey(keyHash, verificationKey, sample);
    }

    /// @inheritdoc IModelRegistry
    function registerModelFor(
        address owner,
        bytes32 graphId,
        bytes32 keyHash,
        string calldata manifestCid,
        ModelId supersedes
    ) external onlyCommitments returns (ModelId modelId) {
        if (!keyProved[keyHash]) revert KeyUnproved(keyHash);
        Record storage former = _records[supersedes];
        ModelParams memory params;
        (params.graphId, params.manifestCid, params.supersedes) = (graphId, manifestCid, supersedes);
        (params.royaltyBps, params.floorPrice) = (former.royaltyBps, former.floorPrice);
        params.setup = former.keyHash == keyHash
            ? Setup(former.setupKind, former.contributions, former.transcriptHash)
            : Setup(SetupKind.OwnerOnly, 1, 0);
        modelId = _register(owner, params, keyHash);
        commitments.noteRegistered(modelId);
    }

    /// @inheritdoc IModelRegistry
    function offerModel(ModelId modelId, address to) external {
        Record storage record = _recordOf(modelId);
        if (msg.sender != record.owner) revert NotModelOwner(modelId, msg.sender);

        record.offeredTo = to;
        emit ModelOffered(modelId, msg.sender, to);
    }

    /// @inheritdoc IModelRegistry
    function acceptModel(ModelId modelId) external {
        Record storage record = _recordOf(modelId);
        if (msg.sender != record.offeredTo) revert ModelNotOffered(modelId, msg.sender);
        address from = record.owner;

        (record.owner, record.offeredTo) = (msg.sender, address(0));
        emit ModelTransferred(modelId, from, msg.sender);
    }

    /// @inheritdoc IModelRegistry
    function deprecateModel(ModelId modelId) external {
        _deprecate(msg.sender, modelId);
    }

    /// @inheritdoc IModelRegistry
    function deprecateModelFor(address owner, ModelId modelId) external onlyCommitments {
        _deprecate(owner, modelId);
    }

    /// @inheritdoc IModelRegistry
    function modelOf(ModelId modelId) external view returns (Model memory model) {
        Record storage record = _recordOf(modelId);
        return Model({
            owner: record.owner,
            royaltyBps: record.royaltyBps,
            floorPrice: record.floorPrice,
            deprecated: record.deprecated,
            setupKind: record.setupKind,
            contributions: record.contributions,
            registeredAt: record.registeredAt,
            graphId: record.graphId,
            keyHash: record.keyHash,
            transcriptHash: record.transcriptHash,
            supersedes: record.supersedes,
            manifestCid: record.manifestCid,
            supersededBy: record.supersededBy,
            offeredTo: record.offeredTo
        });
    }

    /// @inheritdoc IModelRegistry
    function orderTermsOf(ModelId modelId)
        external
        view
        returns (uint96 floorPrice, uint16 contributions, bool deprecated)
    {
        Record storage record = _records[modelId];
        // Stands in the same slot as what is returned, and is never zero for a registered model.
        if (record.registeredAt == 0) revert ModelUnknown(modelId);
        return (record.floorPrice, record.contributions, record.deprecated);
    }

    /// @inheritdoc IModelRegistry
    function royaltyOf(ModelId modelId) external view returns (address owner, uint16 royaltyBps) {
        Record storage record = _records[modelId];
        (owner, royaltyBps) = (record.owner, record.royaltyBps);
        if (owner == address(0)) revert ModelUnknown(modelId);
    }

    /// @inheritdoc IModelRegistry
    function keyHashOf(ModelId modelId) external view returns (bytes32 keyHash) {
        keyHash = _records[modelId].keyHash;
        if (keyHash == 0) revert ModelUnknown(modelId);
    }

    /// @inheritdoc IModelRegistry
    function latestVersionOf(ModelId modelId, uint256 maxSteps) external view returns (ModelId latest, bool complete) {
        ModelId next = _recordOf(modelId).supersededBy;
        latest = modelId;
        for (uint256 i = 0; i < maxSteps && ModelId.unwrap(next) != 0; ++i) {
            latest = next;
            next = _records[latest].supersededBy;
        }
        complete = ModelId.unwrap(next) == 0;
    }

    /// @inheritdoc IModelRegistry
    function computeModelId(bytes32 graphId, bytes32 keyHash, address owner) public pure returns (ModelId modelId) {
        return ModelId.wrap(keccak256(abi.encode(graphId, keyHash, owner)));
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IModelRegistry).interfaceId || super.supportsInterface(interfaceId);
    }

    function _recordOf(ModelId modelId) private view returns (Record storage record) {
        record = _records[modelId];
        if (record.owner == address(0)) revert ModelUnknown(modelId);
    }

    function _register(address owner, ModelParams memory params, bytes32 keyHash) private returns (ModelId modelId) {
        modelId = computeModelId(params.graphId, keyHash, owner);
        if (_records[modelId].owner != address(0)) revert ModelExists(modelId);
        if (params.royaltyBps > MAX_ROYALTY_BPS) revert RoyaltyTooHigh(params.royaltyBps, MAX_ROYALTY_BPS);
        _checkSetup(params.setup);
        if (!_isCid(bytes(params.manifestCid))) revert ManifestCidInvalid(params.manifestCid);

        _records[modelId] = Record({
            owner: owner,
            royaltyBps: params.royaltyBps,
            setupKind: params.setup.kind,
            floorPrice: params.floorPrice,
            registeredAt: uint40(block.timestamp),
            contributions: params.setup.contributions,
            deprecated: false,
            keyHash: keyHash,
            graphId: params.graphId,
            transcriptHash: params.setup.transcriptHash,
            supersedes: params.supersedes,
            supersededBy: ModelId.wrap(0),
            offeredTo: address(0),
            manifestCid: params.manifestCid
        });
        emit ModelRegistered(modelId, owner, params.graphId, keyHash, params.manifestCid);
        if (ModelId.unwrap(params.supersedes) != 0) _supersede(owner, params.supersedes, modelId);
    }

    function _supersede(address owner, ModelId modelId, ModelId by) private {
        Record storage record = _recordOf(modelId);
        if (record.owner != owner) revert NotModelOwner(modelId, owner);
        if (ModelId.unwrap(record.supersededBy) != 0) revert ModelAlreadySuperseded(modelId, record.supersededBy);

        record.supersededBy = by;
        emit ModelSuperseded(modelId, by);
    }

    function _deprecate(address owner, ModelId modelId) private {
        Record storage record = _recordOf(modelId);
        if (owner != record.owner) revert NotModelOwner(modelId, owner);

        record.deprecated = true;
        emit ModelDeprecated(modelId);
        commitments.noteDeprecated(modelId);
    }

    function _proveKey(bytes32 keyHash, bytes calldata verificationKey, SampleProof calldata sample) private {
        uint256 count = sample.signals.length;
        if (count < MIN_SIGNALS || count > MAX_SIGNALS) revert SignalCountInvalid(count, MIN_SIGNALS, MAX_SIGNALS);
        proofVerifier.storeKey(verificationKey);
        _checkSample(keyHash, sample);
        if (keyProved[keyHash]) return;

        keyProved[keyHash] = true;
        emit KeyProved(keyHash);
    }

    function _checkSetup(Setup memory setup) private view {
        if (setup.kind == SetupKind.InsecureDev && block.chainid != 31_337 && block.chainid != 1_337) {
            revert InsecureSetup(block.chainid);
        }
        bool consistent = setup.kind == SetupKind.InsecureDev
            ? setup.contributions == 0
            : setup.kind == SetupKind.OwnerOnly ? setup.contributions == 1 : setup.contributions > 1;
        if (!consistent) revert SetupInconsistent(setup.kind, setup.contributions);
    }

    /// @dev The same proof must fail for another binding, and the proof with A negated must fail for the same signals. Then the sample must verify: last,
    ///      because a check that ran out of gas fails too, and each has no more gas than the one before.
    function _checkSample(bytes32 keyHash, SampleProof calldata sample) private view {
        uint256[] memory signals = sample.signals;
        uint256 last = signals.length - 1;
        signals[last] = addmod(signals[last], 1, Bn254.SCALAR_ORDER);
        if (proofVerifier.verify(keyHash, sample.proof, signals)) revert TamperedProofAccepted();

        uint256[8] memory proof = sample.proof;
        // Wraps around for a coordinate that is out of range, which the verifier refuses either way.
        unchecked {
            proof[1] = Bn254.BASE_ORDER - proof[1];
        }
        if (proofVerifier.verify(keyHash, proof, sample.signals)) revert TamperedProofAccepted();
        if (!proofVerifier.verify(keyHash, sample.proof, sample.signals)) revert SampleProofRejected();
    }

    /// @dev CIDv1 in base32 lower case: a `b`, then letters and the digits 2 to 7.
    function _isCid(bytes memory text) private pure returns (bool) {
        if (text.length < 8 || text.length > 128 || text[0] != "b") return false;
        for (uint256 i = 1; i < text.length; ++i) {
            bytes1 char = text[i];
            if (!((char >= "a" && char <= "z") || (char >= "2" && char <= "7"))) return false;
        }
        return true;
    }
}
