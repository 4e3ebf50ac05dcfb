// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AuditAssurance} from "../../contracts/assurance/AuditAssurance.sol";
import {IAssurance} from "../../contracts/interfaces/IAssurance.sol";
import {IAuditAssurance} from "../../contracts/interfaces/IAuditAssurance.sol";
import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {JobCase, JobId, JobOrder, JobResult, JobState, Submission} from "../../contracts/interfaces/JobTypes.sol";
import {AssuranceTest} from "./AssuranceTest.sol";

/// @notice Cheat codes of these tests alone.
interface BlockVm {
    function roll(uint256 blockNumber) external;
    function setBlockhash(uint256 blockNumber, bytes32 blockHash) external;
}

contract AuditAssuranceTest is AssuranceTest {
    uint256 private constant FIRST_BLOCK = 1_001;
    /// @dev The first multiple of 8 that is at least 64 blocks after {FIRST_BLOCK}.
    uint256 private constant DRAW_BLOCK = 1_072;
    uint16 private constant PROBABILITY_BPS = 2_000;
    uint96 private constant BOND = 20 ether;
    BlockVm private constant BLOCKS = BlockVm(address(vm));

    AuditAssurance private audit;
    /// @dev The same, with this test for its market.
    AuditAssurance private direct;

    function setUp() public override {
        super.setUp();
        audit = deploy(market);
        direct = deploy(IJobMarket(address(this)));
        list(address(audit));
        BLOCKS.roll(FIRST_BLOCK);
    }

    function deploy(IJobMarket asked) private returns (AuditAssurance) {
        return new AuditAssurance(
            AuditAssurance.AuditParams({
                market: asked,
                proofVerifier: models.proofVerifier(),
                drawBlocks: 64,
                minDrawSeconds: 900
            })
        );
    }

    function order() private view returns (JobOrder memory made) {
        made = fakeOrder();
        made.assurance = address(audit);
        made.bond = BOND;
        made.assuranceData = terms(PROBABILITY_BPS, 1_000, 600);
    }

    function terms(uint16 probabilityBps, uint32 drawSeconds, uint32 defenceSeconds) private pure returns (bytes memory) {
        return abi.encode(IAuditAssurance.AuditTerms(probabilityBps, drawSeconds, defenceSeconds));
    }

    /// @dev A job that the operator answered with 42, at `START` in {FIRST_BLOCK}.
    function answered() private returns (JobOrder memory made, JobId jobId) {
        made = order();
        jobId = requestAndClaim(made);
        market.submitResult(made, signedResult(audit, jobId, OPERATOR, 42, OPERATOR_KEY));
    }

    /// @dev A `prevrandao` that draws the job, or one that does not. It may be zero, which is as good as any.
    function chance(JobId jobId, bool drawn) private view returns (bytes32 prevRandao) {
        uint256 seed = 0;
        while (audit.isDrawn(lotOf(bytes32(seed)), jobId, OPERATOR, PROBABILITY_BPS) != drawn) ++seed;
        return bytes32(seed);
    }

    function lotOf(bytes32 prevRandao) private pure returns (bytes32) {
        return keccak256(abi.encode(prevRandao));
    }

    /// @dev RLP of a header with 14 members, all empty but the number and the lot.
    function header(uint256 blockNumber, bytes32 prevRandao) private pure returns (bytes memory) {
        bytes memory members = bytes.concat(
            hex"8080808080808080", hex"82", bytes2(uint16(blockNumber)), hex"80808080", hex"a0", prevRandao
        );
        return bytes.concat(bytes1(uint8(0xc0 + members.length)), members);
    }

    /// @dev Makes a block of the past whose lot is `prevRandao`, and records it.
    function record(AuditAssurance to, bytes32 prevRandao) private {
        bytes memory made = header(DRAW_BLOCK, prevRandao);
        BLOCKS.roll(DRAW_BLOCK + 5);
        BLOCKS.setBlockhash(DRAW_BLOCK, keccak256(made));
        to.recordBlock(made);
    }

    function expectTerms(bytes memory data, bytes memory revertData) private {
        JobOrder memory made = order();
        made.assuranceData = data;
        vm.expectRevert(revertData);
        audit.checkTerms(made);
    }

    // checkTerms

    function test_checkTerms_reverts() public {
        expectTerms(hex"00", abi.encodeWithSelector(IAuditAssurance.TermsMalformed.selector, 1));
        expectTerms(terms(0, 1_000, 600), abi.encodeWithSelector(IAuditAssurance.ProbabilityInvalid.selector, 0));
        expectTerms(
            terms(10_001, 1_000, 600), abi.encodeWithSelector(IAuditAssurance.ProbabilityInvalid.selector, 10_001)
        );
        expectTerms(
            terms(2_000, 899, 600), abi.encodeWithSelector(IAuditAssurance.DrawTooShort.selector, 899, 900)
        );
        expectTerms(
            terms(2_000, 1_000, 299), abi.encodeWithSelector(IAuditAssurance.DefenceTooShort.selector, 299, 300)
        );
        expectTerms(
            terms(2_000, 1_000, 1_401),
            abi.encodeWithSelector(IAuditAssurance.WindowsTooLong.selector, START + 5_001, START + 5_000)
        );
        expectTerms(
            terms(1_999, 1_000, 600),
            abi.encodeWithSelector(IAuditAssurance.BondTooLow.selector, BOND, 20_010_005_002_501_250_626)
        );

        JobOrder memory made = order();
        made.token = address(token);
        vm.expectRevert(abi.encodeWithSelector(IAuditAssurance.TokenNotStake.selector, address(token), NATIVE));
        audit.checkTerms(made);
    }

    /// @dev What is enforced is what DESIGN says: p · bond ≥ k · price, k = 2, whatever the numbers.
    function testFuzz_checkTerms_enforcesBondAgainstPrice(uint256 bps, uint96 bond, uint96 maxPrice) public {
        JobOrder memory made = order();
        uint16 probabilityBps = uint16(bound(bps, 1, 10_000));
        made.assuranceData = terms(probabilityBps, 1_000, 600);
        (made.bond, made.maxPrice) = (bond, maxPrice);

        if (uint256(bond) * probabilityBps < 2 * uint256(maxPrice) * 10_000) vm.expectRevert();
        audit.checkTerms(made);
    }

    function test_verdicts_revertForAnybodyButTheMarket() public {
        JobOrder memory made = order();
        JobResult memory result = provedResult();
        (JobCase[] memory cases, Submission[] memory submissions) = batchOf(made, result);
        bytes memory notMarket = abi.encodeWithSelector(IAuditAssurance.NotMarket.selector, STRANGER);
        vm.startPrank(STRANGER);

        vm.expectRevert(notMarket);
        audit.judge(PROVED_JOB, made, OPERATOR, 1, result);
        vm.expectRevert(notMarket);
        audit.judgeBatch(cases, submissions);
        vm.expectRevert(notMarket);
        audit.challenge(PROVED_JOB, made, OPERATOR, STRANGER, "");
        vm.expectRevert(notMarket);
        audit.defend(PROVED_JOB, made, OPERATOR, 1, result);
        vm.expectRevert(notMarket);
        audit.finalize(PROVED_JOB, made, OPERATOR, result.outputs);
        vm.stopPrank();
    }

    // judge

    /// @dev S0-ESC-3: nobody answers in a worker's name.
    function test_judge_rejectsAnswersThatTheWorkerDidNotSign() public {
        JobOrder memory made = order();
        JobId jobId = requestAndClaim(made);
        JobResult memory result = signedResult(audit, jobId, OPERATOR, 42, STRANGER_KEY);

        vm.expectRevert(rejected(jobId));
        market.submitResult(made, result);
        vm.expectRevert(rejected(jobId));
        market.submitResult(made, resultWith(""));
        vm.expectRevert(rejected(jobId));
        market.submitResult(made, resultWith(new bytes(256)));
    }

    /// @dev The draw is fixed before anybody knows it.
    function test_judge_fixesTheDrawInALaterBlock() public {
        (, JobId jobId) = answered();

        assertEq(audit.drawBlockOf(jobId, OPERATOR), DRAW_BLOCK);
        assertEq(market.jobOf(jobId).due, START + 1_000);
    }

    function test_judge_isFinalForAnAnswerWithItsProof() public {
        JobOrder memory made = provedOrder(order());

        assertKind(
            direct.judge(PROVED_JOB, made, OPERATOR, provedBinding(), provedResult()), IAssurance.VerdictKind.Final
        );
    }

    function test_judgeBatch_answersGoodEntriesAndSkipsBadOnes() public {
        Submission[] memory entries = new Submission[](2);
        JobId[] memory ids = new JobId[](2);
        for (uint256 i = 0; i < 2; ++i) {
            entries[i].order = order();
            entries[i].order.nonce = 20 + i;
            ids[i] = requestAndClaim(entries[i].order);
            entries[i].result = signedResult(audit, ids[i], OPERATOR, 42, i == 0 ? STRANGER_KEY : SIGNER_KEY);
        }

        market.submitResults(entries);

        assertState(ids[0], JobState.Claimed);
        assertState(ids[1], JobState.Answered);
    }

    // recordBlock

    function test_recordBlock_revertsForAllButARealHeader() public {
        BLOCKS.roll(DRAW_BLOCK + 5);
        bytes memory real = header(DRAW_BLOCK, keccak256("lot"));
        BLOCKS.setBlockhash(DRAW_BLOCK, keccak256(real));

        bytes[3] memory wrong = [
            header(DRAW_BLOCK, keccak256("another lot")),
            header(DRAW_BLOCK + 1, keccak256("lot")),
            header(DRAW_BLOCK + 5, keccak256("lot"))
        ];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(IAuditAssurance.HeaderUnknown.selector);
            audit.recordBlock(wrong[i]);
        }
        vm.expectRevert();
        audit.recordBlock("");
        vm.expectRevert();
        audit.recordBlock(bytes.concat(real, hex"00"));
    }

    /// @dev Who calls and when changes nothing: the lot is the block's own.
    function test_recordBlock_givesEverybodyTheSameLot() public {
        bytes32 prevRandao = keccak256("lot");
        record(audit, prevRandao);
        assertEq(audit.lotOf(DRAW_BLOCK), lotOf(prevRandao));

        BLOCKS.roll(DRAW_BLOCK + 200);
        BLOCKS.setBlockhash(DRAW_BLOCK, keccak256(header(DRAW_BLOCK, prevRandao)));
        vm.prank(STRANGER);
        audit.recordBlock(header(DRAW_BLOCK, prevRandao));

        assertEq(audit.lotOf(DRAW_BLOCK), lotOf(prevRandao));
    }

    // finalize

    function test_finalize_revertsBeforeTheDrawIsOver() public {
        (JobOrder memory made, JobId jobId) = answered();
        record(audit, chance(jobId, false));
        vm.warp(START + 1_000);

        vm.expectRevert(abi.encodeWithSelector(IJobMarket.DeadlineNotPassed.selector, START + 1_000, START + 1_000));
        market.finalizeJob(made, words(42));
    }

    function test_finalize_rejectsAJobThatItHasNoAnswerOf() public {
        assertKind(direct.finalize(PROVED_JOB, order(), OPERATOR, words(42)), IAssurance.VerdictKind.Rejected);
    }

    function test_finalize_revertsForOtherOutputs() public {
        (JobOrder memory made, JobId jobId) = answered();
        record(audit, chance(jobId, false));
        vm.warp(START + 1_001);

        vm.expectRevert(rejected(jobId));
        market.finalizeJob(made, words(43));
    }

    function test_finalize_paysAnAnswerThatWasNotDrawn() public {
        (JobOrder memory made, JobId jobId) = answered();
        record(audit, chance(jobId, false));
        vm.warp(START + 1_001);

        market.finalizeJob(made, words(42));

        assertState(jobId, JobState.Settled);
        assertEq(freeOf(OPERATOR), 0.925 ether);
        assertEq(audit.drawBlockOf(jobId, OPERATOR), 0);
    }

    /// @dev S2-ESC-2: a drawn answer freezes the payout until it is proved; without proof the bond is the requester's.
    function test_finalize_demandsAProofOfADrawnAnswer() public {
        (JobOrder memory made, JobId jobId) = answered();
        record(audit, chance(jobId, true));
        vm.warp(START + 1_001);
        market.finalizeJob(made, words(42));
        assertState(jobId, JobState.Challenged);
        assertEq(market.jobOf(jobId).due, START + 1_601);

        vm.warp(START + 1_601);
        vm.expectRevert(rejected(jobId));
        market.finalizeJob(made, words(42));
        vm.warp(START + 1_602);
        vm.prank(OPERATOR);
        market.finalizeJob(made, words(42));

        assertState(jobId, JobState.Requested);
        assertEq(workers.slashedCreditOf(REQUESTER), BOND * 9 / 10);
        // Who enforces gets nothing, or a worker would fetch a part of its own bond.
        assertEq(workers.slashedCreditOf(OPERATOR), 0);
    }

    /// @dev Waiting a bad draw out, or hoping that nobody calls, is no way around the proof.
    function test_finalize_demandsAProofWhenTheDrawWasMissed() public {
        (JobOrder memory made, JobId jobId) = answered();
        BLOCKS.roll(DRAW_BLOCK + 10_000);
        vm.warp(START + 1_001);

        market.finalizeJob(made, words(42));

        assertState(jobId, JobState.Challenged);
    }

    /// @dev A header that comes late still counts for a worker that was not drawn, until somebody finalizes.
    function test_finalize_acceptsALateRecord() public {
        (JobOrder memory made, JobId jobId) = answered();
        vm.warp(START + 3_000);
        record(audit, chance(jobId, false));

        market.finalizeJob(made, words(42));

        assertState(jobId, JobState.Settled);
    }

    /// @dev 9: what comes late has less time, and after the final deadline one call by anyone ends the job.
    function testFuzz_finalize_endsWhateverIsLate(uint256 delay, bool recorded, bool drawn) public {
        (JobOrder memory made, JobId jobId) = answered();
        if (recorded) record(audit, chance(jobId, drawn));
        uint256 time = START + bound(delay, 1_001, 10_000);
        vm.warp(time);

        vm.prank(STRANGER);
        market.finalizeJob(made, words(42));

        if (recorded && !drawn) {
            assertState(jobId, JobState.Settled);
            return;
        }
        if (time < START + 5_000) {
            uint256 until = market.jobOf(jobId).due;
            assertEq(until, time + 600 < START + 5_000 ? time + 600 : START + 5_000);
            vm.warp(START + 5_001);
            market.finalizeJob(made, words(42));
        }
        assertState(jobId, JobState.Refunded);
        assertEq(workers.workerOf(OPERATOR).bonded, 0);
    }

    // defend

    function test_defend_rejectsAllButTheProofOfTheAnswer() public {
        JobOrder memory made = drawnDirectly();
        JobResult memory good = provedResult();

        assertRejected(made, provedBinding() + 1, good);
        assertRejected(order(), provedBinding(), good);
        JobResult memory bad = provedResult();
        bad.outputs[0] += 1;
        assertRejected(made, provedBinding(), bad);
        bad = provedResult();
        bad.evidence[10] ^= 0x01;
        assertRejected(made, provedBinding(), bad);
    }

    function test_defend_rejectsBeforeAProofIsDue() public {
        JobOrder memory made = provedOrder(order());
        direct.judge(PROVED_JOB, made, OPERATOR, 1, provedAnswer(direct));

        assertRejected(made, provedBinding(), provedResult());
    }

    function test_defend_acceptsTheProof() public {
        JobOrder memory made = drawnDirectly();

        assertKind(
            direct.defend(PROVED_JOB, made, OPERATOR, provedBinding(), provedResult()), IAssurance.VerdictKind.Final
        );
        assertRejected(made, provedBinding(), provedResult());
    }

    // A second answer

    function test_challenge_reverts() public {
        (JobOrder memory made, JobId jobId) = answered();
        bytes memory same = doubleAnswer(audit, jobId, 42, OPERATOR_KEY);
        bytes memory second = doubleAnswer(audit, jobId, 43, OPERATOR_KEY);

        vm.expectRevert();
        market.challengeJob(made, "");
        vm.expectRevert(abi.encodeWithSelector(IAuditAssurance.NoDoubleAnswer.selector, jobId));
        market.challengeJob(made, same);
        vm.expectRevert(abi.encodeWithSelector(IAuditAssurance.ValueUnexpected.selector, 1));
        vm.prank(STRANGER);
        market.challengeJob{value: 1}(made, second);
        vm.expectRevert(abi.encodeWithSelector(IAuditAssurance.NotPending.selector, PROVED_JOB));
        direct.challenge(PROVED_JOB, made, OPERATOR, STRANGER, second);
    }

    /// @dev S3-ESC-1: a worker that was drawn cannot save a part of its bond by showing its own second answer.
    function test_challenge_slashesAWorkerThatSignedTwoAnswers() public {
        (JobOrder memory made, JobId jobId) = answered();
        bytes memory second = doubleAnswer(audit, jobId, 43, SIGNER_KEY);

        vm.prank(OPERATOR);
        market.challengeJob(made, second);

        assertState(jobId, JobState.Requested);
        assertEq(workers.slashedCreditOf(REQUESTER), BOND * 9 / 10);
        assertEq(workers.slashedCreditOf(OPERATOR), 0);
    }

    // isDrawn

    function test_isDrawn_isCertainAtOneAndFreshForEachJobAndWorker() public view {
        bytes32 lot = keccak256("lot");
        uint256 differ = 0;
        uint256 drawn = 0;
        for (uint256 i = 0; i < 1_000; ++i) {
            JobId jobId = JobId.wrap(bytes32(i));
            assertTrue(audit.isDrawn(lot, jobId, OPERATOR, 10_000), "certain");
            bool own = audit.isDrawn(lot, jobId, OPERATOR, PROBABILITY_BPS);
            if (own) ++drawn;
            if (own != audit.isDrawn(lot, jobId, WORKER, PROBABILITY_BPS)) ++differ;
        }

        // A fifth of a thousand, give or take five standard deviations.
        assertTrue(drawn > 137 && drawn < 263, "a fifth");
        assertTrue(differ > 250 && differ < 390, "independent");
    }

    // Shared steps

    /// @dev The fixture's answer, drawn, in the instance that this test is the market of.
    function drawnDirectly() private returns (JobOrder memory made) {
        made = provedOrder(order());
        direct.judge(PROVED_JOB, made, OPERATOR, 1, provedAnswer(direct));
        vm.warp(START + 1_001);
        assertKind(
            direct.finalize(PROVED_JOB, made, OPERATOR, provedResult().outputs), IAssurance.VerdictKind.Pending
        );
    }

    function assertRejected(JobOrder memory made, uint256 binding, JobResult memory result) private {
        assertKind(direct.defend(PROVED_JOB, made, OPERATOR, binding, result), IAssurance.VerdictKind.Rejected);
    }

    function assertKind(IAssurance.Verdict memory verdict, IAssurance.VerdictKind kind) private pure {
        assertEq(uint256(verdict.kind), uint256(kind));
    }
}
