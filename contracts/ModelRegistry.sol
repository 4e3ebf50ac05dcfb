// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";

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
        string manifestCid;
    }

    uint256 public constant MAX_ROYALTY_BPS = 2_000;
    /// @dev One output word, the input commitment and the binding.
    uint256 public constant MIN_SIGNALS = 3;
    /// @dev Eight output words, the input commitment and the binding.
    uint256 public constant MAX_SIGNALS = 10;

    IProofVerifier public immutable proofVerifier;

    mapping(ModelId modelId => Record record) private _records;

    constructor(IProofVerifier proofVerifier_) {
        proofVerifier = proofVerifier_;
    }

    /// @inheritdoc IModelRegistry
    function registerModel(ModelParams calldata params, bytes calldata verificationKey, SampleProof calldata sample)
        external
        returns (ModelId modelId)
    {
        bytes32 keyHash = keccak256(verificationKey);
        modelId = computeModelId(params.graphId, keyHash, msg.sender);
        if (_records[modelId].owner != address(0)) revert ModelExists(modelId);
        _checkParams(params);
        uint256 count = sample.signals.length;
        if (count < MIN_SIGNALS || count > MAX_SIGNALS) revert SignalCountInvalid(count, MIN_SIGNALS, MAX_SIGNALS);

        _records[modelId] = Record({
            owner: msg.sender,
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
            manifestCid: params.manifestCid
        });
        emit ModelRegistered(modelId, msg.sender, params.graphId, keyHash, params.manifestCid);

        // The verifier is part of this deployment and calls nobody.
        proofVerifier.storeKey(verificationKey);
        _checkSample(keyHash, sample);
    }

    /// @inheritdoc IModelRegistry
    function deprecateModel(ModelId modelId) external {
        Record storage record = _recordOf(modelId);
        if (msg.sender != record.owner) revert NotModelOwner(modelId, msg.sender);

        record.deprecated = true;
        emit ModelDeprecated(modelId);
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
            manifestCid: record.manifestCid
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
        Record storage record = _recordOf(modelId);
        return (record.owner, record.royaltyBps);
    }

    /// @inheritdoc IModelRegistry
    function keyHashOf(ModelId modelId) external view returns (bytes32 keyHash) {
        keyHash = _records[modelId].keyHash;
        if (keyHash == 0) revert ModelUnknown(modelId);
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

    function _checkParams(ModelParams calldata params) private view {
        if (params.royaltyBps > MAX_ROYALTY_BPS) revert RoyaltyTooHigh(params.royaltyBps, MAX_ROYALTY_BPS);
        _checkSetup(params.setup);
        if (!_isCid(bytes(params.manifestCid))) revert ManifestCidInvalid(params.manifestCid);

        if (ModelId.unwrap(params.supersedes) != 0) {
            if (_recordOf(params.supersedes).owner != msg.sender) revert NotModelOwner(params.supersedes, msg.sender);
        }
    }

    function _checkSetup(Setup calldata setup) private view {
        if (setup.kind == SetupKind.InsecureDev && block.chainid != 31_337 && block.chainid != 1_337) {
            revert InsecureSetup(block.chainid);
        }
        bool consistent = setup.kind == SetupKind.InsecureDev
            ? setup.contributions == 0
            : setup.kind == SetupKind.OwnerOnly ? setup.contributions == 1 : setup.contributions > 1;
        if (!consistent) revert SetupInconsistent(setup.kind, setup.contributions);
    }

    /// @dev The sample must verify. The same proof must fail for another binding, and the proof with A negated must fail for the same signals.
    function _checkSample(bytes32 keyHash, SampleProof calldata sample) private view {
        if (!proofVerifier.verify(keyHash, sample.proof, sample.signals)) revert SampleProofRejected();

        uint256[] memory signals = sample.signals;
        uint256 last = signals.length - 1;
        signals[last] = addmod(signals[last], 1, Bn254.SCALAR_ORDER);
        if (proofVerifier.verify(keyHash, sample.proof, signals)) revert TamperedProofAccepted();

        uint256[8] memory proof = sample.proof;
        proof[1] = Bn254.BASE_ORDER - proof[1];
        if (proofVerifier.verify(keyHash, proof, sample.signals)) revert TamperedProofAccepted();
    }

    /// @dev CIDv1 in base32 lower case: a `b`, then letters and the digits 2 to 7.
    function _isCid(bytes calldata text) private pure returns (bool) {
        if (text.length < 8 || text.length > 128 || text[0] != "b") return false;
        for (uint256 i = 1; i < text.length; ++i) {
            bytes1 char = text[i];
            if (!((char >= "a" && char <= "z") || (char >= "2" && char <= "7"))) return false;
        }
        return true;
    }
}
