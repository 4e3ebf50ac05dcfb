// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BatchVerdict, IAssurance} from "../../contracts/interfaces/IAssurance.sol";
import {JobCase, JobId, JobOrder, Submission} from "../../contracts/interfaces/JobTypes.sol";
import {BatchVerdicts} from "../../contracts/libraries/BatchVerdicts.sol";
import {CaseList} from "../../contracts/libraries/CaseList.sol";
import {Test} from "./Vm.sol";

contract CaseListTest is Test {
    using CaseList for CaseList.List;

    /// @dev A slot of the case's worker whose other bits are not zero.
    function slotOf(JobCase calldata asked) private pure returns (uint256 slot) {
        return uint256(uint160(asked.worker)) | asked.binding >> 160 << 160 | 1 << 200;
    }

    /// @dev `spare` places stay empty, and memory that is dirty stands before and behind.
    function listCall(JobCase[] calldata cases, uint256 spare, Submission[] calldata submissions)
        external
        pure
        returns (bytes memory data, bytes32 guarded)
    {
        CaseList.List memory list = CaseList.start(submissions, cases.length + spare);
        bytes memory behind = bytes("what stands behind stays");
        for (uint256 i = 0; i < cases.length; ++i) {
            list.push(cases[i].index, cases[i].jobId, slotOf(cases[i]), cases[i].binding);
        }
        data = list.finish(submissions);
        guarded = keccak256(behind);
        for (uint256 i = 0; i < cases.length; ++i) {
            (uint256 index, JobId jobId, uint256 slot) = list.caseAt(i);
            assertEq(index, cases[i].index);
            assertEq(slot, slotOf(cases[i]));
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
