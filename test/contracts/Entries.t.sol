// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobCase, JobOrder, JobResult, Submission} from "../../contracts/interfaces/JobTypes.sol";
import {Entries} from "../../contracts/libraries/Entries.sol";
import {Test} from "./Vm.sol";

contract EntriesTest is Test {
    function entryOf(Submission[] calldata entries, uint256 index) external pure returns (bytes32, bytes32) {
        (JobOrder calldata order, JobResult calldata result) = Entries.entryAt(entries, index);
        assertEq(keccak256(abi.encode(Entries.outputsOf(result))), keccak256(abi.encode(result.outputs)));
        (uint256[] calldata outputs, bytes calldata evidence) = Entries.partsOf(result);
        assertEq(keccak256(abi.encode(outputs)), keccak256(abi.encode(result.outputs)));
        assertEq(keccak256(evidence), keccak256(result.evidence));
        return (keccak256(abi.encode(order)), keccak256(abi.encode(result)));
    }

    function encode(Submission[] memory entries, uint256 index) private pure returns (bytes memory) {
        return abi.encodeCall(EntriesTest.entryOf, (entries, index));
    }

    /// @dev Reads a word of calldata that stands in memory.
    function wordAt(bytes memory data, uint256 place) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), place))
        }
    }

    /// @dev The call with another word in one place.
    function callWith(bytes memory data, uint256 place, uint256 word) private returns (bool success, bytes memory answer) {
        uint256 kept = wordAt(data, place);
        assembly ("memory-safe") {
            mstore(add(add(data, 0x20), place), word)
        }
        (success, answer) = address(this).call(data);
        assembly ("memory-safe") {
            mstore(add(add(data, 0x20), place), kept)
        }
    }

    function testFuzz_entryAt_equalsPlainSolidity(Submission[] memory entries) external view {
        for (uint256 i = 0; i < entries.length; ++i) {
            (bytes32 order, bytes32 result) = this.entryOf(entries, i);

            assertEq(order, keccak256(abi.encode(entries[i].order)));
            assertEq(result, keccak256(abi.encode(entries[i].result)));
        }
    }

    /// @dev Each of the six offsets of an entry, pointing back, or so far that a sum could wrap around.
    function testFuzz_entryAt_refusesOffsetsThatDoNotPointForward(Submission memory entry, uint256 seed) external {
        Submission[] memory entries = new Submission[](1);
        entries[0] = entry;
        bytes memory data = encode(entries, 0);
        // Behind the selector and two words of the head stands the array: its length, one offset, and the entry.
        uint256 array = 4 + 0x40 + 0x20;
        uint256 place = array + wordAt(data, array);
        uint256 orderAt = place + wordAt(data, place);
        uint256 resultAt = place + wordAt(data, place + 0x20);
        uint256[6] memory places = [array, place, place + 0x20, orderAt + 14 * 32, resultAt, resultAt + 0x20];

        for (uint256 i = 0; i < 6; ++i) {
            (bool success, bytes memory answer) = callWith(data, places[i], bound(seed, 2 ** 64, type(uint256).max));
            assertTrue(!success && answer.length == 0, "refused");
        }
        (bool accepted,) = address(this).call(data);
        assertTrue(accepted, "the call that an encoder writes is not");
    }

    function sizesOf(Submission[] calldata entries) external pure returns (uint256 outputs, uint256 evidence) {
        (, JobResult calldata result) = Entries.entryAt(entries, 0);
        (uint256[] calldata words, bytes calldata data) = Entries.partsOf(result);
        assertEq(Entries.outputsOf(result).length, words.length);
        return (words.length, data.length);
    }

    function countOf(Submission[] calldata entries) external pure returns (uint256) {
        (, JobResult calldata result) = Entries.entryAt(entries, 0);
        return Entries.outputsOf(result).length;
    }

    function testFuzz_outputsOf_refusesLengthsThatNoCalldataHas(Submission memory entry, uint256 seed) external {
        Submission[] memory entries = new Submission[](1);
        entries[0] = entry;
        bytes memory data = abi.encodeCall(EntriesTest.countOf, (entries));
        uint256 array = 4 + 0x20 + 0x20;
        uint256 place = array + wordAt(data, array);
        uint256 resultAt = place + wordAt(data, place + 0x20);
        uint256 length = resultAt + wordAt(data, resultAt);

        (bool success, bytes memory answer) = callWith(data, length, bound(seed, 2 ** 64, type(uint256).max));

        assertTrue(!success && answer.length == 0, "refused");
        assertEq(this.countOf(entries), entry.result.outputs.length);
    }

    /// @dev Both lengths of a result, so large that a sum could wrap around.
    function testFuzz_partsOf_refusesLengthsThatNoCalldataHas(Submission memory entry, uint256 seed) external {
        Submission[] memory entries = new Submission[](1);
        entries[0] = entry;
        bytes memory data = abi.encodeCall(EntriesTest.sizesOf, (entries));
        uint256 array = 4 + 0x20 + 0x20;
        uint256 place = array + wordAt(data, array);
        uint256 resultAt = place + wordAt(data, place + 0x20);

        for (uint256 i = 0; i < 2; ++i) {
            uint256 length = resultAt + wordAt(data, resultAt + 0x20 * i);
            (bool success, bytes memory answer) = callWith(data, length, bound(seed, 2 ** 64, type(uint256).max));
            assertTrue(!success && answer.length == 0, "refused");
        }
        (uint256 outputs, uint256 evidence) = this.sizesOf(entries);
        assertEq(outputs, entry.result.outputs.length);
        assertEq(evidence, entry.result.evidence.length);
    }

    function casesOf(JobCase[] calldata cases) external pure returns (bytes32) {
        for (uint256 i = 0; i < cases.length; ++i) {
            assertEq(keccak256(abi.encode(Entries.caseAt(cases, i))), keccak256(abi.encode(cases[i])));
        }
        return keccak256(abi.encode(cases));
    }

    function testFuzz_caseAt_equalsPlainSolidity(JobCase[] memory cases) external view {
        assertEq(this.casesOf(cases), keccak256(abi.encode(cases)));
    }
}
