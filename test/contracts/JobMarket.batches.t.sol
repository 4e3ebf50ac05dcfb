// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BatchVerdict} from "../../contracts/interfaces/IAssurance.sol";
import {IInferenceConsumer} from "../../contracts/interfaces/IInferenceConsumer.sol";
import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {
    JobCase, JobId, JobOrder, JobState, ModelId, SkipReason, Submission
} from "../../contracts/interfaces/JobTypes.sol";
import {AnswerProof} from "./AnswerProof.sol";
import {MarketTest, ObedientAssurance} from "./MarketTest.sol";

/// @notice Holds claims itself, and gives a batch one verdict too few.
contract OddAssurance is ObedientAssurance {
    function claimJob(IJobMarket market, JobOrder calldata order) external {
        market.claimJob(order);
    }

    function judgeBatch(JobCase[] calldata cases, Submission[] calldata)
        external
        pure
        override
        returns (BatchVerdict[] memory verdicts)
    {
        return new BatchVerdict[](cases.length - 1);
    }
}

/// @notice Writes down what is free to the treasury, and bonded, when it is called.
contract MoneyWitness is IInferenceConsumer {
    IJobMarket private immutable _market;
    address private immutable _worker;
    uint256 public treasuryFree;
    uint256 public bonded;
    uint256 public calls;

    constructor(IJobMarket market, address worker) {
        (_market, _worker) = (market, worker);
    }

    function onInferenceResult(JobId, ModelId, uint256, uint256[] calldata) external {
        if (++calls > 1) return;
        (treasuryFree,) = _market.balanceOf(_market.treasury(), address(0));
        bonded = _market.workerRegistry().workerOf(_worker).bonded;
    }

    function onInferenceExpired(JobId) external {}

    function onInferenceError(JobId, AttemptError) external {}
}

