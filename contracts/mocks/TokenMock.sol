// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A plain token that anyone can mint; for tests.
contract TokenMock is ERC20("Token mock", "MOCK") {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
