// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobMarket} from "../../contracts/JobMarket.sol";
import {IWorkerRegistry} from "../../contracts/interfaces/IWorkerRegistry.sol";
import {Job, JobId, JobOrder, JobResult, JobState} from "../../contracts/interfaces/JobTypes.sol";
import {MarketTest} from "./MarketTest.sol";
import {Test} from "./Vm.sol";

/// @notice Plays requesters, workers, enforcers and an owner at random, and keeps account of what must hold.
contract MarketHandler is Test {
    JobMarket private immutable MARKET;
    IWorkerRegistry private immutable WORKERS;
    JobOrder private _template;
    JobOrder[] private _orders;
    JobId[] private _jobIds;
    address[] private _actors;
    uint256 private _clock;

    /// @notice Whether a job left a terminal state, was paid twice, or got a price above its order's.
    string public broken;
    mapping(JobId jobId => JobState state) private _ended;
    mapping(JobState state => uint256 times) public reached;

    constructor(JobMarket market, JobOrder memory template, address[] memory actors) {
        MARKET = market;
        WORKERS = market.workerRegistry();
        _template = template;
        _actors = actors;
        _clock = block.timestamp;
    }

    function orderCount() external view returns (uint256) {
        return _orders.length;
    }

    function orderAt(uint256 index) external view returns (JobOrder memory) {
        return _orders[index];
    }

    function jobIdAt(uint256 index) external view returns (JobId) {
        return _jobIds[index];
    }

    function request(uint256 actor, uint96 min, uint96 max, uint32 ramp, uint32 claimSeconds, uint96 bond) external {
        JobOrder memory order = _template;
        order.requester = actorAt(actor);
        order.minPrice = uint96(bound(min, 1_000, 1 ether));
        order.maxPrice = uint96(bound(max, order.minPrice, 2 ether));
        order.rampStart = uint40(_clock);
        order.rampSeconds = uint32(bound(ramp, 0, 2_000));
        order.claimDeadline = uint40(_clock + bound(claimSeconds, 0, 3_000));
        order.proveSeconds = 500;
        order.finalDeadline = order.claimDeadline + 500;
        order.bond = uint96(bound(bond, 0, 0.2 ether));
        order.nonce = _orders.length;
        vm.deal(order.requester, 10 ether);
        vm.prank(order.requester);
        _jobIds.push(MARKET.requestJob{value: order.maxPrice}(order));
        _orders.push(order);
    }

    function claim(uint256 index, bool other) external {
        (JobOrder memory order, JobId jobId) = pick(index);
        uint256 allowed = MARKET.priceAt(order, _clock);
        (, uint256 before) = MARKET.balanceOf(order.requester, address(0));
        uint256 escrow = escrowOf(order, MARKET.jobOf(jobId).priceTick);
        vm.prank(other ? _actors[1] : _actors[0]);
        try MARKET.claimJob(order) {
            (, uint256 afterwards) = MARKET.balanceOf(order.requester, address(0));
            if (escrow - (before - afterwards) > allowed) broken = "a claim above the ramp";
        } catch {}
        note(jobId);
    }

    function submit(uint256 index, bool good) external {
        (JobOrder memory order, JobId jobId) = pick(index);
        JobResult memory result;
        result.evidence = good ? bytes("final") : bytes("wrong");
        try MARKET.submitResult(order, result) {
            if (!good) broken = "wrong evidence was paid";
        } catch {}
        note(jobId);
    }

    function expire(uint256 index, uint256 actor) external {
        (JobOrder memory order, JobId jobId) = pick(index);
        vm.prank(actorAt(actor));
        try MARKET.expireJob(order) {} catch {}
        note(jobId);
    }

    function cancel(uint256 index) external {
        (JobOrder memory order, JobId jobId) = pick(index);
        vm.prank(order.requester);
        try MARKET.cancelJob(order) {} catch {}
        note(jobId);
    }

    function refund(uint256 index) external {
        (JobOrder memory order, JobId jobId) = pick(index);
        try MARKET.refundJob(order) {} catch {}
        note(jobId);
    }

    function withdraw(uint256 actor, uint256 amount) external {
        address account = actorAt(actor);
        (uint256 free,) = MARKET.balanceOf(account, address(0));
        vm.prank(account);
        MARKET.withdraw(address(0), bound(amount, 0, free), account);
    }

    function deposit(uint256 actor, uint256 amount) external {
        address account = actorAt(actor);
        amount = bound(amount, 0, 1 ether);
        vm.deal(account, amount);
        vm.prank(account);
        MARKET.deposit{value: amount}(address(0), amount);
    }

    function unbond(uint96 amount, bool finished) external {
        vm.prank(_actors[0]);
        if (finished) try WORKERS.withdrawStake(payable(_actors[0])) {} catch {}
        else try WORKERS.startUnbonding(uint96(bound(amount, 1, 0.1 ether))) {} catch {}
    }

    function takeSlashed(uint256 actor) external {
        vm.prank(actorAt(actor));
        try WORKERS.withdrawSlashed(payable(actorAt(actor))) {} catch {}
    }

    function pass(uint256 time) external {
        _clock += bound(time, 0, 700);
        vm.warp(_clock);
    }

    function actorAt(uint256 index) private view returns (address) {
        return _actors[index % _actors.length];
    }

    function pick(uint256 index) private view returns (JobOrder memory order, JobId jobId) {
        index = index % _orders.length;
        return (_orders[index], _jobIds[index]);
    }

    function note(JobId jobId) private {
        JobState state = MARKET.jobOf(jobId).state;
        ++reached[state];
        if (_ended[jobId] != JobState.None && _ended[jobId] != state) broken = "a terminal state was left";
        if (state == JobState.Settled || state == JobState.Refunded || state == JobState.Cancelled) {
            _ended[jobId] = state;
        }
    }

    function escrowOf(JobOrder memory order, uint32 tick) private pure returns (uint256) {
        if (tick == order.rampSeconds) return order.maxPrice;
        return order.minPrice + uint256(order.maxPrice - order.minPrice) * tick / order.rampSeconds;
    }
}

