// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {MarketState} from "./MarketState.sol";
import {IJobMarket} from "./interfaces/IJobMarket.sol";
import {Job, JobId, JobOrder, JobState} from "./interfaces/JobTypes.sol";
import {Bn254} from "./libraries/Bn254.sol";
import {OrderBytes} from "./libraries/OrderBytes.sol";
import {Signatures} from "./libraries/Signatures.sol";

/// @notice How an order leaves None: what is checked of it, once, before the world is told its terms. Its money comes next, see {MarketState}.
abstract contract MarketOrders is MarketState {
    using Address for address;

    /// @dev An order leaves None, once: checks it, uses its nonce up, and tells the world its terms.
    function _open(JobId jobId, JobOrder calldata order) internal returns (uint16 feeBps) {
        feeBps = _checkOrder(order);
        uint256 bit = 1 << (order.nonce & 0xff);
        mapping(uint256 word => uint256 bits) storage nonces = _nonces[order.requester];
        uint256 bits = nonces[order.nonce >> 8];
        if (bits & bit != 0) revert IJobMarket.NonceUsed(order.requester, order.nonce);

        nonces[order.nonce >> 8] = bits | bit;
        OrderBytes.emitRequested(jobId, order);
    }

    /// @dev A job of the caller leaves None. Its money comes next, see {_escrowRequest}.
    function _openRequest(JobOrder calldata order) internal returns (JobId jobId, Job memory job) {
        if (msg.sender != order.requester) revert IJobMarket.NotRequester(msg.sender, order.requester);
        jobId = _hashOrder(order);
        job.feeBps = _open(jobId, order);
        (job.state, job.priceTick) = (JobState.Requested, order.rampSeconds);
    }

    function _openSigned(JobId jobId, JobOrder calldata order, bytes calldata signature)
        internal
        returns (uint16 feeBps)
    {
        if (!Signatures.isSignedBy(order.requester, JobId.unwrap(jobId), signature)) {
            revert IJobMarket.SignatureInvalid(jobId, order.requester);
        }
        return _open(jobId, order);
    }

    // Checks

    /// @dev All that can be said of an order when it leaves None, but who authorised it and with which money.
    function _checkOrder(JobOrder calldata order) private view returns (uint16 feeBps) {
        Settings memory settings = _settings;
        if (settings.paused) revert IJobMarket.MarketPaused();
        feeBps = settings.feeBps;
        if (feeBps > order.maxFeeBps) revert IJobMarket.FeeAboveOrder(feeBps, order.maxFeeBps);

        // Reading a member refuses dirty upper bits; these four are read nowhere else on the way of a request. See {OrderBytes}.
        (order.rampStart, order.rampSeconds, order.bond, order.allowedWorker);
        if (order.minPrice > order.maxPrice) revert IJobMarket.PriceRangeInverted(order.minPrice, order.maxPrice);
        if (
            block.timestamp > order.claimDeadline || order.proveSeconds == 0
                || uint256(order.claimDeadline) + order.proveSeconds > order.finalDeadline
        ) {
            revert IJobMarket.DeadlinesInvalid(order.claimDeadline, order.proveSeconds, order.finalDeadline);
        }
        if (order.inputCommitment >= Bn254.SCALAR_ORDER) {
            revert IJobMarket.InputCommitmentOutOfField(order.inputCommitment);
        }
        if ((order.callback == address(0)) != (order.callbackGas == 0) || order.callbackGas > MAX_CALLBACK_GAS) {
            revert IJobMarket.CallbackUnsupported(order.callback, order.callbackGas);
        }
        _checkToken(order.token);
        _checkAssurance(order, settings.mainAssurance);
        _checkModel(order);
    }

    function _checkAssurance(JobOrder calldata order, address mainAssurance) private view {
        IJobMarket.AssuranceListing listing = order.assurance == mainAssurance
            ? IJobMarket.AssuranceListing.WithoutTerms
            : _assuranceListing[order.assurance];
        if (listing == IJobMarket.AssuranceListing.None) revert IJobMarket.AssuranceNotListed(order.assurance);
        if (listing == IJobMarket.AssuranceListing.WithTerms) {
            order.assurance.functionStaticCall(OrderBytes.checkTermsCall(order));
        } else if (order.assuranceData.length != 0) {
            revert IJobMarket.AssuranceDataUnexpected(order.assuranceData.length);
        }
    }

    function _checkModel(JobOrder calldata order) private view {
        (uint96 floorPrice, uint16 contributions, bool deprecated) = _modelRegistry().orderTermsOf(order.modelId);
        if (deprecated) revert IJobMarket.ModelIsDeprecated(order.modelId);
        if (contributions < order.minContributions) {
            revert IJobMarket.ContributionsTooFew(contributions, order.minContributions);
        }
        // A floor price is in the chain's own coin and says nothing of tokens; but no job is free.
        uint96 needed = order.token == NATIVE && floorPrice > 1 ? floorPrice : 1;
        if (order.minPrice < needed) revert IJobMarket.PriceTooLow(order.minPrice, needed);
    }

    function _checkToken(address token) internal view {
        if (token != NATIVE && !_tokenAllowed[token]) revert IJobMarket.TokenNotAllowed(token);
    }
}
