// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {Job, JobId, JobOrder, JobState} from "../../contracts/interfaces/JobTypes.sol";
import {MarketTest} from "./MarketTest.sol";

/// @notice A requester that is a contract: it accepts the one digest that it was told to, if any.
contract ContractRequester is IERC1271 {
    bytes32 private immutable _digest;

    constructor(bytes32 digest) {
        _digest = digest;
    }

    receive() external payable {}

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return digest == _digest ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

contract JobMarketClaimSignedTest is MarketTest {
    function test_claimSigned_revertsOnAnotherSigner() external {
        JobOrder memory order = signedOrder();
        bytes memory signature = signWith(KEY + 1, JobId.unwrap(market.hashOrder(order)));

        refuse(order, signature, signatureInvalid(order));
    }

    function test_claimSigned_revertsOnBadSignatures() external {
        JobOrder memory order = signedOrder();
        bytes memory signature = sign(order);

        refuse(order, "", signatureInvalid(order));
        refuse(order, new bytes(65), signatureInvalid(order));
        refuse(order, bytes.concat(signature, hex"00"), signatureInvalid(order));
        order.requester = address(0);
        refuse(order, new bytes(65), signatureInvalid(order));
    }

    /// @dev The other of the two signatures that one key makes of one digest.
    function test_claimSigned_revertsOnTheMalleableTwin() external {
        JobOrder memory order = signedOrder();
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, JobId.unwrap(market.hashOrder(order)));
        uint256 curveOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bytes memory twin = abi.encodePacked(r, bytes32(curveOrder - uint256(s)), v ^ 7);

        refuse(order, twin, signatureInvalid(order));
    }

    /// @dev S2-ESC-4: what was signed holds for these terms only.
    function test_claimSigned_revertsOnOtherTerms() external {
        JobOrder memory order = signedOrder();
        bytes memory signature = sign(order);
        order.maxPrice += 1;

        refuse(order, signature, signatureInvalid(order));
    }

    /// @dev S2-ESC-4: and on this chain only.
    function test_claimSigned_revertsOnAnotherChain() external {
        JobOrder memory order = signedOrder();
        bytes memory signature = sign(order);
        vm.chainId(31_338);

        refuse(order, signature, signatureInvalid(order));
    }

    function test_claimSigned_revertsOnAUsedNonce() external {
        JobOrder memory order = signedOrder();
        claimSigned(order, sign(order));
        bytes memory used = abi.encodeWithSelector(IJobMarket.NonceUsed.selector, order.requester, order.nonce);

        refuse(order, sign(order), used);
        order.inputCommitment += 1;
        refuse(order, sign(order), used);
    }

    function test_claimSigned_revertsOnARequestedJob() external {
        JobOrder memory order = signedOrder();
        vm.prank(order.requester);
        market.requestJob(order);

        refuse(
            order, sign(order), abi.encodeWithSelector(IJobMarket.NonceUsed.selector, order.requester, order.nonce)
        );
    }

    function test_claimSigned_revertsWithoutTheMoney() external {
        JobOrder memory order = signedOrder();
        order.minPrice = 10 ether + 1;
        order.maxPrice = 20 ether;

        refuse(
            order,
            sign(order),
            abi.encodeWithSelector(
                IJobMarket.BalanceTooLow.selector, order.requester, NATIVE, 10 ether, order.minPrice
            )
        );
    }

    function test_claimSigned_revertsAfterTheClaimDeadline() external {
        JobOrder memory order = signedOrder();
        vm.warp(order.claimDeadline + 1);

        refuse(
            order,
            sign(order),
            abi.encodeWithSelector(
                IJobMarket.DeadlinesInvalid.selector, order.claimDeadline, order.proveSeconds, order.finalDeadline
            )
        );
    }

    function test_claimSigned_revertsWhilePaused() external {
        JobOrder memory order = signedOrder();
        market.setPaused(true);

        refuse(order, sign(order), abi.encodeWithSelector(IJobMarket.MarketPaused.selector));
    }

    function test_claimSigned_revertsForAnotherThanTheAllowedWorker() external {
        JobOrder memory order = signedOrder();
        order.allowedWorker = OTHER_WORKER;

        refuse(
            order, sign(order), abi.encodeWithSelector(IJobMarket.NotAllowedWorker.selector, WORKER, OTHER_WORKER)
        );
    }

    function test_claimSigned_claimsAtTheRampsPrice() external {
        JobOrder memory order = signedOrder();
        vm.warp(START + 600);

        JobId jobId = claimSigned(order, sign(order));

        Job memory job = market.jobOf(jobId);
        assertState(jobId, JobState.Claimed);
        assertEq(job.worker, WORKER);
        assertEq(job.due, START + 1_200);
        assertEq(job.feeBps, FEE_BPS);
        assertEq(lockedOf(order.requester), 1.5 ether);
        assertEq(freeOf(order.requester), 8.5 ether);
        assertEq(workers.workerOf(WORKER).bonded, order.bond);
        assertTrue(market.nonceUsed(order.requester, order.nonce), "the nonce is used");
    }

    function test_claimSigned_settlesLikeAnyJob() external {
        JobOrder memory order = signedOrder();
        claimSigned(order, sign(order));

        market.submitResult(order, resultWith("final"));

        assertEq(freeOf(WORKER) + freeOf(MODEL_OWNER) + freeOf(TREASURY), 1 ether);
        assertEq(lockedOf(order.requester), 0);
    }

    /// @dev The rest of the ramp is escrowed once the job is open again.
    function test_claimSigned_reopensAndGoesOnRamping() external {
        JobOrder memory order = signedOrder();
        JobId jobId = claimSigned(order, sign(order));
        vm.warp(START + 601);

        market.expireJob(order);

        assertState(jobId, JobState.Requested);
        assertEq(lockedOf(order.requester), 2 ether);
        assertEq(freeOf(order.requester), 8 ether);
    }

    /// @dev S0-ESC-6: a contract can be the requester.
    function test_claimSigned_acceptsWhatAContractAccepts_S0_ESC_6() external {
        JobOrder memory order = signedOrder();
        order.requester = makeAccount("contract");
        bytes32 digest = JobId.unwrap(market.hashOrder(order));
        vm.etch(order.requester, address(new ContractRequester(digest)).code);
        vm.deal(order.requester, 10 ether);
        vm.prank(order.requester);
        market.deposit{value: 5 ether}(NATIVE, 5 ether);

        JobId jobId = claimSigned(order, "anything");

        assertState(jobId, JobState.Claimed);
        JobOrder memory other = abi.decode(abi.encode(order), (JobOrder));
        other.nonce += 1;
        refuse(other, "anything", signatureInvalid(other));
        market.submitResult(order, resultWith("final"));
        assertState(jobId, JobState.Settled);
        assertEq(freeOf(WORKER) + freeOf(MODEL_OWNER) + freeOf(TREASURY), 1 ether);
        vm.prank(order.requester);
        market.withdraw(NATIVE, 4 ether, OTHER_WORKER);
        assertEq(freeOf(order.requester), 0);
    }

    /// @dev An account that delegates its code (EIP-7702) still signs with its key.
    function test_claimSigned_acceptsTheKeyOfAnAccountWithCode() external {
        JobOrder memory order = signedOrder();
        vm.etch(order.requester, hex"00");

        assertState(claimSigned(order, sign(order)), JobState.Claimed);
    }

    function testFuzz_claimSigned_locksThePriceOfTheTime(uint256 time, uint96 min, uint96 max, uint32 ramp) external {
        JobOrder memory order = signedOrder();
        order.minPrice = uint96(bound(min, FLOOR_PRICE, 1 ether));
        order.maxPrice = uint96(bound(max, order.minPrice, 2 ether));
        order.rampSeconds = ramp;
        vm.warp(bound(time, START, order.claimDeadline));

        claimSigned(order, sign(order));

        assertEq(lockedOf(order.requester), market.priceAt(order, block.timestamp));
        assertEq(lockedOf(order.requester) + freeOf(order.requester), 10 ether);
    }

    function claimSigned(JobOrder memory order, bytes memory signature) private returns (JobId jobId) {
        vm.prank(WORKER);
        return market.claimSigned(order, signature);
    }

    function refuse(JobOrder memory order, bytes memory signature, bytes memory reason) private {
        vm.prank(WORKER);
        vm.expectRevert(reason);
        market.claimSigned(order, signature);
    }

    function signatureInvalid(JobOrder memory order) private view returns (bytes memory) {
        return
            abi.encodeWithSelector(IJobMarket.SignatureInvalid.selector, market.hashOrder(order), order.requester);
    }
}
