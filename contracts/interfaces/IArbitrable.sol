// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitrator} from "./IArbitrator.sol";

/// @notice The part of ERC-792 that a contract with disputes offers to its arbitrator.
interface IArbitrable {
    /// @notice Emitted when an arbitrator ruled.
    event Ruling(IArbitrator indexed arbitrator, uint256 indexed disputeId, uint256 ruling);

    /// @notice Takes the ruling of a dispute. The dispute's arbitrator only.
    function rule(uint256 disputeId, uint256 ruling) external;
}
