// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IPermit2} from "../../contracts/interfaces/IPermit2.sol";
import {JobId, JobOrder, JobState, PermitKind, TokenPermit} from "../../contracts/interfaces/JobTypes.sol";
import {Permit2Mock} from "../../contracts/mocks/Permit2Mock.sol";
import {PermitTokenMock} from "../../contracts/mocks/PermitTokenMock.sol";
import {MarketTest} from "./MarketTest.sol";

contract JobMarketPermitTest is MarketTest {
    Permit2Mock private constant PERMIT2 = Permit2Mock(0x000000000022D473030F116dDEE9F6B43aC78BA3);
    bytes32 private constant PERMIT_TYPE_HASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    address private immutable PAYER = vm.addr(KEY);
    PermitTokenMock private permitToken;

    function setUp() public override {
        super.setUp();
        permitToken = new PermitTokenMock();
        market.allowToken(address(permitToken), true);
        permitToken.mint(PAYER, 10 ether);
        vm.etch(address(PERMIT2), address(new Permit2Mock()).code);
        // What a user of Permit2 does once.
        vm.prank(PAYER);
        permitToken.approve(address(PERMIT2), type(uint256).max);
    }

    // depositWithPermit

    function test_depositWithPermit_revertsOnTheCoinAndOnOtherTokens() external {
        TokenPermit memory permit = permitOf(2 ether);

        vm.startPrank(PAYER);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.TokenNotAllowed.selector, NATIVE));
        market.depositWithPermit(NATIVE, 2 ether, permit);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.TokenNotAllowed.selector, address(token)));
        market.depositWithPermit(address(token), 2 ether, permit);
    }

    function test_depositWithPermit_revertsOnABadPermit() external {
        TokenPermit memory permit = permitOf(2 ether);
        bytes memory reason =
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(market), 0, 2 ether);

        vm.startPrank(PAYER);
        permit.amount = 3 ether;
        vm.expectRevert(reason);
        market.depositWithPermit(address(permitToken), 2 ether, permit);
        permit.signature = "short";
        vm.expectRevert(reason);
        market.depositWithPermit(address(permitToken), 2 ether, permit);
    }

    /// @dev Somebody else's permit moves nothing to the caller.
    function test_depositWithPermit_revertsForAnotherCaller() external {
        TokenPermit memory permit = permitOf(2 ether);

        vm.prank(STRANGER);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(market), 0, 2 ether)
        );
        market.depositWithPermit(address(permitToken), 2 ether, permit);
        permit = permit2Of(2 ether);
        vm.prank(STRANGER);
        vm.expectRevert(Permit2Mock.InvalidSigner.selector);
        market.depositWithPermit(address(permitToken), 2 ether, permit);
    }

    function test_depositWithPermit_creditsWhatArrived() external {
        TokenPermit memory permit = permitOf(2 ether);

        vm.expectEmit();
        emit IJobMarket.Deposited(PAYER, address(permitToken), 2 ether);
        vm.prank(PAYER);
        market.depositWithPermit(address(permitToken), 2 ether, permit);

        assertEq(free(), 2 ether);
        assertEq(permitToken.balanceOf(address(market)), 2 ether);
    }

    /// @dev Whoever uses the permit up first cannot stop the deposit.
    function test_depositWithPermit_passesOverAUsedPermit() external {
        TokenPermit memory permit = permitOf(2 ether);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, digestOf(2 ether));
        permitToken.permit(PAYER, address(market), 2 ether, block.timestamp, v, r, s);

        vm.prank(PAYER);
        market.depositWithPermit(address(permitToken), 2 ether, permit);

        assertEq(free(), 2 ether);
    }

    function test_depositWithPermit_drawsByPermit2Once() external {
        TokenPermit memory permit = permit2Of(2 ether);

        vm.startPrank(PAYER);
        vm.expectRevert(abi.encodeWithSelector(Permit2Mock.InvalidAmount.selector, 2 ether));
        market.depositWithPermit(address(permitToken), 2 ether + 1, permit);
        market.depositWithPermit(address(permitToken), 1.5 ether, permit);
        assertEq(free(), 1.5 ether);
        vm.expectRevert(Permit2Mock.InvalidNonce.selector);
        market.depositWithPermit(address(permitToken), 0.5 ether, permit);
    }

    // requestWithPermit

    function test_requestWithPermit_revertsForOthers() external {
        JobOrder memory order = tokenOrder();
        TokenPermit memory permit = permitOf(2 ether);
        permitToken.mint(STRANGER, 2 ether);
        vm.startPrank(STRANGER);
        permitToken.approve(address(market), 2 ether);

        vm.expectRevert(abi.encodeWithSelector(IJobMarket.NotRequester.selector, STRANGER, PAYER));
        market.requestWithPermit(order, permit);
    }

    function test_requestWithPermit_drawsWhatIsMissing() external {
        JobOrder memory order = tokenOrder();
        TokenPermit memory permit = permitOf(2 ether);
        vm.startPrank(PAYER);
        permitToken.approve(address(market), 0.5 ether);
        market.deposit(address(permitToken), 0.5 ether);

        JobId jobId = market.requestWithPermit(order, permit);

        (uint256 left, uint256 locked) = market.balanceOf(PAYER, address(permitToken));
        assertState(jobId, JobState.Requested);
        assertEq(locked, 2 ether);
        assertEq(left, 0);
        assertEq(permitToken.balanceOf(PAYER), 8 ether);
    }

    function test_requestWithPermit_drawsByPermit2() external {
        JobOrder memory order = tokenOrder();
        TokenPermit memory permit = permit2Of(5 ether);

        vm.prank(PAYER);
        JobId jobId = market.requestWithPermit(order, permit);

        assertState(jobId, JobState.Requested);
        assertEq(permitToken.balanceOf(PAYER), 8 ether);
    }

    function test_requestWithPermit_drawsNothingWhenTheBalanceCovers() external {
        JobOrder memory order = tokenOrder();
        TokenPermit memory permit;
        vm.startPrank(PAYER);
        permitToken.approve(address(market), 3 ether);
        market.deposit(address(permitToken), 3 ether);

        market.requestWithPermit(order, permit);

        assertEq(free(), 1 ether);
    }

    function tokenOrder() private view returns (JobOrder memory order) {
        order = fakeOrder();
        order.requester = PAYER;
        order.token = address(permitToken);
    }

    function free() private view returns (uint256 amount) {
        (amount,) = market.balanceOf(PAYER, address(permitToken));
    }

    function digestOf(uint256 amount) private view returns (bytes32) {
        bytes32 structHash = keccak256(
            abi.encode(PERMIT_TYPE_HASH, PAYER, market, amount, permitToken.nonces(PAYER), block.timestamp)
        );
        return MessageHashUtils.toTypedDataHash(permitToken.DOMAIN_SEPARATOR(), structHash);
    }

    function permitOf(uint256 amount) private view returns (TokenPermit memory permit) {
        permit.amount = amount;
        permit.deadline = block.timestamp;
        permit.signature = signWith(KEY, digestOf(amount));
    }

    function permit2Of(uint256 amount) private view returns (TokenPermit memory permit) {
        permit.kind = PermitKind.Permit2;
        permit.amount = amount;
        permit.nonce = 7;
        permit.deadline = block.timestamp;
        permit.signature = signWith(
            KEY,
            PERMIT2.hashPermit(
                IPermit2.PermitTransferFrom({
                    permitted: IPermit2.TokenPermissions({token: address(permitToken), amount: amount}),
                    nonce: permit.nonce,
                    deadline: permit.deadline
                }),
                address(market)
            )
        );
    }
}
