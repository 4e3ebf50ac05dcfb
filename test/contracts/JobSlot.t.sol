// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Job, JobState} from "../../contracts/interfaces/JobTypes.sol";
import {JobSlot} from "../../contracts/libraries/JobSlot.sol";
import {Test} from "./Vm.sol";

contract JobSlotTest is Test {
    Job private stored;

    function testFuzz_pack_equalsTheCompilers(address worker, uint40 due, uint8 state, uint32 priceTick, uint16 feeBps)
        external
    {
        Job memory job = Job(worker, due, JobState(state % 8), priceTick, feeBps);
        stored = job;
        uint256 word;
        // Safe: reads the slot of the one variable.
        assembly ("memory-safe") {
            word := sload(stored.slot)
        }

        assertEq(JobSlot.pack(job), word);
        assertEq(keccak256(abi.encode(JobSlot.unpack(word))), keccak256(abi.encode(job)));
    }

    function testFuzz_members_equalTheStructs(address worker, uint40 due, uint8 state, uint32 priceTick, uint16 feeBps)
        external
        pure
    {
        Job memory job = Job(worker, due, JobState(state % 8), priceTick, feeBps);
        uint256 word = JobSlot.pack(job);

        assertEq(JobSlot.workerOf(word), worker);
        assertEq(JobSlot.dueOf(word), due);
        assertEq(JobSlot.stateOf(word), uint8(job.state));
        assertEq(JobSlot.priceTickOf(word), priceTick);
        assertEq(JobSlot.feeBpsOf(word), feeBps);
        job.due = 0;
        assertEq(JobSlot.withoutDue(word), JobSlot.pack(job));
        (job.due, job.state) = (due, JobState.Settled);
        assertEq(JobSlot.settled(word), JobSlot.pack(job));
    }
}
