// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OptimisticAssurance} from "../../../contracts/assurance/OptimisticAssurance.sol";
import {ProofAssurance} from "../../../contracts/assurance/ProofAssurance.sol";
import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {IModelRegistry} from "../../../contracts/interfaces/IModelRegistry.sol";
import {IProofVerifier} from "../../../contracts/interfaces/IProofVerifier.sol";
import {IWorkerRegistry} from "../../../contracts/interfaces/IWorkerRegistry.sol";
import {Job, JobOrder, JobState} from "../../../contracts/interfaces/JobTypes.sol";
import {TokenMock} from "../../../contracts/mocks/TokenMock.sol";
import {AnswerProof} from "../AnswerProof.sol";
import {MarketTest} from "../MarketTest.sol";
import {HostileAccount, HostileConsumer, HostileToken, IdealVerifier} from "./HostileActors.sol";
import {MarketBooks} from "./MarketBooks.sol";
import {MarketPlay} from "./MarketPlay.sol";

/// @dev The runner finds a contract to call only in the test's own file.
contract MarketHandler is MarketPlay {}

/// @notice The design's sixteen invariants, after any sequence of what {MarketPlay} plays. What one call may change is checked by {MarketBooks} at
///         each call; here stands what must hold between calls, and what must stay possible.
/// @dev A call of an invariant leaves nothing behind, so it may try things out.
contract JobMarketInvariantTest is MarketTest {
    /// @dev What the runner asks for.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// @dev One of the sixteen does not hold.
    error Broken(uint256 invariant, string fact);

    MarketHandler private handler;
    bool private _touched;
    MarketBooks.Cast private cast;

    function setUp() public override {
        super.setUp();
        handler = new MarketHandler();
        cast.market = market;
        cast.obedient = assurance;
        cast.verifier = new IdealVerifier(models.proofVerifier());
        cast.proof = new ProofAssurance(models, IProofVerifier(address(cast.verifier)));
        cast.optimistic = new OptimisticAssurance(market, IProofVerifier(address(cast.verifier)), 1);
        cast.token = token;
        cast.hostileToken = new HostileToken(handler, market);
        cast.consumer = new HostileConsumer(handler, market);
        cast.requester = vm.addr(KEY);
        cast.hostileRequester = address(new HostileAccount(handler, market));
        cast.worker = vm.addr(0xb0b);
        cast.hostileWorker = address(new HostileAccount(handler, market));
        cast.modelOwner = address(new HostileAccount(handler, market));
        cast.treasury = TREASURY;
        cast.keeper = makeAccount("keeper");
        cast.thief = makeAccount("thief");
        cast.owner = OWNER;

        IModelRegistry.ModelParams memory params = modelParams();
        vm.startPrank(cast.modelOwner);
        cast.models[0] = models.registerModel(params, AnswerProof.KEY, sampleProof());
        (params.graphId, params.royaltyBps) = (keccak256("another graph"), 2_000);
        cast.models[1] = models.registerModel(params, AnswerProof.KEY, sampleProof());
        vm.stopPrank();
        register(cast.worker, cast.worker);
        register(cast.hostileWorker, vm.addr(0xbad));
        market.listAssurance(address(cast.proof), IJobMarket.AssuranceListing.WithoutTerms);
        market.listAssurance(address(cast.optimistic), IJobMarket.AssuranceListing.WithTerms);
        assurance.rule("final");
        equip(address(token));
        equip(address(cast.hostileToken));
        handler.begin(cast);
    }

    /// @dev The runner calls nothing but the handler, and of it only what somebody in the play would do.
    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[24] memory plays = [
            handler.request.selector,
            handler.draft.selector,
            handler.bundle.selector,
            handler.closeBundle.selector,
            handler.cancel.selector,
            handler.cancelNonces.selector,
            handler.deposit.selector,
            handler.withdraw.selector,
            handler.claim.selector,
            handler.answerHonestly.selector,
            handler.answerBadly.selector,
            handler.race.selector,
            handler.answerBatch.selector,
            handler.release.selector,
            handler.stake.selector,
            handler.challenge.selector,
            handler.defend.selector,
            handler.finalize.selector,
            handler.finalizeBatch.selector,
            handler.expire.selector,
            handler.refund.selector,
            handler.retryCallback.selector,
            handler.pass.selector,
            handler.govern.selector
        ];
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector({addr: address(handler), selectors: new bytes4[](25)});
        for (uint256 i = 0; i < plays.length; ++i) {
            targets[0].selectors[i] = plays[i];
        }
        targets[0].selectors[24] = handler.turn.selector;
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev 1 to 16: what {MarketBooks} and {MarketPlay} saw at each call.
    function invariant_everyCallKeepsTheBooks() external view {
        checkCalls();
    }

    /// @dev 1, 2 and 7: S0-ESC-2. Contracts hold exactly what they owe; what is locked is the escrow of live jobs and bundles, what is bonded the bonds
    ///      of claimed jobs.
    function invariant_everyCoinIsOwed() external view {
        address[3] memory tokens = [NATIVE, address(token), address(cast.hostileToken)];
        for (uint256 i = 0; i < tokens.length; ++i) {
            checkToken(tokens[i]);
        }
        checkStakes();
        checkChallengeBonds();
        checkCalls();
    }

    /// @dev 8: a worker with a proof is paid before its time is up, while the market is paused and whoever calls.
    function invariant_honestWorkersArePaid() external {
        if (!market.paused()) market.setPaused(true);
        for (uint256 i = 0; i < handler.playCount(); ++i) {
            MarketBooks.Play memory play = handler.playAt(i);
            Job memory job = market.jobOf(play.jobId);
            if (job.state != JobState.Claimed || block.timestamp > job.due) continue;
            (uint256 before,) = market.balanceOf(job.worker, play.order.token);
            vm.prank(cast.thief);
            market.submitResult(play.order, handler.proofOf(i, job.worker));
            (uint256 afterwards,) = market.balanceOf(job.worker, play.order.token);
            assertTrue(afterwards - before >= play.lastPrice * 7_500 / 10_000, "8: a worker got less than its share");
            assertState(play.jobId, JobState.Settled);
        }
        checkCalls();
    }

    /// @dev 9: after its final deadline one call of a stranger ends a job, and another gives a bundle back.
    function invariant_everyJobCanEnd() external {
        // No bundle of the play lasts longer.
        uint256 end = block.timestamp + 3_000;
        for (uint256 i = 0; i < handler.playCount(); ++i) {
            uint256 last = handler.playAt(i).order.finalDeadline;
            if (last > end) end = last;
        }
        vm.warp(end + 1);
        vm.startPrank(cast.thief);
        for (uint256 i = 0; i < handler.playCount(); ++i) {
            MarketBooks.Play memory play = handler.playAt(i);
            JobState state = market.jobOf(play.jobId).state;
            if (state == JobState.Requested) market.refundJob(play.order);
            else if (state == JobState.Claimed) market.expireJob(play.order);
            else if (state > JobState.Claimed && state < JobState.Settled) market.finalizeJob(play.order, outputsOf(i));
            try market.closeBundle(play.order.requester, play.order.token, play.root) {} catch {}
            state = market.jobOf(play.jobId).state;
            assertTrue(state == JobState.None || state > JobState.Challenged, "9: a job could not be ended");
        }
        vm.stopPrank();
        for (uint256 i = 0; i < handler.playCount(); ++i) {
            JobOrder memory order = handler.playAt(i).order;
            (, uint256 locked) = market.balanceOf(order.requester, order.token);
            assertEq(locked, 0);
        }
        checkCalls();
    }

    /// @dev 14: told by the market itself, an order's price never falls and never passes its limits.
    function invariant_pricesClimb() external view {
        for (uint256 i = 0; i < handler.playCount(); ++i) {
            JobOrder memory order = handler.playAt(i).order;
            uint256 last = order.minPrice;
            for (uint256 j = 0; j <= 8; ++j) {
                uint256 price = market.priceAt(order, order.rampStart - 50 + uint256(order.rampSeconds) * j / 7 + j * 7);
                assertTrue(price >= last && price <= order.maxPrice, "14: a price fell, or passed its limit");
                last = price;
            }
        }
        checkCalls();
    }

    /// @dev 15: free stake leaves after the unbonding time and not before; what is bonded stays.
    function invariant_freeStakeLeaves() external {
        address[2] memory operators = [cast.worker, cast.hostileWorker];
        for (uint256 i = 0; i < operators.length; ++i) {
            IWorkerRegistry.Worker memory b = workers.workerOf(operators[i]);
            vm.startPrank(operators[i]);
            if (b.free != 0) workers.startUnbonding(b.free);
            uint256 leaving = uint256(b.free) + b.unbonding;
            uint256 due = workers.workerOf(operators[i]).unbondableAt;
            if (leaving != 0 && due > block.timestamp) {
                vm.warp(due - 1);
                try workers.withdrawStake(payable(operators[i])) {
                    assertTrue(false, "15: stake left before its time");
                } catch {}
                vm.warp(due);
            }
            uint256 had = operators[i].balance;
            if (leaving != 0) workers.withdrawStake(payable(operators[i]));
            assertEq(operators[i].balance, had + leaving);
            assertEq(workers.workerOf(operators[i]).bonded, b.bonded);
            try workers.startUnbonding(1) {
                assertTrue(false, "15: bonded stake was unbonded");
            } catch {}
            vm.stopPrank();
        }
        checkCalls();
    }

    /// @dev What the invariants above rely on when they try things out.
    function invariant_leavesNothingBehind() external {
        assertTrue(!_touched, "an invariant's own call left something behind");
        _touched = true;
    }

    function checkCalls() private view {
        for (uint256 i = 1; i <= 16; ++i) {
            string memory fact = handler.broken(i);
            if (bytes(fact).length != 0) revert Broken(i, fact);
        }
    }

    function checkToken(address paid) private view {
        address[] memory accounts = handler.accounts();
        uint256 owed;
        uint256 locked;
        for (uint256 i = 0; i < accounts.length; ++i) {
            (uint256 free, uint256 held) = market.balanceOf(accounts[i], paid);
            owed += free + held;
            locked += held;
        }
        uint256 escrow;
        bytes32 root;
        for (uint256 i = 0; i < handler.playCount(); ++i) {
            MarketBooks.Play memory play = handler.playAt(i);
            if (play.order.token != paid) continue;
            escrow += escrowOf(play.order, market.jobOf(play.jobId));
            // The two orders of a bundle stand side by side.
            if (play.root != 0 && play.root != root) {
                escrow += market.bundleOf(play.order.requester, paid, play.root).remaining;
            }
            root = play.root;
        }

        assertEq(paid == NATIVE ? address(market).balance : TokenMock(paid).balanceOf(address(market)), owed);
        assertEq(locked, escrow);
    }

    function checkStakes() private view {
        address[] memory accounts = handler.accounts();
        address[4] memory operators = [cast.worker, cast.hostileWorker, WORKER, OTHER_WORKER];
        uint256 owed;
        uint256 bonded;
        uint256 claimed;
        for (uint256 i = 0; i < accounts.length; ++i) {
            owed += workers.slashedCreditOf(accounts[i]);
        }
        for (uint256 i = 0; i < operators.length; ++i) {
            IWorkerRegistry.Worker memory worker = workers.workerOf(operators[i]);
            owed += uint256(worker.free) + worker.unbonding + worker.bonded;
            bonded += worker.bonded;
        }
        for (uint256 i = 0; i < handler.playCount(); ++i) {
            MarketBooks.Play memory play = handler.playAt(i);
            Job memory job = market.jobOf(play.jobId);
            bool held = job.state >= JobState.Claimed && job.state <= JobState.Challenged;
            if (held && job.worker != play.order.assurance) claimed += play.order.bond;
        }

        assertEq(address(workers).balance, owed);
        assertEq(bonded, claimed);
    }

    function checkChallengeBonds() private view {
        address[] memory accounts = handler.accounts();
        uint256 owed;
        for (uint256 i = 0; i < accounts.length; ++i) {
            owed += cast.optimistic.creditOf(accounts[i]);
        }
        for (uint256 i = 0; i < handler.playCount(); ++i) {
            (address challenger,) = cast.optimistic.challengeOf(handler.playAt(i).jobId);
            if (challenger != address(0)) owed += handler.CHALLENGE_BOND();
        }

        assertEq(address(cast.optimistic).balance, owed);
    }

    function outputsOf(uint256 index) private pure returns (uint256[] memory outputs) {
        outputs = new uint256[](2);
        (outputs[0], outputs[1]) = (index, 42);
    }

    function escrowOf(JobOrder memory order, Job memory job) private pure returns (uint256) {
        if (job.state == JobState.None || job.state > JobState.Challenged) return 0;
        if (job.priceTick == order.rampSeconds) return order.maxPrice;
        return order.minPrice + uint256(order.maxPrice - order.minPrice) * job.priceTick / order.rampSeconds;
    }

    function register(address worker, address signer) private {
        vm.deal(worker, 100 ether);
        vm.prank(worker);
        workers.registerWorker{value: 5 ether}(signer, "worker");
    }

    function equip(address paid) private {
        market.allowToken(paid, true);
        address[2] memory payers = [cast.requester, cast.hostileRequester];
        for (uint256 i = 0; i < 2; ++i) {
            TokenMock(paid).mint(payers[i], 1e30);
            vm.prank(payers[i]);
            TokenMock(paid).approve(address(market), type(uint256).max);
        }
    }
}
