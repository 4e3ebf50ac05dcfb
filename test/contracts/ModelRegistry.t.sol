// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

import {ModelRegistry} from "../../contracts/ModelRegistry.sol";
import {ProofVerifier} from "../../contracts/ProofVerifier.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {IProofVerifier} from "../../contracts/interfaces/IProofVerifier.sol";
import {ModelId} from "../../contracts/interfaces/JobTypes.sol";
import {Bn254} from "../../contracts/libraries/Bn254.sol";
import {AnswerProof} from "./AnswerProof.sol";
import {Test} from "./Vm.sol";

/// @notice A verifier that accepts what it is told to, to see that the registry notices.
contract GullibleVerifier {
    bool private immutable ACCEPTS_OTHER_SIGNALS;

    constructor(bool acceptsOtherSignals) {
        ACCEPTS_OTHER_SIGNALS = acceptsOtherSignals;
    }

    function storeKey(bytes calldata key) external pure returns (bytes32) {
        return keccak256(key);
    }

    function verify(bytes32, uint256[8] calldata proof, uint256[] calldata signals) external view returns (bool) {
        bool sameSignals = signals[3] == AnswerProof.signals()[3];
        bool sameProof = proof[1] == AnswerProof.proof()[1];
        return ACCEPTS_OTHER_SIGNALS ? sameProof : sameSignals;
    }
}

/// @notice A verifier that accepts everything when it has the gas, as the pairing check of a forged key would.
contract HungryVerifier {
    function storeKey(bytes calldata key) external pure returns (bytes32) {
        return keccak256(key);
    }

    function verify(bytes32, uint256[8] calldata, uint256[] calldata) external view returns (bool) {
        uint256 start = gasleft();
        if (start < 200_000) return false;
        while (gasleft() > start - 150_000) {}
        return true;
    }
}

