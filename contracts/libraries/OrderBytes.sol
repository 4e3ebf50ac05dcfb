// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAssurance} from "../interfaces/IAssurance.sol";
import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {JobId, JobOrder, JobResult} from "../interfaces/JobTypes.sol";

/// @notice Hands an order on, to a log or to an assurance, by copying its words instead of decoding and encoding 22 members each time.
/// @dev Warning: words are copied as they stand. The market reads every member once, when a job is requested, which refuses dirty upper bits;
///      later calls find the job by the digest of the same words.
library OrderBytes {
    /// @notice What `emit JobRequested(jobId, order.modelId, order.requester, order)` does.
    function emitRequested(JobId jobId, JobOrder calldata order) internal {
        bytes memory encoded = encode(order);
        bytes32 signature = IJobMarket.JobRequested.selector;
        // Safe: reads what `encode` allocated; its length word becomes the offset of the event's one argument, and nobody reads it after this.
        // Members 9 and 0 are `modelId` and `requester`. Compared with the plain event in OrderBytes.t.sol.
        assembly ("memory-safe") {
            let length := add(mload(encoded), 0x20)
            mstore(encoded, 0x20)
            log4(encoded, length, signature, jobId, calldataload(add(order, 0x120)), calldataload(order))
        }
    }

    /// @notice The bytes of a call of {IAssurance.judge}.
    function judgeCall(
        JobId jobId,
        JobOrder calldata order,
        address worker,
        uint256 binding,
        JobResult calldata result
    ) internal pure returns (bytes memory data) {
        bytes memory encoded = encode(order);
        // Five words, then the order, then the result behind the word of offset that abi.encode writes.
        bytes memory head = abi.encodeWithSelector(
            IAssurance.judge.selector, jobId, uint256(0xa0), worker, binding, 0xa0 + encoded.length + 0x20
        );
        return bytes.concat(head, encoded, abi.encode(result));
    }

    /// @notice `abi.encode(order)` without its first word, which is the offset of what follows.
    function encode(JobOrder calldata order) internal pure returns (bytes memory encoded) {
        bytes calldata data = order.assuranceData;
        // Safe: allocates 25 words and the data rounded up, and moves the free memory pointer past them; the decoder has checked that the
        // head of 22 words and `data` are inside calldata. Member 14 is the offset of `assuranceData`, which follows the head here.
        // Compared with abi.encode in OrderBytes.t.sol.
        assembly ("memory-safe") {
            encoded := mload(0x40)
            let head := add(encoded, 0x20)
            let tail := add(head, 0x2e0)
            let padded := and(add(data.length, 31), not(31))
            mstore(encoded, add(0x2e0, padded))
            calldatacopy(head, order, 0x2c0)
            mstore(add(head, 0x1c0), 0x2c0)
            mstore(add(head, 0x2c0), data.length)
            calldatacopy(tail, data.offset, data.length)
            mstore(add(tail, data.length), 0)
            mstore(0x40, add(add(tail, padded), 0x20))
        }
    }
}
