// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModelStats} from "./IModelStats.sol";
import {JobId, JobOrder, JobResult, JobState} from "./JobTypes.sol";

/// @notice Says before a call what the market would say, and what a job is worth. Holds nothing and changes nothing.
/// @dev A preflight gives the reason of the market's first revert, checked in the market's order, as of the block that it is read in: somebody else may be
///      faster. Gas is not checked: see {callbackGasNeeded}.
interface IMarketLens {
    /// @notice Why a call of the market would revert.
    enum Reason {
        /// @dev It would not.
        None,
        /// @dev JobNotInState.
        WrongState,
        /// @dev MarketPaused.
        Paused,
        /// @dev DeadlinePassed: the order's claim deadline, or for an answer the claim's due time.
        DeadlinePassed,
        /// @dev FeeAboveOrder.
        FeeAboveOrder,
        /// @dev PriceRangeInverted.
        PriceRangeInverted,
        /// @dev DeadlinesInvalid.
        DeadlinesInvalid,
        /// @dev InputCommitmentOutOfField.
        InputCommitmentOutOfField,
        /// @dev CallbackUnsupported.
        CallbackUnsupported,
        /// @dev TokenNotAllowed.
        TokenNotAllowed,
        /// @dev AssuranceNotListed.
        AssuranceNotListed,
        /// @dev The assurance refuses the order's terms, with an error of its own.
        TermsRefused,
        /// @dev AssuranceDataUnexpected.
        AssuranceDataUnexpected,
        /// @dev ModelUnknown, of the model registry.
        ModelUnknown,
        /// @dev ModelIsDeprecated.
        ModelDeprecated,
        /// @dev ContributionsTooFew.
        ContributionsTooFew,
        /// @dev PriceTooLow.
        PriceTooLow,
        /// @dev NonceUsed.
        NonceUsed,
        /// @dev SignatureInvalid.
        SignatureInvalid,
        /// @dev BalanceTooLow: the requester's free balance does not cover the price.
        BalanceTooLow,
        /// @dev WorkerUnknown, of the worker registry.
        WorkerUnknown,
        /// @dev SignerRevoked, of the worker registry.
        SignerRevoked,
        /// @dev RoleMissing: the operator does not compute.
        RoleMissing,
        /// @dev StakeTooLow: free and bonded stake are below the least stake.
        StakeTooLow,
        /// @dev StakeTooLow: free stake is below the order's bond.
        BondTooHigh,
        /// @dev NotAllowedWorker.
        NotAllowedWorker,
        /// @dev NotInBundle.
        NotInBundle,
        /// @dev BundleUnknown.
        BundleUnknown,
        /// @dev BundleTooSmall.
        BundleTooSmall,
        /// @dev AddressZero: an open race pays nobody.
        WorkerMissing,
        /// @dev EvidenceRejected.
        EvidenceRejected,
        /// @dev VerdictTooLate.
        VerdictTooLate,
        /// @dev The assurance judges for the market only: simulate the call itself.
        EvidenceUnjudged
    }

    /// @notice What a job pays at a time, in the order's token, and what the model's recent jobs did.
    struct Quote {
        uint96 price;
        uint96 workerShare;
        uint96 royalty;
        uint96 fee;
        IModelStats.Summary recent;
    }

    struct JobView {
        JobId jobId;
        JobState state;
        /// @dev Of a claim by the account that was asked for.
        Reason reason;
        /// @dev Of a claim now; for a job that is claimed or over, the price of its claim.
        uint96 price;
    }

    /// @notice Whether the order may leave None: for {IJobMarket-requestJob} and signed orders, but for money and authority.
    function preflightOrder(JobOrder calldata order) external view returns (Reason reason);

    /// @notice Whether `account` could call {IJobMarket-claimJob}.
    function preflightClaim(JobOrder calldata order, address account) external view returns (Reason reason);

    /// @notice Whether `account` could call {IJobMarket-claimSigned}.
    function preflightClaimSigned(JobOrder calldata order, bytes calldata signature, address account)
        external
        view
        returns (Reason reason);

    /// @notice Whether `account` could call {IMarketExtension-claimBundled}.
    function preflightClaimBundled(JobOrder calldata order, bytes32 root, bytes32[] calldata proof, address account)
        external
        view
        returns (Reason reason);

    /// @notice Whether anyone could call {IJobMarket-submitResult}.
    function preflightSubmit(JobOrder calldata order, JobResult calldata result) external view returns (Reason reason);

    /// @notice Whether anyone could call {IJobMarket-submitSigned}.
    function preflightSubmitSigned(
        JobOrder calldata order,
        bytes calldata signature,
        address worker,
        JobResult calldata result
    ) external view returns (Reason reason);

    /// @notice Gas that must be left when the market comes to the order's callback, above what the call itself takes; zero without a callback.
    function callbackGasNeeded(JobOrder calldata order) external view returns (uint256 gas);

    /// @notice What a claim at a time would bring whom.
    function quote(JobOrder calldata order, uint256 timestamp) external view returns (Quote memory quoted);

    /// @notice Highest price of gas, in the chain's own coin, at which a job that takes `gas` does not lose its worker money; zero for an order in tokens.
    function breakEvenGasPrice(JobOrder calldata order, uint256 timestamp, uint256 gas)
        external
        view
        returns (uint256 gasPrice);

    /// @notice States, prices and obstacles of a page of orders. The market keeps no list of them: pages come from its `JobRequested` events, by block range.
    function inspectJobs(JobOrder[] calldata orders, address account) external view returns (JobView[] memory views);
}
