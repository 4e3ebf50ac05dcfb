// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";

import {IERC7992Registry, IERC7992Verifier} from "./interfaces/IERC7992.sol";
import {IModelCommitments} from "./interfaces/IModelCommitments.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IProofVerifier} from "./interfaces/IProofVerifier.sol";
import {ModelId} from "./interfaces/JobTypes.sol";
import {Bn254} from "./libraries/Bn254.sol";

/// @dev See {IModelCommitments}. Created by the registry, which takes an owner's word from here.
contract ModelCommitments is IModelCommitments, ERC165 {
    bytes4 private constant PROOF_SYSTEM = bytes4(keccak256("groth16-bn254-v1"));
    bytes7 private constant URI_SCHEME = "ipfs://";
    /// @dev Eight words of proof and the binding.
    uint256 private constant PROOF_LENGTH = 9 * 32;

    IModelRegistry private immutable _models;
    IProofVerifier private immutable _verifier;

    constructor(IModelRegistry models, IProofVerifier verifier) {
        _models = models;
        _verifier = verifier;
    }

    modifier onlyRegistry() {
        if (msg.sender != address(_models)) revert NotRegistry(msg.sender);
        _;
    }

    /// @inheritdoc IERC7992Registry
    function registerModel(ModelCommitment calldata commitment) external returns (uint256 modelId) {
        return _register(commitment, ModelId.wrap(0));
    }

    /// @inheritdoc IERC7992Registry
    function updateModel(uint256 modelId, ModelCommitment calldata newCommitment) external {
        IModelRegistry.Model memory model = _ownModel(modelId);
        _register(newCommitment, _idOf(modelId));
        emit ModelUpdated(modelId, _commitmentOf(model), newCommitment);
    }

    /// @inheritdoc IERC7992Registry
    function deprecateModel(uint256 modelId) external {
        _ownModel(modelId);
        _models.deprecateModelFor(msg.sender, _idOf(modelId));
    }

    /// @inheritdoc IModelCommitments
    function verifyInference(uint256 modelId, bytes32 inputCommitment, bytes calldata output, bytes calldata proof)
        external
    {
        IModelRegistry.Model memory model = _modelOf(modelId);
        if (model.deprecated) revert VerificationRefused_ModelDeprecated(modelId);
        if (uint256(inputCommitment) >= Bn254.SCALAR_ORDER) revert InputCommitmentMismatch();
        if (proof.length != PROOF_LENGTH) revert InvalidProof();
        (uint256[8] memory words, uint256 binding) = abi.decode(proof, (uint256[8], uint256));
        uint256[] memory outputs = abi.decode(output, (uint256[]));

        uint256 count = outputs.length;
        if (count + 2 != _verifier.signalCount(model.keyHash)) revert OutputMismatch();
        uint256[] memory signals = new uint256[](count + 2);
        for (uint256 i = 0; i < count; ++i) {
            if (outputs[i] >= Bn254.SCALAR_ORDER) revert OutputMismatch();
            signals[i] = outputs[i];
        }
        (signals[count], signals[count + 1]) = (uint256(inputCommitment), binding);
        if (!_verifier.verify(model.keyHash, words, signals)) revert InvalidProof();

        emit InferenceVerified(modelId, inputCommitment, output, msg.sender);
    }

    /// @inheritdoc IModelCommitments
    function noteRegistered(ModelId modelId) external onlyRegistry {
        IModelRegistry.Model memory model = _models.modelOf(modelId);
        emit ModelRegistered(uint256(ModelId.unwrap(modelId)), model.owner, _commitmentOf(model));
    }

    /// @inheritdoc IModelCommitments
    function noteDeprecated(ModelId modelId) external onlyRegistry {
        emit ModelDeprecated(uint256(ModelId.unwrap(modelId)));
    }

    /// @inheritdoc IERC7992Registry
    function getModel(uint256 modelId)
        external
        view
        returns (ModelCommitment memory commitment, bool deprecated, address owner)
    {
        IModelRegistry.Model memory model = _modelOf(modelId);
        return (_commitmentOf(model), model.deprecated, model.owner);
    }

    /// @inheritdoc IERC7992Verifier
    function proofSystemOf(uint256 modelId) external view returns (bytes4) {
        _modelOf(modelId);
        return PROOF_SYSTEM;
    }

    /// @inheritdoc IERC7992Verifier
    function registry() external view returns (address registryAddress) {
        return address(this);
    }

    /// @inheritdoc ERC165
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC7992Registry).interfaceId || interfaceId == type(IERC7992Verifier).interfaceId
            || super.supportsInterface(interfaceId);
    }

    function _register(ModelCommitment calldata commitment, ModelId supersedes) private returns (uint256 modelId) {
        if (commitment.proofSystemId != PROOF_SYSTEM) revert UnsupportedProofSystem(commitment.proofSystemId);
        bytes calldata uri = bytes(commitment.uri);
        if (commitment.circuitHash != commitment.vkHash || uri.length < 7 || bytes7(uri) != URI_SCHEME) {
            revert CommitmentInvalid();
        }
        ModelId id = _models.registerModelFor(
            msg.sender, commitment.modelHash, commitment.vkHash, string(uri[7:]), supersedes
        );
        return uint256(ModelId.unwrap(id));
    }

    function _idOf(uint256 modelId) private pure returns (ModelId) {
        return ModelId.wrap(bytes32(modelId));
    }

    function _modelOf(uint256 modelId) private view returns (IModelRegistry.Model memory) {
        try _models.modelOf(_idOf(modelId)) returns (IModelRegistry.Model memory model) {
            return model;
        } catch {
            revert ModelNotFound(modelId);
        }
    }

    function _ownModel(uint256 modelId) private view returns (IModelRegistry.Model memory model) {
        model = _modelOf(modelId);
        if (msg.sender != model.owner) revert NotModelOwner(modelId, msg.sender);
    }

    function _commitmentOf(IModelRegistry.Model memory model) private pure returns (ModelCommitment memory) {
        return ModelCommitment({
            modelHash: model.graphId,
            circuitHash: model.keyHash,
            vkHash: model.keyHash,
            proofSystemId: PROOF_SYSTEM,
            uri: string.concat("ipfs://", model.manifestCid)
        });
    }
}
