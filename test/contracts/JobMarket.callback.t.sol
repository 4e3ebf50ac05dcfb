// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IInferenceConsumer} from "../../contracts/interfaces/IInferenceConsumer.sol";
import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IMarketExtension} from "../../contracts/interfaces/IMarketExtension.sol";
import {IWorkerRegistry} from "../../contracts/interfaces/IWorkerRegistry.sol";
import {JobId, JobOrder, JobState, ModelId, Submission, TokenPermit} from "../../contracts/interfaces/JobTypes.sol";
import {MarketTest} from "./MarketTest.sol";

/// @notice Writes down what it is told, or misbehaves.
contract Consumer is IInferenceConsumer {
    enum Mood {
        Well,
        Reverting,
        Burning,
        Bombing,
        Reentering
    }

    Mood public mood;
    uint256 public gasSeen;
    bytes32 public told;
    uint256 public calls;
    /// @dev What the market said to a call from inside a callback.
    bytes4 public reentryReason;
    IJobMarket private immutable _market;
    bytes private _reentry;

    constructor(IJobMarket market) {
        _market = market;
    }

    function setMood(Mood newMood) external {
        mood = newMood;
    }

    function setReentry(bytes calldata reentry) external {
        (mood, _reentry, reentryReason) = (Mood.Reentering, reentry, 0);
    }

    function onInferenceResult(JobId jobId, ModelId model, uint256 inputCommitment, uint256[] calldata outputs) external {
        gasSeen = gasleft();
        behave();
        told = keccak256(abi.encode(jobId, model, inputCommitment, outputs));
    }

    function onInferenceExpired(JobId jobId) external {
        behave();
        told = keccak256(abi.encode("expired", jobId));
    }

    function onInferenceError(JobId jobId, AttemptError reason) external {
        behave();
        told = keccak256(abi.encode("error", jobId, reason));
    }

    function behave() private {
        ++calls;
        if (mood == Mood.Reverting) revert("no");
        if (mood == Mood.Burning) while (true) {}
        if (mood == Mood.Bombing) {
            assembly {
                revert(0, 100000)
            }
        }
        if (mood == Mood.Reentering) {
            (, bytes memory answer) = address(_market).call(_reentry);
            reentryReason = bytes4(answer);
        }
    }
}

