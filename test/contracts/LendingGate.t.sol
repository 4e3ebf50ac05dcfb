// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LendingGate} from "../../contracts/examples/LendingGate.sol";
import {JobOrder, JobResult} from "../../contracts/interfaces/JobTypes.sol";
import {InferenceConsumer} from "../../contracts/periphery/InferenceConsumer.sol";
import {InferenceInputs} from "../../contracts/periphery/InferenceInputs.sol";
import {PackedValues} from "../../contracts/periphery/PackedValues.sol";
import {Poseidon} from "../../contracts/periphery/Poseidon.sol";
import {MarketTest} from "./MarketTest.sol";

contract LendingGateTest is MarketTest {
    address private immutable BORROWER = makeAccount("borrower");
    LendingGate private gate;
    uint256 private asked;

    function setUp() public override {
        super.setUp();
        gate = new LendingGate(market, terms(), rules());
        vm.deal(address(this), 100 ether);
        gate.fillPool{value: 10 ether}();
        vm.deal(BORROWER, 10 ether);
    }

    receive() external payable {}

    function test_constructor_revertsUnlessFeaturesAreCounts() external {
        LendingGate.GateRules memory wrong = rules();
        wrong.input.lo = -1;

        vm.expectRevert(abi.encodeWithSelector(LendingGate.InputNotFromZero.selector, -1));
        new LendingGate(market, terms(), wrong);
    }

    function test_borrow_revertsWithoutAFreshHighScore() external {
        vm.startPrank(BORROWER);
        vm.expectRevert(LendingGate.AmountZero.selector);
        gate.borrow(0);
        vm.expectRevert(abi.encodeWithSelector(LendingGate.LoanTooLarge.selector, 6 ether, 5 ether));
        gate.borrow(6 ether);
        vm.expectRevert(abi.encodeWithSelector(LendingGate.ScoreMissing.selector, BORROWER));
        gate.borrow(1 ether);
        vm.stopPrank();

        score(99);
        vm.prank(BORROWER);
        vm.expectRevert(abi.encodeWithSelector(LendingGate.ScoreTooLow.selector, int32(99), int32(100)));
        gate.borrow(1 ether);

        score(100);
        vm.warp(block.timestamp + 1 days + 1);
        vm.prank(BORROWER);
        vm.expectRevert(
            abi.encodeWithSelector(LendingGate.ScoreTooOld.selector, block.timestamp - 1 days - 1, block.timestamp)
        );
        gate.borrow(1 ether);
    }

    function test_repay_revertsWithoutLoanOrWithAnotherAmount() external {
        vm.expectRevert(abi.encodeWithSelector(LendingGate.NoLoan.selector, address(this)));
        gate.repay();
        score(100);
        vm.startPrank(BORROWER);
        gate.borrow(1 ether);
        vm.expectRevert(abi.encodeWithSelector(LendingGate.RepaymentWrong.selector, 0.5 ether, 1 ether));
        gate.repay{value: 0.5 ether}();
        vm.stopPrank();
    }

    function test_drainPool_revertsForAllButTheLenderAndBeyondThePool() external {
        vm.prank(BORROWER);
        vm.expectRevert(abi.encodeWithSelector(LendingGate.NotLender.selector, BORROWER));
        gate.drainPool(1);
        vm.expectRevert(abi.encodeWithSelector(LendingGate.PoolTooSmall.selector, 10 ether, 11 ether));
        gate.drainPool(11 ether);

        gate.drainPool(10 ether);

        assertEq(gate.pool(), 0);
        assertEq(address(gate).balance, 0);
    }

    function test_borrow_lendsOnAProvedScore() external {
        score(100);

        vm.prank(BORROWER);
        gate.borrow(5 ether);

        assertEq(BORROWER.balance, 14.5 ether);
        assertEq(gate.pool(), 5 ether);
        vm.prank(BORROWER);
        vm.expectRevert(abi.encodeWithSelector(LendingGate.LoanOpen.selector, BORROWER));
        gate.borrow(1 ether);
    }

    /// @dev The commitment is of this borrower's history and of nobody's wish.
    function test_askForScore_commitsToTheHistory() external {
        score(100);
        vm.prank(BORROWER);
        gate.borrow(2 ether);
        vm.warp(block.timestamp + 2 days);
        vm.prank(BORROWER);
        gate.repay{value: 2 ether}();

        InferenceInputs.InferenceInput memory input = gate.inputOf(BORROWER);

        // One loan in time, none late, two days, 2,000 thousandths, no loan open; ten bits each.
        uint256 word = 1 | uint256(2) << 20 | uint256(1_023) << 30;
        assertEq(input.inputCommitment, Poseidon.hash(word));
        assertEq(keccak256(input.tensor), keccak256(hex"010000000200ff030000"));
        assertEq(input.inputCid, sha256(input.tensor));
        assertEq(input.inputRoot, bytes32(hex"010000000200ff030000"));
    }

    /// @dev A score asked for before a loan says nothing after it, though its proof holds.
    function test_onInferenceResult_dropsTheScoreOfAnOldHistory() external {
        score(100);
        JobOrder memory pending = askForScore();
        vm.startPrank(BORROWER);
        gate.borrow(1 ether);
        vm.warp(block.timestamp + 30 days + 1);
        gate.repay{value: 1 ether}();
        vm.stopPrank();
        claim(pending);

        market.submitResult(pending, scoreResult(1_000));

        LendingGate.Account memory account = gate.accountOf(BORROWER);
        assertEq(account.repaidLate, 1);
        assertEq(account.scoredAt, 0);
        assertEq(market.failedCallbackOf(market.hashOrder(pending)), bytes32(0));
    }

    /// @dev A score won while a loan was open is void when the loan is repaid.
    function test_repay_voidsTheScore() external {
        score(100);
        vm.prank(BORROWER);
        gate.borrow(1 ether);
        score(200);
        vm.startPrank(BORROWER);
        gate.repay{value: 1 ether}();

        vm.expectRevert(abi.encodeWithSelector(LendingGate.ScoreMissing.selector, BORROWER));
        gate.borrow(1 ether);
        vm.stopPrank();
    }

    function test_onInferenceExpired_refundsTheBorrower() external {
        JobOrder memory order = askForScore();
        vm.warp(order.claimDeadline + 1);

        market.refundJob(order);

        assertEq(gate.refundOf(BORROWER), 0.5 ether);
        assertEq(gate.pool(), 10 ether);
    }

    function terms() private view returns (InferenceConsumer.OrderTerms memory orderTerms) {
        orderTerms.modelId = modelId;
        orderTerms.assurance = address(assurance);
        (orderTerms.minPrice, orderTerms.maxPrice) = (0.5 ether, 0.5 ether);
        (orderTerms.claimSeconds, orderTerms.proveSeconds) = (60 days, 600);
        orderTerms.maxFeeBps = 500;
        orderTerms.callbackGas = 100_000;
    }

    function rules() private pure returns (LendingGate.GateRules memory) {
        return LendingGate.GateRules({
            input: InferenceInputs.InputShape({lo: 0, bits: 10, width: 2}),
            scoreBits: 16,
            minScore: 100,
            scoreSeconds: 1 days,
            loanSeconds: 30 days,
            maxLoan: 5 ether
        });
    }

    function score(int256 value) private {
        JobOrder memory order = askForScore();
        claim(order);
        market.submitResult(order, scoreResult(value));
        assertTrue(gate.accountOf(BORROWER).score == value, "the score is known");
    }

    function scoreResult(int256 value) private pure returns (JobResult memory result) {
        int256[] memory values = new int256[](1);
        values[0] = value;
        result.outputs = PackedValues.pack(values, -(1 << 15), 16);
        result.evidence = "final";
    }

    function askForScore() private returns (JobOrder memory order) {
        InferenceInputs.InferenceInput memory input = gate.inputOf(BORROWER);
        vm.prank(BORROWER);
        gate.askForScore{value: 0.5 ether}();

        order = fakeOrder();
        order.requester = address(gate);
        (order.minPrice, order.maxPrice) = (0.5 ether, 0.5 ether);
        order.rampStart = uint40(block.timestamp);
        order.rampSeconds = 0;
        order.claimDeadline = uint40(block.timestamp + 60 days);
        order.finalDeadline = order.claimDeadline + 600;
        order.inputCommitment = input.inputCommitment;
        (order.inputRoot, order.inputCid) = (input.inputRoot, input.inputCid);
        order.bond = 0;
        (order.callback, order.callbackGas) = (address(gate), 100_000);
        order.nonce = asked++;
    }
}
