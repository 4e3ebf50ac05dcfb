// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {ISignedAnswers} from "../../contracts/interfaces/ISignedAnswers.sol";
import {IWorkerRegistry} from "../../contracts/interfaces/IWorkerRegistry.sol";
import {JobCase, JobId, JobOrder, JobResult, Submission} from "../../contracts/interfaces/JobTypes.sol";
import {AnswerProof} from "./AnswerProof.sol";
import {MarketTest} from "./MarketTest.sol";

/// @notice A market whose worker can sign, and which can itself stand in for the market: the fixture's proof is bound to no real job.
abstract contract AssuranceTest is MarketTest {
    uint256 internal constant OPERATOR_KEY = 0xb0b;
    uint256 internal constant SIGNER_KEY = 0x51619e7;
    uint256 internal constant STRANGER_KEY = 0xbad;
    JobId internal constant PROVED_JOB = JobId.wrap(keccak256("job of the fixture's proof"));

    address internal immutable OPERATOR = vm.addr(OPERATOR_KEY);

    function setUp() public virtual override {
        super.setUp();
        vm.deal(OPERATOR, 100 ether);
        vm.deal(STRANGER, 100 ether);
        vm.prank(OPERATOR);
        workers.registerWorker{value: 50 ether}(vm.addr(SIGNER_KEY), "operator");
    }

    // What an assurance asks of its market when it is deployed by this test.

    function modelRegistry() external view returns (IModelRegistry) {
        return models;
    }

    function workerRegistry() external view returns (IWorkerRegistry) {
        return workers;
    }

    function list(address listed) internal {
        market.listAssurance(listed, IJobMarket.AssuranceListing.WithTerms);
    }

    function requestAndClaim(JobOrder memory order) internal returns (JobId jobId) {
        request(order);
        vm.prank(OPERATOR);
        return market.claimJob(order);
    }

    function words(uint256 word) internal pure returns (uint256[] memory outputs) {
        outputs = new uint256[](1);
        outputs[0] = word;
    }

    /// @dev An answer signed by a key in the name of a worker.
    function signedResult(ISignedAnswers signed, JobId jobId, address worker, uint256 word, uint256 key)
        internal
        view
        returns (JobResult memory result)
    {
        result.outputs = words(word);
        result.evidence = signWith(key, signed.hashAnswer(jobId, worker, result.outputs));
    }

    /// @dev What shows that the operator answered twice.
    function doubleAnswer(ISignedAnswers signed, JobId jobId, uint256 word, uint256 key)
        internal
        view
        returns (bytes memory data)
    {
        uint256[] memory outputs = words(word);
        return abi.encode(outputs, signWith(key, signed.hashAnswer(jobId, OPERATOR, outputs)));
    }

    /// @dev The order and the answer that the fixture's proof is for, when its binding is the fixture's too.
    function provedOrder(JobOrder memory order) internal pure returns (JobOrder memory) {
        order.inputCommitment = AnswerProof.signals()[2];
        return order;
    }

    function provedResult() internal pure returns (JobResult memory result) {
        uint256[] memory signals = AnswerProof.signals();
        result.outputs = new uint256[](2);
        (result.outputs[0], result.outputs[1]) = (signals[0], signals[1]);
        result.evidence = abi.encode(AnswerProof.proof());
    }

    function provedBinding() internal pure returns (uint256) {
        return AnswerProof.signals()[3];
    }

    /// @dev The same outputs, signed instead of proved.
    function provedAnswer(ISignedAnswers signed) internal view returns (JobResult memory result) {
        result.outputs = provedResult().outputs;
        result.evidence = signWith(OPERATOR_KEY, signed.hashAnswer(PROVED_JOB, OPERATOR, result.outputs));
    }

    function batchOf(JobOrder memory order, JobResult memory result)
        internal
        pure
        returns (JobCase[] memory cases, Submission[] memory submissions)
    {
        cases = new JobCase[](1);
        submissions = new Submission[](1);
        submissions[0] = Submission({order: order, result: result});
    }

    function rejected(JobId jobId) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IJobMarket.EvidenceRejected.selector, jobId);
    }
}
