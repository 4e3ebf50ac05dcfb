// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IMarketExtension} from "../../contracts/interfaces/IMarketExtension.sol";
import {JobId, JobOrder, JobState} from "../../contracts/interfaces/JobTypes.sol";
import {MarketTest} from "./MarketTest.sol";

/// @notice Many jobs under one escrow: the leaves of a Merkle tree.
contract JobMarketBundleTest is MarketTest {
    uint40 private constant DEADLINE = uint40(START + 3_000);

    // requestBundle

    function test_requestBundle_revertsWithoutTheMoney() external {
        vm.prank(REQUESTER);
        vm.expectRevert(
            abi.encodeWithSelector(IJobMarket.BalanceTooLow.selector, REQUESTER, NATIVE, 1 ether, 2 ether)
        );
        market.requestBundle{value: 1 ether}(NATIVE, "root", 2 ether, DEADLINE, "");
    }

    function test_requestBundle_revertsOnAPastDeadlineAnotherTokenAndWhilePaused() external {
        vm.startPrank(REQUESTER);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.DeadlinePassed.selector, START - 1, START));
        market.requestBundle{value: 2 ether}(NATIVE, "root", 2 ether, uint40(START - 1), "");
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.TokenNotAllowed.selector, address(token)));
        market.requestBundle(address(token), "root", 2 ether, DEADLINE, "");
        vm.stopPrank();
        market.allowToken(address(token), true);
        vm.prank(REQUESTER);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.ValueUnexpected.selector, 1));
        market.requestBundle{value: 1}(address(token), "root", 2 ether, DEADLINE, "");
        market.setPaused(true);
        vm.prank(REQUESTER);
        vm.expectRevert(IJobMarket.MarketPaused.selector);
        market.requestBundle{value: 2 ether}(NATIVE, "root", 2 ether, DEADLINE, "");
    }

    function test_requestBundle_revertsTheSecondTime() external {
        vm.startPrank(REQUESTER);
        market.requestBundle{value: 2 ether}(NATIVE, "root", 2 ether, DEADLINE, "");

        vm.expectRevert(abi.encodeWithSelector(IMarketExtension.BundleExists.selector, bytes32("root")));
        market.requestBundle{value: 2 ether}(NATIVE, "root", 2 ether, DEADLINE, "");
    }

    function test_requestBundle_escrowsOnce() external {
        vm.expectEmit();
        emit IMarketExtension.BundleRequested(REQUESTER, NATIVE, "root", 2 ether, DEADLINE, "leaves");
        vm.prank(REQUESTER);
        market.requestBundle{value: 3 ether}(NATIVE, "root", 2 ether, DEADLINE, "leaves");

        assertEq(lockedOf(REQUESTER), 2 ether);
        assertEq(freeOf(REQUESTER), 1 ether);
        assertEq(market.bundleOf(REQUESTER, NATIVE, "root").remaining, 2 ether);
        assertEq(market.bundleOf(REQUESTER, NATIVE, "root").deadline, DEADLINE);
    }

    function test_requestBundle_takesTokens() external {
        market.allowToken(address(token), true);
        token.mint(REQUESTER, 2 ether);
        vm.startPrank(REQUESTER);
        token.approve(address(market), 2 ether);
        market.requestBundle(address(token), "root", 2 ether, DEADLINE, "");

        (, uint256 locked) = market.balanceOf(REQUESTER, address(token));
        assertEq(locked, 2 ether);
    }

    // claimBundled

    function test_claimBundled_revertsOnWhatIsNotALeaf() external {
        (JobOrder[3] memory orders, bytes32 root) = bundle(6 ether);
        bytes32[] memory proof = proofOf(orders, 0);
        orders[0].maxPrice += 1;

        refuse(
            orders[0],
            root,
            proof,
            abi.encodeWithSelector(IMarketExtension.NotInBundle.selector, market.hashOrder(orders[0]), root)
        );
        orders[0].maxPrice -= 1;
        refuse(
            orders[0],
            root,
            new bytes32[](0),
            abi.encodeWithSelector(IMarketExtension.NotInBundle.selector, market.hashOrder(orders[0]), root)
        );
    }

    /// @dev A tree that its requester never paid for, even of the same leaves.
    function test_claimBundled_revertsOnAnUnpaidBundle() external {
        JobOrder memory order = fakeOrder();
        order.requester = STRANGER;
        bytes32 root = JobId.unwrap(market.hashOrder(order));
        vm.prank(REQUESTER);
        market.requestBundle{value: 2 ether}(NATIVE, root, 2 ether, DEADLINE, "");

        refuse(
            order, root, new bytes32[](0), abi.encodeWithSelector(IMarketExtension.BundleUnknown.selector, root)
        );
    }

    function test_claimBundled_revertsAfterTheDeadline() external {
        (JobOrder[3] memory orders, bytes32 root) = bundle(6 ether);
        vm.prank(REQUESTER);
        market.closeBundle(REQUESTER, NATIVE, root);
        vm.prank(REQUESTER);
        market.requestBundle(NATIVE, root, 6 ether, uint40(START + 10), "");
        vm.warp(START + 11);

        refuse(
            orders[0],
            root,
            proofOf(orders, 0),
            abi.encodeWithSelector(IJobMarket.DeadlinePassed.selector, START + 10, START + 11)
        );
    }

    /// @dev 11: a leaf is claimed once, and not at all when its nonce is used otherwise.
    function test_claimBundled_revertsOnAUsedNonce() external {
        (JobOrder[3] memory orders, bytes32 root) = bundle(6 ether);
        claimBundled(orders[0], root, proofOf(orders, 0));
        request(orders[1]);
        vm.prank(REQUESTER);
        market.cancelNonces(0, 1 << orders[2].nonce);

        for (uint256 i = 0; i < 3; ++i) {
            refuse(
                orders[i],
                root,
                proofOf(orders, i),
                abi.encodeWithSelector(IJobMarket.NonceUsed.selector, REQUESTER, orders[i].nonce)
            );
        }
    }

    function test_claimBundled_revertsWhenTheBundleIsSpent() external {
        (JobOrder[3] memory orders, bytes32 root) = bundle(2.5 ether);
        claimBundled(orders[0], root, proofOf(orders, 0));
        claimBundled(orders[1], root, proofOf(orders, 1));

        refuse(
            orders[2],
            root,
            proofOf(orders, 2),
            abi.encodeWithSelector(IMarketExtension.BundleTooSmall.selector, root, 0.5 ether, 1 ether)
        );
    }

    function test_claimBundled_claimsEachLeafAtTheRampsPrice() external {
        (JobOrder[3] memory orders, bytes32 root) = bundle(6 ether);
        for (uint256 i = 0; i < 3; ++i) {
            vm.warp(START + 100 + 250 * i);
            JobId jobId = claimBundled(orders[i], root, proofOf(orders, i));
            market.submitResult(orders[i], resultWith("final"));
            assertState(jobId, JobState.Settled);
        }

        // 1 + 1.25 + 1.5
        assertEq(freeOf(WORKER) + freeOf(MODEL_OWNER) + freeOf(TREASURY), 3.75 ether);
        assertEq(market.bundleOf(REQUESTER, NATIVE, root).remaining, 2.25 ether);
        assertEq(lockedOf(REQUESTER), 2.25 ether);
    }

    function test_claimBundled_expiresLikeAnyJob() external {
        (JobOrder[3] memory orders, bytes32 root) = bundle(6 ether);
        JobId jobId = claimBundled(orders[0], root, proofOf(orders, 0));
        vm.warp(START + 601);
        market.expireJob(orders[0]);
        assertState(jobId, JobState.Requested);

        vm.warp(orders[0].claimDeadline + 1);
        market.refundJob(orders[0]);

        assertEq(freeOf(REQUESTER), 1 ether);
        assertEq(lockedOf(REQUESTER), 5 ether);
    }

    // closeBundle

    function test_closeBundle_revertsForOthersBeforeTheDeadline() external {
        (, bytes32 root) = bundle(6 ether);
        vm.warp(DEADLINE);

        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.DeadlineNotPassed.selector, DEADLINE, DEADLINE));
        market.closeBundle(REQUESTER, NATIVE, root);
    }

    function test_closeBundle_revertsTheSecondTime() external {
        (, bytes32 root) = bundle(6 ether);
        vm.startPrank(REQUESTER);
        market.closeBundle(REQUESTER, NATIVE, root);

        vm.expectRevert(abi.encodeWithSelector(IMarketExtension.BundleUnknown.selector, root));
        market.closeBundle(REQUESTER, NATIVE, root);
    }

    /// @dev 9: by anyone after the deadline, and claimed jobs keep their escrow.
    function test_closeBundle_returnsWhatIsLeft() external {
        (JobOrder[3] memory orders, bytes32 root) = bundle(6 ether);
        JobId jobId = claimBundled(orders[0], root, proofOf(orders, 0));
        vm.warp(DEADLINE + 1);

        vm.expectEmit();
        emit IMarketExtension.BundleClosed(REQUESTER, NATIVE, root, 5 ether);
        vm.prank(STRANGER);
        market.closeBundle(REQUESTER, NATIVE, root);

        assertEq(freeOf(REQUESTER), 5 ether);
        assertEq(lockedOf(REQUESTER), 1 ether);
        assertState(jobId, JobState.Claimed);
    }

    function bundle(uint96 amount) private returns (JobOrder[3] memory orders, bytes32 root) {
        for (uint256 i = 0; i < 3; ++i) {
            orders[i] = fakeOrder();
            orders[i].nonce = i;
            orders[i].inputCommitment = i;
        }
        bytes32[] memory proof = proofOf(orders, 2);
        root = Hashes.commutativeKeccak256(leaf(orders[2]), proof[0]);
        vm.prank(REQUESTER);
        market.requestBundle{value: amount}(NATIVE, root, amount, DEADLINE, "leaves");
    }

    /// @dev The tree ((0, 1), 2).
    function proofOf(JobOrder[3] memory orders, uint256 index) private view returns (bytes32[] memory proof) {
        proof = new bytes32[](index == 2 ? 1 : 2);
        if (index == 2) {
            proof[0] = Hashes.commutativeKeccak256(leaf(orders[0]), leaf(orders[1]));
        } else {
            (proof[0], proof[1]) = (leaf(orders[1 - index]), leaf(orders[2]));
        }
    }

    function leaf(JobOrder memory order) private view returns (bytes32) {
        return JobId.unwrap(market.hashOrder(order));
    }

    function claimBundled(JobOrder memory order, bytes32 root, bytes32[] memory proof) private returns (JobId jobId) {
        vm.prank(WORKER);
        return market.claimBundled(order, root, proof);
    }

    function refuse(JobOrder memory order, bytes32 root, bytes32[] memory proof, bytes memory reason) private {
        vm.prank(WORKER);
        vm.expectRevert(reason);
        market.claimBundled(order, root, proof);
    }
}
