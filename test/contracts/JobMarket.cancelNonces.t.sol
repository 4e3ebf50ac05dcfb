// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IMarketExtension} from "../../contracts/interfaces/IMarketExtension.sol";
import {JobOrder, JobState} from "../../contracts/interfaces/JobTypes.sol";
import {MarketTest} from "./MarketTest.sol";

contract JobMarketCancelNoncesTest is MarketTest {
    function test_cancelNonces_stopsSignedAndRequestedOrders() external {
        JobOrder memory order = signedOrder();
        bytes memory used = abi.encodeWithSelector(IJobMarket.NonceUsed.selector, order.requester, order.nonce);
        bytes memory signature = sign(order);
        vm.prank(order.requester);
        market.cancelNonces(0, 1 << order.nonce);

        vm.prank(WORKER);
        vm.expectRevert(used);
        market.claimSigned(order, signature);
        vm.expectRevert(used);
        market.submitSigned(order, signature, WORKER, resultWith("final"));
        vm.prank(order.requester);
        vm.expectRevert(used);
        market.requestJob(order);
    }

    function test_cancelNonces_tellsAndTouchesNobodyElse() external {
        vm.expectEmit();
        emit IMarketExtension.NoncesCancelled(REQUESTER, 3, type(uint256).max);

        vm.prank(REQUESTER);
        market.cancelNonces(3, type(uint256).max);

        assertTrue(market.nonceUsed(REQUESTER, 3 << 8) && market.nonceUsed(REQUESTER, (4 << 8) - 1), "the whole word");
        assertTrue(!market.nonceUsed(REQUESTER, 4 << 8) && !market.nonceUsed(REQUESTER, (3 << 8) - 1), "nothing else");
        assertTrue(!market.nonceUsed(STRANGER, 3 << 8), "nobody else");
    }

    /// @dev A cancelled nonce stays used, whatever the mask of a later call.
    function testFuzz_cancelNonces_onlyAddsBits(uint256 word, uint256 first, uint256 second, uint8 bit) external {
        word = bound(word, 0, type(uint256).max >> 8);
        vm.prank(REQUESTER);
        market.cancelNonces(word, first);
        vm.prank(REQUESTER);
        market.cancelNonces(word, second);

        bool expected = (first | second) >> bit & 1 != 0;
        assertTrue(market.nonceUsed(REQUESTER, word << 8 | bit) == expected, "bits of both masks");
    }

    function test_cancelNonces_leavesJobsInFlight() external {
        JobOrder memory order = fakeOrder();
        request(order);
        claim(order);
        vm.prank(REQUESTER);
        market.cancelNonces(0, type(uint256).max);

        market.submitResult(order, resultWith("final"));

        assertState(market.hashOrder(order), JobState.Settled);
    }
}
