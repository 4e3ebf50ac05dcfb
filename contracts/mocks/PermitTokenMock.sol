// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @notice A token with ERC-2612 that anyone can mint; for tests.
contract PermitTokenMock is ERC20("Permit token mock", "PMOCK"), ERC20Permit("Permit token mock") {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
