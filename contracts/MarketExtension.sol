// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {MarketOrders} from "./MarketOrders.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IWorkerRegistry} from "./interfaces/IWorkerRegistry.sol";

/// @notice Code that a market runs on its own storage, by delegatecall, for the calls that are not on the way of every job.
/// @dev It has no storage, owner or parts of its own, so that one deployment serves any market. What it must know of the market stands in the last four words
///      of its calldata, where the market puts them. Called directly it works on its own empty storage, where no job, role, token or money is.
abstract contract MarketExtension is MarketOrders {
    uint256 private constant SUFFIX_LENGTH = 4 * 32;

    address private immutable _self = address(this);

    /// @dev Call the market instead.
    error NotTheMarket();

    modifier onMarket() {
        if (address(this) == _self) revert NotTheMarket();
        _;
    }

    constructor() AccessManaged(address(0)) {}

    function _domainSeparator() internal pure override returns (bytes32) {
        return _suffixWord(0);
    }

    function _modelRegistry() internal pure override returns (IModelRegistry) {
        return IModelRegistry(address(uint160(uint256(_suffixWord(1)))));
    }

    function _workerRegistry() internal pure override returns (IWorkerRegistry) {
        return IWorkerRegistry(address(uint160(uint256(_suffixWord(2)))));
    }

    function _treasury() internal pure override returns (address) {
        return address(uint160(uint256(_suffixWord(3))));
    }

    /// @dev What the caller sent, as an access manager that delays calls must see it.
    function _msgData() internal pure override returns (bytes calldata) {
        return msg.data[:msg.data.length - SUFFIX_LENGTH];
    }

    function _suffixWord(uint256 index) private pure returns (bytes32 word) {
        // Safe: reads calldata only, which gives zeros outside its bounds.
        assembly ("memory-safe") {
            word := calldataload(add(sub(calldatasize(), SUFFIX_LENGTH), shl(5, index)))
        }
    }
}
