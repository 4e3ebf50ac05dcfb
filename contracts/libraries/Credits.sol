// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";

import {ICredits} from "../interfaces/ICredits.sol";
import {JobId} from "../interfaces/JobTypes.sol";

/// @notice See {ICredits}.
library Credits {
    struct Ledger {
        mapping(address account => uint256 amount) amountOf;
    }

    function add(Ledger storage ledger, JobId jobId, address account, uint256 amount) internal {
        if (amount == 0) return;

        ledger.amountOf[account] += amount;
        emit ICredits.Credited(account, jobId, amount);
    }

    /// @dev The last thing that its callers do.
    function withdraw(Ledger storage ledger, address to) internal {
        uint256 amount = ledger.amountOf[msg.sender];
        if (amount == 0) revert ICredits.NothingCredited(msg.sender);
        if (to == address(0)) revert ICredits.AddressZero();

        ledger.amountOf[msg.sender] = 0;
        emit ICredits.CreditWithdrawn(msg.sender, to, amount);
        if (!LowLevelCall.callNoReturn(to, amount, "")) revert ICredits.TransferFailed(to, amount);
    }
}
