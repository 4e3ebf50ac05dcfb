// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BatchVerdict, IAssurance} from "../interfaces/IAssurance.sol";

/// @notice Writes and reads a {BatchVerdict}: the kind in the low byte, `until` above it.
library BatchVerdicts {
    /// @dev Bytes of an {IAssurance.Verdict} without payees, as the compiler encodes it: an offset, kind, until, two offsets and two lengths of zero.
    uint256 internal constant NAMELESS_LENGTH = 7 * 32;

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

    /// @notice Ends the running call with a verdict that names nobody, as `return verdict` does.
    function sendOne(IAssurance.VerdictKind kind_, uint40 until_) internal pure {
        // Safe: ends the call, so that it may write over all memory. Compared with abi.encode in CaseList.t.sol.
        assembly ("memory-safe") {
            let answer := mload(0x40)
            mstore(answer, 0x20)
            mstore(add(answer, 0x20), and(kind_, 0xff))
            mstore(add(answer, 0x40), and(until_, 0xffffffffff))
            mstore(add(answer, 0x60), 0x80)
            mstore(add(answer, 0x80), 0xa0)
            mstore(add(answer, 0xa0), 0)
            mstore(add(answer, 0xc0), 0)
            return(answer, NAMELESS_LENGTH)
        }
    }

    /// @notice What `verdicts[position] = verdict` does.
    /// @dev Needs `position` to be below their number.
    function put(BatchVerdict[] memory verdicts, uint256 position, BatchVerdict verdict) internal pure {
        // Safe: writes a word of the array.
        assembly ("memory-safe") {
            mstore(add(add(verdicts, 0x20), shl(5, position)), verdict)
        }
    }

    /// @notice Ends the running call with verdicts, as `return verdicts` does.
    function sendAll(BatchVerdict[] memory verdicts) internal pure {
        // Safe: ends the call. Behind the offset stand the length and the verdicts as they are in memory. Compared with abi.encode in CaseList.t.sol.
        assembly ("memory-safe") {
            let answer := mload(0x40)
            let length := add(0x20, shl(5, mload(verdicts)))
            mstore(answer, 0x20)
            mcopy(add(answer, 0x20), verdicts, length)
            return(answer, add(0x20, length))
        }
    }

    /// @notice Whether an assurance's answer is so many verdicts, as the compiler encodes an array of them.
    function areVerdicts(bytes memory answer, uint256 count) internal pure returns (bool) {
        if (answer.length != (count + 2) << 5) return false;
        (uint256 offset, uint256 length) = (0, 0);
        // Safe: reads two words of an answer that has them.
        assembly ("memory-safe") {
            offset := mload(add(answer, 0x20))
            length := mload(add(answer, 0x40))
        }
        return offset == 0x20 && length == count;
    }

    /// @notice One of an answer's verdicts.
    /// @dev Needs {areVerdicts} of more than `position`.
    function verdictAt(bytes memory answer, uint256 position) internal pure returns (BatchVerdict verdict) {
        // Safe: reads a word inside the answer.
        assembly ("memory-safe") {
            verdict := mload(add(add(answer, 0x60), shl(5, position)))
        }
    }
}
