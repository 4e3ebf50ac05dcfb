// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IMarketExtension} from "../../contracts/interfaces/IMarketExtension.sol";
import {JobId, JobOrder, Submission} from "../../contracts/interfaces/JobTypes.sol";
import {ConsumerMock} from "../../contracts/mocks/ConsumerMock.sol";
import {MarketTest} from "./MarketTest.sol";

/// @notice What a daemon that follows the chain reads: each step says who did what, with which amounts.
contract JobMarketEventsTest is MarketTest {
    uint96 private constant WORKER_SHARE = 0.925 ether;
    uint96 private constant ROYALTY = 0.05 ether;
    uint96 private constant FEE = 0.025 ether;

    uint256[] private outputs = [42];

    function test_claimJob_saysWhoAndUntilWhen() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        vm.warp(START + 350);

        vm.expectEmit();
        emit IJobMarket.JobClaimed(jobId, WORKER, 1.25 ether, uint40(START + 950));
        vm.prank(SIGNER);
        market.claimJob(order);
    }

    function test_submitResult_saysTheAnswerAndTheShares() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        claim(order);

        vm.expectEmit();
        emit IJobMarket.JobAnswered(jobId, WORKER, outputs);
        vm.expectEmit();
        emit IJobMarket.JobSettled(jobId, WORKER, WORKER_SHARE, ROYALTY, FEE);
        market.submitResult(order, resultWith("final"));
    }

    function test_submitResult_saysUntilWhenAnAnswerIsPending() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        claim(order);

        vm.expectEmit();
        emit IJobMarket.JobAnswered(jobId, WORKER, outputs);
        vm.expectEmit();
        emit IJobMarket.AnswerPending(jobId, uint40(START + 300));
        market.submitResult(order, resultWith("pending"));
    }

    function test_submitSigned_saysTheAnswerAndTheShares() external {
        JobOrder memory order = signedOrder();
        JobId jobId = market.hashOrder(order);
        bytes memory signature = sign(order);

        vm.expectEmit();
        emit IJobMarket.JobAnswered(jobId, STRANGER, outputs);
        vm.expectEmit();
        emit IJobMarket.JobSettled(jobId, STRANGER, WORKER_SHARE, ROYALTY, FEE);
        market.submitSigned(order, signature, STRANGER, resultWith("final"));
    }

    function test_submitResults_saysEachAnswer() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        claim(order);
        Submission[] memory entries = new Submission[](1);
        entries[0] = Submission(order, resultWith("final"));

        vm.expectEmit();
        emit IJobMarket.JobAnswered(jobId, WORKER, outputs);
        vm.expectEmit();
        emit IJobMarket.JobSettled(jobId, WORKER, WORKER_SHARE, ROYALTY, FEE);
        market.submitResults(entries);
    }

    function test_finalizeJob_saysWhoIsPaid() external {
        (JobOrder memory order, JobId jobId) = answered();
        address[] memory payees = new address[](2);
        uint16[] memory sharesBps = new uint16[](2);
        (payees[0], payees[1]) = (WORKER, STRANGER);
        (sharesBps[0], sharesBps[1]) = (2_500, 7_500);
        assurance.setPayees(payees, sharesBps);
        assurance.rule("shared");
        vm.warp(START + 301);

        vm.expectEmit();
        emit IJobMarket.JobSettled(jobId, WORKER, WORKER_SHARE, ROYALTY, FEE);
        vm.expectEmit();
        emit IJobMarket.PayeePaid(jobId, WORKER, WORKER_SHARE / 4);
        vm.expectEmit();
        emit IJobMarket.PayeePaid(jobId, STRANGER, WORKER_SHARE - WORKER_SHARE / 4);
        market.finalizeJob(order, outputs);
    }

    function test_challengeJob_saysWhoAndUntilWhen() external {
        (JobOrder memory order, JobId jobId) = answered();

        vm.expectEmit();
        emit IMarketExtension.JobChallenged(jobId, STRANGER, uint40(START + 300));
        vm.prank(STRANGER);
        market.challengeJob(order, "pending");
    }

    function test_expireJob_saysWhatItCostsAndWhoEnforcedIt() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        claim(order);
        vm.warp(order.claimDeadline + 1);

        vm.expectEmit();
        emit IJobMarket.JobExpired(jobId, WORKER, order.bond, STRANGER);
        vm.expectEmit();
        emit IJobMarket.JobRefunded(jobId, 1 ether);
        vm.prank(STRANGER);
        market.expireJob(order);
    }

    function test_cancelJob_saysSo() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);

        vm.expectEmit();
        emit IJobMarket.JobCancelled(jobId);
        vm.prank(REQUESTER);
        market.cancelJob(order);
    }

    function test_refundJob_saysTheAmount() external {
        JobOrder memory order = fakeOrder();
        JobId jobId = request(order);
        vm.warp(order.claimDeadline + 1);

        vm.expectEmit();
        emit IJobMarket.JobRefunded(jobId, 2 ether);
        market.refundJob(order);
    }

    function test_retryCallback_saysSo() external {
        ConsumerMock consumer = new ConsumerMock();
        JobOrder memory order = fakeOrder();
        (order.callback, order.callbackGas) = (address(consumer), 100_000);
        JobId jobId = request(order);
        claim(order);
        bytes memory code = address(consumer).code;
        // What reverts whatever it is asked.
        vm.etch(address(consumer), hex"5f5ffd");
        market.submitResult(order, resultWith("final"));
        vm.etch(address(consumer), code);
        bytes memory data = abi.encodeCall(
            consumer.onInferenceResult, (jobId, order.modelId, order.inputCommitment, outputs)
        );

        vm.expectEmit();
        emit IMarketExtension.CallbackRetried(jobId, address(consumer));
        market.retryCallback(order, data);
    }

    // Balances

    function test_deposit_saysWhatArrived() external {
        vm.expectEmit();
        emit IJobMarket.Deposited(REQUESTER, NATIVE, 3 ether);
        vm.prank(REQUESTER);
        market.deposit{value: 3 ether}(NATIVE, 3 ether);
    }

    function test_withdraw_saysWhatLeftAndWhereTo() external {
        market.allowToken(address(token), true);
        token.mint(REQUESTER, 2 ether);
        vm.startPrank(REQUESTER);
        token.approve(address(market), 2 ether);
        market.deposit{value: 3 ether}(NATIVE, 3 ether);

        vm.expectEmit();
        emit IJobMarket.Deposited(REQUESTER, address(token), 2 ether);
        market.deposit(address(token), 2 ether);
        vm.expectEmit();
        emit IJobMarket.Withdrawn(REQUESTER, NATIVE, STRANGER, 1 ether);
        market.withdraw(NATIVE, 1 ether, STRANGER);
        vm.expectEmit();
        emit IJobMarket.Withdrawn(REQUESTER, address(token), STRANGER, 2 ether);
        market.withdraw(address(token), 2 ether, STRANGER);
    }

    // Settings

    function test_settings_sayWhatChanged() external {
        vm.expectEmit();
        emit IJobMarket.FeeChanged(FEE_BPS, 0);
        market.setFeeBps(0);
        vm.expectEmit();
        emit IJobMarket.TokenAllowed(address(token), true);
        market.allowToken(address(token), true);
        vm.expectEmit();
        emit IJobMarket.AssuranceListed(STRANGER, IJobMarket.AssuranceListing.WithTerms);
        market.listAssurance(STRANGER, IJobMarket.AssuranceListing.WithTerms);
        vm.expectEmit();
        emit IJobMarket.PauseChanged(true);
        market.setPaused(true);
    }

    function answered() private returns (JobOrder memory order, JobId jobId) {
        order = fakeOrder();
        jobId = request(order);
        claim(order);
        market.submitResult(order, resultWith("pending"));
    }
}
