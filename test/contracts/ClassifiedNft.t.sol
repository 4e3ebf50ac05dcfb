// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {ClassifiedNft} from "../../contracts/examples/ClassifiedNft.sol";
import {JobId, JobOrder, JobResult} from "../../contracts/interfaces/JobTypes.sol";
import {InferenceConsumer} from "../../contracts/periphery/InferenceConsumer.sol";
import {PackedValues} from "../../contracts/periphery/PackedValues.sol";
import {UserPaidConsumer} from "../../contracts/periphery/UserPaidConsumer.sol";
import {MarketTest} from "./MarketTest.sol";

contract ClassifiedNftTest is MarketTest {
    ClassifiedNft private nft;

    function setUp() public override {
        super.setUp();
        nft = new ClassifiedNft(market, terms(), 10, 24);
    }

    function test_constructor_revertsOnAPriceThatMoves() external {
        InferenceConsumer.OrderTerms memory wrong = terms();
        wrong.minPrice = 0.5 ether;

        vm.expectRevert(
            abi.encodeWithSelector(UserPaidConsumer.PriceNotFixed.selector, NATIVE, 0.5 ether, 1 ether)
        );
        new ClassifiedNft(market, wrong, 10, 24);
        wrong = terms();
        wrong.token = address(token);
        vm.expectRevert(
            abi.encodeWithSelector(UserPaidConsumer.PriceNotFixed.selector, address(token), 1 ether, 1 ether)
        );
        new ClassifiedNft(market, wrong, 10, 24);
        vm.expectRevert(abi.encodeWithSelector(ClassifiedNft.ClassCountInvalid.selector, 257));
        new ClassifiedNft(market, terms(), 257, 24);
    }

    function test_mint_revertsOnAWrongPayment() external {
        vm.prank(REQUESTER);
        vm.expectRevert(abi.encodeWithSelector(UserPaidConsumer.PaymentWrong.selector, 0.9 ether, 1 ether));
        nft.mint{value: 0.9 ether}(5, 0, 0);
    }

    function test_askAgain_revertsUnlessUnansweredAndTheHolders() external {
        mint();

        vm.prank(REQUESTER);
        vm.expectRevert(
            abi.encodeWithSelector(ClassifiedNft.TraitNotUnanswered.selector, 1, ClassifiedNft.TraitState.Waiting)
        );
        nft.askAgain{value: 1 ether}(1, 0, 0);
        vm.deal(STRANGER, 1 ether);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(ClassifiedNft.NotHolder.selector, 1, STRANGER));
        nft.askAgain{value: 1 ether}(1, 0, 0);
    }

    function test_withdrawRefund_revertsWithoutOne() external {
        vm.expectRevert(abi.encodeWithSelector(UserPaidConsumer.NothingToRefund.selector, address(this)));
        nft.withdrawRefund(STRANGER);
    }

    function test_mint_writesTheProvedClass() external {
        JobOrder memory order = mint();
        assertTrue(Strings.equal(nft.tokenURI(1), uri("[]")), "no trait before the proof");
        claim(order);

        market.submitResult(order, scores(7));

        ClassifiedNft.Picture memory picture = nft.pictureOf(1);
        assertEq(uint256(picture.state), uint256(ClassifiedNft.TraitState.Proved));
        assertEq(picture.class, 7);
        assertEq(nft.ownerOf(1), REQUESTER);
        assertTrue(
            Strings.equal(nft.tokenURI(1), uri("[{\"trait_type\":\"class\",\"value\":7}]")), "the trait is the class"
        );
    }

    /// @dev An answer that is not ten scores of 24 bits changes no trait; under `proof` none can come.
    function test_mint_keepsOutWordsThatAreNoScores() external {
        JobOrder memory order = mint();
        claim(order);
        JobResult memory result = scores(7);
        result.outputs[0] |= 1 << 240;

        market.submitResult(order, result);

        assertEq(uint256(nft.pictureOf(1).state), uint256(ClassifiedNft.TraitState.Waiting));
        assertTrue(market.failedCallbackOf(market.hashOrder(order)) != 0, "the callback failed");
    }

    function test_askAgain_afterNobodyAnswered() external {
        JobOrder memory first = mint();
        vm.warp(START + 2_001);
        market.refundJob(first);
        assertEq(uint256(nft.pictureOf(1).state), uint256(ClassifiedNft.TraitState.Unanswered));
        assertEq(nft.refundOf(REQUESTER), 1 ether);
        vm.prank(REQUESTER);
        nft.withdrawRefund(STRANGER);
        assertEq(STRANGER.balance, 1 ether);

        vm.prank(REQUESTER);
        nft.askAgain{value: 1 ether}(1, bytes32(uint256(1)), bytes32(uint256(2)));
        JobOrder memory second = orderOf(1);
        claim(second);
        market.submitResult(second, scores(3));

        assertEq(nft.pictureOf(1).class, 3);
        assertEq(nft.refundOf(REQUESTER), 0);
        assertEq(freeOf(address(nft)) + lockedOf(address(nft)), 0);
    }

    /// @dev Money of one minter never pays another's refund, whoever expires what.
    function test_withdrawRefund_coversEveryUnansweredJob() external {
        JobOrder memory first = mint();
        vm.deal(STRANGER, 1 ether);
        vm.prank(STRANGER);
        nft.mint{value: 1 ether}(6, 0, 0);
        JobOrder memory second = orderOf(1);
        second.inputCommitment = 6;
        (second.inputRoot, second.inputCid) = (0, 0);
        claim(first);
        vm.warp(START + 2_001);
        market.expireJob(first);
        market.refundJob(second);

        vm.prank(REQUESTER);
        nft.withdrawRefund(REQUESTER);
        vm.prank(STRANGER);
        nft.withdrawRefund(STRANGER);

        assertEq(STRANGER.balance, 1 ether);
        assertEq(freeOf(address(nft)) + lockedOf(address(nft)), 0);
        uint256 before = address(this).balance;
        nft.withdrawCompensation();
        assertEq(address(this).balance - before, 0.025 ether);
    }

    receive() external payable {}

    function mint() private returns (JobOrder memory order) {
        vm.prank(REQUESTER);
        nft.mint{value: 1 ether}(5, bytes32(uint256(1)), bytes32(uint256(2)));
        return orderOf(0);
    }

    function orderOf(uint256 nonce) private view returns (JobOrder memory order) {
        order = fakeOrder();
        order.requester = address(nft);
        order.maxPrice = 1 ether;
        order.rampStart = uint40(block.timestamp);
        order.rampSeconds = 0;
        order.claimDeadline = uint40(block.timestamp + 2_000);
        order.finalDeadline = order.claimDeadline + 600;
        (order.inputRoot, order.inputCid) = (bytes32(uint256(1)), bytes32(uint256(2)));
        (order.callback, order.callbackGas) = (address(nft), 100_000);
        order.nonce = nonce;
    }

    function terms() private view returns (InferenceConsumer.OrderTerms memory orderTerms) {
        orderTerms.modelId = modelId;
        orderTerms.assurance = address(assurance);
        (orderTerms.minPrice, orderTerms.maxPrice) = (1 ether, 1 ether);
        (orderTerms.claimSeconds, orderTerms.proveSeconds) = (2_000, 600);
        orderTerms.bond = 0.05 ether;
        orderTerms.maxFeeBps = 500;
        orderTerms.callbackGas = 100_000;
    }

    function scores(uint256 best) private pure returns (JobResult memory result) {
        int256[] memory values = new int256[](10);
        for (uint256 i = 0; i < 10; ++i) {
            values[i] = -int256(i);
        }
        values[best] = 1_000;
        result.outputs = PackedValues.pack(values, -(1 << 23), 24);
        result.evidence = "final";
    }

    function uri(string memory traits) private pure returns (string memory) {
        string memory json =
            string.concat("{\"name\":\"Classified picture #1\",\"attributes\":", traits, "}");
        return string.concat("data:application/json;base64,", Base64.encode(bytes(json)));
    }
}
