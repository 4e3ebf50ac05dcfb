// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IJobMarket} from "../interfaces/IJobMarket.sol";

/// @notice Pauses the market at once. It cannot end a pause: so the account that must act fast holds no key to the market itself.
/// @dev The access manager lets this contract call {IJobMarket-setPaused} without a delay, and decides who may call {pauseMarket}. A pause stops new orders
///      and claims; no exit and no settlement.
contract PauseSwitch is AccessManaged {
    IJobMarket public immutable market;

    constructor(address authority, IJobMarket market_) AccessManaged(authority) {
        market = market_;
    }

    /// @notice Stops new orders and claims.
    function pauseMarket() external restricted {
        market.setPaused(true);
    }
}
