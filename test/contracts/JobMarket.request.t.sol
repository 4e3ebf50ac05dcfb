// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {Job, JobId, JobOrder, JobState, ModelId} from "../../contracts/interfaces/JobTypes.sol";
import {Bn254} from "../../contracts/libraries/Bn254.sol";
import {MarketTest, ObedientAssurance} from "./MarketTest.sol";

contract JobMarketRequestTest is MarketTest {
    function refuse(JobOrder memory order, bytes memory revertData) private {
        vm.expectRevert(revertData);
        vm.prank(order.requester);
        market.requestJob{value: 2 ether}(order);
    }

    function test_requestJob_revertsForAnotherRequester() external {
        JobOrder memory order = fakeOrder();

        vm.expectRevert(abi.encodeWithSelector(IJobMarket.NotRequester.selector, STRANGER, REQUESTER));
        vm.deal(STRANGER, 2 ether);
        vm.prank(STRANGER);
        market.requestJob{value: 2 ether}(order);
    }

    function test_requestJob_revertsOnInvertedPrices() external {
        JobOrder memory order = fakeOrder();
        (order.minPrice, order.maxPrice) = (2 ether, 2 ether - 1);

        refuse(order, abi.encodeWithSelector(IJobMarket.PriceRangeInverted.selector, 2 ether, 2 ether - 1));
    }

    function test_requestJob_revertsOnDeadlines() external {
        JobOrder memory order = fakeOrder();
        order.claimDeadline = uint40(START - 1);
        refuse(order, deadlines(order));

        order = fakeOrder();
        order.proveSeconds = 0;
        refuse(order, deadlines(order));

        order = fakeOrder();
        order.finalDeadline = order.claimDeadline + order.proveSeconds - 1;
        refuse(order, deadlines(order));

        order = fakeOrder();
        order.proveSeconds = type(uint32).max;
        refuse(order, deadlines(order));

        order = fakeOrder();
        (order.claimDeadline, order.finalDeadline) = (type(uint40).max, type(uint40).max);
        refuse(order, deadlines(order));
    }

    function deadlines(JobOrder memory order) private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            IJobMarket.DeadlinesInvalid.selector, order.claimDeadline, order.proveSeconds, order.finalDeadline
        );
    }

    /// @dev S2-ESC-3
    function test_requestJob_revertsOnPriceBelowFloor_S2_ESC_3() external {
        JobOrder memory order = fakeOrder();
        order.minPrice = FLOOR_PRICE - 1;
        refuse(order, abi.encodeWithSelector(IJobMarket.PriceTooLow.selector, FLOOR_PRICE - 1, FLOOR_PRICE));

        order.minPrice = 0;
        refuse(order, abi.encodeWithSelector(IJobMarket.PriceTooLow.selector, 0, FLOOR_PRICE));
    }

    /// @dev S2-ESC-3: a floor in the chain's own coin says nothing of tokens, but no job is free.
    function test_requestJob_revertsOnPriceZeroInTokens() external {
        market.allowToken(address(token), true);
        JobOrder memory order = fakeOrder();
        order.token = address(token);
        order.minPrice = 0;

        vm.expectRevert(abi.encodeWithSelector(IJobMarket.PriceTooLow.selector, 0, 1));
        vm.prank(REQUESTER);
        market.requestJob(order);
    }

    function test_requestJob_revertsOnCommitmentOutOfField() external {
        JobOrder memory order = fakeOrder();
        order.inputCommitment = Bn254.SCALAR_ORDER;

        refuse(order, abi.encodeWithSelector(IJobMarket.InputCommitmentOutOfField.selector, Bn254.SCALAR_ORDER));
    }

    function test_requestJob_revertsOnHalfACallback() external {
        JobOrder memory order = fakeOrder();
        order.callback = STRANGER;
        refuse(order, abi.encodeWithSelector(IJobMarket.CallbackUnsupported.selector, STRANGER, 0));

        order.callback = address(0);
        order.callbackGas = 1;
        refuse(order, abi.encodeWithSelector(IJobMarket.CallbackUnsupported.selector, address(0), 1));
    }

    function test_requestJob_revertsOnTooMuchCallbackGas() external {
        JobOrder memory order = fakeOrder();
        order.callback = STRANGER;
        order.callbackGas = uint32(market.MAX_CALLBACK_GAS()) + 1;

        refuse(order, abi.encodeWithSelector(IJobMarket.CallbackUnsupported.selector, STRANGER, order.callbackGas));
    }

    function test_requestJob_revertsOnTokenNotAllowed() external {
        JobOrder memory order = fakeOrder();
        order.token = address(token);

        refuse(order, abi.encodeWithSelector(IJobMarket.TokenNotAllowed.selector, address(token)));
    }

    function test_requestJob_revertsOnFeeAboveOrder() external {
        JobOrder memory order = fakeOrder();
        order.maxFeeBps = FEE_BPS - 1;

        refuse(order, abi.encodeWithSelector(IJobMarket.FeeAboveOrder.selector, FEE_BPS, FEE_BPS - 1));
    }

    function test_requestJob_revertsOnAssuranceNotListed() external {
        JobOrder memory order = fakeOrder();
        order.assurance = STRANGER;

        refuse(order, abi.encodeWithSelector(IJobMarket.AssuranceNotListed.selector, STRANGER));
    }

    function test_requestJob_revertsOnAssuranceData() external {
        JobOrder memory order = fakeOrder();
        order.assuranceData = "terms";
        refuse(order, abi.encodeWithSelector(IJobMarket.AssuranceDataUnexpected.selector, 5));

        market.listAssurance(address(assurance), IJobMarket.AssuranceListing.WithTerms);
        order.assuranceData = "others";
        refuse(order, abi.encodeWithSelector(ObedientAssurance.TermsRefused.selector));

        order.assuranceData = "terms";
        assertState(request(order), JobState.Requested);
    }

    function test_requestJob_revertsOnUnknownModel() external {
        JobOrder memory order = fakeOrder();
        order.modelId = ModelId.wrap("unknown");

        refuse(order, abi.encodeWithSelector(IModelRegistry.ModelUnknown.selector, bytes32("unknown")));
    }

    function test_requestJob_revertsOnDeprecatedModel() external {
        vm.prank(MODEL_OWNER);
        models.deprecateModel(modelId);

        refuse(fakeOrder(), abi.encodeWithSelector(IJobMarket.ModelIsDeprecated.selector, modelId));
    }

    function test_requestJob_revertsOnTooFewContributions() external {
        JobOrder memory order = fakeOrder();
        order.minContributions = 1;

        refuse(order, abi.encodeWithSelector(IJobMarket.ContributionsTooFew.selector, 0, 1));
    }

    function test_requestJob_revertsWhilePaused() external {
        market.setPaused(true);

        refuse(fakeOrder(), abi.encodeWithSelector(IJobMarket.MarketPaused.selector));
    }

    /// @dev S2-ESC-4
    function test_requestJob_revertsOnUsedNonce() external {
        JobOrder memory order = fakeOrder();
        request(order);
        refuse(order, abi.encodeWithSelector(IJobMarket.NonceUsed.selector, REQUESTER, 7));

        order.maxPrice -= 1;
        refuse(order, abi.encodeWithSelector(IJobMarket.NonceUsed.selector, REQUESTER, 7));
    }

    function test_requestJob_revertsOnTooLittleMoney() external {
        JobOrder memory order = fakeOrder();

        vm.expectRevert(
            abi.encodeWithSelector(IJobMarket.BalanceTooLow.selector, REQUESTER, NATIVE, 2 ether - 1, 2 ether)
        );
        vm.prank(REQUESTER);
        market.requestJob{value: 2 ether - 1}(order);
    }

    function test_requestJob_revertsOnValueForTokens() external {
        market.allowToken(address(token), true);
        JobOrder memory order = fakeOrder();
        order.token = address(token);

        vm.expectRevert(abi.encodeWithSelector(IJobMarket.ValueUnexpected.selector, 1));
        vm.prank(REQUESTER);
        market.requestJob{value: 1}(order);
    }

    /// @dev S0-ESC-2
    function test_requestJob_escrowsTheHighestPrice() external {
        JobOrder memory order = fakeOrder();

        vm.prank(REQUESTER);
        JobId jobId = market.requestJob{value: 3 ether}(order);

        assertEq(JobId.unwrap(jobId), JobId.unwrap(market.hashOrder(order)));
        assertEq(lockedOf(REQUESTER), 2 ether);
        assertEq(freeOf(REQUESTER), 1 ether);
        assertTrue(market.nonceUsed(REQUESTER, 7), "nonce used");
        assertTrue(!market.nonceUsed(REQUESTER, 8) && !market.nonceUsed(REQUESTER, 7 + 256), "no other nonce used");
        Job memory job = market.jobOf(jobId);
        assertState(jobId, JobState.Requested);
        assertEq(job.worker, address(0));
        assertEq(job.feeBps, FEE_BPS);
        assertEq(job.priceTick, 1_000);
    }

    function test_requestJob_takesTheFreeBalanceFirst() external {
        vm.prank(REQUESTER);
        market.deposit{value: 1.5 ether}(NATIVE, 1.5 ether);

        vm.prank(REQUESTER);
        market.requestJob{value: 0.5 ether}(fakeOrder());

        assertEq(freeOf(REQUESTER), 0);
        assertEq(lockedOf(REQUESTER), 2 ether);
    }

    function test_requestJob_pullsMissingTokens() external {
        market.allowToken(address(token), true);
        token.mint(REQUESTER, 5 ether);
        vm.startPrank(REQUESTER);
        token.approve(address(market), 5 ether);
        market.deposit(address(token), 0.5 ether);
        JobOrder memory order = fakeOrder();
        order.token = address(token);

        market.requestJob(order);
        vm.stopPrank();

        assertEq(token.balanceOf(address(market)), 2 ether);
        (uint256 free, uint256 locked) = market.balanceOf(REQUESTER, address(token));
        assertEq(free, 0);
        assertEq(locked, 2 ether);
    }

    function testFuzz_requestJob_nonceBitmap(uint256 first, uint256 second) external {
        vm.assume(first != second);
        JobOrder memory order = fakeOrder();
        order.nonce = first;
        request(order);
        assertTrue(!market.nonceUsed(REQUESTER, second), "the other nonce is free");

        order.nonce = second;
        request(order);

        assertTrue(market.nonceUsed(REQUESTER, first) && market.nonceUsed(REQUESTER, second), "both are used");
    }
}
