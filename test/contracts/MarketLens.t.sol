// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IMarketExtension} from "../../contracts/interfaces/IMarketExtension.sol";
import {IMarketLens} from "../../contracts/interfaces/IMarketLens.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {COMPUTE_ROLE, IWorkerRegistry, VALIDATOR_ROLE} from "../../contracts/interfaces/IWorkerRegistry.sol";
import {JobId, JobOrder, JobResult, JobState, ModelId} from "../../contracts/interfaces/JobTypes.sol";
import {Bn254} from "../../contracts/libraries/Bn254.sol";
import {MarketLens} from "../../contracts/periphery/MarketLens.sol";
import {ModelStats} from "../../contracts/periphery/ModelStats.sol";
import {MarketTest, ObedientAssurance} from "./MarketTest.sol";

/// @notice Every reason of a preflight beside what the market does in the same block: the lens says a reason, and the call reverts with its error; or it says
///         None, and the call goes through.
contract MarketLensTest is MarketTest {
    MarketLens private lens;
    ModelStats private stats;

    function setUp() public override {
        super.setUp();
        stats = new ModelStats(market, address(assurance));
        lens = new MarketLens(market, stats);
    }

    // Claims of requested jobs

    function test_preflightClaim_mirrorsStatePauseAndTime() external {
        JobOrder memory order = fakeOrder();
        assertClaim(order, WORKER, IMarketLens.Reason.WrongState, IJobMarket.JobNotInState.selector);
        request(order);
        market.setPaused(true);
        vm.warp(START + 2_001);
        assertClaim(order, WORKER, IMarketLens.Reason.Paused, IJobMarket.MarketPaused.selector);
        market.setPaused(false);
        assertClaim(order, WORKER, IMarketLens.Reason.DeadlinePassed, IJobMarket.DeadlinePassed.selector);
        vm.warp(START + 2_000);
        assertClaim(order, WORKER, IMarketLens.Reason.None, 0);
        assertClaim(order, WORKER, IMarketLens.Reason.WrongState, IJobMarket.JobNotInState.selector);
    }

    function test_preflightClaim_mirrorsTheWorker() external {
        JobOrder memory order = fakeOrder();
        order.bond = 10 ether + 1;
        order.allowedWorker = OTHER_WORKER;
        request(order);
        assertClaim(order, STRANGER, IMarketLens.Reason.WorkerUnknown, IWorkerRegistry.WorkerUnknown.selector);
        assertClaim(order, WORKER, IMarketLens.Reason.BondTooHigh, IWorkerRegistry.StakeTooLow.selector);
        vm.prank(WORKER);
        workers.addStake{value: 1 ether}();
        assertClaim(order, WORKER, IMarketLens.Reason.NotAllowedWorker, IJobMarket.NotAllowedWorker.selector);
        vm.prank(WORKER);
        workers.startUnbonding(11 ether - MIN_STAKE + 1);
        assertClaim(order, WORKER, IMarketLens.Reason.StakeTooLow, IWorkerRegistry.StakeTooLow.selector);
        // Exactly the bond.
        vm.prank(OTHER_WORKER);
        workers.addStake{value: 1}();
        assertClaim(order, OTHER_WORKER, IMarketLens.Reason.None, 0);
    }

    function test_preflightClaim_mirrorsKeysAndRoles() external {
        JobOrder memory order = fakeOrder();
        request(order);
        vm.startPrank(WORKER);
        workers.setSigner(STRANGER);
        workers.revokeSigner(WORKER, SIGNER);
        vm.stopPrank();
        vm.warp(START + 1);
        assertClaim(order, SIGNER, IMarketLens.Reason.SignerRevoked, IWorkerRegistry.SignerRevoked.selector);
        vm.prank(WORKER);
        workers.setRoles(VALIDATOR_ROLE);
        assertClaim(order, STRANGER, IMarketLens.Reason.RoleMissing, IWorkerRegistry.RoleMissing.selector);
        vm.prank(WORKER);
        workers.setRoles(COMPUTE_ROLE | VALIDATOR_ROLE);
        assertClaim(order, STRANGER, IMarketLens.Reason.None, 0);
    }

    function test_preflightClaim_knowsSignersAndAssurances() external {
        JobOrder memory order = fakeOrder();
        order.allowedWorker = WORKER;
        request(order);
        assertClaim(order, SIGNER, IMarketLens.Reason.None, 0);

        order = fakeOrder();
        order.nonce = 8;
        request(order);
        assertClaim(order, address(assurance), IMarketLens.Reason.None, 0);
    }

    // Orders that leave None

    function test_preflightClaimSigned_mirrorsTheOrder() external {
        JobOrder memory order = signedOrder();
        order.maxFeeBps = FEE_BPS - 1;
        assertSigned(order, IMarketLens.Reason.FeeAboveOrder, IJobMarket.FeeAboveOrder.selector);
        market.setPaused(true);
        assertSigned(order, IMarketLens.Reason.Paused, IJobMarket.MarketPaused.selector);
        market.setPaused(false);
        (order.maxFeeBps, order.minPrice) = (500, order.maxPrice + 1);
        assertSigned(order, IMarketLens.Reason.PriceRangeInverted, IJobMarket.PriceRangeInverted.selector);
        (order.minPrice, order.proveSeconds) = (1 ether, 0);
        assertSigned(order, IMarketLens.Reason.DeadlinesInvalid, IJobMarket.DeadlinesInvalid.selector);
        (order.proveSeconds, order.claimDeadline) = (600, uint40(START - 1));
        assertSigned(order, IMarketLens.Reason.DeadlinesInvalid, IJobMarket.DeadlinesInvalid.selector);
        order.claimDeadline = uint40(START + 4_401);
        assertSigned(order, IMarketLens.Reason.DeadlinesInvalid, IJobMarket.DeadlinesInvalid.selector);
        (order.claimDeadline, order.inputCommitment) = (uint40(START + 2_000), Bn254.SCALAR_ORDER);
        assertSigned(
            order, IMarketLens.Reason.InputCommitmentOutOfField, IJobMarket.InputCommitmentOutOfField.selector
        );
        (order.inputCommitment, order.callback) = (5, STRANGER);
        assertSigned(order, IMarketLens.Reason.CallbackUnsupported, IJobMarket.CallbackUnsupported.selector);
        order.callbackGas = 2_000_001;
        assertSigned(order, IMarketLens.Reason.CallbackUnsupported, IJobMarket.CallbackUnsupported.selector);
        (order.callback, order.callbackGas, order.token) = (address(0), 0, address(token));
        assertSigned(order, IMarketLens.Reason.TokenNotAllowed, IJobMarket.TokenNotAllowed.selector);
        order.token = NATIVE;
        assertSigned(order, IMarketLens.Reason.None, 0);
        assertSigned(order, IMarketLens.Reason.NonceUsed, IJobMarket.NonceUsed.selector);
    }

    function test_preflightClaimSigned_mirrorsTheAssurance() external {
        JobOrder memory order = signedOrder();
        order.assurance = STRANGER;
        assertSigned(order, IMarketLens.Reason.AssuranceNotListed, IJobMarket.AssuranceNotListed.selector);
        (order.assurance, order.assuranceData) = (address(assurance), "data");
        assertSigned(order, IMarketLens.Reason.AssuranceDataUnexpected, IJobMarket.AssuranceDataUnexpected.selector);
        market.listAssurance(address(assurance), IJobMarket.AssuranceListing.WithTerms);
        assertSigned(order, IMarketLens.Reason.TermsRefused, ObedientAssurance.TermsRefused.selector);
        order.assuranceData = "terms";
        assertSigned(order, IMarketLens.Reason.None, 0);
    }

    function test_preflightClaimSigned_mirrorsTheModel() external {
        JobOrder memory order = signedOrder();
        order.modelId = ModelId.wrap(bytes32(uint256(1)));
        assertSigned(order, IMarketLens.Reason.ModelUnknown, IModelRegistry.ModelUnknown.selector);
        (order.modelId, order.minContributions) = (modelId, 1);
        assertSigned(order, IMarketLens.Reason.ContributionsTooFew, IJobMarket.ContributionsTooFew.selector);
        (order.minContributions, order.minPrice) = (0, FLOOR_PRICE - 1);
        assertSigned(order, IMarketLens.Reason.PriceTooLow, IJobMarket.PriceTooLow.selector);
        vm.prank(MODEL_OWNER);
        models.deprecateModel(modelId);
        assertSigned(order, IMarketLens.Reason.ModelDeprecated, IJobMarket.ModelIsDeprecated.selector);
    }

    function test_preflightClaimSigned_mirrorsSignatureMoneyAndWorker() external {
        JobOrder memory order = signedOrder();
        bytes memory signature = signWith(KEY + 1, JobId.unwrap(market.hashOrder(order)));
        assertSignedWith(
            order, signature, WORKER, IMarketLens.Reason.SignatureInvalid, IJobMarket.SignatureInvalid.selector
        );
        signature = sign(order);
        assertSignedWith(
            order, signature, STRANGER, IMarketLens.Reason.WorkerUnknown, IWorkerRegistry.WorkerUnknown.selector
        );
        vm.prank(order.requester);
        market.withdraw(NATIVE, 9.5 ether, STRANGER);
        assertSigned(order, IMarketLens.Reason.BalanceTooLow, IJobMarket.BalanceTooLow.selector);
    }

    /// @dev Of several faults at once the lens names the one that the market comes to first.
    function testFuzz_preflightClaimSigned_namesTheFirstFault(uint16[3] calldata random, bool paused) external {
        // Each fault in one run of eight, so that every one comes first somewhere.
        uint16 faults = random[0] & random[1] & random[2];
        JobOrder memory order = signedOrder();
        if (faults & 1 != 0) order.maxFeeBps = 0;
        if (faults & 2 != 0) order.minPrice = order.maxPrice + 1;
        if (faults & 4 != 0) order.proveSeconds = 0;
        if (faults & 8 != 0) order.inputCommitment = type(uint256).max;
        if (faults & 16 != 0) order.callbackGas = 1;
        if (faults & 32 != 0) order.token = address(token);
        if (faults & 64 != 0) order.assurance = STRANGER;
        if (faults & 128 != 0) order.assuranceData = "data";
        if (faults & 256 != 0) order.modelId = ModelId.wrap(0);
        if (faults & 512 != 0) order.minContributions = 1;
        if (faults & 1_024 != 0 && faults & 2 == 0) order.minPrice = 0;
        if (faults & 2_048 != 0) cancelNonce(order);
        if (faults & 4_096 != 0) (order.minPrice, order.maxPrice) = (order.minPrice + 90 ether, 99 ether);
        if (faults & 8_192 != 0) order.bond = 90 ether;
        if (faults & 16_384 != 0) order.allowedWorker = STRANGER;
        if (paused && faults & 1 != 0) market.setPaused(true);
        IMarketLens.Reason reason = lens.preflightClaimSigned(order, sign(order), WORKER);

        assertSigned(order, reason, selectorOf(reason));
    }

    function test_preflightOrder_isWhatARequestNeedsButMoney() external {
        JobOrder memory order = fakeOrder();
        assertReason(lens.preflightOrder(order), IMarketLens.Reason.None);
        request(order);
        assertReason(lens.preflightOrder(order), IMarketLens.Reason.NonceUsed);
    }

    function test_preflightClaimBundled_mirrorsTheBundle() external {
        JobOrder memory order = fakeOrder();
        order.rampStart = uint40(START);
        bytes32 root = JobId.unwrap(market.hashOrder(order));
        assertBundled(order, ~root, WORKER, IMarketLens.Reason.NotInBundle, IMarketExtension.NotInBundle.selector);
        assertBundled(order, root, WORKER, IMarketLens.Reason.BundleUnknown, IMarketExtension.BundleUnknown.selector);
        vm.prank(REQUESTER);
        market.requestBundle{value: 1.5 ether}(NATIVE, root, 1.5 ether, uint40(START + 900), 0);
        vm.warp(START + 901);
        assertBundled(order, root, WORKER, IMarketLens.Reason.DeadlinePassed, IJobMarket.DeadlinePassed.selector);
        vm.warp(START + 501);
        assertBundled(
            order, root, WORKER, IMarketLens.Reason.BundleTooSmall, IMarketExtension.BundleTooSmall.selector
        );
        vm.warp(START + 500);
        assertBundled(order, root, STRANGER, IMarketLens.Reason.WorkerUnknown, IWorkerRegistry.WorkerUnknown.selector);
        assertBundled(order, root, WORKER, IMarketLens.Reason.None, 0);
        assertBundled(order, root, WORKER, IMarketLens.Reason.NonceUsed, IJobMarket.NonceUsed.selector);
    }

    // Answers

    function test_preflightSubmit_mirrorsStateTimeAndVerdict() external {
        JobOrder memory order = fakeOrder();
        assertSubmit(order, "final", IMarketLens.Reason.WrongState, IJobMarket.JobNotInState.selector);
        request(order);
        claim(order);
        assertSubmit(order, "no", IMarketLens.Reason.EvidenceRejected, IJobMarket.EvidenceRejected.selector);
        assertSubmit(order, "wrong answer", IMarketLens.Reason.EvidenceRejected, IJobMarket.EvidenceRejected.selector);
        assertSubmit(order, "fail", IMarketLens.Reason.EvidenceUnjudged, ObedientAssurance.Failed.selector);
        assurance.setWindow(5_001);
        assertSubmit(order, "pending", IMarketLens.Reason.VerdictTooLate, IJobMarket.VerdictTooLate.selector);
        vm.warp(START + 601);
        assertSubmit(order, "final", IMarketLens.Reason.DeadlinePassed, IJobMarket.DeadlinePassed.selector);
        vm.warp(START + 600);
        assurance.setWindow(100);
        assertSubmit(order, "pending", IMarketLens.Reason.None, 0);
    }

    function test_preflightSubmit_saysWhatIsFinal() external {
        JobOrder memory order = fakeOrder();
        request(order);
        claim(order);
        assertSubmit(order, "final", IMarketLens.Reason.None, 0);
    }

    function test_preflightSubmitSigned_mirrorsTheOpenRace() external {
        JobOrder memory order = signedOrder();
        order.allowedWorker = STRANGER;
        bytes memory signature = sign(order);
        assertRace(order, signature, address(0), "final", IMarketLens.Reason.WorkerMissing, IJobMarket.AddressZero.selector);
        assertRace(
            order, signature, WORKER, "final", IMarketLens.Reason.NotAllowedWorker, IJobMarket.NotAllowedWorker.selector
        );
        assertRace(order, "", STRANGER, "final", IMarketLens.Reason.WrongState, IJobMarket.JobNotInState.selector);
        assertRace(
            order, "sig", STRANGER, "final", IMarketLens.Reason.SignatureInvalid, IJobMarket.SignatureInvalid.selector
        );
        assertRace(
            order, signature, STRANGER, "pending", IMarketLens.Reason.EvidenceRejected, IJobMarket.EvidenceRejected.selector
        );
        assertRace(
            order, signature, STRANGER, "fail", IMarketLens.Reason.EvidenceUnjudged, ObedientAssurance.Failed.selector
        );
        assertRace(order, signature, STRANGER, "final", IMarketLens.Reason.None, 0);
        assertRace(order, signature, STRANGER, "final", IMarketLens.Reason.NonceUsed, IJobMarket.NonceUsed.selector);
    }

    function test_preflightSubmitSigned_mirrorsARequestedJob() external {
        JobOrder memory order = fakeOrder();
        request(order);
        vm.warp(START + 2_001);
        assertRace(order, "", STRANGER, "final", IMarketLens.Reason.DeadlinePassed, IJobMarket.DeadlinePassed.selector);
        vm.warp(START + 2_000);
        assertRace(order, "", STRANGER, "final", IMarketLens.Reason.None, 0);
    }

    // Worth

    function test_quote_splitsThePriceAtATime() external {
        JobOrder memory order = fakeOrder();
        IMarketLens.Quote memory quoted = lens.quote(order, START + 600);
        assertEq(quoted.price, 1.5 ether);
        assertEq(quoted.workerShare, 1.3875 ether);
        assertEq(quoted.royalty, 0.075 ether);
        assertEq(quoted.fee, 0.0375 ether);

        // A job keeps the fee of its request and the price of its claim.
        request(order);
        market.setFeeBps(0);
        vm.warp(START + 600);
        claim(order);
        quoted = lens.quote(order, START + 1_000_000);
        assertEq(quoted.price, 1.5 ether);
        assertEq(quoted.fee, 0.0375 ether);
        market.submitResult(order, resultWith("final"));
        assertEq(freeOf(WORKER), quoted.workerShare);
    }

    function test_quote_tellsOfRecentJobs() external {
        JobOrder memory order = fakeOrder();
        request(order);
        claim(order);
        market.submitResult(order, resultWith("final"));
        JobOrder[] memory orders = new JobOrder[](1);
        orders[0] = order;
        stats.recordJobs(orders);

        IMarketLens.Quote memory quoted = lens.quote(order, START);

        assertEq(quoted.recent.jobs, 1);
        assertEq(quoted.recent.fillRateBps, 10_000);
        assertEq(quoted.recent.clearingPrice, 1 ether);
    }

    /// @dev After a default without money for the whole ramp, the price climbs no further than what is in escrow.
    function test_quote_stopsAtTheEscrow() external {
        JobOrder memory order = fakeOrder();
        request(order);
        vm.warp(START + 600);
        claim(order);
        vm.prank(REQUESTER);
        market.withdraw(NATIVE, 0.5 ether, REQUESTER);
        vm.warp(START + 1_201);
        market.expireJob(order);

        assertEq(lens.quote(order, START + 1_500).price, 1.5 ether);
        claim(order);
        (, uint256 locked) = market.balanceOf(REQUESTER, NATIVE);
        assertEq(locked, 1.5 ether);
    }

    function test_breakEvenGasPrice_isTheShareOverTheGas() external view {
        JobOrder memory order = fakeOrder();
        assertEq(lens.breakEvenGasPrice(order, START, 370_000), uint256(0.925 ether) / 370_000);
        assertEq(lens.breakEvenGasPrice(order, START, 0), 0);
        order.token = address(token);
        assertEq(lens.breakEvenGasPrice(order, START, 370_000), 0);
    }

    /// @dev With so much gas left at the callback the market goes on; with less it says so.
    function test_callbackGasNeeded_isWhatTheMarketAsksFor() external {
        JobOrder memory order = fakeOrder();
        assertEq(lens.callbackGasNeeded(order), 0);
        (order.callback, order.callbackGas) = (STRANGER, 1_000_000);
        request(order);
        claim(order);
        uint256 needed = lens.callbackGasNeeded(order);
        JobResult memory result = resultWith("final");

        (bool submitted, bytes memory reverted) =
            address(market).call{gas: needed}(abi.encodeCall(IJobMarket.submitResult, (order, result)));
        assertTrue(!submitted && bytes4(reverted) == IJobMarket.GasTooLow.selector, "too little for the rest");
        assertEq(wordAt(reverted, 36), needed);
        (submitted,) =
            address(market).call{gas: needed + 200_000}(abi.encodeCall(IJobMarket.submitResult, (order, result)));
        assertTrue(submitted, "enough");
    }

    function test_inspectJobs_readsAPage() external {
        JobOrder[] memory orders = new JobOrder[](3);
        for (uint256 i = 0; i < 3; ++i) {
            orders[i] = fakeOrder();
            orders[i].nonce = i;
        }
        request(orders[1]);
        JobId claimed = request(orders[2]);
        claim(orders[2]);
        vm.warp(START + 600);

        IMarketLens.JobView[] memory views = lens.inspectJobs(orders, WORKER);

        assertEq(uint256(views[0].state), uint256(JobState.None));
        assertReason(views[0].reason, IMarketLens.Reason.WrongState);
        assertReason(views[1].reason, IMarketLens.Reason.None);
        assertEq(views[1].price, 1.5 ether);
        assertEq(JobId.unwrap(views[2].jobId), JobId.unwrap(claimed));
        assertEq(uint256(views[2].state), uint256(JobState.Claimed));
        assertEq(views[2].price, 1 ether);
    }

    // Both sides of a reason

    function assertReason(IMarketLens.Reason actual, IMarketLens.Reason expected) private pure {
        assertEq(uint256(actual), uint256(expected));
    }

    function assertClaim(JobOrder memory order, address account, IMarketLens.Reason reason, bytes4 selector) private {
        assertReason(lens.preflightClaim(order, account), reason);
        assertCall(account, abi.encodeCall(IJobMarket.claimJob, (order)), selector);
    }

    function assertSigned(JobOrder memory order, IMarketLens.Reason reason, bytes4 selector) private {
        assertSignedWith(order, sign(order), WORKER, reason, selector);
    }

    function assertSignedWith(
        JobOrder memory order,
        bytes memory signature,
        address account,
        IMarketLens.Reason reason,
        bytes4 selector
    ) private {
        assertReason(lens.preflightClaimSigned(order, signature, account), reason);
        assertCall(account, abi.encodeCall(IJobMarket.claimSigned, (order, signature)), selector);
    }

    function assertBundled(
        JobOrder memory order,
        bytes32 root,
        address account,
        IMarketLens.Reason reason,
        bytes4 selector
    ) private {
        bytes32[] memory proof = new bytes32[](0);
        assertReason(lens.preflightClaimBundled(order, root, proof, account), reason);
        assertCall(account, abi.encodeCall(IMarketExtension.claimBundled, (order, root, proof)), selector);
    }

    function assertSubmit(JobOrder memory order, bytes memory evidence, IMarketLens.Reason reason, bytes4 selector)
        private
    {
        JobResult memory result = resultWith(evidence);
        assertReason(lens.preflightSubmit(order, result), reason);
        assertCall(STRANGER, abi.encodeCall(IJobMarket.submitResult, (order, result)), selector);
    }

    function assertRace(
        JobOrder memory order,
        bytes memory signature,
        address worker,
        bytes memory evidence,
        IMarketLens.Reason reason,
        bytes4 selector
    ) private {
        JobResult memory result = resultWith(evidence);
        assertReason(lens.preflightSubmitSigned(order, signature, worker, result), reason);
        assertCall(STRANGER, abi.encodeCall(IJobMarket.submitSigned, (order, signature, worker, result)), selector);
    }

    function cancelNonce(JobOrder memory order) private {
        vm.prank(order.requester);
        market.cancelNonces(order.nonce >> 8, 1 << (order.nonce & 0xff));
    }

    /// @dev The error of a reason why a signed order cannot be claimed.
    function selectorOf(IMarketLens.Reason reason) private pure returns (bytes4) {
        bytes4[26] memory selectors;
        selectors[uint256(IMarketLens.Reason.Paused)] = IJobMarket.MarketPaused.selector;
        selectors[uint256(IMarketLens.Reason.FeeAboveOrder)] = IJobMarket.FeeAboveOrder.selector;
        selectors[uint256(IMarketLens.Reason.PriceRangeInverted)] = IJobMarket.PriceRangeInverted.selector;
        selectors[uint256(IMarketLens.Reason.DeadlinesInvalid)] = IJobMarket.DeadlinesInvalid.selector;
        selectors[uint256(IMarketLens.Reason.InputCommitmentOutOfField)] =
        IJobMarket.InputCommitmentOutOfField.selector;
        selectors[uint256(IMarketLens.Reason.CallbackUnsupported)] = IJobMarket.CallbackUnsupported.selector;
        selectors[uint256(IMarketLens.Reason.TokenNotAllowed)] = IJobMarket.TokenNotAllowed.selector;
        selectors[uint256(IMarketLens.Reason.AssuranceNotListed)] = IJobMarket.AssuranceNotListed.selector;
        selectors[uint256(IMarketLens.Reason.AssuranceDataUnexpected)] = IJobMarket.AssuranceDataUnexpected.selector;
        selectors[uint256(IMarketLens.Reason.ModelUnknown)] = IModelRegistry.ModelUnknown.selector;
        selectors[uint256(IMarketLens.Reason.ContributionsTooFew)] = IJobMarket.ContributionsTooFew.selector;
        selectors[uint256(IMarketLens.Reason.PriceTooLow)] = IJobMarket.PriceTooLow.selector;
        selectors[uint256(IMarketLens.Reason.NonceUsed)] = IJobMarket.NonceUsed.selector;
        selectors[uint256(IMarketLens.Reason.BalanceTooLow)] = IJobMarket.BalanceTooLow.selector;
        selectors[uint256(IMarketLens.Reason.BondTooHigh)] = IWorkerRegistry.StakeTooLow.selector;
        selectors[uint256(IMarketLens.Reason.NotAllowedWorker)] = IJobMarket.NotAllowedWorker.selector;
        return selectors[uint256(reason)];
    }

    /// @dev The market's call reverts with this error, or goes through for none.
    function assertCall(address caller, bytes memory data, bytes4 selector) private {
        vm.prank(caller);
        (bool succeeded, bytes memory answer) = address(market).call(data);
        assertTrue(succeeded == (selector == 0), "the call goes the way the lens says");
        if (selector != 0) assertEq(bytes32(bytes4(answer)), bytes32(selector));
    }

    function wordAt(bytes memory data, uint256 offset) private pure returns (uint256 word) {
        for (uint256 i = 0; i < 32; ++i) {
            word = word << 8 | uint8(data[offset + i]);
        }
    }
}
