// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Job, JobState} from "../interfaces/JobTypes.sol";

/// @notice A job in one word, laid out as the compiler packs {Job}: read once and written once.
library JobSlot {
    function pack(Job memory job) internal pure returns (uint256 word) {
        return uint160(job.worker) | uint256(job.due) << 160 | uint256(job.state) << 200 | uint256(job.priceTick) << 208
            | uint256(job.feeBps) << 240;
    }

    function unpack(uint256 word) internal pure returns (Job memory job) {
        job.worker = address(uint160(word));
        job.due = uint40(word >> 160);
        job.state = JobState(uint8(word >> 200));
        job.priceTick = uint32(word >> 208);
        job.feeBps = uint16(word >> 240);
    }
}
