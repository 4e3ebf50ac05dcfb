// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {WorkerRegistry} from "../../contracts/WorkerRegistry.sol";
import {COMPUTE_ROLE, GATEWAY_ROLE, IWorkerRegistry} from "../../contracts/interfaces/IWorkerRegistry.sol";
import {Test} from "./Vm.sol";

/// @notice Who acts for an operator. This contract is the market of the registry it tests.
contract WorkerKeysTest is Test {
    uint256 private constant START = 2_000_000_000;
    address private constant OPERATOR = address(0xA11CE);
    address private constant SIGNER = address(0x516);
    address private constant NEW_SIGNER = address(0x517);
    address private constant GUARDIAN = address(0x6A2D);
    address private constant OTHER = address(0xB0B);

    WorkerRegistry private workers;

    function setUp() external {
        vm.warp(START);
        workers = new WorkerRegistry(address(this), 1 ether, 7 days, address(0));
        vm.deal(OPERATOR, 100 ether);
        vm.deal(OTHER, 100 ether);
        vm.deal(SIGNER, 100 ether);
        register(OPERATOR, SIGNER);
    }

    function register(address operator, address signer) private {
        vm.prank(operator);
        workers.registerWorker{value: 5 ether}(signer, "cid");
    }

    function rotate(address signer) private {
        vm.prank(OPERATOR);
        workers.setSigner(signer);
    }

    function guard() private {
        vm.prank(OPERATOR);
        workers.setGuardian(OPERATOR, GUARDIAN);
    }

    function revoked(address signer, uint256 validUntil) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IWorkerRegistry.SignerRevoked.selector, signer, validUntil);
    }

    function test_operatorOf_revertsForNobody() external {
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerUnknown.selector, address(0)));
        workers.operatorOf(address(0));
    }

    // Rotation

    function test_setSigner_reverts() external {
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerUnknown.selector, OTHER));
        vm.prank(OTHER);
        workers.setSigner(NEW_SIGNER);

        register(OTHER, NEW_SIGNER);
        vm.startPrank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.SignerTaken.selector, NEW_SIGNER));
        workers.setSigner(NEW_SIGNER);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.SignerTaken.selector, OTHER));
        workers.setSigner(OTHER);
        vm.expectRevert(IWorkerRegistry.AddressZero.selector);
        workers.setSigner(address(0));
        vm.stopPrank();
    }

    function test_setSigner_acceptsTheOldUntilItsGraceEnds_S0_KEY_5() external {
        vm.expectEmit();
        emit IWorkerRegistry.SignerEnds(OPERATOR, SIGNER, uint40(START + 1 days));
        vm.expectEmit();
        emit IWorkerRegistry.SignerChanged(OPERATOR, NEW_SIGNER);
        rotate(NEW_SIGNER);

        assertEq(workers.workerOf(OPERATOR).signer, NEW_SIGNER);
        vm.warp(START + 1 days);
        assertEq(workers.operatorOf(SIGNER), OPERATOR);
        assertEq(workers.lockBondOf(SIGNER, 1), OPERATOR);
        vm.warp(START + 1 days + 1);
        assertEq(workers.operatorOf(NEW_SIGNER), OPERATOR);
        vm.expectRevert(revoked(SIGNER, START + 1 days));
        workers.operatorOf(SIGNER);
        vm.expectRevert(revoked(SIGNER, START + 1 days));
        workers.lockBondOf(SIGNER, 1);
    }

    function test_setSigner_givesEachOldSignerItsOwnGrace_S0_KEY_5() external {
        rotate(NEW_SIGNER);
        vm.warp(START + 1 hours);
        rotate(address(0x518));

        vm.warp(START + 1 days + 1);
        assertEq(workers.operatorOf(NEW_SIGNER), OPERATOR);
        vm.expectRevert(revoked(SIGNER, START + 1 days));
        workers.operatorOf(SIGNER);
    }

    function test_setSigner_takesAnOldSignerBack() external {
        rotate(NEW_SIGNER);

        rotate(SIGNER);

        vm.warp(START + 30 days);
        assertEq(workers.operatorOf(SIGNER), OPERATOR);
        (address operator, uint40 validUntil) = workers.signerOf(SIGNER);
        assertEq(operator, OPERATOR);
        assertEq(validUntil, type(uint40).max);
        vm.expectRevert(revoked(NEW_SIGNER, START + 1 days));
        workers.operatorOf(NEW_SIGNER);
    }

    function test_setSigner_leavesTheOperatorItsOwnVoice_S0_KEY_5() external {
        register(OTHER, OTHER);
        vm.prank(OTHER);
        workers.setSigner(NEW_SIGNER);

        vm.warp(START + 30 days);

        assertEq(workers.operatorOf(OTHER), OTHER);
        assertEq(workers.operatorOf(NEW_SIGNER), OTHER);
    }

    function test_setSigner_keepsAFormerSignerFromOthersDuringItsGrace() external {
        rotate(NEW_SIGNER);

        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.SignerTaken.selector, SIGNER));
        vm.prank(OTHER);
        workers.registerWorker{value: 5 ether}(SIGNER, "cid");
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.SignerTaken.selector, SIGNER));
        vm.prank(SIGNER);
        workers.registerWorker{value: 5 ether}(SIGNER, "cid");

        // To the last second.
        vm.warp(START + 1 days);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.SignerTaken.selector, SIGNER));
        vm.prank(OTHER);
        workers.registerWorker{value: 5 ether}(SIGNER, "cid");
        vm.warp(START + 1 days + 1);
        register(OTHER, SIGNER);
        assertEq(workers.operatorOf(SIGNER), OTHER);
        (, uint40 validUntil) = workers.signerOf(SIGNER);
        assertEq(validUntil, type(uint40).max);
    }

    function test_setSigner_leavesASignerThatRenouncedToItsNewOperator() external {
        vm.prank(SIGNER);
        workers.renounceSigner();
        register(OTHER, SIGNER);

        rotate(NEW_SIGNER);

        vm.warp(START + 30 days);
        assertEq(workers.operatorOf(SIGNER), OTHER);
    }

    function test_setSigner_letsAFormerSignerBecomeAnOperator() external {
        rotate(NEW_SIGNER);
        vm.warp(START + 1 days);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.SignerTaken.selector, SIGNER));
        vm.prank(SIGNER);
        workers.registerWorker{value: 5 ether}(address(0x519), "cid");
        vm.warp(START + 1 days + 1);

        register(SIGNER, address(0x519));

        assertEq(workers.operatorOf(SIGNER), SIGNER);
        // The operator that it once signed for cannot take it back.
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.SignerTaken.selector, SIGNER));
        rotate(SIGNER);
    }

    function test_revokeSigner_reverts() external {
        rotate(NEW_SIGNER);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.NotGuardian.selector, OTHER, address(0)));
        vm.prank(OTHER);
        workers.revokeSigner(OPERATOR, SIGNER);

        vm.startPrank(OPERATOR);
        address[3] memory never = [NEW_SIGNER, OPERATOR, OTHER];
        for (uint256 i = 0; i < never.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.NotFormerSigner.selector, never[i], OPERATOR));
            workers.revokeSigner(OPERATOR, never[i]);
        }
        vm.stopPrank();
    }

    function test_revokeSigner_endsTheGraceAtOnce_S0_KEY_5() external {
        rotate(NEW_SIGNER);

        vm.prank(OPERATOR);
        workers.revokeSigner(OPERATOR, SIGNER);

        vm.expectRevert(revoked(SIGNER, START - 1));
        workers.operatorOf(SIGNER);
    }

    function test_revokeSigner_isTheGuardiansToo() external {
        guard();
        rotate(NEW_SIGNER);

        vm.prank(GUARDIAN);
        workers.revokeSigner(OPERATOR, SIGNER);

        vm.expectRevert(revoked(SIGNER, START - 1));
        workers.operatorOf(SIGNER);
    }

    /// @dev Anyone can name anyone as its signer; nobody has to stay it.
    function test_renounceSigner_freesTheAccount_S2_KEY_3() external {
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.NotFormerSigner.selector, OTHER, address(0)));
        vm.prank(OTHER);
        workers.renounceSigner();

        vm.prank(SIGNER);
        workers.renounceSigner();

        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerUnknown.selector, SIGNER));
        workers.operatorOf(SIGNER);
        register(SIGNER, SIGNER);
        assertEq(workers.operatorOf(SIGNER), SIGNER);
        // The rotation that follows leaves the new operator alone.
        rotate(NEW_SIGNER);
        vm.warp(START + 30 days);
        assertEq(workers.operatorOf(SIGNER), SIGNER);
        assertEq(workers.operatorOf(NEW_SIGNER), OPERATOR);
    }

    function test_renounceSigner_isNotForAnOperatorThatSignsItself() external {
        register(OTHER, OTHER);

        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.NotFormerSigner.selector, OTHER, OTHER));
        vm.prank(OTHER);
        workers.renounceSigner();
    }

    /// @dev Whatever is rotated to whatever, an account acts for one operator at most, and the signer in use acts for its own.
    function testFuzz_setSigner_keepsOneOperatorPerAccount(uint256 seed) external {
        register(OTHER, OTHER);
        for (uint256 i = 0; i < 16; ++i) {
            uint256 word = uint256(keccak256(abi.encode(seed, i)));
            vm.warp(START + i * bound(word >> 32, 0, 12 hours));
            address operator = word % 2 == 0 ? OPERATOR : OTHER;
            vm.prank(operator);
            try workers.setSigner(address(uint160(0x1000 + (word >> 8) % 4))) {} catch {}
            assertEq(workers.operatorOf(workers.workerOf(OPERATOR).signer), OPERATOR);
            assertEq(workers.operatorOf(workers.workerOf(OTHER).signer), OTHER);
            assertTrue(workers.workerOf(OPERATOR).signer != workers.workerOf(OTHER).signer, "two signers");
            assertEq(workers.operatorOf(OPERATOR), OPERATOR);
            assertEq(workers.operatorOf(OTHER), OTHER);
        }
    }

    // Guardians

    function test_setGuardian_reverts() external {
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.NotGuardian.selector, OTHER, address(0)));
        vm.prank(OTHER);
        workers.setGuardian(OPERATOR, OTHER);

        guard();
        // A stolen operator key cannot put itself in the guardian's place.
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.NotGuardian.selector, OPERATOR, GUARDIAN));
        vm.prank(OPERATOR);
        workers.setGuardian(OPERATOR, OPERATOR);
    }

    function test_setGuardian_isHandedOverByTheGuardian() external {
        guard();

        vm.expectEmit();
        emit IWorkerRegistry.GuardianChanged(OPERATOR, OTHER);
        vm.prank(GUARDIAN);
        workers.setGuardian(OPERATOR, OTHER);

        assertEq(workers.workerOf(OPERATOR).guardian, OTHER);
    }

    function test_recovery_reverts() external {
        bytes memory refusal = abi.encodeWithSelector(IWorkerRegistry.NotGuardian.selector, OTHER, GUARDIAN);
        guard();
        vm.startPrank(OTHER);
        vm.expectRevert(refusal);
        workers.startRecovery(OPERATOR, NEW_SIGNER);
        vm.expectRevert(refusal);
        workers.cancelRecovery(OPERATOR);
        vm.expectRevert(refusal);
        workers.startUnbondingOf(OPERATOR, 1);
        vm.expectRevert(refusal);
        workers.withdrawStakeOf(OPERATOR);
        vm.stopPrank();

        vm.startPrank(GUARDIAN);
        vm.expectRevert(IWorkerRegistry.AddressZero.selector);
        workers.startRecovery(OPERATOR, address(0));
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.RecoveryNotStarted.selector, OPERATOR));
        workers.finishRecovery(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.RecoveryNotStarted.selector, OPERATOR));
        workers.cancelRecovery(OPERATOR);
        workers.startRecovery(OPERATOR, NEW_SIGNER);
        vm.warp(START + 3 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.RecoveryTooEarly.selector, START + 3 days));
        workers.finishRecovery(OPERATOR);
        vm.stopPrank();
    }

    function test_recovery_replacesALostSignerAndLeavesTheStake_S3_KEY_1() external {
        guard();
        workers.lockBond(OPERATOR, 1 ether);
        vm.prank(GUARDIAN);
        workers.startRecovery(OPERATOR, NEW_SIGNER);
        assertEq(workers.workerOf(OPERATOR).recoverySigner, NEW_SIGNER);
        assertEq(workers.workerOf(OPERATOR).recoverableAt, START + 3 days);

        vm.warp(START + 3 days);
        workers.finishRecovery(OPERATOR);

        IWorkerRegistry.Worker memory worker = workers.workerOf(OPERATOR);
        assertEq(worker.signer, NEW_SIGNER);
        assertEq(worker.free, 4 ether);
        assertEq(worker.bonded, 1 ether);
        assertEq(worker.recoverableAt, 0);
        assertEq(worker.recoverySigner, address(0));
        assertEq(workers.operatorOf(NEW_SIGNER), OPERATOR);
        vm.expectRevert(revoked(SIGNER, START + 3 days - 1));
        workers.operatorOf(SIGNER);
        // What is under way settles all the same.
        workers.releaseBond(OPERATOR, 1 ether);
        assertEq(workers.workerOf(OPERATOR).free, 5 ether);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.RecoveryNotStarted.selector, OPERATOR));
        workers.finishRecovery(OPERATOR);
    }

    function test_recovery_isGivenUpByTheOperator() external {
        guard();
        vm.prank(GUARDIAN);
        workers.startRecovery(OPERATOR, NEW_SIGNER);

        vm.prank(OPERATOR);
        workers.cancelRecovery(OPERATOR);

        assertEq(workers.workerOf(OPERATOR).recoverySigner, address(0));
        vm.warp(START + 3 days);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.RecoveryNotStarted.selector, OPERATOR));
        workers.finishRecovery(OPERATOR);
        assertEq(workers.workerOf(OPERATOR).signer, SIGNER);
    }

    function test_withdrawStake_goesToTheGuardianOnly_S3_KEY_1() external {
        guard();
        vm.startPrank(OPERATOR);
        workers.startUnbonding(1 ether);
        vm.warp(START + 7 days);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WithdrawalRestricted.selector, OPERATOR, GUARDIAN));
        workers.withdrawStake(payable(OPERATOR));

        workers.withdrawStake(payable(GUARDIAN));

        assertEq(GUARDIAN.balance, 1 ether);
        vm.stopPrank();
    }

    function test_withdrawStakeOf_takesTheStakeOfALostOperatorOut_S3_KEY_1() external {
        guard();
        vm.startPrank(GUARDIAN);
        workers.startUnbondingOf(OPERATOR, 5 ether);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.StillUnbonding.selector, START + 7 days));
        workers.withdrawStakeOf(OPERATOR);
        vm.warp(START + 7 days);

        workers.withdrawStakeOf(OPERATOR);

        assertEq(GUARDIAN.balance, 5 ether);
        vm.stopPrank();
    }

    // What operators say of themselves

    function test_setRoles_reverts_S1_NODE_1() external {
        vm.startPrank(OPERATOR);
        uint8[3] memory invalid = [0, 16, 255];
        for (uint256 i = 0; i < invalid.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.RolesInvalid.selector, invalid[i]));
            workers.setRoles(invalid[i]);
        }
        vm.stopPrank();

        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerUnknown.selector, OTHER));
        vm.prank(OTHER);
        workers.setRoles(COMPUTE_ROLE);
    }

    function testFuzz_setRoles_touchesNothingElse_S1_NODE_1(uint8 roles) external {
        roles = uint8(bound(roles, 1, 15));
        workers.lockBond(OPERATOR, 2 ether);
        assertEq(workers.workerOf(OPERATOR).roles, COMPUTE_ROLE);

        vm.expectEmit();
        emit IWorkerRegistry.RolesChanged(OPERATOR, roles);
        vm.prank(OPERATOR);
        workers.setRoles(roles);

        IWorkerRegistry.Worker memory worker = workers.workerOf(OPERATOR);
        assertEq(worker.roles, roles);
        assertEq(worker.free, 3 ether);
        assertEq(worker.bonded, 2 ether);
        assertTrue(GATEWAY_ROLE == 8, "the last of four");
    }

    function test_setMetadata_replacesIt() external {
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerUnknown.selector, OTHER));
        vm.prank(OTHER);
        workers.setMetadata("other cid");

        vm.expectEmit();
        emit IWorkerRegistry.MetadataChanged(OPERATOR, "other cid");
        vm.prank(OPERATOR);
        workers.setMetadata("other cid");

        assertEq(keccak256(bytes(workers.workerOf(OPERATOR).metadataCid)), keccak256("other cid"));
    }
}
