// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ModelRegistry} from "../../contracts/ModelRegistry.sol";
import {ProofVerifier} from "../../contracts/ProofVerifier.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {ModelId} from "../../contracts/interfaces/JobTypes.sol";
import {AnswerProof} from "./AnswerProof.sol";
import {Test} from "./Vm.sol";

/// @notice Versions of a model, its owners, and keys that prove themselves alone.
contract ModelRegistryOwnerTest is Test {
    address private constant OWNER = address(0xA11CE);
    address private constant BUYER = address(0xB0B);
    address private constant STRANGER = address(0xC0C);

    ModelRegistry private models;

    function setUp() external {
        vm.warp(2_000_000_000);
        vm.chainId(31_337);
        models = new ModelRegistry(new ProofVerifier());
    }

    function register(bytes32 graphId, ModelId supersedes) private returns (ModelId) {
        IModelRegistry.ModelParams memory params;
        params.graphId = graphId;
        params.manifestCid = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
        params.royaltyBps = 500;
        params.supersedes = supersedes;
        vm.prank(OWNER);
        return models.registerModel(params, AnswerProof.KEY, fakeSample());
    }

    function fakeSample() private pure returns (IModelRegistry.SampleProof memory sample) {
        (sample.proof, sample.signals) = (AnswerProof.proof(), AnswerProof.signals());
    }

    function none() private pure returns (ModelId) {
        return ModelId.wrap(0);
    }

    function assertSame(ModelId actual, ModelId expected) private pure {
        assertEq(ModelId.unwrap(actual), ModelId.unwrap(expected));
    }

    // Versions

    function test_registerModel_revertsOnASecondSuccessor() external {
        ModelId first = register("first", none());
        ModelId second = register("second", first);
        IModelRegistry.ModelParams memory params;
        params.graphId = "third";
        params.manifestCid = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
        params.supersedes = first;

        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelAlreadySuperseded.selector, first, second));
        vm.prank(OWNER);
        models.registerModel(params, AnswerProof.KEY, fakeSample());
    }

    function test_latestVersionOf_revertsOnUnknownModel() external {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelUnknown.selector, bytes32("unknown")));
        models.latestVersionOf(ModelId.wrap("unknown"), 8);
    }

    function testFuzz_latestVersionOf_walksTheLine(uint8 length, uint8 from, uint8 maxSteps) external {
        length = uint8(bound(length, 1, 5));
        from = uint8(bound(from, 0, length - 1));
        ModelId[] memory line = new ModelId[](length);
        for (uint256 i = 0; i < length; ++i) {
            line[i] = register(bytes32(i + 1), i == 0 ? none() : line[i - 1]);
        }

        (ModelId latest, bool complete) = models.latestVersionOf(line[from], maxSteps);

        uint256 left = length - 1 - from;
        assertSame(latest, line[from + (maxSteps < left ? maxSteps : left)]);
        assertTrue(complete == (maxSteps >= left), "complete");
        assertSame(models.modelOf(line[0]).supersededBy, length > 1 ? line[1] : none());
    }

    /// @dev A version that is superseded or deprecated is what it was.
    function test_registerModel_leavesTheSupersededAsItIs() external {
        ModelId first = register("first", none());
        IModelRegistry.Model memory before = models.modelOf(first);

        vm.expectEmit();
        emit IModelRegistry.ModelSuperseded(
            first, models.computeModelId("second", keccak256(AnswerProof.KEY), OWNER)
        );
        ModelId second = register("second", first);

        before.supersededBy = second;
        assertEq(keccak256(abi.encode(models.modelOf(first))), keccak256(abi.encode(before)));
        (,, bool deprecated) = models.orderTermsOf(first);
        assertTrue(!deprecated, "takes orders still");
    }

    // Owners

    function test_offerModel_revertsForAnother_S0_ESC_1() external {
        ModelId modelId = register("graph", none());

        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.NotModelOwner.selector, modelId, STRANGER));
        vm.prank(STRANGER);
        models.offerModel(modelId, STRANGER);
    }

    function test_acceptModel_revertsForAnother_S0_ESC_1() external {
        ModelId modelId = register("graph", none());
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelNotOffered.selector, modelId, BUYER));
        vm.prank(BUYER);
        models.acceptModel(modelId);

        vm.prank(OWNER);
        models.offerModel(modelId, BUYER);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelNotOffered.selector, modelId, STRANGER));
        vm.prank(STRANGER);
        models.acceptModel(modelId);

        vm.prank(OWNER);
        models.offerModel(modelId, address(0));
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelNotOffered.selector, modelId, BUYER));
        vm.prank(BUYER);
        models.acceptModel(modelId);
    }

    function test_acceptModel_movesOwnerAndRoyalty() external {
        ModelId modelId = register("graph", none());
        vm.expectEmit();
        emit IModelRegistry.ModelOffered(modelId, OWNER, BUYER);
        vm.prank(OWNER);
        models.offerModel(modelId, BUYER);
        (address ownerBefore,) = models.royaltyOf(modelId);
        assertEq(ownerBefore, OWNER);
        assertEq(models.modelOf(modelId).offeredTo, BUYER);

        vm.expectEmit();
        emit IModelRegistry.ModelTransferred(modelId, OWNER, BUYER);
        vm.prank(BUYER);
        models.acceptModel(modelId);

        (address owner, uint16 royaltyBps) = models.royaltyOf(modelId);
        assertEq(owner, BUYER);
        assertEq(royaltyBps, 500);
        assertEq(models.modelOf(modelId).offeredTo, address(0));
        // The former owner is a stranger now, and the offer is used up.
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.NotModelOwner.selector, modelId, OWNER));
        vm.prank(OWNER);
        models.deprecateModel(modelId);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelNotOffered.selector, modelId, BUYER));
        vm.prank(BUYER);
        models.acceptModel(modelId);
        vm.prank(BUYER);
        models.deprecateModel(modelId);
    }

    // Keys

    function test_proveKey_reverts() external {
        IModelRegistry.SampleProof memory sample = fakeSample();
        sample.signals[0] += 1;
        vm.expectRevert(IModelRegistry.SampleProofRejected.selector);
        models.proveKey(AnswerProof.KEY, sample);

        sample.signals = new uint256[](2);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.SignalCountInvalid.selector, 2, 3, 10));
        models.proveKey(AnswerProof.KEY, sample);
        assertTrue(!models.keyProved(keccak256(AnswerProof.KEY)), "not proved");
    }

    function test_proveKey_notesIt() external {
        vm.expectEmit();
        emit IModelRegistry.KeyProved(keccak256(AnswerProof.KEY));
        bytes32 keyHash = models.proveKey(AnswerProof.KEY, fakeSample());

        assertTrue(models.keyProved(keyHash), "proved");
        models.proveKey(AnswerProof.KEY, fakeSample());
    }

    function test_onlyCommitmentsSpeakForOwners() external {
        ModelId modelId = register("graph", none());
        bytes memory refusal = abi.encodeWithSelector(IModelRegistry.NotCommitments.selector, STRANGER);
        vm.startPrank(STRANGER);
        vm.expectRevert(refusal);
        models.registerModelFor(OWNER, "other", keccak256(AnswerProof.KEY), "bafkreigh2aki", none());
        vm.expectRevert(refusal);
        models.deprecateModelFor(OWNER, modelId);
        vm.stopPrank();
    }
}
