// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

import {WorkerRegistry} from "../../contracts/WorkerRegistry.sol";
import {IWorkerRegistry} from "../../contracts/interfaces/IWorkerRegistry.sol";
import {Test} from "./Vm.sol";

/// @notice Takes a part of each transfer when it is told to.
contract GreedyToken is ERC20 {
    uint256 public feeBps;

    constructor() ERC20("Stake", "STK") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setFeeBps(uint256 newFeeBps) external {
        feeBps = newFeeBps;
    }

    function _update(address from, address to, uint256 amount) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : amount * feeBps / 10_000;
        if (fee != 0) super._update(from, address(0), fee);
        super._update(from, to, amount - fee);
    }
}

/// @notice Stake in a token. This contract is the market of the registry it tests.
contract WorkerRegistryTokenTest is Test {
    address private constant OPERATOR = address(0xA11CE);
    address private constant OTHER = address(0xB0B);

    WorkerRegistry private workers;
    GreedyToken private token;

    function setUp() external {
        vm.warp(2_000_000_000);
        token = new GreedyToken();
        workers = new WorkerRegistry(address(this), 100, 7 days, address(token));
        token.mint(OPERATOR, 10_000);
        vm.deal(OPERATOR, 1 ether);
        vm.prank(OPERATOR);
        token.approve(address(workers), type(uint256).max);
    }

    function register(uint96 amount) private {
        vm.prank(OPERATOR);
        workers.registerWorkerWithTokens(OPERATOR, "cid", amount);
    }

    function test_registerWorker_refusesTheOtherKindOfStake() external {
        bytes memory inTokens = abi.encodeWithSelector(IWorkerRegistry.StakeTokenMismatch.selector, token);
        WorkerRegistry inCoins = new WorkerRegistry(address(this), 100, 7 days, address(0));
        vm.startPrank(OPERATOR);
        vm.expectRevert(inTokens);
        workers.registerWorker{value: 100}(OPERATOR, "cid");
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.StakeTokenMismatch.selector, address(0)));
        inCoins.registerWorkerWithTokens(OPERATOR, "cid", 100);
        inCoins.registerWorker{value: 100}(OPERATOR, "cid");
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.StakeTokenMismatch.selector, address(0)));
        inCoins.addTokenStake(100);

        workers.registerWorkerWithTokens(OPERATOR, "cid", 100);
        vm.expectRevert(inTokens);
        workers.addStake{value: 100}();
        vm.stopPrank();
    }

    function test_registerWorkerWithTokens_reverts() external {
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.StakeTooLow.selector, 99, 100));
        register(99);

        // No more than there is, or was approved.
        vm.expectRevert();
        register(10_001);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.WorkerUnknown.selector, OPERATOR));
        workers.workerOf(OPERATOR);
    }

    function test_registerWorkerWithTokens_refusesATokenThatTakesAPart() external {
        token.setFeeBps(100);

        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.TransferInexact.selector, 990, 1_000));
        register(1_000);
    }

    function test_addTokenStake_reverts() external {
        register(1_000);
        vm.startPrank(OPERATOR);
        vm.expectRevert(IWorkerRegistry.AmountZero.selector);
        workers.addTokenStake(0);
        token.setFeeBps(1_000);
        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.TransferInexact.selector, 900, 1_000));
        workers.addTokenStake(1_000);
        vm.stopPrank();
    }

    function testFuzz_stake_comesInAndGoesOutInTokens_S1_ESC_1(uint96 stake, uint96 added, uint96 bond) external {
        stake = uint96(bound(stake, 100, 5_000));
        added = uint96(bound(added, 1, 5_000));
        bond = uint96(bound(bond, 1, stake));
        register(stake);
        vm.prank(OPERATOR);
        workers.addTokenStake(added);
        workers.lockBond(OPERATOR, bond);
        address[] memory to = new address[](1);
        uint96[] memory shares = new uint96[](1);
        (to[0], shares[0]) = (OTHER, bond);

        workers.slashBond(OPERATOR, bond, to, shares);
        vm.prank(OTHER);
        workers.withdrawSlashed(payable(OTHER));
        vm.startPrank(OPERATOR);
        uint96 left = stake + added - bond;
        workers.startUnbonding(left);
        vm.warp(block.timestamp + 7 days);
        workers.withdrawStake(payable(OPERATOR));
        vm.stopPrank();

        assertEq(token.balanceOf(OTHER), bond);
        assertEq(token.balanceOf(OPERATOR), 10_000 - bond);
        assertEq(token.balanceOf(address(workers)), 0);
    }
}
