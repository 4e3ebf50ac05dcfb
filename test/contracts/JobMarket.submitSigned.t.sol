// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {JobId, JobOrder, JobState} from "../../contracts/interfaces/JobTypes.sol";
import {MarketTest} from "./MarketTest.sol";

/// @notice The open race: a job that nobody claimed, answered and paid in one call.
contract JobMarketSubmitSignedTest is MarketTest {
    function test_submitSigned_revertsOnBadSignatures() external {
        JobOrder memory order = signedOrder();
        JobId jobId = market.hashOrder(order);
        bytes memory signature = signWith(KEY + 1, JobId.unwrap(jobId));

        vm.expectRevert(abi.encodeWithSelector(IJobMarket.SignatureInvalid.selector, jobId, order.requester));
        market.submitSigned(order, signature, STRANGER, resultWith("final"));
        vm.expectRevert(wrongState(jobId, JobState.Requested, JobState.None));
        market.submitSigned(order, "", STRANGER, resultWith("final"));
    }

    function test_submitSigned_revertsWhenTheEvidenceIsNotFinal() external {
        JobOrder memory order = signedOrder();
        bytes memory rejected = abi.encodeWithSelector(IJobMarket.EvidenceRejected.selector, market.hashOrder(order));
        bytes memory signature = sign(order);
        address[] memory payees = new address[](1);
        uint16[] memory shares = new uint16[](1);
        (payees[0], shares[0]) = (STRANGER, 10_000);
        assurance.setPayees(payees, shares);

        string[4] memory evidence = ["no", "pending", "wrong answer", "shared"];
        for (uint256 i = 0; i < evidence.length; ++i) {
            vm.expectRevert(rejected);
            market.submitSigned(order, signature, STRANGER, resultWith(bytes(evidence[i])));
        }
    }

    function test_submitSigned_revertsWithoutWorkerOrForAnother() external {
        JobOrder memory order = signedOrder();
        order.allowedWorker = WORKER;
        bytes memory signature = sign(order);

        vm.expectRevert(IJobMarket.AddressZero.selector);
        market.submitSigned(order, signature, address(0), resultWith("final"));
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.NotAllowedWorker.selector, STRANGER, WORKER));
        market.submitSigned(order, signature, STRANGER, resultWith("final"));
    }

    function test_submitSigned_revertsWithoutTheMoney() external {
        JobOrder memory order = signedOrder();
        vm.prank(order.requester);
        market.withdraw(NATIVE, 9.5 ether, STRANGER);
        bytes memory signature = sign(order);

        vm.expectRevert(
            abi.encodeWithSelector(
                IJobMarket.BalanceTooLow.selector, order.requester, NATIVE, 0.5 ether, order.minPrice
            )
        );
        market.submitSigned(order, signature, STRANGER, resultWith("final"));
    }

    /// @dev S2-ESC-4: a job pays once, and its nonce no other.
    function test_submitSigned_revertsTheSecondTime() external {
        JobOrder memory order = signedOrder();
        bytes memory signature = sign(order);
        JobId jobId = market.submitSigned(order, signature, STRANGER, resultWith("final"));

        vm.expectRevert(abi.encodeWithSelector(IJobMarket.NonceUsed.selector, order.requester, order.nonce));
        market.submitSigned(order, signature, STRANGER, resultWith("final"));
        vm.expectRevert(wrongState(jobId, JobState.Requested, JobState.Settled));
        market.submitSigned(order, "", STRANGER, resultWith("final"));
        vm.prank(WORKER);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.NonceUsed.selector, order.requester, order.nonce));
        market.claimSigned(order, signature);
    }

    function test_submitSigned_revertsOnAClaimedJob() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        claim(order);

        vm.expectRevert(wrongState(jobId, JobState.Requested, JobState.Claimed));
        market.submitSigned(order, "", STRANGER, resultWith("final"));
    }

    function test_submitSigned_revertsOnARequestedJobAfterTheClaimDeadline() external {
        JobOrder memory order = fakeOrder();
        request(order);
        vm.warp(order.claimDeadline + 1);

        vm.expectRevert(
            abi.encodeWithSelector(IJobMarket.DeadlinePassed.selector, order.claimDeadline, block.timestamp)
        );
        market.submitSigned(order, "", STRANGER, resultWith("final"));
    }

    function test_submitSigned_revertsWhilePausedUnlessRequested() external {
        JobOrder memory order = signedOrder();
        JobOrder memory requested = fakeOrder();
        request(requested);
        market.setPaused(true);
        bytes memory signature = sign(order);

        vm.expectRevert(IJobMarket.MarketPaused.selector);
        market.submitSigned(order, signature, STRANGER, resultWith("final"));
        market.submitSigned(requested, "", STRANGER, resultWith("final"));
    }

    function test_submitSigned_paysTheNamedWorkerAtTheRampsPrice() external {
        JobOrder memory order = signedOrder();
        bytes memory signature = sign(order);
        vm.warp(START + 600);

        JobId jobId = market.submitSigned(order, signature, STRANGER, resultWith("final"));

        assertState(jobId, JobState.Settled);
        assertEq(market.jobOf(jobId).worker, STRANGER);
        assertEq(freeOf(STRANGER), 1.3875 ether);
        assertEq(freeOf(MODEL_OWNER), 0.075 ether);
        assertEq(freeOf(TREASURY), 0.0375 ether);
        assertEq(freeOf(order.requester), 8.5 ether);
        assertEq(lockedOf(order.requester), 0);
    }

    function test_submitSigned_settlesARequestedJobAndReturnsTheSurplus() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        vm.warp(START + 600);

        market.submitSigned(order, "", STRANGER, resultWith("final"));

        assertState(jobId, JobState.Settled);
        assertEq(freeOf(STRANGER), 1.3875 ether);
        assertEq(freeOf(REQUESTER), 0.5 ether);
        assertEq(lockedOf(REQUESTER), 0);
    }

    /// @dev One account in every part: its balance ends where it began.
    function test_submitSigned_conservesWhenEverybodyIsTheSame() external {
        JobOrder memory order = signedOrder();

        market.submitSigned(order, sign(order), order.requester, resultWith("final"));

        assertEq(freeOf(order.requester) + freeOf(MODEL_OWNER) + freeOf(TREASURY), 10 ether);
    }
}
