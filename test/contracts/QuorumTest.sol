// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {QuorumAssurance} from "../../contracts/assurance/QuorumAssurance.sol";
import {IArbitrator} from "../../contracts/interfaces/IArbitrator.sol";
import {IQuorumAssurance} from "../../contracts/interfaces/IQuorumAssurance.sol";
import {JobId, JobOrder, JobResult, JobState} from "../../contracts/interfaces/JobTypes.sol";
import {ArbitratorMock} from "../../contracts/mocks/ArbitratorMock.sol";
import {AssuranceTest} from "./AssuranceTest.sol";

/// @notice A quorum of two in three, and five workers that can take part.
abstract contract QuorumTest is AssuranceTest {
    uint96 internal constant WORKER_BOND = 0.3 ether;
    uint256 internal constant ARBITRATION_COST = 0.05 ether;
    bytes32 internal constant SALT = keccak256("salt");

    QuorumAssurance internal quorum;
    ArbitratorMock internal arbitrator;

    function setUp() public virtual override {
        super.setUp();
        quorum = new QuorumAssurance(market);
        arbitrator = new ArbitratorMock(ARBITRATION_COST);
        list(address(quorum));
        for (uint256 i = 0; i < 5; ++i) {
            vm.deal(worker(i), 10 ether);
            vm.prank(worker(i));
            workers.registerWorker{value: 1 ether}(worker(i), "quorum");
        }
    }

    function worker(uint256 index) internal pure returns (address) {
        return makeAccount(string(abi.encodePacked("quorum", bytes1(uint8(0x61 + index)))));
    }

    function terms() internal view returns (IQuorumAssurance.QuorumTerms memory made) {
        made.workers = 3;
        made.agreeing = 2;
        made.commitSeconds = 200;
        made.revealSeconds = 300;
        made.disputeSeconds = 400;
        made.arbitrationSeconds = 1_000;
        made.workerBond = WORKER_BOND;
        made.arbitrator = arbitrator;
    }

    function order(IQuorumAssurance.QuorumTerms memory with) internal view returns (JobOrder memory made) {
        made = fakeOrder();
        made.assurance = address(quorum);
        made.allowedWorker = address(quorum);
        made.bond = 0;
        made.proveSeconds = 1_000;
        made.assuranceData = abi.encode(with);
    }

    function order() internal view returns (JobOrder memory) {
        return order(terms());
    }

    function commit(JobOrder memory made, uint256 index, uint256 word) internal {
        bytes32 commitment = quorum.commitmentOf(market.hashOrder(made), worker(index), words(word), SALT);
        vm.prank(worker(index));
        quorum.commitAnswer{value: WORKER_BOND}(made, commitment, "");
    }

    function reveal(JobId jobId, uint256 index, uint256 word) internal {
        vm.prank(worker(index));
        quorum.revealAnswer(jobId, words(word), SALT);
    }

    function handIn(JobOrder memory made, uint256 word) internal {
        JobResult memory result;
        result.outputs = words(word);
        vm.prank(STRANGER);
        market.submitResult(made, result);
    }

    /// @dev A round of three answers, committed and revealed at `START`; a word of zero is not revealed, and waited for.
    function played(JobOrder memory made, uint256[3] memory answers) internal returns (JobId jobId) {
        jobId = request(made);
        for (uint256 i = 0; i < 3; ++i) {
            commit(made, i, answers[i]);
        }
        bool all = true;
        for (uint256 i = 0; i < 3; ++i) {
            if (answers[i] == 0) all = false;
            else reveal(jobId, i, answers[i]);
        }
        if (!all) vm.warp(block.timestamp + 301);
    }

    /// @dev Three different answers, the first of them pending, and the arbitrator paid by a stranger. Its dispute is number 1.
    function disputed() internal returns (JobOrder memory made, JobId jobId) {
        made = order();
        jobId = played(made, [uint256(7), 8, 9]);
        handIn(made, 7);
        vm.prank(STRANGER);
        market.challengeJob{value: ARBITRATION_COST}(made, "");
    }

    /// @dev Everybody that may be owed something takes it, and nothing is left.
    function assertPaidOut() internal {
        address[7] memory accounts =
            [worker(0), worker(1), worker(2), worker(3), worker(4), REQUESTER, STRANGER];
        uint256 owed = 0;
        for (uint256 i = 0; i < 7; ++i) {
            owed += quorum.creditOf(accounts[i]);
        }
        assertEq(address(quorum).balance, owed);
        for (uint256 i = 0; i < 7; ++i) {
            if (quorum.creditOf(accounts[i]) == 0) continue;
            vm.prank(accounts[i]);
            quorum.withdrawCredit(accounts[i]);
        }
        assertEq(address(quorum).balance, 0);
    }

    function assertClosed(JobId jobId) internal view {
        (IQuorumAssurance.Round memory round, IQuorumAssurance.Seat[] memory seats) = quorum.roundOf(jobId);
        assertEq(uint256(round.phase), uint256(IQuorumAssurance.Phase.None));
        assertEq(seats.length, 0);
        assertEq(quorum.disputeOf(jobId).pending, bytes32(0));
    }

    function assertDisputed(JobId jobId) internal view {
        assertState(jobId, JobState.Challenged);
    }

    function noArbitrator() internal view returns (JobOrder memory made) {
        IQuorumAssurance.QuorumTerms memory with = terms();
        (with.arbitrator, with.disputeSeconds, with.arbitrationSeconds) = (IArbitrator(address(0)), 0, 0);
        return order(with);
    }
}