/// @notice The invariants of the design that money and states must keep, after any sequence of calls.
contract JobMarketInvariantTest is MarketTest {
    MarketHandler private handler;
    address[] private actors;

    function setUp() public override {
        super.setUp();
        actors = [WORKER, OTHER_WORKER, REQUESTER, STRANGER, MODEL_OWNER, TREASURY];
        handler = new MarketHandler(market, fakeOrder(), actors);
    }

    /// @dev The runner calls nothing but the handler.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev 1 and 2: S0-ESC-2. Balances cover every coin that somebody owns, and locked money is exactly the escrow of live jobs.
    function invariant_escrowIsConserved() external view {
        uint256 owed;
        uint256 locked;
        for (uint256 i = 0; i < actors.length; ++i) {
            owed += freeOf(actors[i]) + lockedOf(actors[i]);
            locked += lockedOf(actors[i]);
        }
        uint256 escrow;
        for (uint256 i = 0; i < handler.orderCount(); ++i) {
            escrow += escrowOf(handler.orderAt(i), handler.jobIdAt(i));
        }

        assertEq(address(market).balance, owed);
        assertEq(locked, escrow);
    }

    /// @dev 1: the same for stakes. 7: no more than a bond is slashed.
    function invariant_stakesAreConserved() external view {
        uint256 owed;
        uint256 bonded;
        for (uint256 i = 0; i < actors.length; ++i) {
            owed += workers.slashedCreditOf(actors[i]);
        }
        for (uint256 i = 0; i < 2; ++i) {
            owed += workers.workerOf(actors[i]).free + workers.workerOf(actors[i]).unbonding;
            bonded += workers.workerOf(actors[i]).bonded;
        }
        uint256 claimed;
        for (uint256 i = 0; i < handler.orderCount(); ++i) {
            bool held = market.jobOf(handler.jobIdAt(i)).state == JobState.Claimed;
            if (held) claimed += handler.orderAt(i).bond;
        }

        // The handler is an enforcer when it is not pranked.
        owed += workers.slashedCreditOf(address(handler)) + bonded;
        assertEq(address(workers).balance, owed);
        assertEq(bonded, claimed);
    }

    /// @dev 3, 4 and 14.
    function invariant_terminalStatesAbsorb() external view {
        assertEq(keccak256(bytes(handler.broken())), keccak256(""));
    }

    function escrowOf(JobOrder memory order, JobId jobId) private view returns (uint256) {
        Job memory job = market.jobOf(jobId);
        if (job.state != JobState.Requested && job.state != JobState.Claimed) return 0;
        if (job.priceTick == order.rampSeconds) return order.maxPrice;
        return order.minPrice + uint256(order.maxPrice - order.minPrice) * job.priceTick / order.rampSeconds;
    }
}
