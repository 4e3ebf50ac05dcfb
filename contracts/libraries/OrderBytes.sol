// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAssurance} from "../interfaces/IAssurance.sol";
import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {JobId, JobOrder, JobResult} from "../interfaces/JobTypes.sol";

/// @notice Hands an order on, to a log or to an assurance, by copying its words instead of decoding and encoding 22 members each time.
/// @dev Warning: words are copied as they stand. The market reads every member once, when a job is requested, which refuses dirty upper bits;
///      later calls find the job by the digest of the same words.
library OrderBytes {
    /// @notice Who gets which part of a price.
    struct Shares {
        uint96 worker;
        uint96 royalty;
        uint96 fee;
    }

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

    /// @notice What `emit JobAnswered(jobId, worker, outputs)` does.
    function emitAnswered(JobId jobId, address worker, uint256[] calldata outputs) internal {
        bytes32 signature = IJobMarket.JobAnswered.selector;
        // Safe: writes only above the free memory pointer and never moves it. A variable's upper bits may be dirty. Compared with the plain event in
        // OrderBytes.t.sol.
        assembly ("memory-safe") {
            let at := mload(0x40)
            let size := shl(5, outputs.length)
            mstore(at, 0x20)
            mstore(add(at, 0x20), outputs.length)
            calldatacopy(add(at, 0x40), outputs.offset, size)
            log3(at, add(size, 0x40), signature, jobId, shr(96, shl(96, worker)))
        }
    }

    /// @notice What `emit JobSettled(jobId, worker, shares.worker, shares.royalty, shares.fee)` does.
    function emitSettled(JobId jobId, address worker, Shares memory shares) internal {
        bytes32 signature = IJobMarket.JobSettled.selector;
        // Safe: reads the three words of a struct that the compiler keeps clean. A variable's upper bits may be dirty. Compared with the plain event in
        // OrderBytes.t.sol.
        assembly ("memory-safe") {
            log3(shares, 0x60, signature, jobId, shr(96, shl(96, worker)))
        }
    }

    /// @notice The bytes of a call of {IAssurance.checkTerms}: one argument, behind the word that holds its offset.
    function checkTermsCall(JobOrder calldata order) internal pure returns (bytes memory data) {
        return bytes.concat(abi.encodeWithSelector(IAssurance.checkTerms.selector, uint256(0x20)), encode(order));
    }

    /// @notice The bytes of a call of {IAssurance.judge} or, with its selector, of {IAssurance.defend}.
    /// @dev Needs `result` to be the last argument of the running call: everything from it to the end of calldata is handed on as it is, because offsets
    ///      inside a struct count from the struct itself. The decoder lets them be negative, which would let the assurance see other words than the market:
    ///      reverts unless they point forward.
    function judgeCall(
        bytes4 selector,
        JobId jobId,
        JobOrder calldata order,
        address worker,
        uint256 binding,
        JobResult calldata result
    ) internal pure returns (bytes memory data) {
        bytes calldata tail = msg.data;
        // Safe: the decoder has checked that the struct's head, two offsets, is inside calldata.
        assembly ("memory-safe") {
            if shr(64, or(calldataload(result), calldataload(add(result, 0x20)))) { revert(0, 0) }
            tail.offset := result
            tail.length := sub(calldatasize(), result)
        }
        return _callOfFive(selector, jobId, order, worker, binding, tail);
    }

    /// @notice The bytes of a call of {IAssurance.challenge}.
    function challengeCall(
        JobId jobId,
        JobOrder calldata order,
        address worker,
        address challenger,
        bytes calldata evidence
    ) internal pure returns (bytes memory data) {
        bytes calldata tail = evidence;
        // Safe: the decoder has checked that the bytes, behind their length, are inside calldata. They end on no word, which no decoder needs.
        assembly ("memory-safe") {
            tail.offset := sub(evidence.offset, 0x20)
            tail.length := add(evidence.length, 0x20)
        }
        return _callOfFive(IAssurance.challenge.selector, jobId, order, worker, uint256(uint160(challenger)), tail);
    }

    /// @notice The bytes of a call of {IAssurance.finalize}.
    function finalizeCall(JobId jobId, JobOrder calldata order, address worker, uint256[] calldata outputs)
        internal
        pure
        returns (bytes memory data)
    {
        bytes calldata tail = msg.data;
        // Safe: the decoder has checked that the words, behind their number, are inside calldata.
        assembly ("memory-safe") {
            tail.offset := sub(outputs.offset, 0x20)
            tail.length := add(shl(5, outputs.length), 0x20)
        }
        bytes calldata terms = order.assuranceData;
        data = abi.encodeWithSelector(
            IAssurance.finalize.selector, jobId, uint256(0x80), worker, 0x80 + _lengthWith(terms)
        );
        _append(data, order, terms, tail);
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

    /// @dev Five words, then the order, then the last argument.
    function _callOfFive(
        bytes4 selector,
        JobId jobId,
        JobOrder calldata order,
        address worker,
        uint256 fourth,
        bytes calldata tail
    ) private pure returns (bytes memory data) {
        bytes calldata terms = order.assuranceData;
        data = abi.encodeWithSelector(selector, jobId, uint256(0xa0), worker, fourth, 0xa0 + _lengthWith(terms));
        _append(data, order, terms, tail);
    }

    /// @dev Length of what {encode} gives for an order with these terms.
    function _lengthWith(bytes calldata terms) private pure returns (uint256 length) {
        // Safe: the decoder has checked that the terms are inside calldata.
        unchecked {
            return 0x2e0 + (terms.length + 31 & ~uint256(31));
        }
    }

    /// @dev Adds an order, as {encode} gives it, and a tail to bytes that must be what memory was allocated for last.
    function _append(bytes memory data, JobOrder calldata order, bytes calldata terms, bytes calldata tail) private pure {
        // Safe: nothing stands in memory behind `data`, which grows in place, and the free memory pointer is moved past it; the decoder has checked that the
        // head of 22 words, the data and the tail are inside calldata.
        assembly ("memory-safe") {
            let at := add(add(data, 0x20), mload(data))
            calldatacopy(at, order, 0x2c0)
            mstore(add(at, 0x1c0), 0x2c0)
            mstore(add(at, 0x2c0), terms.length)
            at := add(at, 0x2e0)
            let padded := and(add(terms.length, 31), not(31))
            if padded { mstore(sub(add(at, padded), 0x20), 0) }
            calldatacopy(at, terms.offset, terms.length)
            at := add(at, padded)
            calldatacopy(at, tail.offset, tail.length)
            at := add(at, tail.length)
            mstore(data, sub(at, add(data, 0x20)))
            mstore(0x40, and(add(at, 31), not(31)))
        }
    }
}
