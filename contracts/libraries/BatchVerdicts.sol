// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BatchVerdict, IAssurance} from "../interfaces/IAssurance.sol";

/// @notice Writes and reads a {BatchVerdict}: the kind in the low byte, `until` above it.
library BatchVerdicts {
    /// @notice A verdict that names nobody, in one word.
    function wrap(IAssurance.Verdict memory verdict) internal pure returns (BatchVerdict) {
        return BatchVerdict.wrap(uint256(verdict.kind) | uint256(verdict.until) << 8);
    }

    /// @notice Number of the verdict's kind; a stranger's word may be of none.
    function kind(BatchVerdict verdict) internal pure returns (uint8) {
        return uint8(BatchVerdict.unwrap(verdict));
    }

    function until(BatchVerdict verdict) internal pure returns (uint40) {
        return uint40(BatchVerdict.unwrap(verdict) >> 8);
    }
}
