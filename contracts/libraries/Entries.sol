// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobCase, JobOrder, JobResult, Submission} from "../interfaces/JobTypes.sol";

/// @notice Where in calldata the parts of a batch's entries stand.
/// @dev The market hands its entries on as they came, from their number to the end of calldata. The decoder lets an offset be negative: such a part would stand
///      before the entries, where the market and an assurance see different words. So offsets point forward here, and both read the same.
///      Compared with plain Solidity in Entries.t.sol.
library Entries {
    /// @notice Order and result of an entry. Reverts when an offset, of theirs or of a part of them, does not point forward.
    /// @dev Needs `index` to be below the number of entries, which the decoder has checked to be inside calldata.
    function entryAt(Submission[] calldata entries, uint256 index)
        internal
        pure
        returns (JobOrder calldata order, JobResult calldata result)
    {
        // Safe: reads calldata, which is zero outside its bounds. Three members of a head are offsets: 14 of an order, and both of a result. What is added
        // is below 2^64 each time, so that no sum wraps around.
        assembly ("memory-safe") {
            let offset := calldataload(add(entries.offset, shl(5, index)))
            let entry := add(entries.offset, offset)
            order := add(entry, calldataload(entry))
            result := add(entry, calldataload(add(entry, 0x20)))
            let all := or(offset, or(calldataload(entry), calldataload(add(entry, 0x20))))
            all := or(all, calldataload(add(order, 0x1c0)))
            all := or(all, or(calldataload(result), calldataload(add(result, 0x20))))
            if shr(64, all) { revert(0, 0) }
        }
    }

    /// @notice Output words of an entry's result.
    /// @dev Needs a result of {entryAt}. Reverts for a number of 2^64 or more; behind the end of calldata are zeros.
    function outputsOf(JobResult calldata result) internal pure returns (uint256[] calldata outputs) {
        // Safe: see {entryAt}.
        assembly ("memory-safe") {
            let length := add(result, calldataload(result))
            outputs.offset := add(length, 0x20)
            outputs.length := calldataload(length)
            if shr(64, outputs.length) { revert(0, 0) }
        }
    }

    /// @notice Output words and evidence of an entry's result.
    /// @dev As {outputsOf}.
    function partsOf(JobResult calldata result)
        internal
        pure
        returns (uint256[] calldata outputs, bytes calldata evidence)
    {
        // Safe: see {entryAt}.
        assembly ("memory-safe") {
            let first := add(result, calldataload(result))
            outputs.offset := add(first, 0x20)
            outputs.length := calldataload(first)
            let second := add(result, calldataload(add(result, 0x20)))
            evidence.offset := add(second, 0x20)
            evidence.length := calldataload(second)
            if shr(64, or(outputs.length, evidence.length)) { revert(0, 0) }
        }
    }

    /// @notice One of the cases of a batch.
    /// @dev Needs `position` to be below their number.
    function caseAt(JobCase[] calldata cases, uint256 position) internal pure returns (JobCase calldata asked) {
        // Safe: the decoder has checked that the cases, four words each, are inside calldata.
        assembly ("memory-safe") {
            asked := add(cases.offset, shl(7, position))
        }
    }
}