contract JobMarketCallbackTest is MarketTest {
    Consumer private consumer;
    uint32 private constant CALLBACK_GAS = 100_000;

    function setUp() public override {
        super.setUp();
        consumer = new Consumer(market);
    }

    function wordsOf(bytes calldata reason) external pure returns (uint256 first, uint256 second) {
        return abi.decode(reason[4:], (uint256, uint256));
    }

    // Answers

    function test_submitResult_revertsWithoutGasForTheCallback() external {
        (JobOrder memory order, JobId jobId) = claimed();

        (bool success, bytes memory reason) =
            address(market).call{gas: 200_000}(abi.encodeCall(market.submitResult, (order, resultWith("final"))));

        assertTrue(!success && bytes4(reason) == IJobMarket.GasTooLow.selector, "too little gas");
        // The callback's 100,000 and the reserve of 50,000 are 63 parts of 64 (EIP-150), rounded up.
        (, uint256 needed) = this.wordsOf(reason);
        assertEq(needed, 152_381);
        assertState(jobId, JobState.Claimed);
    }

    /// @dev Whatever gas the caller brings, a call that goes through gives the callback its own.
    function testFuzz_submitResult_neverStarvesTheCallback(uint256 gas) external {
        (JobOrder memory order, JobId jobId) = claimed();
        gas = bound(gas, 50_000, 500_000);

        (bool success,) =
            address(market).call{gas: gas}(abi.encodeCall(market.submitResult, (order, resultWith("final"))));

        if (success) assertTrue(consumer.told() == answerHash(order, jobId), "the callback was delivered");
        else assertState(jobId, JobState.Claimed);
    }

    function test_submitResult_tellsTheCallback() external {
        (JobOrder memory order, JobId jobId) = claimed();

        market.submitResult(order, resultWith("final"));

        assertEq(consumer.told(), answerHash(order, jobId));
        // What the compiler's dispatch used is gone by then.
        assertTrue(consumer.gasSeen() <= CALLBACK_GAS && consumer.gasSeen() > CALLBACK_GAS - 3_000, "its own gas exactly");
        assertEq(market.failedCallbackOf(jobId), 0);
    }

    /// @dev 8 and 12: whatever a callback does, the worker is paid and the job settled.
    function test_submitResult_settlesWhateverTheCallbackDoes() external {
        Consumer.Mood[3] memory moods = [Consumer.Mood.Reverting, Consumer.Mood.Burning, Consumer.Mood.Bombing];
        for (uint256 i = 0; i < moods.length; ++i) {
            JobOrder memory order = callbackOrder();
            order.nonce = i;
            JobId jobId = request(order);
            claim(order);
            consumer.setMood(moods[i]);
            bytes memory data = answerData(order, jobId);

            vm.expectEmit();
            emit IMarketExtension.CallbackFailed(jobId, address(consumer), data);
            market.submitResult(order, resultWith("final"));

            assertState(jobId, JobState.Settled);
            assertEq(freeOf(WORKER), 0.925 ether * (i + 1));
            assertEq(market.failedCallbackOf(jobId), keccak256(data));
            assertEq(consumer.calls(), 0);
        }
    }

    /// @dev 12: every way in is locked while a callback runs.
    function test_submitResult_locksTheCallbackOut() external {
        (JobOrder memory order,) = claimed();
        JobOrder memory other = signedOrder();
        bytes memory signature = sign(other);
        TokenPermit memory permit;
        bytes[23] memory calls = [
            abi.encodeCall(market.requestJob, (order)),
            abi.encodeCall(market.claimJob, (order)),
            abi.encodeCall(market.claimSigned, (other, signature)),
            abi.encodeCall(market.submitResult, (order, resultWith("final"))),
            abi.encodeCall(market.submitSigned, (other, signature, STRANGER, resultWith("final"))),
            abi.encodeCall(market.submitResults, (new Submission[](0))),
            abi.encodeCall(market.finalizeJob, (order, new uint256[](0))),
            abi.encodeCall(market.finalizeJobs, (new Submission[](0))),
            abi.encodeCall(market.challengeJob, (order, "")),
            abi.encodeCall(market.defendJob, (order, resultWith("final"))),
            abi.encodeCall(market.releaseJob, (order)),
            abi.encodeCall(market.expireJob, (order)),
            abi.encodeCall(market.cancelNonces, (0, 1)),
            abi.encodeCall(market.refundJob, (order)),
            abi.encodeCall(market.deposit, (NATIVE, 0)),
            abi.encodeCall(market.withdraw, (NATIVE, 0, STRANGER)),
            abi.encodeCall(market.closeBundle, (STRANGER, NATIVE, bytes32(0))),
            abi.encodeCall(market.retryCallback, (order, "")),
            abi.encodeCall(market.cancelJob, (order)),
            abi.encodeCall(market.requestBundle, (NATIVE, 0, 1, 1, 0)),
            abi.encodeCall(market.claimBundled, (order, 0, new bytes32[](0))),
            abi.encodeCall(market.requestWithPermit, (order, permit)),
            abi.encodeCall(market.depositWithPermit, (NATIVE, 1, permit))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            order.nonce = 100 + i;
            JobId jobId = request(order);
            claim(order);
            consumer.setReentry(calls[i]);

            market.submitResult(order, resultWith("final"));

            assertState(jobId, JobState.Settled);
            assertEq(consumer.reentryReason(), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        }
    }

    /// @dev The market calls only functions that neither it, nor its registries or assurances, have.
    function test_callbacks_areNobodyElsesFunctions() external {
        address[4] memory targets = [address(market), address(workers), address(models), address(assurance)];
        for (uint256 i = 0; i < targets.length; ++i) {
            JobOrder memory order = callbackOrder();
            order.callback = targets[i];
            order.nonce = i;
            JobId jobId = request(order);
            claim(order);

            market.submitResult(order, resultWith("final"));

            assertTrue(market.failedCallbackOf(jobId) != 0, "no such function");
        }
    }

    function test_submitSigned_tellsTheCallback() external {
        JobOrder memory order = callbackOrder();
        JobId jobId = request(order);

        market.submitSigned(order, "", STRANGER, resultWith("final"));

        assertEq(consumer.told(), answerHash(order, jobId));
    }

    function test_finalizeJob_tellsTheCallbackOnlyThen() external {
        (JobOrder memory order, JobId jobId) = claimed();
        market.submitResult(order, resultWith("pending"));
        assertEq(consumer.calls(), 0);
        vm.warp(START + 301);
        assurance.rule("final");

        market.finalizeJob(order, resultWith("").outputs);

        assertEq(consumer.told(), answerHash(order, jobId));
    }

    // Failures

    function test_refundJob_tellsTheCallback() external {
        JobOrder memory order = callbackOrder();
        JobId jobId = request(order);
        vm.warp(order.claimDeadline + 1);

        market.refundJob(order);

        assertEq(consumer.told(), keccak256(abi.encode("expired", jobId)));
    }

    function test_expireJob_tellsTheCallback() external {
        (JobOrder memory order, JobId jobId) = claimed();
        vm.warp(START + 601);

        market.expireJob(order);
        assertEq(consumer.told(), keccak256(abi.encode("error", jobId, IInferenceConsumer.AttemptError.Expired)));
        claim(order);
        vm.warp(order.claimDeadline + 1);
        market.expireJob(order);
        assertEq(consumer.told(), keccak256(abi.encode("expired", jobId)));
    }

    function test_releaseJob_tellsTheCallback() external {
        (JobOrder memory order, JobId jobId) = claimed();

        vm.prank(WORKER);
        market.releaseJob(order);

        assertEq(consumer.told(), keccak256(abi.encode("error", jobId, IInferenceConsumer.AttemptError.Released)));
    }

    function test_challengeJob_tellsTheCallbackOfAWrongAnswer() external {
        (JobOrder memory order, JobId jobId) = claimed();
        market.submitResult(order, resultWith("pending"));

        market.challengeJob(order, "wrong answer");

        assertEq(consumer.told(), keccak256(abi.encode("error", jobId, IInferenceConsumer.AttemptError.Overturned)));
    }

    /// @dev 9: the way out of a dead end does not hang on a callback.
    function test_refundJob_worksWhateverTheCallbackDoes() external {
        JobOrder memory order = callbackOrder();
        JobId jobId = request(order);
        consumer.setMood(Consumer.Mood.Burning);
        vm.warp(order.claimDeadline + 1);

        market.refundJob(order);

        assertState(jobId, JobState.Refunded);
        assertEq(freeOf(REQUESTER), 2 ether);
    }

    // retryCallback

    function test_retryCallback_revertsWhenNothingFailed() external {
        (JobOrder memory order, JobId jobId) = claimed();
        market.submitResult(order, resultWith("final"));

        vm.expectRevert(abi.encodeWithSelector(IMarketExtension.NothingToRetry.selector, jobId));
        market.retryCallback(order, answerData(order, jobId));
    }

    function test_retryCallback_revertsOnOtherData() external {
        (JobOrder memory order, JobId jobId) = failed();

        vm.expectRevert(abi.encodeWithSelector(IMarketExtension.NothingToRetry.selector, jobId));
        market.retryCallback(order, abi.encodeCall(IWorkerRegistry.releaseBond, (WORKER, 1)));
        vm.expectRevert(abi.encodeWithSelector(IMarketExtension.NothingToRetry.selector, jobId));
        market.retryCallback(order, "");
    }

    function test_retryCallback_revertsWhenItFailsAgain() external {
        (JobOrder memory order, JobId jobId) = failed();

        vm.expectRevert(abi.encodeWithSelector(IMarketExtension.CallbackReverted.selector, jobId));
        market.retryCallback(order, answerData(order, jobId));
        assertEq(market.failedCallbackOf(jobId), keccak256(answerData(order, jobId)));
    }

    function test_retryCallback_deliversOnceForAnyone() external {
        (JobOrder memory order, JobId jobId) = failed();
        consumer.setMood(Consumer.Mood.Well);
        bytes memory data = answerData(order, jobId);

        vm.prank(STRANGER);
        market.retryCallback(order, data);

        assertEq(consumer.told(), answerHash(order, jobId));
        assertTrue(consumer.gasSeen() > CALLBACK_GAS, "all the gas there is");
        vm.expectRevert(abi.encodeWithSelector(IMarketExtension.NothingToRetry.selector, jobId));
        market.retryCallback(order, data);
    }

    function callbackOrder() private view returns (JobOrder memory order) {
        order = fakeOrder();
        order.callback = address(consumer);
        order.callbackGas = CALLBACK_GAS;
    }

    function claimed() private returns (JobOrder memory order, JobId jobId) {
        order = callbackOrder();
        jobId = request(order);
        claim(order);
    }

    function failed() private returns (JobOrder memory order, JobId jobId) {
        (order, jobId) = claimed();
        consumer.setMood(Consumer.Mood.Reverting);
        market.submitResult(order, resultWith("final"));
    }

    function answerHash(JobOrder memory order, JobId jobId) private pure returns (bytes32) {
        return keccak256(abi.encode(jobId, order.modelId, order.inputCommitment, resultWith("").outputs));
    }

    function answerData(JobOrder memory order, JobId jobId) private pure returns (bytes memory) {
        return abi.encodeCall(
            IInferenceConsumer.onInferenceResult, (jobId, order.modelId, order.inputCommitment, resultWith("").outputs)
        );
    }
}
