// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {JobMarket} from "../../contracts/JobMarket.sol";
import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {JobOrder, Submission, TokenPermit} from "../../contracts/interfaces/JobTypes.sol";
import {MarketTest} from "./MarketTest.sol";

/// @notice Calls the market again while it is being paid.
contract Reentrant {
    JobMarket private immutable MARKET;
    bytes private _call;
    bytes public refusal;

    constructor(JobMarket market) {
        MARKET = market;
    }

    function depositAndWithdraw(bytes calldata again) external payable {
        _call = again;
        MARKET.deposit{value: msg.value}(address(0), msg.value);
        MARKET.withdraw(address(0), msg.value, address(this));
    }

    receive() external payable {
        (bool success, bytes memory returned) = address(MARKET).call(_call);
        if (!success) refusal = returned;
    }
}

/// @notice Takes no money.
contract Closed {}

/// @notice Keeps a tenth of every transfer.
contract TaxedToken {
    mapping(address account => uint256) public balanceOf;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        balanceOf[from] -= amount;
        balanceOf[to] += amount - amount / 10;
        return true;
    }
}

contract JobMarketMoneyTest is MarketTest {
    function test_deposit_revertsOnValueMismatch() external {
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.ValueUnexpected.selector, 1));
        market.deposit{value: 1}(NATIVE, 2);

        market.allowToken(address(token), true);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.ValueUnexpected.selector, 1));
        market.deposit{value: 1}(address(token), 1);
    }

    function test_deposit_revertsOnTokenNotAllowed() external {
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.TokenNotAllowed.selector, address(token)));
        market.deposit(address(token), 1);
    }

    function test_deposit_creditsWhatArrives() external {
        TaxedToken taxed = new TaxedToken();
        taxed.mint(STRANGER, 100);
        market.allowToken(address(taxed), true);

        vm.prank(STRANGER);
        market.deposit(address(taxed), 100);

        (uint256 free,) = market.balanceOf(STRANGER, address(taxed));
        assertEq(free, 90);
    }

    function test_requestJob_revertsWhenTooFewTokensArrive() external {
        TaxedToken taxed = new TaxedToken();
        taxed.mint(REQUESTER, 2 ether);
        market.allowToken(address(taxed), true);
        JobOrder memory order = fakeOrder();
        order.token = address(taxed);

        vm.expectRevert(
            abi.encodeWithSelector(IJobMarket.BalanceTooLow.selector, REQUESTER, address(taxed), 1.8 ether, 2 ether)
        );
        vm.prank(REQUESTER);
        market.requestJob(order);
    }

    function test_receive_revertsOnPlainTransfer() external {
        vm.prank(REQUESTER);
        (bool success,) = address(market).call{value: 1}("");

        assertTrue(!success, "money without a purpose is refused");
    }

    function test_withdraw_revertsOnTooLittle() external {
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.BalanceTooLow.selector, STRANGER, NATIVE, 0, 1));
        vm.prank(STRANGER);
        market.withdraw(NATIVE, 1, STRANGER);

        vm.expectRevert(
            abi.encodeWithSelector(IJobMarket.BalanceTooLow.selector, STRANGER, NATIVE, 0, type(uint256).max)
        );
        vm.prank(STRANGER);
        market.withdraw(NATIVE, type(uint256).max, STRANGER);
    }

    function test_withdraw_revertsToZeroAndToTheClosed() external {
        vm.startPrank(REQUESTER);
        market.deposit{value: 1 ether}(NATIVE, 1 ether);

        vm.expectRevert(IJobMarket.AddressZero.selector);
        market.withdraw(NATIVE, 1, address(0));
        address closed = address(new Closed());
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.TransferFailed.selector, closed, 1));
        market.withdraw(NATIVE, 1, closed);
        vm.stopPrank();
    }

    function test_withdraw_cannotTakeEscrow() external {
        request(fakeOrder());

        vm.expectRevert(abi.encodeWithSelector(IJobMarket.BalanceTooLow.selector, REQUESTER, NATIVE, 0, 2 ether));
        vm.prank(REQUESTER);
        market.withdraw(NATIVE, 2 ether, REQUESTER);
    }

    function test_withdraw_sendsTokensEvenWhenNoLongerAllowed() external {
        market.allowToken(address(token), true);
        token.mint(REQUESTER, 10);
        vm.startPrank(REQUESTER);
        token.approve(address(market), 10);
        market.deposit(address(token), 10);
        vm.stopPrank();
        market.allowToken(address(token), false);

        vm.prank(REQUESTER);
        market.withdraw(address(token), 10, STRANGER);

        assertEq(token.balanceOf(STRANGER), 10);
    }

    /// @dev 12: every call that moves money or states.
    function test_withdraw_locksOutReentry() external {
        bytes[] memory calls = everyCall();

        for (uint256 i = 0; i < calls.length; ++i) {
            Reentrant reentrant = new Reentrant(market);
            reentrant.depositAndWithdraw{value: 1 ether}(calls[i]);
            assertEq(
                bytes4(reentrant.refusal()), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector
            );
            assertEq(address(reentrant).balance, 1 ether);
        }
    }

    /// @dev Some are answered by another contract's code when the order is in tokens, answered, or held by its assurance.
    function everyCall() private returns (bytes[] memory calls) {
        JobOrder memory order = fakeOrder();
        JobOrder memory inTokens = fakeOrder();
        inTokens.token = address(token);
        JobOrder memory answered = fakeOrder();
        answered.nonce = 8;
        request(answered);
        claim(answered);
        market.submitResult(answered, resultWith("pending"));
        JobOrder memory held = fakeOrder();
        held.nonce = 9;
        request(held);
        vm.prank(address(assurance));
        market.claimJob(held);
        TokenPermit memory permit;
        Submission[] memory entries = new Submission[](1);
        bytes32[] memory proof = new bytes32[](0);
        uint256[] memory outputs = new uint256[](1);

        calls = new bytes[](27);
        calls[0] = abi.encodeCall(market.withdraw, (NATIVE, 1, address(this)));
        calls[1] = abi.encodeCall(market.withdraw, (address(token), 1, address(this)));
        calls[2] = abi.encodeCall(market.deposit, (NATIVE, 0));
        calls[3] = abi.encodeCall(market.depositWithPermit, (address(token), 1, permit));
        calls[4] = abi.encodeCall(market.requestJob, (order));
        calls[5] = abi.encodeCall(market.requestJob, (inTokens));
        calls[6] = abi.encodeCall(market.requestWithPermit, (inTokens, permit));
        calls[7] = abi.encodeCall(market.claimJob, (order));
        calls[8] = abi.encodeCall(market.claimSigned, (order, ""));
        calls[9] = abi.encodeCall(market.submitResult, (order, resultWith("final")));
        calls[10] = abi.encodeCall(market.submitResult, (held, resultWith("final")));
        calls[11] = abi.encodeCall(market.submitSigned, (order, "", WORKER, resultWith("final")));
        calls[12] = abi.encodeCall(market.submitResults, (entries));
        calls[13] = abi.encodeCall(market.finalizeJob, (answered, outputs));
        calls[14] = abi.encodeCall(market.finalizeJobs, (entries));
        calls[15] = abi.encodeCall(market.challengeJob, (answered, ""));
        calls[16] = abi.encodeCall(market.defendJob, (answered, resultWith("final")));
        calls[17] = abi.encodeCall(market.expireJob, (order));
        calls[18] = abi.encodeCall(market.releaseJob, (order));
        calls[19] = abi.encodeCall(market.cancelJob, (order));
        calls[20] = abi.encodeCall(market.refundJob, (order));
        calls[21] = abi.encodeCall(market.refundJob, (answered));
        calls[22] = abi.encodeCall(market.cancelNonces, (0, 1));
        calls[23] = abi.encodeCall(market.claimBundled, (order, "root", proof));
        calls[24] = abi.encodeCall(market.closeBundle, (REQUESTER, NATIVE, "root"));
        calls[25] = abi.encodeCall(market.requestBundle, (NATIVE, "root", 0, uint40(START + 1), ""));
        calls[26] = abi.encodeCall(market.retryCallback, (order, ""));
    }

    function test_restricted_revertsForStrangers() external {
        bytes memory refusal = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, STRANGER);
        vm.startPrank(STRANGER);
        vm.expectRevert(refusal);
        market.setFeeBps(1);
        vm.expectRevert(refusal);
        market.allowToken(address(token), true);
        vm.expectRevert(refusal);
        market.listAssurance(STRANGER, IJobMarket.AssuranceListing.WithoutTerms);
        vm.expectRevert(refusal);
        market.setPaused(true);
        vm.stopPrank();
    }

    /// @dev S0-ESC-5
    function test_setFeeBps_revertsAboveTheCap() external {
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.FeeTooHigh.selector, 501, 500));
        market.setFeeBps(501);
    }

    /// @dev S0-ESC-5
    function test_setFeeBps_tellsOldAndNew() external {
        vm.expectEmit();
        emit IJobMarket.FeeChanged(FEE_BPS, 500);
        market.setFeeBps(500);

        assertEq(market.feeBps(), 500);
    }

    function test_owner_settersRevertOnZero() external {
        vm.expectRevert(IJobMarket.AddressZero.selector);
        market.allowToken(NATIVE, true);
        vm.expectRevert(IJobMarket.AddressZero.selector);
        market.listAssurance(address(0), IJobMarket.AssuranceListing.WithoutTerms);
    }

    function test_constructor_revertsOnZeroTreasuryAndHighFee() external {
        JobMarket.MarketParams memory params = JobMarket.MarketParams({
            authority: address(new AccessManager(OWNER)),
            modelRegistry: models,
            treasury: address(0),
            feeBps: 0,
            minStake: 0,
            unbondingSeconds: 0,
            answers: address(0),
            exits: address(0)
        });
        vm.expectRevert(IJobMarket.AddressZero.selector);
        new JobMarket(params);

        params.treasury = TREASURY;
        params.feeBps = 501;
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.FeeTooHigh.selector, 501, 500));
        new JobMarket(params);
    }
}
