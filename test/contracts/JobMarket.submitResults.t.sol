// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BatchVerdict} from "../../contracts/interfaces/IAssurance.sol";
import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {JobCase, JobId, JobState, SkipReason, Submission} from "../../contracts/interfaces/JobTypes.sol";
import {MarketTest, ObedientAssurance} from "./MarketTest.sol";

/// @notice Judges one by one, and fails at every batch.
contract OneByOneAssurance is ObedientAssurance {
    function judgeBatch(JobCase[] calldata, Submission[] calldata) external pure override returns (BatchVerdict[] memory) {
        revert Failed();
    }
}

contract JobMarketSubmitResultsTest is MarketTest {
    OneByOneAssurance private failing;

    function setUp() public override {
        super.setUp();
        failing = new OneByOneAssurance();
        market.listAssurance(address(failing), IJobMarket.AssuranceListing.WithoutTerms);
    }

    function test_submitResults_takesNothing() external {
        market.submitResults(new Submission[](0));
    }

    function test_submitResults_skipsWhatIsNotClaimed() external {
        Submission[] memory entries = claimed(2, "final");
        entries[0].order.nonce += 100;
        JobId unknown = market.hashOrder(entries[0].order);

        vm.expectEmit();
        emit IJobMarket.EntrySkipped(unknown, 0, SkipReason.WrongState);
        market.submitResults(entries);

        assertState(unknown, JobState.None);
        assertState(market.hashOrder(entries[1].order), JobState.Settled);
    }

    /// @dev The assurance would fail, and is not asked.
    function test_submitResults_asksNobodyWhenAllIsSkipped() external {
        Submission[] memory entries = new Submission[](1);
        entries[0] = Submission({order: fakeOrder(), result: resultWith("final")});
        entries[0].order.assurance = address(failing);
        JobId unknown = market.hashOrder(entries[0].order);

        vm.expectEmit();
        emit IJobMarket.EntrySkipped(unknown, 0, SkipReason.WrongState);
        market.submitResults(entries);

        assertState(unknown, JobState.None);
    }

    function test_submitResults_skipsWhatIsLate() external {
        Submission[] memory entries = new Submission[](2);
        entries[0] = Submission({order: fakeOrder(), result: resultWith("final")});
        entries[1] = Submission({order: fakeOrder(), result: resultWith("final")});
        entries[0].order.proveSeconds = 10;
        for (uint256 i = 0; i < 2; ++i) {
            entries[i].order.nonce = i;
            request(entries[i].order);
            claim(entries[i].order);
        }
        JobId late = market.hashOrder(entries[0].order);
        vm.warp(START + 11);

        vm.expectEmit();
        emit IJobMarket.EntrySkipped(late, 0, SkipReason.WrongTime);
        market.submitResults(entries);

        assertState(late, JobState.Claimed);
        assertState(market.hashOrder(entries[1].order), JobState.Settled);
    }

    function test_submitResults_skipsRejectedEvidence() external {
        Submission[] memory entries = claimed(3, "final");
        entries[1].result.evidence = "no";
        JobId rejected = market.hashOrder(entries[1].order);

        vm.expectEmit();
        emit IJobMarket.EntrySkipped(rejected, 1, SkipReason.EvidenceRejected);
        market.submitResults(entries);

        assertState(rejected, JobState.Claimed);
        assertState(market.hashOrder(entries[0].order), JobState.Settled);
        assertState(market.hashOrder(entries[2].order), JobState.Settled);
        assertEq(lockedOf(REQUESTER), 1 ether);
        assertEq(workers.workerOf(WORKER).bonded, entries[1].order.bond);
    }

    /// @dev A job that was skipped is answered later as if nothing had been.
    function test_submitResults_leavesASkippedJobAsItWas() external {
        Submission[] memory entries = claimed(1, "no");
        JobId jobId = market.hashOrder(entries[0].order);
        bytes32 before = keccak256(abi.encode(market.jobOf(jobId)));

        market.submitResults(entries);

        assertEq(keccak256(abi.encode(market.jobOf(jobId))), before);
        market.submitResult(entries[0].order, resultWith("final"));
    }

    /// @dev The same job twice: the first entry pays, the second finds it answered.
    function test_submitResults_skipsASecondEntryOfOneJob() external {
        Submission[] memory entries = claimed(2, "final");
        entries[1] = entries[0];
        JobId jobId = market.hashOrder(entries[0].order);

        vm.expectEmit();
        emit IJobMarket.EntrySkipped(jobId, 1, SkipReason.WrongState);
        market.submitResults(entries);

        assertEq(freeOf(WORKER), 0.925 ether);
    }

    function test_submitResults_skipsTheJobsOfAnAssuranceThatFails() external {
        Submission[] memory entries = new Submission[](3);
        for (uint256 i = 0; i < 3; ++i) {
            entries[i] = Submission({order: fakeOrder(), result: resultWith("final")});
            entries[i].order.nonce = i;
            if (i == 1) entries[i].order.assurance = address(failing);
            request(entries[i].order);
            claim(entries[i].order);
        }
        JobId failed = market.hashOrder(entries[1].order);

        vm.expectEmit();
        emit IJobMarket.EntrySkipped(failed, 1, SkipReason.AssuranceFailed);
        market.submitResults(entries);

        assertState(failed, JobState.Claimed);
        assertState(market.hashOrder(entries[0].order), JobState.Settled);
        assertState(market.hashOrder(entries[2].order), JobState.Settled);
    }

    function test_submitResults_skipsAVerdictThatComesTooLate() external {
        assurance.setWindow(5_001);
        Submission[] memory entries = claimed(2, "pending");
        entries[1].result.evidence = "final";
        JobId tooLate = market.hashOrder(entries[0].order);

        market.submitResults(entries);

        assertState(tooLate, JobState.Claimed);
        assertState(market.hashOrder(entries[1].order), JobState.Settled);
    }

    function test_submitResults_holdsPendingAnswers() external {
        Submission[] memory entries = claimed(2, "pending");

        market.submitResults(entries);

        for (uint256 i = 0; i < 2; ++i) {
            assertState(market.hashOrder(entries[i].order), JobState.Answered);
            assertEq(market.jobOf(market.hashOrder(entries[i].order)).due, START + 300);
        }
    }

    /// @dev 16: a batch does what the same calls do one by one.
    function testFuzz_submitResults_equalsOneByOne(uint256 kinds) external {
        string[3] memory evidence = ["final", "no", "pending"];
        Submission[] memory batch = claimed(4, "");
        Submission[] memory single = new Submission[](4);
        for (uint256 i = 0; i < 4; ++i) {
            batch[i].result.evidence = bytes(evidence[(kinds >> (8 * i)) % 3]);
            single[i] = abi.decode(abi.encode(batch[i]), (Submission));
            single[i].order.nonce += 50;
            request(single[i].order);
            claim(single[i].order);
        }

        uint256 before = freeOf(WORKER);
        market.submitResults(batch);
        uint256 paid = freeOf(WORKER) - before;
        for (uint256 i = 0; i < 4; ++i) {
            try market.submitResult(single[i].order, single[i].result) {} catch {}
        }

        assertEq(freeOf(WORKER) - before, 2 * paid);
        for (uint256 i = 0; i < 4; ++i) {
            assertEq(
                keccak256(abi.encode(market.jobOf(market.hashOrder(batch[i].order)))),
                keccak256(abi.encode(market.jobOf(market.hashOrder(single[i].order))))
            );
        }
    }

    function claimed(uint256 count, bytes memory evidence) private returns (Submission[] memory entries) {
        entries = new Submission[](count);
        for (uint256 i = 0; i < count; ++i) {
            entries[i] = Submission({order: fakeOrder(), result: resultWith(evidence)});
            entries[i].order.nonce = i;
            request(entries[i].order);
            claim(entries[i].order);
        }
    }
}
