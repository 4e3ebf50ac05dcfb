// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {MarketAnswers} from "../../contracts/MarketAnswers.sol";
import {MarketExits} from "../../contracts/MarketExits.sol";
import {MarketExtension} from "../../contracts/MarketExtension.sol";
import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {JobId, JobOrder, JobState} from "../../contracts/interfaces/JobTypes.sol";
import {MarketTest} from "./MarketTest.sol";

/// @notice Code that the market runs on its own storage: nobody else's calldata or calls can pass for the market's.
contract JobMarketExtensionTest is MarketTest {
    function test_extensions_refuseMoneyOfDirectCalls() external {
        MarketExits exits = MarketExits(market.exits());
        MarketAnswers answers = MarketAnswers(market.answers());
        JobOrder memory order = fakeOrder();
        vm.deal(address(this), 4 ether);

        vm.expectRevert(MarketExtension.NotTheMarket.selector);
        exits.deposit{value: 1 ether}(NATIVE, 1 ether);
        vm.expectRevert(MarketExtension.NotTheMarket.selector);
        exits.requestJob{value: 1 ether}(order);
        vm.expectRevert(MarketExtension.NotTheMarket.selector);
        exits.requestBundle{value: 1 ether}(NATIVE, "root", 1 ether, uint40(START + 1), "");
        vm.expectRevert(MarketExtension.NotTheMarket.selector);
        answers.challengeJob{value: 1 ether}(order, "");
    }

    function test_extensions_obeyNobodyDirectly() external {
        MarketExits exits = MarketExits(market.exits());

        // Four words that claim to be a market's, with this contract as its registries.
        bytes memory suffix = abi.encode(bytes32(0), address(this), address(this), STRANGER);

        (bool success, bytes memory reason) =
            address(exits).call(bytes.concat(abi.encodeCall(exits.setFeeBps, (1)), suffix));
        assertTrue(!success && bytes4(reason) == IAccessManaged.AccessManagedUnauthorized.selector, "no owner there");
        (success, reason) =
            address(exits).call(bytes.concat(abi.encodeCall(exits.expireJob, (fakeOrder())), suffix));
        assertTrue(!success && bytes4(reason) == IJobMarket.JobNotInState.selector, "no job there");
    }

    /// @dev The market sends only jobs that are answered or challenged that way, so its code alone says this.
    function test_refundJob_revertsDirectly() external {
        MarketExits exits = MarketExits(market.exits());

        (bool success, bytes memory reason) = address(exits).call(abi.encodeCall(exits.refundJob, (fakeOrder())));

        assertTrue(!success && bytes4(reason) == IJobMarket.JobNotInState.selector, "no job there");
    }

    function test_withdraw_revertsForTokensToNobody() external {
        vm.expectRevert(IJobMarket.AddressZero.selector);
        market.withdraw(address(token), 1, address(0));
    }

    /// @dev Words behind a caller's own calldata are not the market's.
    function test_expireJob_ignoresWordsBehindTheCalldata() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        claim(order);
        vm.warp(START + 601);
        bytes memory suffix = abi.encode(bytes32(0), STRANGER, STRANGER, STRANGER);

        (bool success,) = address(market).call(bytes.concat(abi.encodeCall(market.expireJob, (order)), suffix));

        assertTrue(success, "expired");
        assertState(jobId, JobState.Requested);
        assertEq(workers.slashedCreditOf(TREASURY), 0.005 ether);
        assertEq(workers.slashedCreditOf(STRANGER), 0);
    }

    /// @dev S0-ESC-6: a setting that has to be scheduled first is found by what was scheduled.
    function test_setFeeBps_worksAfterItsDelay() external {
        AccessManager manager = AccessManager(market.authority());
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = market.setFeeBps.selector;
        manager.setTargetFunctionRole(address(market), selectors, 7);
        manager.grantRole(7, STRANGER, 1 days);
        bytes memory data = abi.encodeCall(market.setFeeBps, (100));

        vm.startPrank(STRANGER);
        vm.expectRevert();
        market.setFeeBps(100);
        manager.schedule(address(market), data, uint48(block.timestamp + 1 days));
        vm.expectRevert();
        market.setFeeBps(100);
        vm.warp(START + 1 days);
        market.setFeeBps(100);

        assertEq(market.feeBps(), 100);
    }
}
