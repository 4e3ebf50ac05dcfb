// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {MarketState} from "./MarketState.sol";
import {IJobMarket} from "./interfaces/IJobMarket.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IWorkerRegistry} from "./interfaces/IWorkerRegistry.sol";

/// @notice Code that a market runs on its own storage, by delegatecall, for the calls that are not on the way of every job.
/// @dev It has no storage, owner or parts of its own, so that one deployment serves any market; called directly it refuses.
abstract contract MarketExtension is MarketState {
    address private immutable _self = address(this);

    /// @dev Call the market instead.
    error NotTheMarket();

    modifier onMarket() {
        if (address(this) == _self) revert NotTheMarket();
        _;
    }

    constructor() AccessManaged(address(0)) {}

    function _modelRegistry() internal view override returns (IModelRegistry) {
        return IJobMarket(address(this)).modelRegistry();
    }

    function _workerRegistry() internal view override returns (IWorkerRegistry) {
        return IJobMarket(address(this)).workerRegistry();
    }

    function _treasury() internal view override returns (address) {
        return IJobMarket(address(this)).treasury();
    }

    function _domainSeparator() internal view override returns (bytes32) {
        return IJobMarket(address(this)).domainSeparator();
    }
}
