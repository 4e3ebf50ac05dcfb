// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";

import {IArbitrable} from "../interfaces/IArbitrable.sol";
import {IArbitrator} from "../interfaces/IArbitrator.sol";

/// @notice An arbitrator for tests: rules what it is told, and can try calls of its own while a dispute is opened.
contract ArbitratorMock is IArbitrator {
    uint256 public immutable price;
    bool public broken;
    /// @dev What it tries when a dispute is opened, and whether any of it went through.
    address[] private _targets;
    bytes[] private _calls;
    bool public cameBack;
    /// @dev Can be set back, so that an id is given twice.
    uint256 public nextId;

    error Broken();

    constructor(uint256 price_) payable {
        price = price_;
        nextId = 1;
    }

    receive() external payable {}

    function createDispute(uint256, bytes calldata) external payable returns (uint256 disputeId) {
        if (broken) revert Broken();
        for (uint256 i = 0; i < _targets.length; ++i) {
            if (LowLevelCall.callNoReturn(_targets[i], _calls[i])) cameBack = true;
        }
        disputeId = nextId;
        ++nextId;
    }

    function breakDown() external {
        broken = true;
    }

    function setNextId(uint256 newNextId) external {
        nextId = newNextId;
    }

    function tryOnDispute(address target, bytes calldata data) external {
        _targets.push(target);
        _calls.push(data);
    }

    function ruleOn(IArbitrable arbitrable, uint256 disputeId, uint256 ruling) external {
        arbitrable.rule(disputeId, ruling);
    }

    function arbitrationCost(bytes calldata) external view returns (uint256 cost) {
        return price;
    }
}
