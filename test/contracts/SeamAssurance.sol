// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {BatchVerdict, IAssurance} from "../../contracts/interfaces/IAssurance.sol";
import {JobCase, JobId, JobOrder, JobResult, Submission} from "../../contracts/interfaces/JobTypes.sol";
import {BatchVerdicts} from "../../contracts/libraries/BatchVerdicts.sol";

/// @notice A new kind of evidence in one small contract: an enclave's key, named by the order, signs binding and outputs. Nothing else changes.
contract SeamAssurance is IAssurance {
    error TermsMalformed();
    error NeverPending();

    function checkTerms(JobOrder calldata order) external pure {
        if (order.assuranceData.length != 32) revert TermsMalformed();
    }

    function judge(JobId, JobOrder calldata order, address, uint256 binding, JobResult calldata result)
        public
        pure
        returns (Verdict memory verdict)
    {
        bytes32 digest = keccak256(abi.encode(binding, result.outputs));
        (address key, ECDSA.RecoverError failure,) = ECDSA.tryRecover(digest, result.evidence);
        address enclave = abi.decode(order.assuranceData, (address));
        if (failure == ECDSA.RecoverError.NoError && key == enclave) verdict.kind = VerdictKind.Final;
    }

    function judgeBatch(JobCase[] calldata cases, Submission[] calldata submissions)
        external
        pure
        returns (BatchVerdict[] memory verdicts)
    {
        verdicts = new BatchVerdict[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            Submission calldata entry = submissions[cases[i].index];
            verdicts[i] = BatchVerdicts.wrap(
                judge(cases[i].jobId, entry.order, cases[i].worker, cases[i].binding, entry.result)
            );
        }
    }

    function challenge(JobId, JobOrder calldata, address, address, bytes calldata) external payable returns (Verdict memory) {
        revert NeverPending();
    }

    function defend(JobId, JobOrder calldata, address, uint256, JobResult calldata) external pure returns (Verdict memory) {
        revert NeverPending();
    }

    function finalize(JobId, JobOrder calldata, address, uint256[] calldata) external pure returns (Verdict memory) {
        revert NeverPending();
    }
}
