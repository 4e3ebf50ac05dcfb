// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IInferenceConsumer} from "../../contracts/interfaces/IInferenceConsumer.sol";
import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IMarketExtension} from "../../contracts/interfaces/IMarketExtension.sol";
import {JobId, JobOrder, JobState} from "../../contracts/interfaces/JobTypes.sol";
import {InferenceConsumer} from "../../contracts/periphery/InferenceConsumer.sol";
import {MarketTest} from "./MarketTest.sol";

/// @notice A consumer that notes what it is told and misbehaves when it is asked to.
contract TestConsumer is InferenceConsumer {
    enum Mood {
        Calm,
        Reverting,
        Burning,
        Reentering,
        Shouting
    }

    Mood public mood;
    JobOrder private _order;
    uint256 public results;
    uint256 public expiries;
    uint256 public errors;
    uint256 public lastSubject;
    uint256 public lastOutput;

    error Moody();

    constructor(IJobMarket market_) InferenceConsumer(market_) {}

    receive() external payable {}

    function setMood(Mood mood_) external {
        mood = mood_;
    }

    function ask(OrderTerms calldata terms, uint256 subject) external payable returns (JobOrder memory order) {
        order = _buildOrder(terms, 5, bytes32(uint256(1)), bytes32(uint256(2)));
        _requestInference(order, subject, msg.value);
        _order = order;
    }

    function cancel(JobOrder calldata order) external {
        _cancelInference(order);
    }

    function depositTokens(IERC20 token, uint256 amount) external {
        _depositTokens(token, amount);
    }

    function withdraw(address token, uint256 amount, address to) external {
        _withdrawFromMarket(token, amount, to);
    }

    function withdrawCompensation(address payable to) external {
        _withdrawCompensation(to);
    }

    function _onResult(JobId, uint256 subject, uint256[] calldata outputs) internal override {
        act();
        ++results;
        (lastSubject, lastOutput) = (subject, outputs[0]);
    }

    function _onExpired(JobId, uint256 subject) internal override {
        act();
        ++expiries;
        lastSubject = subject;
    }

    function _onError(JobId jobId, uint256 subject, AttemptError reason) internal override {
        super._onError(jobId, subject, reason);
        ++errors;
        lastSubject = subject;
    }

    function act() private {
        if (mood == Mood.Reverting) revert Moody();
        if (mood == Mood.Burning) {
            while (true) ++lastOutput;
        }
        if (mood == Mood.Reentering) market.withdraw(address(0), 1, address(this));
        if (mood == Mood.Shouting) {
            // Safe: a test; hands back a megabyte.
            assembly ("memory-safe") {
                revert(0, 1000000)
            }
        }
    }
}

