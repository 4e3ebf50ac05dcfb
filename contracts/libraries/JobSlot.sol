// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Job, JobState} from "../interfaces/JobTypes.sol";

/// @notice A job in one word, laid out as the compiler packs {Job}: read once and written once.
library JobSlot {
    uint256 private constant DUE_MASK = uint256(type(uint40).max) << 160;
    uint256 private constant STATE_MASK = uint256(type(uint8).max) << 200;

    function pack(Job memory job) internal pure returns (uint256 word) {
        // Safe: reads the five words of a struct that the compiler keeps clean. Compared with plain Solidity in JobSlot.t.sol.
        assembly ("memory-safe") {
            word := or(mload(job), shl(160, mload(add(job, 0x20))))
            word := or(word, shl(200, mload(add(job, 0x40))))
            word := or(word, shl(208, mload(add(job, 0x60))))
            word := or(word, shl(240, mload(add(job, 0x80))))
        }
    }

    /// @dev Needs a word that {pack} made.
    function unpack(uint256 word) internal pure returns (Job memory job) {
        // Safe: writes the five words of a struct that the compiler allocated, each within its type. Compared with plain Solidity in JobSlot.t.sol.
        assembly ("memory-safe") {
            mstore(job, and(word, 0xffffffffffffffffffffffffffffffffffffffff))
            mstore(add(job, 0x20), and(shr(160, word), 0xffffffffff))
            mstore(add(job, 0x40), and(shr(200, word), 0xff))
            mstore(add(job, 0x60), and(shr(208, word), 0xffffffff))
            mstore(add(job, 0x80), shr(240, word))
        }
    }

    // Members of a word that {pack} made, for calls that look at many jobs

    function workerOf(uint256 word) internal pure returns (address) {
        return address(uint160(word));
    }

    function dueOf(uint256 word) internal pure returns (uint40) {
        return uint40(word >> 160);
    }

    /// @notice Number of the job's {JobState}.
    function stateOf(uint256 word) internal pure returns (uint8) {
        return uint8(word >> 200);
    }

    function priceTickOf(uint256 word) internal pure returns (uint32) {
        return uint32(word >> 208);
    }

    function feeBpsOf(uint256 word) internal pure returns (uint16) {
        return uint16(word >> 240);
    }

    /// @notice The same job with a due time of zero, which no claimed job has.
    function withoutDue(uint256 word) internal pure returns (uint256) {
        return word & ~DUE_MASK;
    }

    /// @notice The same job, settled.
    function settled(uint256 word) internal pure returns (uint256) {
        return (word & ~STATE_MASK) | uint256(JobState.Settled) << 200;
    }
}
