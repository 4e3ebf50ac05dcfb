// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProofAssurance} from "../../contracts/assurance/ProofAssurance.sol";
import {BatchVerdict, IAssurance} from "../../contracts/interfaces/IAssurance.sol";
import {JobCase, JobOrder, JobResult, Submission} from "../../contracts/interfaces/JobTypes.sol";
import {BatchVerdicts} from "../../contracts/libraries/BatchVerdicts.sol";
import {AssuranceTest} from "./AssuranceTest.sol";

/// @notice `proof` by itself; with the market and real jobs it is tested in settle.test.ts.
contract ProofAssuranceTest is AssuranceTest {
    using BatchVerdicts for BatchVerdict;

    ProofAssurance private proved;

    function setUp() public override {
        super.setUp();
        proved = new ProofAssurance(models, models.proofVerifier());
    }

    function order() private view returns (JobOrder memory) {
        return provedOrder(fakeOrder());
    }

    function judge(JobResult memory result, uint256 binding) private view returns (IAssurance.VerdictKind) {
        return proved.judge(PROVED_JOB, order(), OPERATOR, binding, result).kind;
    }

    function assertKind(IAssurance.VerdictKind actual, IAssurance.VerdictKind expected) private pure {
        assertEq(uint256(actual), uint256(expected));
    }

    /// @dev As many entries as there are results, each of the fixture's order; they stand in the batch in reverse.
    function judgeBatch(JobResult[] memory results) private view returns (BatchVerdict[] memory verdicts) {
        uint256 count = results.length;
        JobCase[] memory cases = new JobCase[](count);
        Submission[] memory submissions = new Submission[](count);
        for (uint256 i = 0; i < count; ++i) {
            submissions[i] = Submission({order: order(), result: results[i]});
            cases[i] =
                JobCase({index: count - 1 - i, jobId: PROVED_JOB, worker: OPERATOR, binding: provedBinding()});
        }
        return proved.judgeBatch(cases, submissions);
    }

    // checkTerms

    function test_checkTerms_revertsForTerms() external {
        JobOrder memory made = order();
        made.assuranceData = "x";

        vm.expectRevert(abi.encodeWithSelector(ProofAssurance.AssuranceDataUnexpected.selector, 1));
        proved.checkTerms(made);
    }

    function test_checkTerms_takesNone() external view {
        proved.checkTerms(order());
    }

    // judge

    function test_judge_rejectsEvidenceOfAnotherLength() external view {
        JobResult memory result = provedResult();
        result.evidence = abi.encodePacked(result.evidence, uint256(0));
        assertKind(judge(result, provedBinding()), IAssurance.VerdictKind.Rejected);

        result.evidence = "";
        assertKind(judge(result, provedBinding()), IAssurance.VerdictKind.Rejected);
    }

    function test_judge_rejectsTheProofOfAnotherAnswerOrJob() external view {
        JobResult memory result = provedResult();
        assertKind(judge(result, provedBinding() + 1), IAssurance.VerdictKind.Rejected);

        result.outputs[1] += 1;
        assertKind(judge(result, provedBinding()), IAssurance.VerdictKind.Rejected);
    }

    function test_judge_isFinalForTheProof() external view {
        assertKind(judge(provedResult(), provedBinding()), IAssurance.VerdictKind.Final);
    }

    // judgeBatch

    function test_judgeBatch_takesNothing() external view {
        assertEq(judgeBatch(new JobResult[](0)).length, 0);
    }

    function test_judgeBatch_isFinalForAllThatHold() external view {
        JobResult[] memory results = new JobResult[](2);
        (results[0], results[1]) = (provedResult(), provedResult());

        BatchVerdict[] memory verdicts = judgeBatch(results);

        assertEq(verdicts[0].kind(), uint256(IAssurance.VerdictKind.Final));
        assertEq(verdicts[1].kind(), uint256(IAssurance.VerdictKind.Final));
    }

    /// @dev A verdict stands where its case stands, not where its entry does.
    function test_judgeBatch_rejectsBadEntriesOnly() external view {
        JobResult[] memory results = new JobResult[](3);
        (results[0], results[1], results[2]) = (provedResult(), provedResult(), provedResult());
        results[0].evidence = "short";
        results[1].outputs[0] += 1;

        BatchVerdict[] memory verdicts = judgeBatch(results);

        assertEq(verdicts[0].kind(), uint256(IAssurance.VerdictKind.Final));
        assertEq(verdicts[1].kind(), uint256(IAssurance.VerdictKind.Rejected));
        assertEq(verdicts[2].kind(), uint256(IAssurance.VerdictKind.Rejected));
    }

    // challenge, defend, finalize

    function test_challenge_revertsLikeAllThatNeedsAPendingAnswer() external {
        bytes memory refusal = abi.encodeWithSelector(ProofAssurance.NeverPending.selector, PROVED_JOB);
        JobOrder memory made = order();
        JobResult memory result = provedResult();

        vm.expectRevert(refusal);
        proved.challenge(PROVED_JOB, made, OPERATOR, STRANGER, "");
        vm.expectRevert(refusal);
        proved.defend(PROVED_JOB, made, OPERATOR, provedBinding(), result);
        vm.expectRevert(refusal);
        proved.finalize(PROVED_JOB, made, OPERATOR, result.outputs);
    }
}