contract InferenceConsumerTest is MarketTest {
    TestConsumer private consumer;

    function setUp() public override {
        super.setUp();
        consumer = new TestConsumer(market);
        vm.deal(address(this), 100 ether);
    }

    function test_callbacks_revertForAllButTheMarket() external {
        JobOrder memory order = ask(3);
        JobId jobId = market.hashOrder(order);
        bytes memory refused = abi.encodeWithSelector(InferenceConsumer.NotMarket.selector, STRANGER);

        vm.startPrank(STRANGER);
        vm.expectRevert(refused);
        consumer.onInferenceResult(jobId, modelId, 5, new uint256[](1));
        vm.expectRevert(refused);
        consumer.onInferenceExpired(jobId);
        vm.expectRevert(refused);
        consumer.onInferenceError(jobId, IInferenceConsumer.AttemptError.Expired);
        vm.stopPrank();
        assertEq(consumer.subjectOf(jobId), 3);
    }

    /// @dev A copy of the market, with the same job and a lenient assurance, is not the market.
    function test_callbacks_revertForAnotherMarket() external {
        JobOrder memory order = ask(3);
        JobId jobId = market.hashOrder(order);
        super.setUp();

        vm.prank(address(market));
        vm.expectRevert(abi.encodeWithSelector(InferenceConsumer.NotMarket.selector, address(market)));
        consumer.onInferenceResult(jobId, modelId, 5, new uint256[](1));
    }

    /// @dev Anybody's job can name this callback, with a model that says whatever its owner likes.
    function test_onInferenceResult_refusesJobsOfOthers() external {
        JobOrder memory order = fakeOrder();
        (order.callback, order.callbackGas) = (address(consumer), 100_000);
        JobId jobId = request(order);
        claim(order);

        market.submitResult(order, resultWith("final"));

        assertEq(consumer.results(), 0);
        assertTrue(market.failedCallbackOf(jobId) != 0, "the callback failed");
        assertState(jobId, JobState.Settled);
    }

    function test_ask_revertsWithoutSubject() external {
        vm.expectRevert(InferenceConsumer.SubjectZero.selector);
        consumer.ask{value: 2 ether}(terms(), 0);
    }

    function test_onInferenceResult_isToldOnce() external {
        JobOrder memory order = ask(3);
        JobId jobId = market.hashOrder(order);
        claim(order);

        market.submitResult(order, resultWith("final"));

        assertEq(consumer.results(), 1);
        assertEq(consumer.lastSubject(), 3);
        assertEq(consumer.lastOutput(), 42);
        assertEq(consumer.subjectOf(jobId), 0);
        vm.prank(address(market));
        vm.expectRevert(abi.encodeWithSelector(InferenceConsumer.NotWaiting.selector, jobId));
        consumer.onInferenceResult(jobId, modelId, 5, new uint256[](1));
    }

    /// @dev S2-ESC-1: whatever the callback does, the worker is paid, and anyone delivers the answer later.
    function test_onInferenceResult_canFailAndBeRetriedByAnyone() external {
        TestConsumer.Mood[3] memory moods =
            [TestConsumer.Mood.Reverting, TestConsumer.Mood.Burning, TestConsumer.Mood.Shouting];
        for (uint256 i = 0; i < moods.length; ++i) {
            JobOrder memory order = ask(i + 1);
            JobId jobId = market.hashOrder(order);
            claim(order);
            consumer.setMood(moods[i]);
            uint256 before = freeOf(WORKER);

            market.submitResult(order, resultWith("final"));

            assertState(jobId, JobState.Settled);
            assertEq(freeOf(WORKER) - before, 0.925 ether);
            assertEq(consumer.results(), i);
            consumer.setMood(TestConsumer.Mood.Calm);
            retry(order);
            assertEq(consumer.results(), i + 1);
            assertEq(consumer.lastSubject(), i + 1);
        }
    }

    function test_onInferenceResult_cannotEnterTheMarket() external {
        JobOrder memory order = ask(3);
        claim(order);
        consumer.setMood(TestConsumer.Mood.Reentering);

        market.submitResult(order, resultWith("final"));

        assertEq(consumer.results(), 0);
        consumer.setMood(TestConsumer.Mood.Calm);
        retry(order);
        assertEq(consumer.results(), 1);
    }

    function test_retryCallback_cannotBeReplayedOrForged() external {
        JobOrder memory order = ask(3);
        JobId jobId = market.hashOrder(order);
        claim(order);
        consumer.setMood(TestConsumer.Mood.Reverting);
        market.submitResult(order, resultWith("final"));
        consumer.setMood(TestConsumer.Mood.Calm);

        bytes memory nothing = abi.encodeWithSelector(IMarketExtension.NothingToRetry.selector, jobId);
        vm.expectRevert(nothing);
        market.retryCallback(
            order, abi.encodeCall(IInferenceConsumer.onInferenceResult, (jobId, modelId, 5, new uint256[](1)))
        );
        retry(order);
        bytes memory data = resultData(order);
        vm.expectRevert(nothing);
        market.retryCallback(order, data);
        assertEq(consumer.results(), 1);
    }

    function test_onInferenceError_leavesTheJobWaiting() external {
        JobOrder memory order = ask(3);
        JobId jobId = market.hashOrder(order);
        claim(order);
        vm.warp(START + 601);

        market.expireJob(order);

        assertEq(consumer.errors(), 1);
        assertEq(consumer.subjectOf(jobId), 3);
        consumer.withdrawCompensation(payable(STRANGER));
        assertEq(STRANGER.balance, 0.025 ether);
        claim(order);
        market.submitResult(order, resultWith("final"));
        assertEq(consumer.results(), 1);
    }

    function test_onInferenceExpired_endsTheJob() external {
        JobOrder memory order = ask(3);
        vm.warp(START + 2_001);

        market.refundJob(order);

        assertEq(consumer.expiries(), 1);
        assertEq(consumer.subjectOf(market.hashOrder(order)), 0);
        consumer.withdraw(NATIVE, 2 ether, STRANGER);
        assertEq(STRANGER.balance, 2 ether);
    }

    function test_cancel_freesTheMoney() external {
        JobOrder memory order = ask(3);

        consumer.cancel(order);

        assertEq(consumer.subjectOf(market.hashOrder(order)), 0);
        assertEq(freeOf(address(consumer)), 2 ether);
        vm.expectRevert(abi.encodeWithSelector(InferenceConsumer.NotWaiting.selector, market.hashOrder(order)));
        consumer.cancel(order);
    }

    function test_ask_paysFromTheFreeBalanceAndInTokens() external {
        market.deposit{value: 2 ether}(NATIVE, 2 ether);
        market.allowToken(address(token), true);
        token.mint(address(consumer), 5 ether);
        consumer.depositTokens(token, 5 ether);
        InferenceConsumer.OrderTerms memory inTokens = terms();
        inTokens.token = address(token);

        JobOrder memory order = consumer.ask(inTokens, 9);

        assertState(market.hashOrder(order), JobState.Requested);
        (uint256 free, uint256 locked) = market.balanceOf(address(consumer), address(token));
        assertEq(free, 3 ether);
        assertEq(locked, 2 ether);
    }

    /// @dev Orders of equal terms differ in their nonce, so each is a job of its own.
    function test_ask_neverRepeatsAnOrder() external {
        JobOrder memory first = ask(3);
        JobOrder memory second = ask(3);

        assertTrue(
            JobId.unwrap(market.hashOrder(first)) != JobId.unwrap(market.hashOrder(second)), "two jobs of one subject"
        );
    }

    function terms() private view returns (InferenceConsumer.OrderTerms memory orderTerms) {
        orderTerms.modelId = modelId;
        orderTerms.assurance = address(assurance);
        (orderTerms.minPrice, orderTerms.maxPrice, orderTerms.rampSeconds) = (1 ether, 2 ether, 1_000);
        (orderTerms.claimSeconds, orderTerms.proveSeconds) = (2_000, 600);
        orderTerms.bond = 0.05 ether;
        orderTerms.maxFeeBps = 500;
        orderTerms.callbackGas = 150_000;
    }

    function ask(uint256 subject) private returns (JobOrder memory order) {
        return consumer.ask{value: 2 ether}(terms(), subject);
    }

    function retry(JobOrder memory order) private {
        bytes memory data = resultData(order);
        vm.prank(STRANGER);
        market.retryCallback(order, data);
    }

    function resultData(JobOrder memory order) private view returns (bytes memory data) {
        return abi.encodeCall(
            IInferenceConsumer.onInferenceResult,
            (market.hashOrder(order), modelId, order.inputCommitment, resultWith("").outputs)
        );
    }
}