/// @notice 16: a batch does what the same calls do one by one, whatever accounts its entries share.
contract JobMarketBatchesTest is MarketTest {
    ModelId private secondModel;

    function setUp() public override {
        super.setUp();
        market.allowToken(address(token), true);
        IModelRegistry.ModelParams memory params = modelParams();
        (params.graphId, params.royaltyBps) = (keccak256("second graph"), 2_000);
        vm.prank(STRANGER);
        secondModel = models.registerModel(params, AnswerProof.KEY, sampleProof());
        vm.deal(STRANGER, 1_000 ether);
        address[2] memory requesters = [REQUESTER, STRANGER];
        for (uint256 i = 0; i < 2; ++i) {
            token.mint(requesters[i], 1_000 ether);
            vm.startPrank(requesters[i]);
            token.approve(address(market), type(uint256).max);
            market.deposit(address(token), 500 ether);
            vm.stopPrank();
        }
    }

    /// @dev 16: an entry is judged after what came of an earlier one of its job.
    function test_submitResults_takesAGoodEntryBehindABadOneOfTheSameJob() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        claim(order);
        Submission[] memory entries = new Submission[](3);
        entries[0] = Submission({order: order, result: resultWith("no")});
        entries[1] = Submission({order: order, result: resultWith("final")});
        entries[2] = entries[1];

        vm.expectEmit();
        emit IJobMarket.EntrySkipped(jobId, 0, SkipReason.EvidenceRejected);
        vm.expectEmit();
        emit IJobMarket.EntrySkipped(jobId, 2, SkipReason.WrongState);
        market.submitResults(entries);

        assertState(jobId, JobState.Settled);
        assertEq(freeOf(WORKER), 0.925 ether);
    }

    function test_submitResults_skipsARunWithTooFewVerdicts() external {
        OddAssurance odd = listedOdd();
        Submission[] memory entries = new Submission[](2);
        for (uint256 i = 0; i < 2; ++i) {
            entries[i] = Submission({order: fakeOrder(), result: resultWith("final")});
            (entries[i].order.assurance, entries[i].order.nonce) = (address(odd), i);
            request(entries[i].order);
            claim(entries[i].order);
        }

        for (uint256 i = 0; i < 2; ++i) {
            vm.expectEmit();
            emit IJobMarket.EntrySkipped(market.hashOrder(entries[i].order), i, SkipReason.AssuranceFailed);
        }
        market.submitResults(entries);

        assertState(market.hashOrder(entries[0].order), JobState.Claimed);
        assertEq(market.jobOf(market.hashOrder(entries[0].order)).due, START + 600);
    }

    /// @dev The claims that an assurance holds itself are judged alone: their verdicts may name payees.
    function test_submitResults_judgesHeldClaimsAlone() external {
        OddAssurance odd = listedOdd();
        address[] memory payees = new address[](2);
        uint16[] memory shares = new uint16[](2);
        (payees[0], payees[1], shares[0], shares[1]) = (OTHER_WORKER, STRANGER, 7_500, 2_500);
        odd.setPayees(payees, shares);
        string[4] memory evidence = ["no", "fail", "shared", "pending"];
        Submission[] memory entries = new Submission[](5);
        for (uint256 i = 0; i < 5; ++i) {
            entries[i] = Submission({order: fakeOrder(), result: resultWith(i == 4 ? bytes("final") : bytes(evidence[i]))});
            entries[i].order.nonce = i;
            if (i < 4) entries[i].order.assurance = address(odd);
            request(entries[i].order);
            if (i == 4) claim(entries[i].order);
            else odd.claimJob(market, entries[i].order);
        }

        vm.expectEmit();
        emit IJobMarket.EntrySkipped(market.hashOrder(entries[0].order), 0, SkipReason.EvidenceRejected);
        vm.expectEmit();
        emit IJobMarket.EntrySkipped(market.hashOrder(entries[1].order), 1, SkipReason.AssuranceFailed);
        market.submitResults(entries);

        assertState(market.hashOrder(entries[0].order), JobState.Claimed);
        assertState(market.hashOrder(entries[1].order), JobState.Claimed);
        assertState(market.hashOrder(entries[2].order), JobState.Settled);
        assertState(market.hashOrder(entries[3].order), JobState.Answered);
        assertState(market.hashOrder(entries[4].order), JobState.Settled);
        assertEq(freeOf(OTHER_WORKER), 0.925 ether * 3 / 4);
        assertEq(freeOf(STRANGER), 0.925 ether / 4);
        assertEq(freeOf(WORKER), 0.925 ether);
    }

    /// @dev A held claim ends the run before it.
    function test_submitResults_judgesAHeldClaimBehindAnother() external {
        OddAssurance odd = listedOdd();
        Submission[] memory entries = new Submission[](2);
        for (uint256 i = 0; i < 2; ++i) {
            entries[i] = Submission({order: fakeOrder(), result: resultWith("pending")});
            (entries[i].order.assurance, entries[i].order.nonce) = (address(odd), i);
            request(entries[i].order);
        }
        claim(entries[0].order);
        odd.claimJob(market, entries[1].order);

        market.submitResults(entries);

        assertState(market.hashOrder(entries[0].order), JobState.Claimed);
        assertState(market.hashOrder(entries[1].order), JobState.Answered);
    }

    /// @dev 12: when the first callback runs, the money of the whole run has moved.
    function test_submitResults_paysBeforeItTells() external {
        MoneyWitness witness = new MoneyWitness(market, WORKER);
        Submission[] memory entries = new Submission[](3);
        for (uint256 i = 0; i < 3; ++i) {
            entries[i] = Submission({order: fakeOrder(), result: resultWith("final")});
            entries[i].order.nonce = i;
            (entries[i].order.callback, entries[i].order.callbackGas) = (address(witness), 200_000);
            request(entries[i].order);
            claim(entries[i].order);
        }
        entries[1].result = resultWith("no");

        market.submitResults(entries);

        assertEq(witness.treasuryFree(), freeOf(TREASURY));
        assertEq(freeOf(TREASURY), 2 * 0.025 ether);
        assertEq(witness.bonded(), fakeOrder().bond);
        assertEq(witness.calls(), 2);
        assertState(market.hashOrder(entries[1].order), JobState.Claimed);
    }

    function test_finalizeJobs_paysBeforeItTells() external {
        MoneyWitness witness = new MoneyWitness(market, WORKER);
        Submission[] memory entries = new Submission[](3);
        for (uint256 i = 0; i < 3; ++i) {
            entries[i] = Submission({order: fakeOrder(), result: resultWith("pending")});
            entries[i].order.nonce = i;
            (entries[i].order.callback, entries[i].order.callbackGas) = (address(witness), 200_000);
            request(entries[i].order);
            claim(entries[i].order);
        }
        market.submitResults(entries);
        vm.warp(START + 301);
        assurance.rule("final");
        entries[1].order = entries[0].order;

        market.finalizeJobs(entries);

        assertEq(witness.treasuryFree(), 2 * 0.025 ether);
        assertEq(witness.bonded(), fakeOrder().bond);
        assertEq(witness.calls(), 2);
        assertState(market.hashOrder(entries[2].order), JobState.Settled);
    }

    /// @dev 16, 3: every account gets from a batch what it gets from the same answers one by one.
    function testFuzz_submitResults_gathersWhatSinglesMove(uint256 seed) external {
        (Submission[] memory batch, Submission[] memory single) = twins(seed, "final");
        uint256[14] memory before = moneyNow();

        market.submitResults(batch);
        uint256[14] memory between = moneyNow();
        for (uint256 i = 0; i < single.length; ++i) {
            market.submitResult(single[i].order, single[i].result);
        }

        assertSameMoves(before, between);
        for (uint256 i = 0; i < batch.length; ++i) {
            assertState(market.hashOrder(batch[i].order), JobState.Settled);
        }
    }

    /// @dev 16, 3: the same for {finalizeJobs}.
    function testFuzz_finalizeJobs_gathersWhatSinglesMove(uint256 seed) external {
        (Submission[] memory batch, Submission[] memory single) = twins(seed, "pending");
        market.submitResults(batch);
        market.submitResults(single);
        vm.warp(START + 301);
        assurance.rule("final");
        uint256[14] memory before = moneyNow();

        market.finalizeJobs(batch);
        uint256[14] memory between = moneyNow();
        for (uint256 i = 0; i < single.length; ++i) {
            market.finalizeJob(single[i].order, single[i].result.outputs);
        }

        assertSameMoves(before, between);
        for (uint256 i = 0; i < batch.length; ++i) {
            assertState(market.hashOrder(batch[i].order), JobState.Settled);
        }
    }

    function listedOdd() private returns (OddAssurance odd) {
        odd = new OddAssurance();
        market.listAssurance(address(odd), IJobMarket.AssuranceListing.WithoutTerms);
    }

    /// @dev Five claimed jobs twice over, with accounts drawn from the seed.
    function twins(uint256 seed, bytes memory evidence)
        private
        returns (Submission[] memory batch, Submission[] memory single)
    {
        (batch, single) = (new Submission[](5), new Submission[](5));
        for (uint256 i = 0; i < 10; ++i) {
            Submission memory entry = Submission({order: fakeOrder(), result: resultWith(evidence)});
            uint256 draw = uint256(keccak256(abi.encode(seed, i % 5)));
            entry.order.nonce = i;
            if (draw & 1 != 0) entry.order.requester = STRANGER;
            if (draw & 2 != 0) entry.order.token = address(token);
            if (draw & 4 != 0) entry.order.modelId = secondModel;
            entry.order.minPrice = uint96(FLOOR_PRICE + (draw >> 8) % 1 ether);
            if (draw & 16 != 0) entry.order.bond = uint96((draw >> 128) % 0.5 ether);
            else entry.order.bond = 0;
            request(entry.order);
            vm.prank(draw & 8 != 0 ? OTHER_WORKER : WORKER);
            market.claimJob(entry.order);
            (i < 5 ? batch : single)[i % 5] = entry;
        }
    }

    function moneyNow() private view returns (uint256[14] memory money) {
        address[6] memory accounts = [REQUESTER, STRANGER, WORKER, OTHER_WORKER, MODEL_OWNER, TREASURY];
        for (uint256 i = 0; i < 6; ++i) {
            (uint256 free, uint256 locked) = market.balanceOf(accounts[i], NATIVE);
            money[2 * i] = free + (locked << 128);
            (free, locked) = market.balanceOf(accounts[i], address(token));
            money[2 * i + 1] = free + (locked << 128);
        }
        (money[12], money[13]) = (workers.workerOf(WORKER).bonded, workers.workerOf(OTHER_WORKER).bonded);
    }

    function assertSameMoves(uint256[14] memory before, uint256[14] memory between) private view {
        uint256[14] memory afterwards = moneyNow();
        for (uint256 i = 0; i < 14; ++i) {
            // Wraps where a balance falls: the difference is the same all the same.
            unchecked {
                assertEq(between[i] - before[i], afterwards[i] - between[i]);
            }
        }
    }
}
