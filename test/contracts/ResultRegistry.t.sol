// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IInferenceConsumer} from "../../contracts/interfaces/IInferenceConsumer.sol";
import {IProofVerifier} from "../../contracts/interfaces/IProofVerifier.sol";
import {IResultRegistry} from "../../contracts/interfaces/IResultRegistry.sol";
import {JobId, JobOrder, ModelId} from "../../contracts/interfaces/JobTypes.sol";
import {ResultRegistry} from "../../contracts/periphery/ResultRegistry.sol";
import {MarketTest} from "./MarketTest.sol";

/// @notice Accepts the signals that a test names, so that contradicting proofs can be had.
contract FakeVerifier {
    mapping(bytes32 tuple => bool) private _accepted;

    function accept(bytes32 keyHash, uint256[] calldata signals) external {
        _accepted[keccak256(abi.encode(keyHash, signals))] = true;
    }

    function verify(bytes32 keyHash, uint256[8] calldata, uint256[] calldata signals) external view returns (bool) {
        return _accepted[keccak256(abi.encode(keyHash, signals))];
    }
}

contract ResultRegistryTest is MarketTest {
    uint256 private constant COMMITMENT = 5;
    JobId private constant JOB = JobId.wrap(bytes32(uint256(77)));

    FakeVerifier private verifier;
    ResultRegistry private registry;

    function setUp() public override {
        super.setUp();
        verifier = new FakeVerifier();
        registry = new ResultRegistry(market, IProofVerifier(address(verifier)), address(assurance));
    }

    function test_record_revertsOnAProofForAnotherWorkerJobOrModel() external {
        prove(42);
        bytes memory rejected = abi.encodeWithSelector(IResultRegistry.ProofRejected.selector, modelId, COMMITMENT);
        uint256[8] memory proof;

        vm.expectRevert(rejected);
        registry.record(modelId, COMMITMENT, words(42), proof, JOB, STRANGER);
        vm.expectRevert(rejected);
        registry.record(modelId, COMMITMENT, words(42), proof, JobId.wrap(0), WORKER);
        vm.expectRevert(rejected);
        registry.record(modelId, COMMITMENT, words(43), proof, JOB, WORKER);
        vm.expectRevert(abi.encodeWithSelector(IResultRegistry.ProofRejected.selector, modelId, COMMITMENT + 1));
        registry.record(modelId, COMMITMENT + 1, words(42), proof, JOB, WORKER);
        vm.expectRevert();
        registry.record(ModelId.wrap(bytes32(uint256(1))), COMMITMENT, words(42), proof, JOB, WORKER);
    }

    function test_resultOf_revertsWithoutResult() external {
        assertTrue(!registry.hasResult(modelId, COMMITMENT), "nothing yet");
        vm.expectRevert(abi.encodeWithSelector(IResultRegistry.ResultUnknown.selector, modelId, COMMITMENT));
        registry.resultOf(modelId, COMMITMENT);
    }

    function test_record_revertsTheSecondTime() external {
        record(42);

        uint256[8] memory proof;
        vm.expectRevert(abi.encodeWithSelector(IResultRegistry.ResultExists.selector, modelId, COMMITMENT));
        registry.record(modelId, COMMITMENT, words(42), proof, JOB, WORKER);
    }

    function test_record_keepsTheAnswerAndItsMaker() external {
        record(42);

        IResultRegistry.Result memory result = registry.recordOf(modelId, COMMITMENT);
        assertEq(result.worker, WORKER);
        assertEq(result.recordedAt, START);
        assertEq(registry.resultOf(modelId, COMMITMENT)[0], 42);
        assertTrue(registry.hasResult(modelId, COMMITMENT), "there is a result");
    }

    /// @dev Two proved answers to one input: whoever ran the setup can forge, so nothing of the model is given any more.
    function test_record_exposesAForgedSetup() external {
        record(42);

        record(43);

        assertTrue(registry.contradicted(modelId), "the model is marked");
        assertTrue(!registry.hasResult(modelId, COMMITMENT), "no result any more");
        vm.expectRevert(abi.encodeWithSelector(IResultRegistry.ModelIsContradicted.selector, modelId));
        registry.resultOf(modelId, COMMITMENT);
        vm.expectRevert(abi.encodeWithSelector(IResultRegistry.ModelIsContradicted.selector, modelId));
        registry.resultOf(modelId, COMMITMENT + 1);
    }

    function test_announceJob_revertsForOtherAssurancesAndCallbacks() external {
        JobOrder memory order = callbackOrder();
        order.assurance = STRANGER;
        vm.expectRevert(abi.encodeWithSelector(IResultRegistry.JobUnsuitable.selector, STRANGER, address(registry)));
        registry.announceJob(order);
        order = callbackOrder();
        order.callback = STRANGER;
        vm.expectRevert(abi.encodeWithSelector(IResultRegistry.JobUnsuitable.selector, address(assurance), STRANGER));
        registry.announceJob(order);
    }

    function test_callbacks_revertForAllButTheMarketAndItsAnnouncedJobs() external {
        bytes memory refused = abi.encodeWithSelector(IResultRegistry.NotMarket.selector, address(this));
        vm.expectRevert(refused);
        registry.onInferenceResult(JOB, modelId, COMMITMENT, words(1));
        vm.expectRevert(refused);
        registry.onInferenceExpired(JOB);
        vm.expectRevert(refused);
        registry.onInferenceError(JOB, IInferenceConsumer.AttemptError.Expired);

        vm.prank(address(market));
        vm.expectRevert(abi.encodeWithSelector(IResultRegistry.JobNotAnnounced.selector, JOB));
        registry.onInferenceResult(JOB, modelId, COMMITMENT, words(1));
    }

    function test_onInferenceResult_recordsAnAnnouncedJob() external {
        JobOrder memory order = callbackOrder();
        registry.announceJob(order);
        request(order);
        claim(order);

        market.submitResult(order, resultWith("final"));

        assertEq(registry.resultOf(modelId, COMMITMENT)[0], 42);
        assertEq(registry.recordOf(modelId, COMMITMENT).worker, WORKER);
    }

    /// @dev A job of a lenient assurance can name the registry too; nothing comes of it.
    function test_onInferenceResult_recordsNothingOfOtherAssurances() external {
        registry = new ResultRegistry(market, IProofVerifier(address(verifier)), STRANGER);
        JobOrder memory order = callbackOrder();
        request(order);
        claim(order);

        market.submitResult(order, resultWith("final"));

        assertTrue(!registry.hasResult(modelId, COMMITMENT), "nothing was recorded");
        assertTrue(market.failedCallbackOf(market.hashOrder(order)) != 0, "the callback failed");
    }

    function test_announceJob_canComeAfterTheSettlement() external {
        JobOrder memory order = callbackOrder();
        JobId jobId = request(order);
        claim(order);
        market.submitResult(order, resultWith("final"));
        registry.announceJob(order);
        bytes memory data = abi.encodeCall(
            IInferenceConsumer.onInferenceResult, (jobId, modelId, COMMITMENT, resultWith("").outputs)
        );

        market.retryCallback(order, data);

        assertEq(registry.resultOf(modelId, COMMITMENT)[0], 42);
    }

    function test_onInferenceExpired_forgetsTheJob() external {
        JobOrder memory order = callbackOrder();
        JobId jobId = registry.announceJob(order);
        request(order);
        vm.warp(START + 2_001);
        market.refundJob(order);

        assertEq(market.failedCallbackOf(jobId), bytes32(0));
        vm.prank(address(market));
        vm.expectRevert(abi.encodeWithSelector(IResultRegistry.JobNotAnnounced.selector, jobId));
        registry.onInferenceResult(jobId, modelId, COMMITMENT, words(1));
    }

    function callbackOrder() private view returns (JobOrder memory order) {
        order = fakeOrder();
        (order.callback, order.callbackGas) = (address(registry), 200_000);
    }

    function words(uint256 output) private pure returns (uint256[] memory outputs) {
        outputs = new uint256[](1);
        outputs[0] = output;
    }

    function prove(uint256 output) private {
        uint256[] memory signals = new uint256[](3);
        (signals[0], signals[1], signals[2]) = (output, COMMITMENT, market.bindingOf(JOB, WORKER));
        verifier.accept(models.keyHashOf(modelId), signals);
    }

    function record(uint256 output) private {
        prove(output);
        uint256[8] memory proof;
        registry.record(modelId, COMMITMENT, words(output), proof, JOB, WORKER);
    }
}
