// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobId} from "./JobTypes.sol";

/// @notice Money in the chain's own coin that a contract owes, paid out by withdrawal only.
/// @dev The contract's balance is always at least the sum of all credits and of the bonds that it holds for live jobs.
interface ICredits {
    /// @notice Emitted when an account was given a part of the bonds of a job, or its own bond back.
    event Credited(address indexed account, JobId indexed jobId, uint256 amount);
    /// @notice Emitted when an account withdrew all that it was owed.
    event CreditWithdrawn(address indexed account, address indexed to, uint256 amount);

    error NothingCredited(address account);
    error AddressZero();
    error TransferFailed(address to, uint256 amount);

    /// @notice Sends all that the caller is owed to `to`.
    function withdrawCredit(address to) external;

    function creditOf(address account) external view returns (uint256 amount);
}