contract ModelRegistryTest is Test {
    address private constant OWNER = address(0xA11CE);
    address private constant STRANGER = address(0xB0B);

    ModelRegistry private models;
    ProofVerifier private verifier;

    function setUp() external {
        vm.warp(2_000_000_000);
        vm.chainId(31_337);
        verifier = new ProofVerifier();
        models = new ModelRegistry(verifier);
    }

    function fakeParams() private pure returns (IModelRegistry.ModelParams memory params) {
        params.graphId = keccak256("graph");
        params.manifestCid = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
        params.royaltyBps = 500;
        params.floorPrice = 1_000;
    }

    function fakeSample() private pure returns (IModelRegistry.SampleProof memory sample) {
        sample.proof = AnswerProof.proof();
        sample.signals = AnswerProof.signals();
    }

    function register(IModelRegistry.ModelParams memory params) private returns (ModelId) {
        vm.prank(OWNER);
        return models.registerModel(params, AnswerProof.KEY, fakeSample());
    }

    function refuse(IModelRegistry.ModelParams memory params, bytes memory revertData) private {
        vm.expectRevert(revertData);
        vm.prank(OWNER);
        models.registerModel(params, AnswerProof.KEY, fakeSample());
    }

    function test_registerModel_revertsOnRoyalty() external {
        IModelRegistry.ModelParams memory params = fakeParams();
        params.royaltyBps = 2_001;

        refuse(params, abi.encodeWithSelector(IModelRegistry.RoyaltyTooHigh.selector, 2_001, 2_000));
    }

    function test_registerModel_revertsOnInsecureSetupOffLocalChains() external {
        vm.chainId(1);

        refuse(fakeParams(), abi.encodeWithSelector(IModelRegistry.InsecureSetup.selector, 1));
    }

    function test_registerModel_takesInsecureSetupOnLocalChains() external {
        vm.chainId(1_337);

        register(fakeParams());
    }

    function test_registerModel_revertsOnInconsistentSetup() external {
        refuseSetup(IModelRegistry.SetupKind.InsecureDev, 1);
        refuseSetup(IModelRegistry.SetupKind.OwnerOnly, 0);
        refuseSetup(IModelRegistry.SetupKind.OwnerOnly, 2);
        refuseSetup(IModelRegistry.SetupKind.Ceremony, 0);
        refuseSetup(IModelRegistry.SetupKind.Ceremony, 1);
    }

    function refuseSetup(IModelRegistry.SetupKind kind, uint16 contributions) private {
        IModelRegistry.ModelParams memory params = fakeParams();
        params.setup.kind = kind;
        params.setup.contributions = contributions;
        refuse(params, abi.encodeWithSelector(IModelRegistry.SetupInconsistent.selector, kind, contributions));
    }

    function test_registerModel_takesSecureSetupsAnywhere() external {
        vm.chainId(1);
        IModelRegistry.ModelParams memory params = fakeParams();
        (params.setup.kind, params.setup.contributions) = (IModelRegistry.SetupKind.OwnerOnly, 1);
        register(params);

        params.graphId = keccak256("other graph");
        (params.setup.kind, params.setup.contributions) = (IModelRegistry.SetupKind.Ceremony, 2);
        register(params);
    }

    function test_registerModel_revertsOnManifestCid() external {
        string[7] memory cids = [
            "",
            "bafkrei",
            "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG",
            "ipfs://bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy",
            "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52z1",
            "bAFKREIGH2AKISCAILDCQABSYG3DFR6CHU3FGPREGIYMSCK7E7AQA4S52ZY",
            "baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        ];
        for (uint256 i = 0; i < cids.length; ++i) {
            IModelRegistry.ModelParams memory params = fakeParams();
            params.manifestCid = cids[i];
            refuse(params, abi.encodeWithSelector(IModelRegistry.ManifestCidInvalid.selector, cids[i]));
        }
    }

    function test_registerModel_revertsTwice() external {
        ModelId modelId = register(fakeParams());

        refuse(fakeParams(), abi.encodeWithSelector(IModelRegistry.ModelExists.selector, modelId));
    }

    function test_registerModel_revertsOnSupersededUnknownOrOfAnother() external {
        IModelRegistry.ModelParams memory params = fakeParams();
        params.supersedes = ModelId.wrap("unknown");
        refuse(params, abi.encodeWithSelector(IModelRegistry.ModelUnknown.selector, bytes32("unknown")));

        vm.prank(STRANGER);
        params.supersedes = models.registerModel(fakeParams(), AnswerProof.KEY, fakeSample());
        refuse(params, abi.encodeWithSelector(IModelRegistry.NotModelOwner.selector, params.supersedes, OWNER));
    }

    function test_registerModel_revertsOnSignalCount() external {
        uint256[3] memory counts = [uint256(0), 2, 11];
        for (uint256 i = 0; i < counts.length; ++i) {
            IModelRegistry.SampleProof memory sample = fakeSample();
            sample.signals = new uint256[](counts[i]);
            vm.expectRevert(abi.encodeWithSelector(IModelRegistry.SignalCountInvalid.selector, counts[i], 3, 10));
            models.registerModel(fakeParams(), AnswerProof.KEY, sample);
        }
    }

    function test_registerModel_revertsOnBadSample() external {
        IModelRegistry.SampleProof memory sample = fakeSample();
        sample.signals[0] += 1;
        vm.expectRevert(IModelRegistry.SampleProofRejected.selector);
        models.registerModel(fakeParams(), AnswerProof.KEY, sample);

        sample = fakeSample();
        sample.signals[3] += Bn254.SCALAR_ORDER;
        vm.expectRevert(IModelRegistry.SampleProofRejected.selector);
        models.registerModel(fakeParams(), AnswerProof.KEY, sample);
    }

    function test_registerModel_revertsOnASampleOutOfRange_S1_ZK_3() external {
        for (uint256 word = 0; word < 8; ++word) {
            IModelRegistry.SampleProof memory sample = fakeSample();
            sample.proof[word] = type(uint256).max;
            vm.expectRevert(IModelRegistry.SampleProofRejected.selector);
            models.registerModel(fakeParams(), AnswerProof.KEY, sample);
        }
    }

    /// @dev A check that runs out of gas fails, and a caller chooses the gas: what must fail comes first, so that what must hold then fails as well.
    function testFuzz_registerModel_isNotFooledByLittleGas(uint256 gasLimit) external {
        ModelRegistry gullible = new ModelRegistry(IProofVerifier(address(new HungryVerifier())));

        (bool ok,) = address(gullible).call{gas: bound(gasLimit, 300_000, 1_500_000)}(
            abi.encodeCall(gullible.registerModel, (fakeParams(), AnswerProof.KEY, fakeSample()))
        );

        assertTrue(!ok, "refused with any amount of gas");
    }

    function test_registerModel_revertsOnBadKey() external {
        vm.expectRevert(IProofVerifier.KeySetupMissing.selector);
        models.registerModel(fakeParams(), AnswerProof.KEY_WITHOUT_CONTRIBUTION, fakeSample());
    }

    function test_registerModel_revertsWhenATamperedProofIsAccepted() external {
        for (uint256 i = 0; i < 2; ++i) {
            ModelRegistry gullible = new ModelRegistry(IProofVerifier(address(new GullibleVerifier(i == 1))));
            vm.expectRevert(IModelRegistry.TamperedProofAccepted.selector);
            gullible.registerModel(fakeParams(), AnswerProof.KEY, fakeSample());
        }
    }

    function test_registerModel_storesAll() external {
        IModelRegistry.ModelParams memory params = fakeParams();
        params.setup.transcriptHash = keccak256("transcript");
        ModelId first = register(params);
        params.supersedes = first;
        params.graphId = keccak256("second graph");
        bytes32 keyHash = keccak256(AnswerProof.KEY);
        ModelId expected = models.computeModelId(params.graphId, keyHash, OWNER);

        vm.expectEmit();
        emit IModelRegistry.ModelRegistered(expected, OWNER, params.graphId, keyHash, params.manifestCid);
        ModelId modelId = register(params);

        assertEq(ModelId.unwrap(modelId), keccak256(abi.encode(params.graphId, keyHash, OWNER)));
        IModelRegistry.Model memory model = models.modelOf(modelId);
        assertEq(model.owner, OWNER);
        assertEq(model.royaltyBps, 500);
        assertEq(model.floorPrice, 1_000);
        assertTrue(!model.deprecated, "not deprecated");
        assertEq(model.registeredAt, 2_000_000_000);
        assertEq(model.graphId, params.graphId);
        assertEq(model.keyHash, keyHash);
        assertEq(model.transcriptHash, keccak256("transcript"));
        assertEq(ModelId.unwrap(model.supersedes), ModelId.unwrap(first));
        assertEq(keccak256(bytes(model.manifestCid)), keccak256(bytes(params.manifestCid)));
        assertEq(models.keyHashOf(modelId), keyHash);
        (address owner, uint16 royaltyBps) = models.royaltyOf(modelId);
        assertEq(owner, OWNER);
        assertEq(royaltyBps, 500);
    }

    function test_deprecateModel_revertsForAnother() external {
        ModelId modelId = register(fakeParams());

        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.NotModelOwner.selector, modelId, STRANGER));
        vm.prank(STRANGER);
        models.deprecateModel(modelId);
    }

    function test_deprecateModel_setsTheFlag() external {
        ModelId modelId = register(fakeParams());

        vm.prank(OWNER);
        models.deprecateModel(modelId);

        (uint96 floorPrice, uint16 contributions, bool deprecated) = models.orderTermsOf(modelId);
        assertEq(floorPrice, 1_000);
        assertEq(contributions, 0);
        assertTrue(deprecated && models.modelOf(modelId).deprecated, "deprecated");
    }

    function test_views_revertOnUnknownModel() external {
        ModelId unknown = ModelId.wrap("unknown");
        bytes memory revertData = abi.encodeWithSelector(IModelRegistry.ModelUnknown.selector, unknown);
        vm.expectRevert(revertData);
        models.modelOf(unknown);
        vm.expectRevert(revertData);
        models.orderTermsOf(unknown);
        vm.expectRevert(revertData);
        models.royaltyOf(unknown);
        vm.expectRevert(revertData);
        models.keyHashOf(unknown);
        vm.expectRevert(revertData);
        models.deprecateModel(unknown);
    }

    function test_supportsInterface_namesItsOwn() external view {
        assertTrue(models.supportsInterface(type(IModelRegistry).interfaceId), "IModelRegistry");
        assertTrue(models.supportsInterface(type(IERC165).interfaceId), "IERC165");
        assertTrue(!models.supportsInterface(0xffffffff), "none");
    }
}
