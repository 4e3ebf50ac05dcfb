// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {WorkerRegistry} from "../../contracts/WorkerRegistry.sol";
import {IWorkerRegistry} from "../../contracts/interfaces/IWorkerRegistry.sol";
import {Test} from "./Vm.sol";

/// @notice What a daemon that follows the chain reads of stakes and keys. This contract is the market of the registry it tests.
contract WorkerRegistryEventsTest is Test {
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
        vm.prank(OPERATOR);
        workers.registerWorker{value: 5 ether}(SIGNER, "cid");
    }

    function test_registerWorker_saysTheStake() external {
        vm.deal(OTHER, 2 ether);

        vm.expectEmit();
        emit IWorkerRegistry.WorkerRegistered(OTHER, OTHER, "other cid");
        vm.expectEmit();
        emit IWorkerRegistry.StakeAdded(OTHER, 2 ether);
        vm.prank(OTHER);
        workers.registerWorker{value: 2 ether}(OTHER, "other cid");
    }

    function test_addStake_saysTheAmount() external {
        vm.expectEmit();
        emit IWorkerRegistry.StakeAdded(OPERATOR, 2 ether);
        vm.prank(OPERATOR);
        workers.addStake{value: 2 ether}();
    }

    function test_withdrawStake_saysEachStep() external {
        vm.startPrank(OPERATOR);
        vm.expectEmit();
        emit IWorkerRegistry.UnbondingStarted(OPERATOR, 2 ether, uint40(START + 7 days));
        workers.startUnbonding(2 ether);
        vm.warp(START + 7 days);

        vm.expectEmit();
        emit IWorkerRegistry.StakeWithdrawn(OPERATOR, OTHER, 2 ether);
        workers.withdrawStake(payable(OTHER));
    }

    function test_slashBond_saysEachShare() external {
        workers.lockBond(OPERATOR, 3 ether);
        address[] memory to = new address[](2);
        uint96[] memory shares = new uint96[](2);
        (to[0], to[1]) = (OTHER, SIGNER);
        (shares[0], shares[1]) = (1 ether, 2 ether);

        vm.expectEmit();
        emit IWorkerRegistry.BondSlashed(OPERATOR, 1 ether, OTHER);
        vm.expectEmit();
        emit IWorkerRegistry.BondSlashed(OPERATOR, 2 ether, SIGNER);
        workers.slashBond(OPERATOR, 3 ether, to, shares);
        vm.expectEmit();
        emit IWorkerRegistry.SlashedWithdrawn(OTHER, GUARDIAN, 1 ether);
        vm.prank(OTHER);
        workers.withdrawSlashed(payable(GUARDIAN));
    }

    function test_revokeSigner_saysWhenItEnds() external {
        vm.startPrank(OPERATOR);
        workers.setSigner(NEW_SIGNER);

        vm.expectEmit();
        emit IWorkerRegistry.SignerEnds(OPERATOR, SIGNER, uint40(START - 1));
        workers.revokeSigner(OPERATOR, SIGNER);
    }

    function test_renounceSigner_saysWhenItEnds() external {
        vm.expectEmit();
        emit IWorkerRegistry.SignerEnds(OPERATOR, SIGNER, uint40(START - 1));
        vm.prank(SIGNER);
        workers.renounceSigner();
    }

    function test_recovery_saysEachStep() external {
        vm.expectEmit();
        emit IWorkerRegistry.GuardianChanged(OPERATOR, GUARDIAN);
        vm.prank(OPERATOR);
        workers.setGuardian(OPERATOR, GUARDIAN);
        vm.startPrank(GUARDIAN);
        vm.expectEmit();
        emit IWorkerRegistry.RecoveryStarted(OPERATOR, NEW_SIGNER, uint40(START + 3 days));
        workers.startRecovery(OPERATOR, NEW_SIGNER);
        vm.expectEmit();
        emit IWorkerRegistry.RecoveryCancelled(OPERATOR);
        workers.cancelRecovery(OPERATOR);
        workers.startRecovery(OPERATOR, NEW_SIGNER);
        vm.stopPrank();
        vm.warp(START + 3 days);

        vm.expectEmit();
        emit IWorkerRegistry.SignerEnds(OPERATOR, SIGNER, uint40(START + 3 days - 1));
        vm.expectEmit();
        emit IWorkerRegistry.SignerChanged(OPERATOR, NEW_SIGNER);
        workers.finishRecovery(OPERATOR);
    }
}
