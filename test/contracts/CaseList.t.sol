// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BatchVerdict, IAssurance} from "../../contracts/interfaces/IAssurance.sol";
import {JobCase, JobId, JobOrder, JobResult, StoredJob, Submission} from "../../contracts/interfaces/JobTypes.sol";
import {BatchVerdicts} from "../../contracts/libraries/BatchVerdicts.sol";
import {CaseList} from "../../contracts/libraries/CaseList.sol";
import {Test} from "./Vm.sol";

contract CaseListTest is Test {
    using CaseList for CaseList.List;

    /// @dev `spare` places stay empty, and memory that is dirty stands before and behind.
    function listCall(JobCase[] calldata cases, uint256 spare, Submission[] calldata submissions)
        external
        pure
        returns (bytes memory data, bytes32 guarded)
    {
        CaseList.List memory list = CaseList.start(submissions, cases.length + spare);
        bytes memory behind = bytes("what stands behind stays");
        for (uint256 i = 0; i < cases.length; ++i) {
            // Dirty upper bits, as a variable may have them.
            address worker = cases[i].worker;
            assembly ("memory-safe") {
                worker := or(worker, shl(160, 0xbad))
            }
            list.push(cases[i].index, cases[i].jobId, worker, cases[i].binding);
        }
        data = list.finish(submissions);
        guarded = keccak256(behind);
        for (uint256 i = 0; i < cases.length; ++i) {
            (uint256 index, JobId jobId) = list.caseAt(i);
            assertEq(index, cases[i].index);
            assertEq(JobId.unwrap(jobId), JobId.unwrap(cases[i].jobId));
        }
    }

    /// @dev Decodes as the assurance does, and returns what it got.
    function judgeBatch(JobCase[] calldata cases, Submission[] calldata submissions) external pure returns (bytes32) {
        return keccak256(abi.encode(cases, submissions));
    }

    function testFuzz_finish_isDecodedAsPlainSolidity(
        JobCase[] memory cases,
        uint8 spare,
        Submission[] memory submissions
    ) external {
        (bytes memory data, bytes32 guarded) = this.listCall(cases, spare % 8, submissions);

        (bool success, bytes memory returned) = address(this).call(data);

        assertTrue(success && bytes4(data) == IAssurance.judgeBatch.selector, "the call is judgeBatch");
        assertEq(abi.decode(returned, (bytes32)), keccak256(abi.encode(cases, submissions)));
        assertEq(guarded, keccak256("what stands behind stays"));
    }

    function noted(Submission[] calldata submissions, uint256 salt) external pure {
        CaseList.List memory list = CaseList.start(submissions, submissions.length);
        for (uint256 i = 0; i < submissions.length; ++i) {
            list.note(storedAt(salt + i), salt ^ i, submissions[i].order, submissions[i].result);
            list.push(i, JobId.wrap(0), address(0), 0);
        }
        for (uint256 i = 0; i < submissions.length; ++i) {
            (StoredJob storage job, uint256 slot, JobOrder calldata order, JobResult calldata result) = list.noteAt(i);
            assertEq(placeOf(job), salt + i);
            assertEq(slot, salt ^ i);
            assertEq(keccak256(abi.encode(order)), keccak256(abi.encode(submissions[i].order)));
            assertEq(keccak256(abi.encode(result)), keccak256(abi.encode(submissions[i].result)));
        }
    }

    function storedAt(uint256 place) private pure returns (StoredJob storage job) {
        assembly ("memory-safe") {
            job.slot := place
        }
    }

    function placeOf(StoredJob storage job) private pure returns (uint256 place) {
        assembly ("memory-safe") {
            place := job.slot
        }
    }

    function testFuzz_noteAt_givesWhatWasNoted(Submission[] memory submissions, uint128 salt) external view {
        this.noted(submissions, salt);
    }

    function testFuzz_put_equalsPlainSolidity(BatchVerdict[] memory verdicts, uint256 position, BatchVerdict verdict)
        external
        pure
    {
        if (verdicts.length == 0) return;
        position %= verdicts.length;
        BatchVerdict[] memory plain = abi.decode(abi.encode(verdicts), (BatchVerdict[]));
        plain[position] = verdict;

        BatchVerdicts.put(verdicts, position, verdict);

        assertEq(keccak256(abi.encode(verdicts)), keccak256(abi.encode(plain)));
    }

    function sendAll(BatchVerdict[] memory verdicts) external pure returns (BatchVerdict[] memory) {
        BatchVerdicts.sendAll(verdicts);
    }

    function sendOne(IAssurance.VerdictKind kind, uint40 until) external pure returns (IAssurance.Verdict memory) {
        BatchVerdicts.sendOne(kind, until);
    }

    function testFuzz_sendAll_equalsReturn(BatchVerdict[] memory verdicts) external view {
        (bool success, bytes memory answer) = address(this).staticcall(abi.encodeCall(this.sendAll, (verdicts)));

        assertTrue(success, "sent");
        assertEq(keccak256(answer), keccak256(abi.encode(verdicts)));
    }

    function testFuzz_sendOne_equalsReturn(uint8 kind, uint40 until) external view {
        IAssurance.Verdict memory verdict;
        (verdict.kind, verdict.until) = (IAssurance.VerdictKind(kind % 4), until);

        (bool success, bytes memory answer) =
            address(this).staticcall(abi.encodeCall(this.sendOne, (verdict.kind, until)));

        assertTrue(success, "sent");
        assertEq(keccak256(answer), keccak256(abi.encode(verdict)));
    }

    function testFuzz_wrap_keepsKindAndTime(uint8 kind, uint40 until) external pure {
        IAssurance.Verdict memory verdict;
        (verdict.kind, verdict.until) = (IAssurance.VerdictKind(kind % 4), until);

        BatchVerdict wrapped = BatchVerdicts.wrap(verdict);

        assertEq(BatchVerdicts.kind(wrapped), kind % 4);
        assertEq(BatchVerdicts.until(wrapped), until);
    }

    function testFuzz_verdictAt_givesWhatWasEncoded(BatchVerdict[] memory verdicts) external pure {
        bytes memory answer = abi.encode(verdicts);

        assertTrue(BatchVerdicts.areVerdicts(answer, verdicts.length), "verdicts");
        for (uint256 i = 0; i < verdicts.length; ++i) {
            assertEq(BatchVerdict.unwrap(BatchVerdicts.verdictAt(answer, i)), BatchVerdict.unwrap(verdicts[i]));
        }
    }

    function test_areVerdicts_refusesWhatIsNot() external pure {
        BatchVerdict[] memory verdicts = new BatchVerdict[](2);
        bytes memory answer = abi.encode(verdicts);

        assertTrue(!BatchVerdicts.areVerdicts(answer, 1) && !BatchVerdicts.areVerdicts(answer, 3), "another number");
        assertTrue(!BatchVerdicts.areVerdicts("", 0), "nothing");
        assertTrue(!BatchVerdicts.areVerdicts(bytes.concat(answer, hex"00"), 2), "too long");
        assertTrue(!BatchVerdicts.areVerdicts(abi.encode(0x40, 2, 0, 0), 2), "another offset");
        assertTrue(!BatchVerdicts.areVerdicts(abi.encode(0x20, 1, 0, 0), 2), "another length");
    }

    function test_namelessLength_isTheCompilers() external pure {
        IAssurance.Verdict memory verdict;
        assertEq(abi.encode(verdict).length, BatchVerdicts.NAMELESS_LENGTH);

        verdict.payees = new address[](1);
        assertTrue(abi.encode(verdict).length > BatchVerdicts.NAMELESS_LENGTH, "longer with a payee");
    }
}
