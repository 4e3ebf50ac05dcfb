// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {ModelRegistry} from "../../contracts/ModelRegistry.sol";
import {ProofVerifier} from "../../contracts/ProofVerifier.sol";
import {IERC7992Registry, IERC7992Verifier} from "../../contracts/interfaces/IERC7992.sol";
import {IModelCommitments} from "../../contracts/interfaces/IModelCommitments.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {ModelId} from "../../contracts/interfaces/JobTypes.sol";
import {Bn254} from "../../contracts/libraries/Bn254.sol";
import {AnswerProof} from "./AnswerProof.sol";
import {BatchProofs} from "./BatchProofs.sol";
import {Test} from "./Vm.sol";

/// @notice The models in the words of ERC-7992.
contract ModelCommitmentsTest is Test {
    address private constant OWNER = address(0xA11CE);
    address private constant STRANGER = address(0xB0B);
    string private constant CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";

    ModelRegistry private models;
    IModelCommitments private commitments;
    bytes32 private keyHash;
    uint256 private modelId;

    function setUp() external {
        vm.warp(2_000_000_000);
        vm.chainId(31_337);
        models = new ModelRegistry(new ProofVerifier());
        commitments = models.commitments();
        keyHash = keccak256(AnswerProof.KEY);
        IModelRegistry.ModelParams memory params;
        (params.graphId, params.manifestCid, params.royaltyBps, params.floorPrice) = ("graph", CID, 500, 1_000);
        vm.prank(OWNER);
        modelId = uint256(ModelId.unwrap(models.registerModel(params, AnswerProof.KEY, fakeSample())));
    }

    function fakeSample() private pure returns (IModelRegistry.SampleProof memory sample) {
        (sample.proof, sample.signals) = (AnswerProof.proof(), AnswerProof.signals());
    }

    function fakeCommitment(bytes32 graphId) private view returns (IERC7992Registry.ModelCommitment memory) {
        return IERC7992Registry.ModelCommitment({
            modelHash: graphId,
            circuitHash: keyHash,
            vkHash: keyHash,
            proofSystemId: bytes4(keccak256("groth16-bn254-v1")),
            uri: string.concat("ipfs://", CID)
        });
    }

    function idOf(uint256 number) private pure returns (ModelId) {
        return ModelId.wrap(bytes32(number));
    }

    function outputs() private pure returns (bytes memory) {
        uint256[] memory words = new uint256[](2);
        (words[0], words[1]) = (AnswerProof.signals()[0], AnswerProof.signals()[1]);
        return abi.encode(words);
    }

    function proof() private pure returns (bytes memory) {
        return abi.encode(AnswerProof.proof(), AnswerProof.signals()[3]);
    }

    function verifyInference(bytes memory output, uint256 inputCommitment, bytes memory evidence) private {
        commitments.verifyInference(modelId, bytes32(inputCommitment), output, evidence);
    }

    // Registry

    function test_registerModel_reverts() external {
        IERC7992Registry.ModelCommitment memory commitment = fakeCommitment("other");
        commitment.proofSystemId = "plon";
        vm.expectRevert(abi.encodeWithSelector(IERC7992Verifier.UnsupportedProofSystem.selector, bytes4("plon")));
        commitments.registerModel(commitment);

        commitment = fakeCommitment("other");
        commitment.circuitHash = "another";
        vm.expectRevert(IModelCommitments.CommitmentInvalid.selector);
        commitments.registerModel(commitment);
        commitment = fakeCommitment("other");
        commitment.uri = "https://example.org/model";
        vm.expectRevert(IModelCommitments.CommitmentInvalid.selector);
        commitments.registerModel(commitment);
        commitment.uri = "ipfs:/";
        vm.expectRevert(IModelCommitments.CommitmentInvalid.selector);
        commitments.registerModel(commitment);
        commitment.uri = "ipfs://";
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ManifestCidInvalid.selector, ""));
        commitments.registerModel(commitment);
    }

    function test_registerModel_revertsOnAKeyThatHasNotProvedItself() external {
        IERC7992Registry.ModelCommitment memory commitment = fakeCommitment("other");
        commitment.vkHash = keccak256(BatchProofs.KEY);
        commitment.circuitHash = commitment.vkHash;
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.KeyUnproved.selector, commitment.vkHash));
        commitments.registerModel(commitment);

        models.proveKey(
            BatchProofs.KEY,
            IModelRegistry.SampleProof({proof: BatchProofs.all()[1].proof, signals: BatchProofs.all()[1].signals})
        );
        commitments.registerModel(commitment);
    }

    function test_registerModel_revertsTwice() external {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelExists.selector, modelId));
        vm.prank(OWNER);
        commitments.registerModel(fakeCommitment("graph"));
    }

    function test_registerModel_isARegistrationLikeAnyOther() external {
        IERC7992Registry.ModelCommitment memory commitment = fakeCommitment("other");
        uint256 expected = uint256(ModelId.unwrap(models.computeModelId("other", keyHash, STRANGER)));
        vm.expectEmit();
        emit IERC7992Registry.ModelRegistered(expected, STRANGER, commitment);
        vm.prank(STRANGER);
        uint256 id = commitments.registerModel(commitment);

        assertEq(id, expected);
        IModelRegistry.Model memory model = models.modelOf(idOf(id));
        assertEq(model.owner, STRANGER);
        assertEq(model.royaltyBps, 0);
        assertEq(uint256(model.setupKind), uint256(IModelRegistry.SetupKind.OwnerOnly));
        assertEq(model.contributions, 1);
        (IERC7992Registry.ModelCommitment memory stored, bool deprecated, address owner) = commitments.getModel(id);
        assertEq(keccak256(abi.encode(stored)), keccak256(abi.encode(commitment)));
        assertTrue(!deprecated && owner == STRANGER, "as registered");
    }

    function test_getModel_speaksOfNativeModels() external {
        (IERC7992Registry.ModelCommitment memory stored,, address owner) = commitments.getModel(modelId);

        assertEq(keccak256(abi.encode(stored)), keccak256(abi.encode(fakeCommitment("graph"))));
        assertEq(owner, OWNER);
        assertEq(commitments.proofSystemOf(modelId), bytes4(keccak256("groth16-bn254-v1")));
        vm.expectRevert(abi.encodeWithSelector(IERC7992Registry.ModelNotFound.selector, 7));
        commitments.getModel(7);
        vm.expectRevert(abi.encodeWithSelector(IERC7992Registry.ModelNotFound.selector, 7));
        commitments.proofSystemOf(7);
    }

    function test_updateModel_revertsForAnother_S0_ESC_1() external {
        vm.startPrank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IERC7992Registry.NotModelOwner.selector, modelId, STRANGER));
        commitments.updateModel(modelId, fakeCommitment("second"));
        vm.expectRevert(abi.encodeWithSelector(IERC7992Registry.NotModelOwner.selector, modelId, STRANGER));
        commitments.deprecateModel(modelId);
        vm.expectRevert(abi.encodeWithSelector(IERC7992Registry.ModelNotFound.selector, 7));
        commitments.updateModel(7, fakeCommitment("second"));
        vm.stopPrank();
    }

    /// @dev A new id for each change: what an id stands for never drifts.
    function test_updateModel_registersASuccessor() external {
        vm.expectEmit();
        emit IERC7992Registry.ModelUpdated(modelId, fakeCommitment("graph"), fakeCommitment("second"));
        vm.prank(OWNER);
        commitments.updateModel(modelId, fakeCommitment("second"));

        (IERC7992Registry.ModelCommitment memory stored,,) = commitments.getModel(modelId);
        assertEq(stored.modelHash, "graph");
        (ModelId latest,) = models.latestVersionOf(idOf(modelId), 1);
        IModelRegistry.Model memory model = models.modelOf(latest);
        assertEq(model.graphId, "second");
        assertEq(model.royaltyBps, 500);
        assertEq(model.floorPrice, 1_000);
        assertEq(uint256(model.setupKind), uint256(IModelRegistry.SetupKind.InsecureDev));
    }

    /// @dev Terms of another's model cannot be taken over by superseding it, and the setup goes with the key.
    function test_updateModel_refusesADevelopmentSetupOffLocalChains() external {
        vm.chainId(1);

        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.InsecureSetup.selector, 1));
        vm.prank(OWNER);
        commitments.updateModel(modelId, fakeCommitment("second"));
    }

    function test_deprecateModel_worksOnBothSides() external {
        vm.expectEmit();
        emit IModelRegistry.ModelDeprecated(idOf(modelId));
        vm.expectEmit();
        emit IERC7992Registry.ModelDeprecated(modelId);
        vm.prank(OWNER);
        commitments.deprecateModel(modelId);

        (, bool deprecated,) = commitments.getModel(modelId);
        assertTrue(deprecated && models.modelOf(idOf(modelId)).deprecated, "deprecated");
        vm.expectRevert(abi.encodeWithSelector(IERC7992Verifier.VerificationRefused_ModelDeprecated.selector, modelId));
        verifyInference(outputs(), AnswerProof.signals()[2], proof());
    }

    function test_notes_areTheRegistrysOnly() external {
        bytes memory refusal = abi.encodeWithSelector(IModelCommitments.NotRegistry.selector, OWNER);
        vm.startPrank(OWNER);
        vm.expectRevert(refusal);
        commitments.noteRegistered(idOf(modelId));
        vm.expectRevert(refusal);
        commitments.noteDeprecated(idOf(modelId));
        vm.stopPrank();
    }

    // Verifier

    function test_verifyInference_reverts_S1_ZK_3() external {
        uint256 inputCommitment = AnswerProof.signals()[2];
        vm.expectRevert(abi.encodeWithSelector(IERC7992Registry.ModelNotFound.selector, 7));
        commitments.verifyInference(7, bytes32(inputCommitment), outputs(), proof());
        vm.expectRevert(IERC7992Verifier.InputCommitmentMismatch.selector);
        verifyInference(outputs(), inputCommitment + Bn254.SCALAR_ORDER, proof());
        vm.expectRevert(IERC7992Verifier.InvalidProof.selector);
        verifyInference(outputs(), inputCommitment + 1, proof());
        vm.expectRevert(IERC7992Verifier.InvalidProof.selector);
        verifyInference(outputs(), inputCommitment, abi.encode(AnswerProof.proof()));
        vm.expectRevert(IERC7992Verifier.InvalidProof.selector);
        verifyInference(outputs(), inputCommitment, abi.encode(AnswerProof.proof(), AnswerProof.signals()[3] + 1));
        vm.expectRevert(IERC7992Verifier.OutputMismatch.selector);
        verifyInference(abi.encode(new uint256[](3)), inputCommitment, proof());
        vm.expectRevert(IERC7992Verifier.InvalidProof.selector);
        verifyInference(abi.encode(new uint256[](2)), inputCommitment, proof());
        uint256[] memory shifted = new uint256[](2);
        (shifted[0], shifted[1]) = (AnswerProof.signals()[0] + Bn254.SCALAR_ORDER, AnswerProof.signals()[1]);
        vm.expectRevert(IERC7992Verifier.OutputMismatch.selector);
        verifyInference(abi.encode(shifted), inputCommitment, proof());
    }

    function test_verifyInference_saysWhatHolds() external {
        uint256 inputCommitment = AnswerProof.signals()[2];

        vm.expectEmit();
        emit IERC7992Verifier.InferenceVerified(modelId, bytes32(inputCommitment), outputs(), OWNER);
        vm.prank(OWNER);
        verifyInference(outputs(), inputCommitment, proof());
    }

    function test_supportsInterface_namesTheStandard() external view {
        assertEq(commitments.registry(), address(commitments));
        IERC165 asked = IERC165(address(commitments));
        assertTrue(asked.supportsInterface(type(IERC7992Registry).interfaceId), "IERC7992Registry");
        assertTrue(asked.supportsInterface(type(IERC7992Verifier).interfaceId), "IERC7992Verifier");
        assertTrue(asked.supportsInterface(type(IERC165).interfaceId), "IERC165");
        assertTrue(!asked.supportsInterface(0xffffffff), "none");
    }
}
