// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {WorkerRegistry} from "../../contracts/WorkerRegistry.sol";
import {IWorkerRegistry} from "../../contracts/interfaces/IWorkerRegistry.sol";
import {Test} from "./Vm.sol";

/// @notice This contract is the market of the registry it tests.
contract WorkerRegistryTest is Test {
    address private constant OPERATOR = address(0xA11CE);
    address private constant SIGNER = address(0x516);
    address private constant OTHER = address(0xB0B);
    uint96 private constant MIN_STAKE = 1 ether;

    WorkerRegistry private workers;

    function setUp() external {
        vm.warp(2_000_000_000);
        workers = new WorkerRegistry(address(this), MIN_STAKE, 7 days);
        vm.deal(OPERATOR, 100 ether);
        vm.deal(OTHER, 100 ether);
    }

    function register(address operator, address signer) private {
        vm.prank(operator);
        workers.registerWorker{value: 5 ether}(signer, "cid");
    }

    function test_registerWorker_reverts() external {
        vm.startPrank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.StakeTooLow.selector, MIN_STAKE - 1, MIN_STAKE));
        workers.registerWorker{value: MIN_STAKE - 1}(SIGNER, "cid");
        vm.expectRevert(IWorkerRegistry.AddressZero.selector);
        workers.registerWorker{value: MIN_STAKE}(address(0), "cid");

        workers.registerWorker{value: MIN_STAKE}(SIGNER, "cid");
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerExists.selector, OPERATOR));
        workers.registerWorker{value: MIN_STAKE}(OPERATOR, "cid");
        vm.stopPrank();
    }

    /// @dev An account acts for one operator, so that nobody can claim in another's name.
    function test_registerWorker_revertsOnTakenSigner() external {
        register(OPERATOR, SIGNER);

        vm.startPrank(OTHER);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.SignerTaken.selector, SIGNER));
        workers.registerWorker{value: 5 ether}(SIGNER, "cid");
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.SignerTaken.selector, OPERATOR));
        workers.registerWorker{value: 5 ether}(OPERATOR, "cid");
        vm.stopPrank();

        vm.deal(SIGNER, 5 ether);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.SignerTaken.selector, SIGNER));
        vm.prank(SIGNER);
        workers.registerWorker{value: 5 ether}(SIGNER, "cid");
    }

    function test_registerWorker_storesAll() external {
        vm.expectEmit();
        emit IWorkerRegistry.WorkerRegistered(OPERATOR, SIGNER, "cid");
        register(OPERATOR, SIGNER);

        IWorkerRegistry.Worker memory worker = workers.workerOf(OPERATOR);
        assertEq(worker.signer, SIGNER);
        assertEq(worker.free, 5 ether);
        assertEq(worker.bonded, 0);
        assertEq(keccak256(bytes(worker.metadataCid)), keccak256("cid"));
        assertEq(workers.operatorOf(SIGNER), OPERATOR);
        assertEq(workers.operatorOf(OPERATOR), OPERATOR);
        assertEq(address(workers).balance, 5 ether);
    }

    function test_setSigner_reverts() external {
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerUnknown.selector, OPERATOR));
        vm.prank(OPERATOR);
        workers.setSigner(SIGNER);

        register(OPERATOR, OPERATOR);
        register(OTHER, SIGNER);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.SignerTaken.selector, SIGNER));
        vm.prank(OPERATOR);
        workers.setSigner(SIGNER);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.SignerTaken.selector, OPERATOR));
        vm.prank(OTHER);
        workers.setSigner(OPERATOR);
    }

    function test_setSigner_endsTheOldSigner() external {
        register(OPERATOR, SIGNER);

        vm.prank(OPERATOR);
        workers.setSigner(OPERATOR);

        assertEq(workers.operatorOf(OPERATOR), OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerUnknown.selector, SIGNER));
        workers.operatorOf(SIGNER);
        // The old signer is nobody's again.
        register(OTHER, SIGNER);
        assertEq(workers.operatorOf(SIGNER), OTHER);
    }

    function test_addStake_reverts() external {
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerUnknown.selector, OPERATOR));
        vm.prank(OPERATOR);
        workers.addStake{value: 1}();

        register(OPERATOR, SIGNER);
        vm.expectRevert(IWorkerRegistry.AmountZero.selector);
        vm.prank(OPERATOR);
        workers.addStake();
    }

    function test_addStake_adds() external {
        register(OPERATOR, SIGNER);

        vm.prank(OPERATOR);
        workers.addStake{value: 2 ether}();

        assertEq(workers.workerOf(OPERATOR).free, 7 ether);
    }

    function test_startUnbonding_reverts() external {
        register(OPERATOR, SIGNER);
        workers.lockBond(OPERATOR, 3 ether);

        vm.startPrank(OPERATOR);
        vm.expectRevert(IWorkerRegistry.AmountZero.selector);
        workers.startUnbonding(0);
        // Bonded stake stays.
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.StakeTooLow.selector, 2 ether, 2 ether + 1));
        workers.startUnbonding(2 ether + 1);
        vm.stopPrank();
    }

    function test_withdrawStake_reverts() external {
        register(OPERATOR, SIGNER);
        vm.startPrank(OPERATOR);
        vm.expectRevert(IWorkerRegistry.NothingUnbonding.selector);
        workers.withdrawStake(payable(OPERATOR));

        workers.startUnbonding(1 ether);
        vm.warp(2_000_000_000 + 7 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.StillUnbonding.selector, 2_000_000_000 + 7 days));
        workers.withdrawStake(payable(OPERATOR));

        vm.warp(2_000_000_000 + 7 days);
        vm.expectRevert(IWorkerRegistry.AddressZero.selector);
        workers.withdrawStake(payable(address(0)));
        vm.expectRevert(
            abi.encodeWithSelector(IWorkerRegistry.TransferFailed.selector, address(workers), 1 ether)
        );
        workers.withdrawStake(payable(address(workers)));
        vm.stopPrank();
    }

    function test_withdrawStake_sendsOnce() external {
        register(OPERATOR, SIGNER);
        vm.startPrank(OPERATOR);
        workers.startUnbonding(1 ether);
        workers.startUnbonding(2 ether);
        vm.warp(2_000_000_000 + 7 days);

        workers.withdrawStake(payable(SIGNER));

        assertEq(SIGNER.balance, 3 ether);
        assertEq(workers.workerOf(OPERATOR).unbonding, 0);
        vm.expectRevert(IWorkerRegistry.NothingUnbonding.selector);
        workers.withdrawStake(payable(SIGNER));
        vm.stopPrank();
    }

    function test_bonds_revertForAnybodyButTheMarket() external {
        register(OPERATOR, SIGNER);
        bytes memory refusal = abi.encodeWithSelector(IWorkerRegistry.NotMarket.selector, OTHER);
        vm.startPrank(OTHER);
        vm.expectRevert(refusal);
        workers.lockBond(OPERATOR, 1);
        vm.expectRevert(refusal);
        workers.releaseBond(OPERATOR, 1);
        vm.expectRevert(refusal);
        workers.slashBond(OPERATOR, 0, new address[](0), new uint96[](0));
        vm.stopPrank();
    }

    function test_lockBond_reverts() external {
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerUnknown.selector, OPERATOR));
        workers.lockBond(OPERATOR, 1);

        register(OPERATOR, SIGNER);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.StakeTooLow.selector, 5 ether, 5 ether + 1));
        workers.lockBond(OPERATOR, 5 ether + 1);
    }

    function test_lockBond_countsBondedStakeForTheMinimum() external {
        register(OPERATOR, SIGNER);
        workers.lockBond(OPERATOR, 4.5 ether);

        workers.lockBond(OPERATOR, 0.5 ether);

        assertEq(workers.workerOf(OPERATOR).bonded, 5 ether);
        assertEq(workers.workerOf(OPERATOR).free, 0);
    }

    function test_releaseBond_givesBack() external {
        register(OPERATOR, SIGNER);
        workers.lockBond(OPERATOR, 3 ether);

        workers.releaseBond(OPERATOR, 1 ether);

        assertEq(workers.workerOf(OPERATOR).bonded, 2 ether);
        assertEq(workers.workerOf(OPERATOR).free, 3 ether);
    }

    function test_slashBond_revertsOnSharesThatDoNotAddUp() external {
        register(OPERATOR, SIGNER);
        workers.lockBond(OPERATOR, 3 ether);
        address[] memory to = new address[](1);
        uint96[] memory shares = new uint96[](1);
        to[0] = OTHER;
        shares[0] = 3 ether - 1;

        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.SharesInvalid.selector, 3 ether - 1, 3 ether));
        workers.slashBond(OPERATOR, 3 ether, to, shares);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.SharesInvalid.selector, 0, 3 ether));
        workers.slashBond(OPERATOR, 3 ether, to, new uint96[](2));
    }

    function test_slashBond_takesNoMoreThanTheBond() external {
        register(OPERATOR, SIGNER);
        workers.lockBond(OPERATOR, 1 ether);
        address[] memory to = new address[](1);
        uint96[] memory shares = new uint96[](1);
        (to[0], shares[0]) = (OTHER, 1 ether + 1);

        vm.expectRevert();
        workers.slashBond(OPERATOR, 1 ether + 1, to, shares);
    }

    function test_withdrawSlashed_sendsOnce() external {
        register(OPERATOR, SIGNER);
        workers.lockBond(OPERATOR, 3 ether);
        address[] memory to = new address[](2);
        uint96[] memory shares = new uint96[](2);
        (to[0], to[1]) = (OTHER, SIGNER);
        (shares[0], shares[1]) = (1 ether, 2 ether);
        workers.slashBond(OPERATOR, 3 ether, to, shares);
        assertEq(workers.slashedCreditOf(SIGNER), 2 ether);

        vm.startPrank(SIGNER);
        workers.withdrawSlashed(payable(SIGNER));

        assertEq(SIGNER.balance, 2 ether);
        assertEq(workers.workerOf(OPERATOR).bonded, 0);
        assertEq(address(workers).balance, 3 ether);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.NothingCredited.selector, SIGNER));
        workers.withdrawSlashed(payable(SIGNER));
        vm.stopPrank();
    }
}
