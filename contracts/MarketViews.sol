// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketState} from "./MarketState.sol";
import {IJobMarket} from "./interfaces/IJobMarket.sol";
import {IMarketExtension} from "./interfaces/IMarketExtension.sol";
import {Job, JobId, JobOrder} from "./interfaces/JobTypes.sol";
import {Prices} from "./libraries/Prices.sol";

/// @notice What anyone can ask {JobMarket}.
abstract contract MarketViews is IJobMarket, MarketState {
    /// @inheritdoc IJobMarket
    function jobOf(JobId jobId) external view returns (Job memory job) {
        return _readJob(jobId);
    }

    /// @inheritdoc IJobMarket
    function balanceOf(address account, address token) external view returns (uint256 free, uint256 locked) {
        return _readBalance(_balances[account][token]);
    }

    /// @inheritdoc IJobMarket
    function priceAt(JobOrder calldata order, uint256 timestamp) external pure returns (uint96 price) {
        return Prices.priceOfTick(order, Prices.tickAt(order, timestamp));
    }

    /// @inheritdoc IJobMarket
    function nonceUsed(address requester, uint256 nonce) external view returns (bool used) {
        return _nonces[requester][nonce >> 8] >> (nonce & 0xff) & 1 != 0;
    }

    /// @inheritdoc IJobMarket
    function hashOrder(JobOrder calldata order) external view returns (JobId jobId) {
        return _hashOrder(order);
    }

    /// @inheritdoc IJobMarket
    function bindingOf(JobId jobId, address worker) external view returns (uint256 binding) {
        return _bindingOf(jobId, worker);
    }

    /// @inheritdoc IMarketExtension
    function bundleOf(address requester, address token, bytes32 root) external view returns (Bundle memory bundle) {
        return _bundles[_bundleKey(requester, token, root)];
    }

    /// @inheritdoc IMarketExtension
    function failedCallbackOf(JobId jobId) external view returns (bytes32 dataHash) {
        return _failedCallbacks[jobId];
    }

    /// @inheritdoc IJobMarket
    function feeBps() external view returns (uint16) {
        return _settings.feeBps;
    }

    /// @inheritdoc IJobMarket
    function paused() external view returns (bool) {
        return _settings.paused;
    }

    /// @inheritdoc IJobMarket
    function tokenAllowed(address token) external view returns (bool) {
        return _tokenAllowed[token];
    }

    /// @inheritdoc IJobMarket
    function assuranceListing(address assurance) external view returns (AssuranceListing) {
        return _assuranceListing[assurance];
    }

    /// @inheritdoc IJobMarket
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparator();
    }
}
