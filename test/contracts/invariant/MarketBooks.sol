// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OptimisticAssurance} from "../../../contracts/assurance/OptimisticAssurance.sol";
import {ProofAssurance} from "../../../contracts/assurance/ProofAssurance.sol";
import {JobMarket} from "../../../contracts/JobMarket.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {IWorkerRegistry} from "../../../contracts/interfaces/IWorkerRegistry.sol";
import {Job, JobId, JobOrder, JobState, ModelId} from "../../../contracts/interfaces/JobTypes.sol";
import {TokenMock} from "../../../contracts/mocks/TokenMock.sol";
import {ObedientAssurance} from "../MarketTest.sol";
import {Test} from "../Vm.sol";
import {HostileConsumer, HostileToken, IdealVerifier, IStage} from "./HostileActors.sol";

/// @notice Keeps books of a market from outside: what each call may change of money, bonds and states, told by the design's words and not by the
///         market's code.
abstract contract MarketBooks is Test, IStage {
    enum Act {
        Request,
        Claim,
        Answer,
        Race,
        Challenge,
        Defend,
        Finalize,
        Expire,
        Release,
        Cancel,
        Refund
    }

    /// @notice Everybody and everything in the play. The accounts are all that ever own money in it.
    struct Cast {
        JobMarket market;
        ObedientAssurance obedient;
        ProofAssurance proof;
        OptimisticAssurance optimistic;
        IdealVerifier verifier;
        TokenMock token;
        HostileToken hostileToken;
        HostileConsumer consumer;
        ModelId[2] models;
        address requester;
        address hostileRequester;
        address worker;
        address hostileWorker;
        address modelOwner;
        address treasury;
        address keeper;
        address thief;
        address owner;
    }

    /// @notice One order of the play and what happened to it.
    struct Play {
        JobOrder order;
        JobId jobId;
        bytes32 root;
        bytes32 sibling;
        bool drafted;
        uint256 lastPrice;
        uint256 payouts;
        uint256 feeBps;
        uint256 answeredAt;
        JobState ended;
    }

    /// @dev One moment of the books, as seen from one job.
    struct Moment {
        Job job;
        uint256[] free;
        uint256 sumFree;
        uint256 sumLocked;
        uint256 held;
        uint256 bonded;
        uint256 stake;
        uint256 credits;
        uint256 requesterCredit;
        uint256 treasuryCredit;
        uint256 feeBps;
    }

    /// @dev What a settlement pays, by the design.
    struct Shares {
        uint256 price;
        uint256 fee;
        uint256 royalty;
        uint16 royaltyBps;
        int256 back;
    }

    uint256 internal constant COUNT = 9;
    address[] internal _accounts;
    Cast internal _cast;
    Play[] internal _plays;
    uint256 internal _clock;
    uint256 internal _staged;
    mapping(address requester => mapping(uint256 nonce => uint256 orders)) private _opened;
    mapping(address requester => mapping(uint256 nonce => bool cancelled)) internal _cancelled;
    /// @notice First thing that went wrong with each of the design's invariants.
    mapping(uint256 invariant => string fact) public broken;
    mapping(JobState state => uint256 times) public reached;

    function start(Cast memory cast) internal {
        _cast = cast;
        _clock = block.timestamp;
        _accounts = [
            cast.requester,
            cast.hostileRequester,
            cast.worker,
            cast.hostileWorker,
            cast.modelOwner,
            cast.treasury,
            cast.keeper,
            cast.thief,
            address(cast.obedient)
        ];
    }

    // What the invariants read

    function accounts() external view returns (address[] memory) {
        return _accounts;
    }

    function playCount() external view returns (uint256) {
        return _plays.length;
    }

    function playAt(uint256 index) external view returns (Play memory) {
        return _plays[index];
    }

    function castOf() external view returns (Cast memory) {
        return _cast;
    }

    // What hostile actors read and write

    function stagedOrder() external view returns (JobOrder memory order) {
        return _plays[_staged].order;
    }

    function hashWorld(JobId jobId) public view returns (bytes32 world) {
        world = keccak256(abi.encode(_cast.market.jobOf(jobId)));
        address[3] memory tokens = [address(0), address(_cast.token), address(_cast.hostileToken)];
        for (uint256 i = 0; i < COUNT; ++i) {
            for (uint256 j = 0; j < tokens.length; ++j) {
                (uint256 free, uint256 locked) = _cast.market.balanceOf(_accounts[i], tokens[j]);
                world = keccak256(abi.encode(world, free, locked));
            }
        }
    }

    function noteEntry(bytes4) external {
        breach(12, "a hostile actor re-entered");
    }

    function noteCallback(JobId jobId, bytes32 worldBefore, bytes32 worldAfterwards) external {
        _callbackWorld = worldAfterwards;
        _callbackJob = JobId.unwrap(jobId);
        if (worldBefore != worldAfterwards) breach(12, "a callback changed its job or a balance");
    }

    bytes32 internal _callbackWorld;
    bytes32 internal _callbackJob;

    function breach(uint256 invariant, string memory fact) internal {
        if (bytes(broken[invariant]).length == 0) broken[invariant] = fact;
    }

    function demand(bool holds, uint256 invariant, string memory fact) internal {
        if (!holds) breach(invariant, fact);
    }

    // Books

    function stateOf(uint256 index) internal view returns (JobState) {
        return _cast.market.jobOf(_plays[index].jobId).state;
    }

    function look(uint256 index) internal view returns (Moment memory moment) {
        JobOrder storage order = _plays[index].order;
        address token = order.token;
        moment.job = _cast.market.jobOf(_plays[index].jobId);
        moment.free = new uint256[](COUNT);
        IWorkerRegistry workers = _cast.market.workerRegistry();
        for (uint256 i = 0; i < COUNT; ++i) {
            (uint256 free, uint256 locked) = _cast.market.balanceOf(_accounts[i], token);
            moment.free[i] = free;
            moment.sumFree += free;
            moment.sumLocked += locked;
            moment.credits += workers.slashedCreditOf(_accounts[i]);
        }
        moment.held = token == address(0)
            ? address(_cast.market).balance
            : TokenMock(token).balanceOf(address(_cast.market));
        for (uint256 i = 2; i < 4; ++i) {
            IWorkerRegistry.Worker memory worker = workers.workerOf(_accounts[i]);
            moment.bonded += worker.bonded;
            moment.stake += worker.free;
        }
        moment.requesterCredit = workers.slashedCreditOf(order.requester);
        moment.treasuryCredit = workers.slashedCreditOf(_cast.treasury);
        moment.feeBps = _cast.market.feeBps();
    }

    /// @dev Price of an order at a tick of its ramp, by the design.
    function priceOf(JobOrder memory order, uint256 tick) internal pure returns (uint256) {
        if (tick >= order.rampSeconds) return order.maxPrice;
        return order.minPrice + uint256(order.maxPrice - order.minPrice) * tick / order.rampSeconds;
    }

    function priceNow(JobOrder memory order) internal view returns (uint256) {
        return priceOf(order, _clock <= order.rampStart ? 0 : _clock - order.rampStart);
    }

    function isLive(JobState state) internal pure returns (bool) {
        return state == JobState.Requested || state == JobState.Claimed || state == JobState.Answered
            || state == JobState.Challenged;
    }

    function escrowOf(JobOrder memory order, Job memory job) internal pure returns (uint256) {
        return isLive(job.state) ? priceOf(order, job.priceTick) : 0;
    }

    /// @dev Compares what a call did to one job with what it may do. Payees other than the claimed worker: see `payee`.
    function settleBooks(uint256 index, Act act, Moment memory b, address payee) internal {
        Play storage play = _plays[index];
        JobOrder memory order = play.order;
        Moment memory a = look(index);
        ++reached[a.job.state];
        demand(a.sumFree + a.sumLocked + b.held == b.sumFree + b.sumLocked + a.held, 1, "a call made or lost money");
        demand(a.bonded + a.stake + a.credits == b.bonded + b.stake + b.credits, 1, "a call made or lost stake");
        checkMove(play, b.job.state, a.job.state);
        if (_callbackJob == JobId.unwrap(play.jobId)) {
            demand(_callbackWorld == hashWorld(play.jobId), 12, "a callback was not the last thing of its call");
        }
        delete _callbackJob;

        uint256 escrow = escrowOf(order, b.job);
        if (b.job.state == JobState.None && a.job.state != JobState.None) open(play, b.feeBps);
        if (a.job.state == JobState.Settled && b.job.state != JobState.Settled) {
            checkSettled(play, order, b, a, escrow, payee);
        }
        bool refunded = a.job.state == JobState.Refunded || a.job.state == JobState.Cancelled;
        if (refunded && a.job.state != b.job.state) checkRefunded(play, order, b, a, escrow);
        if (a.job.state == JobState.Claimed && b.job.state != JobState.Claimed) {
            checkClaimed(play, order, b, a, escrow);
        }
        if (a.job.state == JobState.Answered && b.job.state != JobState.Answered) play.answeredAt = _clock;
        checkSlash(order, act, b, a);
        if (!isLive(a.job.state) && a.job.state != JobState.None) play.ended = a.job.state;
    }

    function open(Play storage play, uint256 feeBps) private {
        JobOrder storage order = play.order;
        play.feeBps = feeBps;
        demand(++_opened[order.requester][order.nonce] == 1, 11, "a nonce let two orders leave None");
        demand(!_cancelled[order.requester][order.nonce], 11, "a cancelled nonce let an order leave None");
        demand(feeBps <= order.maxFeeBps && feeBps <= 500, 10, "an order left None with a fee above its cap");
    }

    function checkMove(Play storage play, JobState b, JobState a) private {
        if (play.ended != JobState.None) demand(a == play.ended, 4, "a terminal state was left");
        if (a == b) return;
        bool legal;
        if (b == JobState.None) legal = a == JobState.Requested || a == JobState.Claimed || a == JobState.Settled;
        if (b == JobState.Requested) legal = a == JobState.Claimed || !isLive(a);
        if (b == JobState.Claimed) legal = a != JobState.Challenged && a != JobState.Cancelled;
        if (b == JobState.Answered) legal = a != JobState.Claimed && a != JobState.Cancelled;
        if (b == JobState.Challenged) legal = a == JobState.Settled || a == JobState.Requested || a == JobState.Refunded;
        demand(legal && a != JobState.None, 4, "a move that the design does not have");
    }

    function gain(Moment memory b, Moment memory a, uint256 account) private pure returns (int256) {
        return int256(a.free[account]) - int256(b.free[account]);
    }

    function checkSettled(
        Play storage play,
        JobOrder memory order,
        Moment memory b,
        Moment memory a,
        uint256 escrow,
        address payee
    ) private {
        Shares memory due;
        due.price = escrow;
        if (b.job.state == JobState.None || (b.job.state == JobState.Requested && priceNow(order) < escrow)) {
            due.price = priceNow(order);
        }
        due.fee = due.price * play.feeBps / 10_000;
        (, due.royaltyBps) = _cast.market.modelRegistry().royaltyOf(order.modelId);
        due.royalty = due.price * due.royaltyBps / 10_000;
        due.back = int256(escrow) - int256(due.price);

        demand(++play.payouts == 1, 3, "a job paid out twice");
        demand(b.sumLocked - a.sumLocked == escrow, 3, "a settlement did not take exactly its escrow");
        demand(a.sumFree == b.sumFree + escrow, 3, "payouts are not the escrow");
        demand(due.price <= order.maxPrice && due.price >= order.minPrice, 14, "a price out of its order's range");
        demand(due.fee <= due.price * 500 / 10_000, 10, "a fee above the hard cap");
        demand(due.fee <= due.price * order.maxFeeBps / 10_000, 10, "a fee above the order's cap");
        for (uint256 i = 0; i < COUNT; ++i) {
            checkGain(order, gain(b, a, i), _accounts[i], payee, due);
        }
    }

    function checkGain(JobOrder memory order, int256 gained, address account, address payee, Shares memory due) private {
        int256 needed = 0;
        if (account == order.requester) needed += due.back;
        if (account == payee) needed += int256(due.price - due.fee - due.royalty);
        if (account == _cast.treasury) needed += int256(due.fee);
        if (account == _cast.modelOwner) needed += int256(due.royalty);
        uint256 rule = account == _cast.treasury ? 10 : account == _cast.thief ? 13 : 3;
        demand(gained == needed, rule, "a settlement paid somebody the wrong share");
    }

    function checkRefunded(Play storage play, JobOrder memory order, Moment memory b, Moment memory a, uint256 escrow)
        private
    {
        demand(++play.payouts == 1, 3, "a job paid out twice");
        demand(b.sumLocked - a.sumLocked == escrow, 3, "a refund did not take exactly its escrow");
        for (uint256 i = 0; i < COUNT; ++i) {
            int256 due = _accounts[i] == order.requester ? int256(escrow) : int256(0);
            demand(gain(b, a, i) == due, _accounts[i] == _cast.treasury ? 10 : 3, "a refund paid somebody else");
        }
    }

    function checkClaimed(Play storage play, JobOrder memory order, Moment memory b, Moment memory a, uint256 escrow)
        private
    {
        uint256 price = priceOf(order, a.job.priceTick);
        uint256 ramp = priceNow(order);
        if (b.job.state == JobState.Requested && escrow < ramp) ramp = escrow;
        demand(price == ramp, 14, "a claim at another price than the ramp's");
        demand(price >= play.lastPrice && price <= order.maxPrice, 14, "a price fell, or climbed over its limit");
        play.lastPrice = price;
        uint256 locked = play.root != 0 ? b.sumLocked : b.sumLocked + price - escrow;
        demand(a.sumLocked == locked, 2, "a claim locked another amount than its price");
        uint256 bond = a.job.worker == order.assurance ? 0 : order.bond;
        demand(a.bonded == b.bonded + bond, 7, "a claim locked another bond than its order's");
    }

    function checkSlash(JobOrder memory order, Act act, Moment memory b, Moment memory a) private {
        uint256 slashed = a.credits - b.credits;
        if (slashed == 0) return;
        uint256 bond = order.bond;
        demand(slashed <= bond, 7, "more than the bond was slashed");
        demand(b.bonded - a.bonded == bond, 7, "a slash left or took a bond of another job");
        bool due = act == Act.Expire && b.job.state == JobState.Claimed && _clock > b.job.due;
        if (act == Act.Release) due = b.job.state == JobState.Claimed && slashed <= bond / 2 + 1;
        if (act == Act.Challenge) due = b.job.state == JobState.Answered && _clock <= b.job.due;
        if (act == Act.Defend || act == Act.Finalize) {
            due = b.job.state == JobState.Challenged || (b.job.state == JobState.Answered && _clock > b.job.due);
        }
        demand(due, 7, "a bond was slashed when it was not due");
        demand(a.job.state == JobState.Requested || a.job.state == JobState.Refunded, 7, "a slash without a failure");
        demand(2 * (a.requesterCredit - b.requesterCredit) >= slashed, 7, "the requester got less than half of a slash");
        demand(10 * (a.treasuryCredit - b.treasuryCredit) <= slashed, 7, "the treasury got more than a tenth of a slash");
    }
}
