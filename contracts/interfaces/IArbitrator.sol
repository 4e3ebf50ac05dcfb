// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The part of ERC-792 that an arbitrator offers to a contract with a dispute. Appeals stay between the arbitrator and the parties.
interface IArbitrator {
    /// @notice Opens a dispute of the caller; `msg.value` is at least {arbitrationCost}.
    /// @param choices number of rulings, 1 to `choices`; 0 stands for a refusal to rule
    /// @param extraData what the arbitrator wants to know of the dispute, such as its court
    function createDispute(uint256 choices, bytes calldata extraData) external payable returns (uint256 disputeId);

    /// @notice What {createDispute} costs, in the chain's own coin.
    function arbitrationCost(bytes calldata extraData) external view returns (uint256 cost);
}
