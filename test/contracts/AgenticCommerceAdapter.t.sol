// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgenticCommerce} from "../../contracts/interfaces/IAgenticCommerce.sol";
import {IAgenticCommerceAdapter} from "../../contracts/interfaces/IAgenticCommerceAdapter.sol";
import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {JobId, JobOrder, JobState} from "../../contracts/interfaces/JobTypes.sol";
import {TokenMock} from "../../contracts/mocks/TokenMock.sol";
import {AgenticCommerceAdapter} from "../../contracts/periphery/AgenticCommerceAdapter.sol";
import {MarketTest} from "./MarketTest.sol";

/// @notice A token that keeps a part of each transfer.
contract TaxedToken is TokenMock {
    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, from == address(0) ? value : value - 1);
    }
}

contract AgenticCommerceAdapterTest is MarketTest {
    address private immutable CLIENT = makeAccount("client");
    address private immutable PROVIDER = makeAccount("provider");
    uint256 private constant EXPIRY = START + 1 days;
    AgenticCommerceAdapter private commerce;

    function setUp() public override {
        super.setUp();
        commerce = deployWith(token);
    }

    function test_createJob_revertsOnOtherEvaluatorsHooksAndPastTimes() external {
        vm.expectRevert(abi.encodeWithSelector(IAgenticCommerceAdapter.EvaluatorUnsupported.selector, CLIENT));
        commerce.createJob(PROVIDER, CLIENT, EXPIRY, "", address(0));
        vm.expectRevert(abi.encodeWithSelector(IAgenticCommerceAdapter.HookUnsupported.selector, STRANGER));
        commerce.createJob(PROVIDER, address(commerce), EXPIRY, "", STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IAgenticCommerce.ExpiryInvalid.selector, START, START));
        commerce.createJob(PROVIDER, address(commerce), START, "", address(0));
    }

    function test_setProvider_revertsForStrangersAndTheSecondTime() external {
        uint256 jobId = create(address(0));
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IAgenticCommerce.Unauthorized.selector, jobId, STRANGER));
        commerce.setProvider(jobId, PROVIDER, "");
        vm.startPrank(CLIENT);
        vm.expectRevert(IAgenticCommerce.AddressZero.selector);
        commerce.setProvider(jobId, address(0), "");
        commerce.setProvider(jobId, PROVIDER, "");
        vm.expectRevert(abi.encodeWithSelector(IAgenticCommerce.ProviderAlreadySet.selector, jobId, PROVIDER));
        commerce.setProvider(jobId, STRANGER, "");
        vm.expectRevert(abi.encodeWithSelector(IAgenticCommerce.JobUnknown.selector, 9));
        commerce.setProvider(9, PROVIDER, "");
        vm.stopPrank();
    }

    function test_setBudget_isTheClientsAndTheProviders() external {
        uint256 jobId = create(PROVIDER);

        vm.expectRevert(abi.encodeWithSelector(IAgenticCommerce.Unauthorized.selector, jobId, address(this)));
        commerce.setBudget(jobId, 1, "");
        vm.prank(PROVIDER);
        commerce.setBudget(jobId, 7, "");
        assertEq(commerce.getJob(jobId).budget, 7);
        vm.prank(CLIENT);
        vm.expectRevert(abi.encodeWithSelector(IAgenticCommerce.BudgetInvalid.selector, 1 << 96));
        commerce.setBudget(jobId, 1 << 96, "");
    }

    function test_fund_revertsUnlessEverythingIsAgreed() external {
        uint256 jobId = create(address(0));
        vm.startPrank(CLIENT);
        vm.expectRevert(abi.encodeWithSelector(IAgenticCommerce.ProviderMissing.selector, jobId));
        commerce.fund(jobId, 0, "");
        commerce.setProvider(jobId, PROVIDER, "");
        vm.expectRevert(abi.encodeWithSelector(IAgenticCommerce.BudgetInvalid.selector, 0));
        commerce.fund(jobId, 0, "");
        commerce.setBudget(jobId, 1 ether, "");
        vm.stopPrank();
        vm.prank(PROVIDER);
        commerce.setBudget(jobId, 2 ether, "");
        vm.startPrank(CLIENT);
        vm.expectRevert(abi.encodeWithSelector(IAgenticCommerce.BudgetMismatch.selector, 2 ether, 1 ether));
        commerce.fund(jobId, 1 ether, "");
        vm.expectRevert(abi.encodeWithSelector(IAgenticCommerceAdapter.TermsMissing.selector, jobId));
        commerce.fund(jobId, 2 ether, "");
        vm.stopPrank();
    }

    function test_submit_isTheProvidersOnly() external {
        uint256 jobId = funded();

        vm.prank(CLIENT);
        vm.expectRevert(abi.encodeWithSelector(IAgenticCommerce.Unauthorized.selector, jobId, CLIENT));
        commerce.submit(jobId, 0, "");
    }

    /// @dev The evaluator is the contract itself: nobody completes or rejects by word.
    function test_completeAndReject_areNobodys() external {
        uint256 jobId = funded();
        vm.prank(PROVIDER);
        commerce.submit(jobId, bytes32(uint256(1)), "");

        address[3] memory callers = [CLIENT, PROVIDER, STRANGER];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.startPrank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IAgenticCommerce.Unauthorized.selector, jobId, callers[i]));
            commerce.complete(jobId, 0, "");
            vm.expectRevert(wrongStatus(jobId, IAgenticCommerce.JobStatus.Submitted));
            commerce.reject(jobId, 0, "");
            vm.stopPrank();
        }
    }

    function test_evaluate_revertsOnABadProofAndUnfundedJobs() external {
        uint256 open = create(PROVIDER);
        vm.expectRevert(wrongStatus(open, IAgenticCommerce.JobStatus.Open));
        commerce.evaluate(open, resultWith("final"));
        uint256 jobId = funded();
        bytes memory rejected =
            abi.encodeWithSelector(IJobMarket.EvidenceRejected.selector, commerce.marketJobOf(jobId));

        vm.expectRevert(rejected);
        commerce.evaluate(jobId, resultWith("wrong"));
        assertStatus(jobId, IAgenticCommerce.JobStatus.Funded);
    }

    function test_claimRefund_revertsBeforeExpiryAndAfterAnAnswer() external {
        uint256 jobId = funded();
        vm.warp(EXPIRY - 1);
        vm.expectRevert(abi.encodeWithSelector(IAgenticCommerce.NotExpired.selector, EXPIRY, EXPIRY - 1));
        commerce.claimRefund(jobId);
        market.submitSigned(orderOf(jobId), "", PROVIDER, resultWith("final"));
        vm.warp(EXPIRY);

        vm.expectRevert(abi.encodeWithSelector(IAgenticCommerceAdapter.AlreadyAnswered.selector, jobId));
        commerce.claimRefund(jobId);

        commerce.evaluate(jobId, resultWith(""));
        assertStatus(jobId, IAgenticCommerce.JobStatus.Completed);
        vm.expectRevert(wrongStatus(jobId, IAgenticCommerce.JobStatus.Completed));
        commerce.claimRefund(jobId);
    }

    function test_reject_endsAnOpenJob() external {
        uint256 jobId = create(PROVIDER);
        vm.prank(CLIENT);
        commerce.reject(jobId, 0, "");

        assertStatus(jobId, IAgenticCommerce.JobStatus.Rejected);
        vm.prank(CLIENT);
        vm.expectRevert(wrongStatus(jobId, IAgenticCommerce.JobStatus.Rejected));
        commerce.setBudget(jobId, 1, "");
    }

    function test_fund_putsTheEscrowIntoTheMarket() external {
        uint256 jobId = funded();

        assertStatus(jobId, IAgenticCommerce.JobStatus.Funded);
        assertState(commerce.marketJobOf(jobId), JobState.Requested);
        assertBalances(address(commerce), 0, 2 ether);
        assertEq(token.balanceOf(address(commerce)), 0);
        assertEq(JobId.unwrap(market.hashOrder(orderOf(jobId))), JobId.unwrap(commerce.marketJobOf(jobId)));
    }

    /// @dev Anyone brings the provider's proof, the client being silent; the provider is paid.
    function test_evaluate_paysTheProvider() external {
        uint256 jobId = funded();
        vm.prank(PROVIDER);
        commerce.submit(jobId, bytes32(uint256(1)), "");

        vm.expectEmit();
        emit IAgenticCommerce.JobCompleted(jobId, address(commerce), keccak256(abi.encode(resultWith("").outputs)));
        vm.expectEmit();
        emit IAgenticCommerce.PaymentReleased(jobId, PROVIDER, 1.85 ether);
        vm.prank(STRANGER);
        commerce.evaluate(jobId, resultWith("final"));

        assertStatus(jobId, IAgenticCommerce.JobStatus.Completed);
        assertBalances(PROVIDER, 1.85 ether, 0);
        assertBalances(address(commerce), 0, 0);
    }

    /// @dev Nobody but the provider can settle the job in the market, and nobody need claim it.
    function test_evaluate_needsNoSubmissionAndTakesNoOtherWorkersProof() external {
        uint256 jobId = funded();
        JobOrder memory order = orderOf(jobId);
        vm.expectRevert(abi.encodeWithSelector(IJobMarket.NotAllowedWorker.selector, STRANGER, PROVIDER));
        market.submitSigned(order, "", STRANGER, resultWith("final"));

        commerce.evaluate(jobId, resultWith("final"));

        assertStatus(jobId, IAgenticCommerce.JobStatus.Completed);
        vm.expectRevert(wrongStatus(jobId, IAgenticCommerce.JobStatus.Completed));
        commerce.evaluate(jobId, resultWith("final"));
    }

    function test_claimRefund_returnsTheBudget() external {
        uint256 jobId = funded();
        vm.prank(PROVIDER);
        commerce.submit(jobId, bytes32(uint256(1)), "");
        vm.warp(EXPIRY);

        vm.prank(STRANGER);
        commerce.claimRefund(jobId);

        assertStatus(jobId, IAgenticCommerce.JobStatus.Expired);
        assertEq(token.balanceOf(CLIENT), 2 ether);
        assertBalances(address(commerce), 0, 0);
        vm.expectRevert(wrongStatus(jobId, IAgenticCommerce.JobStatus.Expired));
        commerce.claimRefund(jobId);
    }

    /// @dev A job that somebody ended in the market leaves its refund in the adapter's balance there, where a later job must not take it.
    function test_claimRefund_coversEveryJob() external {
        uint256 first = funded();
        vm.warp(EXPIRY);
        market.refundJob(orderOf(first));
        assertBalances(address(commerce), 2 ether, 0);
        vm.warp(START);
        uint256 second = funded();
        assertBalances(address(commerce), 2 ether, 2 ether);

        vm.warp(EXPIRY);
        commerce.claimRefund(first);
        commerce.claimRefund(second);

        assertEq(token.balanceOf(CLIENT), 4 ether);
        assertBalances(address(commerce), 0, 0);
    }

    /// @dev A provider that is a worker too may claim its own job and let the claim lapse; the client's refund is the same.
    function test_claimRefund_afterALapsedClaim() external {
        uint256 jobId = create(WORKER);
        fund(jobId);
        vm.warp(EXPIRY - 1);
        claim(orderOf(jobId));
        vm.warp(EXPIRY + 1);

        commerce.claimRefund(jobId);

        assertEq(token.balanceOf(CLIENT), 2 ether);
    }

    function test_fund_revertsOnATokenThatKeepsAPart() external {
        TaxedToken taxed = new TaxedToken();
        market.allowToken(address(taxed), true);
        commerce = deployWith(taxed);
        taxed.mint(address(commerce), 10);
        uint256 jobId = create(PROVIDER);
        vm.startPrank(CLIENT);
        commerce.setBudget(jobId, 1 ether, "");
        commerce.setTerms(jobId, inferenceTerms());
        taxed.mint(CLIENT, 2 ether);
        taxed.approve(address(commerce), 2 ether);

        vm.expectRevert(
            abi.encodeWithSelector(IAgenticCommerceAdapter.TransferIncomplete.selector, 1 ether - 1, 1 ether)
        );
        commerce.fund(jobId, 1 ether, "");
        vm.stopPrank();
    }

    function deployWith(TokenMock paymentToken) private returns (AgenticCommerceAdapter) {
        market.allowToken(address(token), true);
        return new AgenticCommerceAdapter(market, paymentToken, address(assurance));
    }

    function create(address provider) private returns (uint256 jobId) {
        vm.prank(CLIENT);
        return commerce.createJob(provider, address(commerce), EXPIRY, "classify a digit", address(0));
    }

    function funded() private returns (uint256 jobId) {
        jobId = create(PROVIDER);
        fund(jobId);
    }

    function fund(uint256 jobId) private {
        vm.startPrank(CLIENT);
        commerce.setBudget(jobId, 2 ether, "");
        commerce.setTerms(jobId, inferenceTerms());
        token.mint(CLIENT, 2 ether);
        token.approve(address(commerce), 2 ether);
        commerce.fund(jobId, 2 ether, "");
        vm.stopPrank();
    }

    function inferenceTerms() private view returns (IAgenticCommerceAdapter.InferenceTerms memory terms) {
        terms.modelId = modelId;
        terms.inputCommitment = 5;
        (terms.inputRoot, terms.inputCid) = (bytes32(uint256(1)), bytes32(uint256(2)));
        terms.maxFeeBps = 500;
    }

    /// @dev What the adapter asks the market, from the outside.
    function orderOf(uint256 jobId) private view returns (JobOrder memory order) {
        order.requester = address(commerce);
        order.token = address(commerce.paymentToken());
        (order.minPrice, order.maxPrice) = (2 ether, 2 ether);
        order.claimDeadline = uint40(EXPIRY - 1);
        order.proveSeconds = 1;
        order.finalDeadline = uint40(EXPIRY);
        order.modelId = modelId;
        order.inputCommitment = 5;
        (order.inputRoot, order.inputCid) = (bytes32(uint256(1)), bytes32(uint256(2)));
        order.assurance = address(assurance);
        order.allowedWorker = commerce.getJob(jobId).provider;
        order.maxFeeBps = 500;
        order.nonce = jobId;
    }

    function assertStatus(uint256 jobId, IAgenticCommerce.JobStatus expected) private view {
        assertEq(uint256(commerce.getJob(jobId).status), uint256(expected));
    }

    function assertBalances(address account, uint256 free, uint256 locked) private view {
        (uint256 actualFree, uint256 actualLocked) = market.balanceOf(account, address(token));
        assertEq(actualFree, free);
        assertEq(actualLocked, locked);
    }

    function wrongStatus(uint256 jobId, IAgenticCommerce.JobStatus actual) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAgenticCommerce.WrongStatus.selector, jobId, actual);
    }
}
