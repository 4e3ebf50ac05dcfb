// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {WorkerRegistry} from "../../contracts/WorkerRegistry.sol";
import {
    COMPUTE_ROLE, GATEWAY_ROLE, IWorkerRegistry, STORAGE_ROLE, VALIDATOR_ROLE
} from "../../contracts/interfaces/IWorkerRegistry.sol";
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
        workers = new WorkerRegistry(address(this), MIN_STAKE, 7 days, address(0));
        vm.deal(OPERATOR, 100 ether);
        vm.deal(OTHER, 100 ether);
    }

    function register(address operator, address signer) private {
        vm.prank(operator);
        workers.registerWorker{value: 5 ether}(signer, "cid");
    }

    function test_constructor_revertsOnUnbondingNoLongerThanAGrace() external {
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.UnbondingTooShort.selector, 1 days, 1 days + 1));
        new WorkerRegistry(address(this), MIN_STAKE, 1 days, address(0));

        new WorkerRegistry(address(this), MIN_STAKE, 1 days + 1, address(0));
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

    function test_lockBond_revertsBelowTheMinimumStake_S1_ESC_1() external {
        register(OPERATOR, SIGNER);
        vm.prank(OPERATOR);
        workers.startUnbonding(4 ether + 1);

        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.StakeTooLow.selector, MIN_STAKE - 1, MIN_STAKE));
        workers.lockBond(OPERATOR, 0);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.StakeTooLow.selector, MIN_STAKE - 1, MIN_STAKE));
        workers.lockBondOf(SIGNER, 0);
    }

    function test_lockBond_revertsWithoutTheComputeRole() external {
        register(OPERATOR, SIGNER);
        vm.prank(OPERATOR);
        workers.setRoles(VALIDATOR_ROLE | STORAGE_ROLE | GATEWAY_ROLE);

        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.RoleMissing.selector, OPERATOR, COMPUTE_ROLE));
        workers.lockBond(OPERATOR, 1);
    }

    function test_lockBondOf_namesTheOperator() external {
        register(OPERATOR, SIGNER);

        assertEq(workers.lockBondOf(SIGNER, 1 ether), OPERATOR);
        assertEq(workers.lockBondOf(OPERATOR, 1 ether), OPERATOR);
        assertEq(workers.workerOf(OPERATOR).bonded, 2 ether);
    }

    /// @dev Whatever is locked, released, slashed, unbonded and added, the registry holds what it owes, and no bond is more than what was locked.
    function testFuzz_bonds_addUp_S0_ESC_2(uint256 seed) external {
        register(OPERATOR, SIGNER);
        (uint256 staked, uint256 bonded, uint256 slashed) = (5 ether, 0, 0);
        for (uint256 i = 0; i < 24; ++i) {
            uint256 word = uint256(keccak256(abi.encode(seed, i)));
            IWorkerRegistry.Worker memory worker = workers.workerOf(OPERATOR);
            uint96 amount = uint96(bound(word >> 8, 1, 1 ether));
            if (word % 5 == 0 && worker.free >= amount && worker.free + worker.bonded >= MIN_STAKE) {
                workers.lockBond(OPERATOR, amount);
                bonded += amount;
            }
            if (word % 5 == 1 && worker.bonded >= amount) {
                workers.releaseBond(OPERATOR, amount);
                bonded -= amount;
            }
            if (word % 5 == 2 && worker.bonded >= amount) {
                slash(amount, uint96(bound(word >> 128, 0, amount)));
                (bonded, slashed, staked) = (bonded - amount, slashed + amount, staked - amount);
            }
            if (word % 5 == 3 && worker.free >= amount) {
                vm.prank(OPERATOR);
                workers.startUnbonding(amount);
            }
            if (word % 5 == 4) {
                vm.prank(OPERATOR);
                workers.addStake{value: amount}();
                staked += amount;
            }
        }

        IWorkerRegistry.Worker memory last = workers.workerOf(OPERATOR);
        assertEq(last.bonded, bonded);
        assertEq(uint256(last.free) + last.bonded + last.unbonding, staked);
        assertEq(workers.slashedCreditOf(OTHER) + workers.slashedCreditOf(SIGNER), slashed);
        assertEq(address(workers).balance, staked + slashed);
    }

    function slash(uint96 amount, uint96 first) private {
        address[] memory to = new address[](2);
        uint96[] memory shares = new uint96[](2);
        (to[0], to[1], shares[0], shares[1]) = (OTHER, SIGNER, first, amount - first);
        workers.slashBond(OPERATOR, amount, to, shares);
    }

    function test_lockBond_takesAllOfTheSmallestStake() external {
        vm.prank(OPERATOR);
        workers.registerWorker{value: MIN_STAKE}(SIGNER, "cid");

        workers.lockBond(OPERATOR, MIN_STAKE);

        assertEq(workers.workerOf(OPERATOR).bonded, MIN_STAKE);
        assertEq(workers.workerOf(OPERATOR).free, 0);
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
        // Shares that add up, one of them nobody's.
        shares = new uint96[](2);
        shares[0] = 3 ether;
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.SharesInvalid.selector, 0, 3 ether));
        workers.slashBond(OPERATOR, 3 ether, to, shares);
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
