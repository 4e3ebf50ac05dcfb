// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {IInferenceConsumer} from "../../contracts/interfaces/IInferenceConsumer.sol";
import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IMarketExtension} from "../../contracts/interfaces/IMarketExtension.sol";
import {JobId, JobOrder, JobState} from "../../contracts/interfaces/JobTypes.sol";
import {OrderHash} from "../../contracts/libraries/OrderHash.sol";
import {MarketFake} from "../../contracts/mocks/MarketFake.sol";
import {InferenceConsumer} from "../../contracts/periphery/InferenceConsumer.sol";
import {TestConsumer} from "./InferenceConsumer.t.sol";
import {MarketTest} from "./MarketTest.sol";

/// @notice The fake market does to a consumer what the market does.
contract MarketFakeTest is MarketTest {
    MarketFake private fake;
    TestConsumer private asker;

    function setUp() public override {
        super.setUp();
        fake = new MarketFake();
        asker = new TestConsumer(IJobMarket(address(fake)));
        vm.deal(address(this), 10 ether);
    }

    receive() external payable {}

    function test_requestJob_revertsForAnother() external {
        JobOrder memory order = ask();
        order.nonce = 1;

        vm.expectRevert(abi.encodeWithSelector(IJobMarket.NotRequester.selector, address(this), order.requester));
        fake.requestJob(order);
    }

    function test_requestJob_revertsForAUsedNonce() external {
        JobOrder memory order = ask();

        vm.prank(order.requester);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.NonceUsed.selector, order.requester, order.nonce));
        fake.requestJob(order);
    }

    function test_requestJob_revertsWhenNotPaid() external {
        vm.expectRevert(
            abi.encodeWithSelector(IJobMarket.BalanceTooLow.selector, address(asker), address(0), 1, 1 ether)
        );
        asker.ask{value: 1}(termsOf(), 7);
    }

    function test_mockResult_revertsTheSecondTime() external {
        JobId jobId = fake.hashOrder(ask());
        fake.mockResult(jobId, words(3));

        vm.expectRevert(
            abi.encodeWithSelector(
                IJobMarket.JobNotInState.selector, jobId, JobState.Requested, JobState.Settled
            )
        );
        fake.mockResult(jobId, words(3));
    }

    function test_hashOrder_equalsTheMarketsUpToItsAddress() external view {
        JobOrder memory order = fakeOrder();

        assertEq(JobId.unwrap(market.hashOrder(order)), digestAt(address(market), order));
        assertEq(JobId.unwrap(fake.hashOrder(order)), digestAt(address(fake), order));
    }

    function test_mockResult_reachesTheConsumerAndPays() external {
        JobId jobId = fake.hashOrder(ask());
        (, uint256 lockedBefore) = fake.balanceOf(address(asker), address(0));

        fake.mockResult(jobId, words(3));

        (, uint256 lockedAfter) = fake.balanceOf(address(asker), address(0));
        (uint256 earned,) = fake.balanceOf(address(this), address(0));
        assertEq(lockedBefore, 1 ether);
        assertEq(lockedAfter, 0);
        assertEq(earned, 1 ether);
        assertEq(asker.results(), 1);
        assertEq(asker.lastSubject(), 7);
        assertEq(asker.lastOutput(), 3);
        assertEq(uint256(fake.stateOf(jobId)), uint256(JobState.Settled));
    }

    function test_mockExpiry_reachesTheConsumerAndReturnsTheEscrow() external {
        JobId jobId = fake.hashOrder(ask());

        fake.mockExpiry(jobId);

        (uint256 free, uint256 locked) = fake.balanceOf(address(asker), address(0));
        assertEq(asker.expiries(), 1);
        assertEq(free, 1 ether);
        assertEq(locked, 0);
        asker.withdraw(address(0), 1 ether, address(0xbeef));
        assertEq(address(0xbeef).balance, 1 ether);
    }

    function test_mockFailure_reachesTheConsumerAndCompensates() external {
        JobId jobId = fake.hashOrder(ask());

        fake.mockFailure{value: 3}(jobId, IInferenceConsumer.AttemptError.Expired);

        assertEq(asker.errors(), 1);
        assertEq(uint256(fake.stateOf(jobId)), uint256(JobState.Requested));
        asker.withdrawCompensation(payable(address(0xbeef)));
        assertEq(address(0xbeef).balance, 3);
    }

    function test_cancelJob_returnsTheEscrow() external {
        JobOrder memory order = ask();

        asker.cancel(order);

        (uint256 free,) = fake.balanceOf(address(asker), address(0));
        assertEq(free, 1 ether);
    }

    function test_mockResult_survivesACallbackThatReverts() external {
        JobId jobId = fake.hashOrder(ask());
        asker.setMood(TestConsumer.Mood.Reverting);

        expectFailure(jobId);
        fake.mockResult(jobId, words(3));

        assertEq(uint256(fake.stateOf(jobId)), uint256(JobState.Settled));
    }

    function test_mockResult_keepsTheMarketLocked() external {
        JobId jobId = fake.hashOrder(ask());
        asker.setMood(TestConsumer.Mood.Reentering);

        expectFailure(jobId);
        fake.mockResult(jobId, words(3));
    }

    function test_requestJob_takesTokensFromTheBalance() external {
        token.mint(address(asker), 5);
        asker.depositTokens(IERC20(address(token)), 5);
        InferenceConsumer.OrderTerms memory terms = termsOf();
        (terms.token, terms.minPrice, terms.maxPrice) = (address(token), 5, 5);

        JobId jobId = fake.hashOrder(asker.ask(terms, 7));

        (uint256 free, uint256 locked) = fake.balanceOf(address(asker), address(token));
        assertEq(free, 0);
        assertEq(locked, 5);
        fake.mockExpiry(jobId);
        asker.withdraw(address(token), 5, address(0xbeef));
        assertEq(token.balanceOf(address(0xbeef)), 5);
    }

    function expectFailure(JobId jobId) private {
        bytes memory data =
            abi.encodeCall(IInferenceConsumer.onInferenceResult, (jobId, modelId, 5, words(3)));
        vm.expectEmit();
        emit IMarketExtension.CallbackFailed(jobId, address(asker), data);
    }

    function digestUnder(bytes32 domain, JobOrder calldata order) external pure returns (JobId) {
        return OrderHash.digest(order, domain);
    }

    function digestAt(address account, JobOrder memory order) private view returns (bytes32) {
        bytes32 domainType = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        bytes32 domain =
            keccak256(abi.encode(domainType, keccak256("Assay JobMarket"), keccak256("1"), block.chainid, account));
        return JobId.unwrap(this.digestUnder(domain, order));
    }

    function ask() private returns (JobOrder memory order) {
        return asker.ask{value: 1 ether}(termsOf(), 7);
    }

    function termsOf() private view returns (InferenceConsumer.OrderTerms memory terms) {
        (terms.modelId, terms.minPrice, terms.maxPrice) = (modelId, 1 ether, 1 ether);
        (terms.claimSeconds, terms.proveSeconds, terms.callbackGas) = (600, 600, 200_000);
    }

    function words(uint256 word) private pure returns (uint256[] memory outputs) {
        outputs = new uint256[](1);
        outputs[0] = word;
    }
}
