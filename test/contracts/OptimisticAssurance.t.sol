// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OptimisticAssurance} from "../../contracts/assurance/OptimisticAssurance.sol";
import {IAssurance} from "../../contracts/interfaces/IAssurance.sol";
import {ICredits} from "../../contracts/interfaces/ICredits.sol";
import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IOptimisticAssurance} from "../../contracts/interfaces/IOptimisticAssurance.sol";
import {IProofVerifier} from "../../contracts/interfaces/IProofVerifier.sol";
import {JobCase, JobId, JobOrder, JobResult, JobState, Submission} from "../../contracts/interfaces/JobTypes.sol";
import {AssuranceTest} from "./AssuranceTest.sol";

/// @notice Takes its credit and tries to take it again while it is being paid.
contract Reenterer {
    ICredits public immutable debtor;
    bool public reentered;

    constructor(ICredits debtor_) {
        debtor = debtor_;
    }

    receive() external payable {
        try debtor.withdrawCredit(address(this)) {
            reentered = true;
        } catch {}
    }

    function challenge(IJobMarket market, JobOrder calldata order) external payable {
        market.challengeJob{value: msg.value}(order, "");
    }

    function withdraw() external {
        debtor.withdrawCredit(address(this));
    }
}

contract OptimisticAssuranceTest is AssuranceTest {
    uint96 private constant MIN_BOND = 0.001 ether;
    uint96 private constant CHALLENGE_BOND = 0.01 ether;

    OptimisticAssurance private optimistic;
    /// @dev The same, with this test for its market.
    OptimisticAssurance private direct;

    function setUp() public override {
        super.setUp();
        optimistic = new OptimisticAssurance(market, models.proofVerifier(), MIN_BOND);
        direct = new OptimisticAssurance(IJobMarket(address(this)), models.proofVerifier(), MIN_BOND);
        list(address(optimistic));
    }

    function order() private view returns (JobOrder memory made) {
        made = fakeOrder();
        made.assurance = address(optimistic);
        made.assuranceData = terms(600, 900, CHALLENGE_BOND);
    }

    function terms(uint32 windowSeconds, uint32 defenceSeconds, uint96 bond) private pure returns (bytes memory) {
        return abi.encode(IOptimisticAssurance.OptimisticTerms(windowSeconds, defenceSeconds, bond));
    }

    /// @dev A job that the operator answered with 42, at `START`.
    function answered() private returns (JobOrder memory made, JobId jobId) {
        made = order();
        jobId = requestAndClaim(made);
        market.submitResult(made, signedResult(optimistic, jobId, OPERATOR, 42, OPERATOR_KEY));
    }

    function challenged() private returns (JobOrder memory made, JobId jobId) {
        (made, jobId) = answered();
        vm.prank(STRANGER);
        market.challengeJob{value: CHALLENGE_BOND}(made, "");
    }

    function expectTerms(bytes memory data, bytes memory revertData) private {
        JobOrder memory made = order();
        made.assuranceData = data;
        vm.expectRevert(revertData);
        optimistic.checkTerms(made);
    }

    // checkTerms

    function test_checkTerms_reverts() public {
        expectTerms("", abi.encodeWithSelector(IOptimisticAssurance.TermsMalformed.selector, 0));
        expectTerms(
            bytes.concat(terms(600, 900, CHALLENGE_BOND), hex"00"),
            abi.encodeWithSelector(IOptimisticAssurance.TermsMalformed.selector, 97)
        );
        expectTerms(
            terms(59, 900, CHALLENGE_BOND), abi.encodeWithSelector(IOptimisticAssurance.WindowTooShort.selector, 59, 60)
        );
        expectTerms(
            terms(600, 299, CHALLENGE_BOND),
            abi.encodeWithSelector(IOptimisticAssurance.DefenceTooShort.selector, 299, 300)
        );
        expectTerms(
            terms(600, 900, MIN_BOND - 1),
            abi.encodeWithSelector(IOptimisticAssurance.ChallengeBondTooLow.selector, MIN_BOND - 1, MIN_BOND)
        );
        expectTerms(
            terms(600, 1_801, CHALLENGE_BOND),
            abi.encodeWithSelector(IOptimisticAssurance.WindowsTooLong.selector, START + 5_001, START + 5_000)
        );

        JobOrder memory made = order();
        made.bond = 0;
        vm.expectRevert(IOptimisticAssurance.WorkerBondZero.selector);
        optimistic.checkTerms(made);
        vm.expectRevert(IOptimisticAssurance.WorkerBondZero.selector);
        vm.prank(REQUESTER);
        market.requestJob{value: made.maxPrice}(made);
    }

    function test_checkTerms_acceptsWindowsThatJustFit() public view {
        JobOrder memory made = order();
        made.assuranceData = terms(600, 1_800, MIN_BOND);

        optimistic.checkTerms(made);
    }

    function test_constructor_revertsWithoutLeastBond() public {
        IProofVerifier verifier = models.proofVerifier();

        vm.expectRevert(abi.encodeWithSelector(IOptimisticAssurance.ChallengeBondTooLow.selector, 0, 1));
        new OptimisticAssurance(market, verifier, 0);
    }

    // Who may call

    function test_verdicts_revertForAnybodyButTheMarket() public {
        JobOrder memory made = order();
        JobResult memory result = provedResult();
        (JobCase[] memory cases, Submission[] memory submissions) = batchOf(made, result);
        bytes memory notMarket = abi.encodeWithSelector(IOptimisticAssurance.NotMarket.selector, STRANGER);
        vm.startPrank(STRANGER);

        vm.expectRevert(notMarket);
        optimistic.judge(PROVED_JOB, made, OPERATOR, 1, result);
        vm.expectRevert(notMarket);
        optimistic.judgeBatch(cases, submissions);
        vm.expectRevert(notMarket);
        optimistic.challenge(PROVED_JOB, made, OPERATOR, STRANGER, "");
        vm.expectRevert(notMarket);
        optimistic.defend(PROVED_JOB, made, OPERATOR, 1, result);
        vm.expectRevert(notMarket);
        optimistic.finalize(PROVED_JOB, made, OPERATOR, result.outputs);
        vm.stopPrank();
    }

    // judge

    /// @dev S0-ESC-3: nobody answers in a worker's name.
    function test_judge_rejectsAnswersThatTheWorkerDidNotSign_S2_KEY_3() public {
        JobOrder memory made = order();
        JobId jobId = requestAndClaim(made);
        JobResult[] memory wrong = new JobResult[](6);
        wrong[0] = resultWith("");
        wrong[1] = signedResult(optimistic, jobId, OPERATOR, 42, STRANGER_KEY);
        wrong[2] = signedResult(optimistic, jobId, OPERATOR, 42, OPERATOR_KEY);
        wrong[2].outputs[0] = 43;
        wrong[3] = signedResult(optimistic, PROVED_JOB, OPERATOR, 42, OPERATOR_KEY);
        wrong[4] = signedResult(optimistic, jobId, WORKER, 42, OPERATOR_KEY);
        wrong[5] = signedResult(direct, jobId, OPERATOR, 42, OPERATOR_KEY);

        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(rejected(jobId));
            market.submitResult(made, wrong[i]);
        }
        assertState(jobId, JobState.Claimed);
    }

    /// @dev Another operator's signature is no better than a stranger's.
    function test_judge_rejectsAnotherOperatorsSignature() public {
        vm.deal(vm.addr(STRANGER_KEY), 10 ether);
        vm.prank(vm.addr(STRANGER_KEY));
        workers.registerWorker{value: 1 ether}(vm.addr(STRANGER_KEY), "other");
        JobOrder memory made = order();
        JobId jobId = requestAndClaim(made);
        JobResult memory result = signedResult(optimistic, jobId, OPERATOR, 42, STRANGER_KEY);

        vm.expectRevert(rejected(jobId));
        market.submitResult(made, result);
    }

    function test_judge_rejectsAWrongProof() public {
        JobOrder memory made = provedOrder(order());
        JobResult memory result = provedResult();

        assertKind(direct.judge(PROVED_JOB, made, OPERATOR, provedBinding() + 1, result), IAssurance.VerdictKind.Rejected);
        result.outputs[0] += 1;
        assertKind(direct.judge(PROVED_JOB, made, OPERATOR, provedBinding(), result), IAssurance.VerdictKind.Rejected);
    }

    function test_judge_acceptsTheOperatorsAndTheSignersSignature_S2_KEY_3() public {
        JobOrder memory made = order();
        JobId jobId = requestAndClaim(made);
        market.submitResult(made, signedResult(optimistic, jobId, OPERATOR, 42, SIGNER_KEY));
        assertState(jobId, JobState.Answered);
        assertEq(market.jobOf(jobId).due, block.timestamp + 600);

        made.nonce = 8;
        jobId = requestAndClaim(made);
        market.submitResult(made, signedResult(optimistic, jobId, OPERATOR, 42, OPERATOR_KEY));
        assertState(jobId, JobState.Answered);
    }

    function test_judge_isFinalForAnAnswerWithItsProof() public {
        IAssurance.Verdict memory verdict =
            direct.judge(PROVED_JOB, provedOrder(order()), OPERATOR, provedBinding(), provedResult());

        assertKind(verdict, IAssurance.VerdictKind.Final);
    }

    /// @dev One bad entry does not hold the others up, and a batch says what single calls say.
    function test_judgeBatch_answersGoodEntriesAndSkipsBadOnes() public {
        Submission[] memory entries = new Submission[](3);
        JobId[] memory ids = new JobId[](3);
        for (uint256 i = 0; i < 3; ++i) {
            entries[i].order = order();
            entries[i].order.nonce = 20 + i;
            ids[i] = requestAndClaim(entries[i].order);
            entries[i].result = signedResult(optimistic, ids[i], OPERATOR, 42, i == 1 ? STRANGER_KEY : SIGNER_KEY);
        }

        market.submitResults(entries);

        assertState(ids[0], JobState.Answered);
        assertState(ids[1], JobState.Claimed);
        assertState(ids[2], JobState.Answered);
    }

    // challenge

    function test_challenge_revertsWithoutAPendingAnswer() public {
        JobOrder memory made = order();
        JobId jobId = requestAndClaim(made);

        vm.expectRevert(wrongState(jobId, JobState.Answered, JobState.Claimed));
        vm.prank(STRANGER);
        market.challengeJob{value: CHALLENGE_BOND}(made, "");
        vm.expectRevert(abi.encodeWithSelector(IOptimisticAssurance.NotPending.selector, PROVED_JOB));
        direct.challenge{value: CHALLENGE_BOND}(PROVED_JOB, made, OPERATOR, STRANGER, "");
    }

    function test_challenge_revertsAfterTheWindow() public {
        (JobOrder memory made,) = answered();
        vm.warp(START + 601);

        vm.expectRevert(abi.encodeWithSelector(IJobMarket.DeadlinePassed.selector, START + 600, START + 601));
        vm.prank(STRANGER);
        market.challengeJob{value: CHALLENGE_BOND}(made, "");
    }

    /// @dev Dust does not make a worker prove, and too much is not swallowed.
    function test_challenge_revertsWithAnotherBond() public {
        (JobOrder memory made,) = answered();
        vm.startPrank(STRANGER);

        uint256[3] memory bonds = [uint256(0), CHALLENGE_BOND - 1, CHALLENGE_BOND + 1];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IOptimisticAssurance.ChallengeBondWrong.selector, bonds[i], CHALLENGE_BOND)
            );
            market.challengeJob{value: bonds[i]}(made, "");
        }
        vm.stopPrank();
    }

    function test_challenge_revertsForTheWorkerItself() public {
        (JobOrder memory made,) = answered();

        vm.expectRevert(abi.encodeWithSelector(IOptimisticAssurance.SelfChallenge.selector, OPERATOR));
        vm.prank(OPERATOR);
        market.challengeJob{value: CHALLENGE_BOND}(made, "");
    }

    function test_challenge_revertsTheSecondTime() public {
        (JobOrder memory made, JobId jobId) = challenged();

        vm.expectRevert(wrongState(jobId, JobState.Answered, JobState.Challenged));
        vm.prank(STRANGER);
        market.challengeJob{value: CHALLENGE_BOND}(made, "");

        direct.judge(PROVED_JOB, made, OPERATOR, 1, provedAnswer(direct));
        direct.challenge{value: CHALLENGE_BOND}(PROVED_JOB, made, OPERATOR, STRANGER, "");
        vm.expectRevert(abi.encodeWithSelector(IOptimisticAssurance.NotPending.selector, PROVED_JOB));
        direct.challenge{value: CHALLENGE_BOND}(PROVED_JOB, made, OPERATOR, STRANGER, "");
    }

    /// @dev S2-ESC-2: a challenge freezes the payout, at any second of the window.
    function testFuzz_challenge_freezesThePayout(uint256 delay) public {
        (JobOrder memory made, JobId jobId) = answered();
        uint256 time = START + bound(delay, 0, 600);
        vm.warp(time);

        vm.prank(STRANGER);
        market.challengeJob{value: CHALLENGE_BOND}(made, "");

        (address challenger, uint40 until) = optimistic.challengeOf(jobId);
        assertEq(challenger, STRANGER);
        assertEq(until, time + 900);
        assertState(jobId, JobState.Challenged);
        vm.warp(until);
        vm.expectRevert(rejected(jobId));
        market.finalizeJob(made, words(42));
        assertEq(address(optimistic).balance, CHALLENGE_BOND);
        assertEq(freeOf(OPERATOR), 0);
    }

    // A second answer

    function test_challenge_revertsWithoutASecondSignedAnswer() public {
        (JobOrder memory made, JobId jobId) = answered();
        bytes memory none = abi.encodeWithSelector(IOptimisticAssurance.NoDoubleAnswer.selector, jobId);
        bytes[3] memory data = [
            doubleAnswer(optimistic, jobId, 42, OPERATOR_KEY),
            doubleAnswer(optimistic, jobId, 43, STRANGER_KEY),
            doubleAnswer(optimistic, PROVED_JOB, 43, OPERATOR_KEY)
        ];

        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(none);
            market.challengeJob(made, data[i]);
        }
        bytes memory good = doubleAnswer(optimistic, jobId, 43, OPERATOR_KEY);
        vm.expectRevert(abi.encodeWithSelector(IOptimisticAssurance.ChallengeBondWrong.selector, 1, 0));
        vm.prank(STRANGER);
        market.challengeJob{value: 1}(made, good);
    }

    /// @dev S3-ESC-1: two signed answers to one job slash their worker, without a bond, in one transaction.
    function test_challenge_slashesAWorkerThatSignedTwoAnswers() public {
        (JobOrder memory made, JobId jobId) = answered();
        bytes memory proof = doubleAnswer(optimistic, jobId, 43, SIGNER_KEY);

        vm.prank(STRANGER);
        market.challengeJob(made, proof);

        assertState(jobId, JobState.Requested);
        assertEq(workers.workerOf(OPERATOR).bonded, 0);
        assertEq(workers.slashedCreditOf(REQUESTER), made.bond / 2);
        assertEq(workers.slashedCreditOf(STRANGER), made.bond * 4 / 10);
    }

    // defend

    function test_defend_rejectsAllButTheProofOfTheAnswer() public {
        JobOrder memory made = provedOrder(order());
        direct.judge(PROVED_JOB, made, OPERATOR, 1, provedAnswer(direct));
        JobResult memory good = provedResult();
        assertKind(direct.defend(PROVED_JOB, made, OPERATOR, provedBinding(), good), IAssurance.VerdictKind.Rejected);
        direct.challenge{value: CHALLENGE_BOND}(PROVED_JOB, made, OPERATOR, STRANGER, "");

        // A proof copied from another job or worker has another binding.
        assertRejected(made, provedBinding() + 1, good);
        assertRejected(order(), provedBinding(), good);
        JobResult memory bad = provedResult();
        bad.outputs[1] += 1;
        assertRejected(made, provedBinding(), bad);
        bad = provedResult();
        bad.evidence[200] ^= 0x01;
        assertRejected(made, provedBinding(), bad);
        bad.evidence = signWith(OPERATOR_KEY, direct.hashAnswer(PROVED_JOB, OPERATOR, bad.outputs));
        assertRejected(made, provedBinding(), bad);
        assertEq(direct.creditOf(OPERATOR), 0);
    }

    /// @dev A right proof of another answer than the one that was given is no defence.
    function test_defend_rejectsTheProofOfAnotherAnswer() public {
        JobOrder memory made = provedOrder(order());
        direct.judge(PROVED_JOB, made, OPERATOR, 1, signedResult(direct, PROVED_JOB, OPERATOR, 42, OPERATOR_KEY));
        direct.challenge{value: CHALLENGE_BOND}(PROVED_JOB, made, OPERATOR, STRANGER, "");

        assertRejected(made, provedBinding(), provedResult());
    }

    function test_defend_paysTheChallengersBondToTheWorker() public {
        JobOrder memory made = provedOrder(order());
        direct.judge(PROVED_JOB, made, OPERATOR, 1, provedAnswer(direct));
        direct.challenge{value: CHALLENGE_BOND}(PROVED_JOB, made, OPERATOR, STRANGER, "");

        IAssurance.Verdict memory verdict =
            direct.defend(PROVED_JOB, made, OPERATOR, provedBinding(), provedResult());

        assertKind(verdict, IAssurance.VerdictKind.Final);
        assertEq(verdict.payees.length, 0);
        assertEq(direct.creditOf(OPERATOR), CHALLENGE_BOND);
        assertKind(
            direct.defend(PROVED_JOB, made, OPERATOR, provedBinding(), provedResult()), IAssurance.VerdictKind.Rejected
        );
    }

    // finalize

    function test_finalize_rejectsAJobThatItHasNoAnswerOf() public {
        assertKind(direct.finalize(PROVED_JOB, order(), OPERATOR, words(42)), IAssurance.VerdictKind.Rejected);
    }

    function test_finalize_revertsInTheWindowAndForOtherOutputs() public {
        (JobOrder memory made, JobId jobId) = answered();

        vm.warp(START + 600);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.DeadlineNotPassed.selector, START + 600, START + 600));
        market.finalizeJob(made, words(42));
        vm.warp(START + 601);
        vm.expectRevert(rejected(jobId));
        market.finalizeJob(made, words(43));
        vm.expectRevert(rejected(jobId));
        market.finalizeJob(made, new uint256[](0));
    }

    function test_finalize_paysAfterAQuietWindow() public {
        (JobOrder memory made, JobId jobId) = answered();
        vm.warp(START + 601);

        vm.prank(STRANGER);
        market.finalizeJob(made, words(42));

        assertState(jobId, JobState.Settled);
        assertEq(freeOf(OPERATOR), 0.925 ether);
        assertEq(workers.workerOf(OPERATOR).bonded, 0);
        vm.expectRevert(wrongState(jobId, JobState.Answered, JobState.Settled));
        market.finalizeJob(made, words(42));
    }

    /// @dev The second job's id ends as the first one's does, so that its answer stands in a slot of its own.
    function test_finalize_paysForAnAnswerInItsOwnSlot() public {
        (, JobId firstId) = answered();
        JobOrder memory second = order();
        do ++second.nonce;
        while (uint8(uint256(JobId.unwrap(market.hashOrder(second)))) != uint8(uint256(JobId.unwrap(firstId))));
        JobId secondId = requestAndClaim(second);
        market.submitResult(second, signedResult(optimistic, secondId, OPERATOR, 43, OPERATOR_KEY));
        vm.warp(START + 601);

        vm.expectRevert(rejected(secondId));
        market.finalizeJob(second, words(42));
        market.finalizeJob(second, words(43));

        assertState(secondId, JobState.Settled);
        assertState(firstId, JobState.Answered);
    }

    /// @dev S2-ESC-2: who does not defend in time has lost.
    function test_finalize_slashesWhoDidNotDefend() public {
        (JobOrder memory made, JobId jobId) = challenged();
        vm.warp(START + 901);

        market.finalizeJob(made, new uint256[](0));

        assertState(jobId, JobState.Requested);
        assertEq(workers.workerOf(OPERATOR).bonded, 0);
        assertEq(workers.slashedCreditOf(STRANGER), made.bond * 4 / 10);
        assertEq(optimistic.creditOf(STRANGER), CHALLENGE_BOND);
        assertEq(address(optimistic).balance, CHALLENGE_BOND);
        (address challenger,) = optimistic.challengeOf(jobId);
        assertEq(challenger, address(0));
    }

    /// @dev A job that opened again starts afresh: nothing of the first answer or challenge is left.
    function test_finalize_leavesNothingForTheNextWorker() public {
        (JobOrder memory made, JobId jobId) = challenged();
        vm.warp(START + 901);
        market.finalizeJob(made, words(42));

        vm.prank(OPERATOR);
        market.claimJob(made);
        market.submitResult(made, signedResult(optimistic, jobId, OPERATOR, 43, OPERATOR_KEY));
        vm.warp(START + 1_502);
        vm.expectRevert(rejected(jobId));
        market.finalizeJob(made, words(42));
        market.finalizeJob(made, words(43));

        assertState(jobId, JobState.Settled);
        assertEq(optimistic.creditOf(STRANGER), CHALLENGE_BOND);
    }

    function test_finalizeJobs_endsManyAndSkipsThePending() public {
        (JobOrder memory first, JobId firstId) = answered();
        vm.warp(START + 300);
        JobOrder memory second = order();
        second.nonce = 8;
        JobId secondId = requestAndClaim(second);
        market.submitResult(second, signedResult(optimistic, secondId, OPERATOR, 42, OPERATOR_KEY));
        vm.warp(START + 601);
        Submission[] memory entries = new Submission[](2);
        entries[0] = Submission({order: first, result: resultWith("")});
        entries[1] = Submission({order: second, result: resultWith("")});

        market.finalizeJobs(entries);

        assertState(firstId, JobState.Settled);
        assertState(secondId, JobState.Answered);
    }

    /// @dev 9: whatever was done last, one call by anyone after the final deadline ends the job.
    function testFuzz_finalize_endsEveryStateAfterTheFinalDeadline(bool isChallenged, uint256 late) public {
        (JobOrder memory made, JobId jobId) = isChallenged ? challenged() : answered();
        vm.warp(START + 5_000 + bound(late, 0, 1_000_000));

        vm.prank(STRANGER);
        market.finalizeJob(made, words(42));

        assertState(jobId, isChallenged ? JobState.Refunded : JobState.Settled);
    }

    // Money of challengers

    function test_releaseChallenge_revertsWhileTheMarketCanEndIt() public {
        JobOrder memory made = order();
        JobId jobId = market.hashOrder(made);
        vm.expectRevert(abi.encodeWithSelector(IOptimisticAssurance.NotPending.selector, jobId));
        optimistic.releaseChallenge(made);

        challenged();
        vm.expectRevert(
            abi.encodeWithSelector(IOptimisticAssurance.ChallengeLive.selector, jobId, JobState.Challenged)
        );
        optimistic.releaseChallenge(made);
    }

    /// @dev A job that everybody forgot strands no bond.
    function test_releaseChallenge_givesTheBondOfAnAbandonedJobBack() public {
        (JobOrder memory made,) = challenged();
        vm.warp(START + 5_001 + 7 days);
        market.refundJob(made);

        optimistic.releaseChallenge(made);

        assertEq(optimistic.creditOf(STRANGER), CHALLENGE_BOND);
        vm.expectRevert();
        optimistic.releaseChallenge(made);
    }

    function test_withdrawCredit_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(ICredits.NothingCredited.selector, STRANGER));
        vm.prank(STRANGER);
        optimistic.withdrawCredit(STRANGER);

        (JobOrder memory made,) = challenged();
        vm.warp(START + 901);
        market.finalizeJob(made, words(42));
        vm.startPrank(STRANGER);
        vm.expectRevert(ICredits.AddressZero.selector);
        optimistic.withdrawCredit(address(0));
        vm.expectRevert(
            abi.encodeWithSelector(ICredits.TransferFailed.selector, address(models), CHALLENGE_BOND)
        );
        optimistic.withdrawCredit(address(models));
        vm.stopPrank();
    }

    function test_withdrawCredit_paysOnceEvenWhoComesBackIn() public {
        (JobOrder memory made,) = answered();
        Reenterer attacker = new Reenterer(optimistic);
        attacker.challenge{value: CHALLENGE_BOND}(market, made);
        vm.deal(address(optimistic), 1 ether);
        vm.warp(START + 901);
        market.finalizeJob(made, words(42));

        attacker.withdraw();

        assertEq(address(attacker).balance, CHALLENGE_BOND);
        assertTrue(!attacker.reentered(), "paid once");
    }

    // Assertions

    function assertRejected(JobOrder memory made, uint256 binding, JobResult memory result) private {
        assertKind(direct.defend(PROVED_JOB, made, OPERATOR, binding, result), IAssurance.VerdictKind.Rejected);
    }

    function assertKind(IAssurance.Verdict memory verdict, IAssurance.VerdictKind kind) private pure {
        assertEq(uint256(verdict.kind), uint256(kind));
    }
}
