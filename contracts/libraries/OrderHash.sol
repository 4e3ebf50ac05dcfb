// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobId, JobOrder} from "../interfaces/JobTypes.sol";

/// @notice What an order is signed and known by.
library OrderHash {
    bytes32 internal constant TYPE_HASH = keccak256(
        "JobOrder(address requester,address token,uint96 minPrice,uint96 maxPrice,uint40 rampStart,uint32 rampSeconds,"
        "uint40 claimDeadline,uint32 proveSeconds,uint40 finalDeadline,bytes32 modelId,uint256 inputCommitment,"
        "bytes32 inputRoot,bytes32 inputCid,address assurance,bytes assuranceData,uint96 bond,address allowedWorker,"
        "uint16 minContributions,address callback,uint32 callbackGas,uint16 maxFeeBps,uint256 nonce)"
    );

    /// @notice EIP-712 digest of an order under a domain: of `hashStruct`, that is of the 22 members in order, the one dynamic member replaced by its hash.
    /// @dev Warning: words of calldata are hashed as they stand. A word with dirty upper bits gives a digest that no order has; the market
    ///      opens no job with one, because the event of a request decodes every member.
    function digest(JobOrder calldata order, bytes32 domainSeparator) internal pure returns (JobId jobId) {
        bytes32 typeHash = TYPE_HASH;
        // Safe: writes only above the free memory pointer and never moves it; the decoder has checked that the head of 22 words is inside calldata. Member
        // 14 is the offset of `assuranceData`, which is hashed where it points, past the end of calldata as zeros. Whatever reads the data through the
        // decoder reads the same or reverts. Compared with abi.encode in OrderHash.t.sol.
        assembly ("memory-safe") {
            let at := mload(0x40)
            let data := add(order, calldataload(add(order, 0x1c0)))
            let length := calldataload(data)
            calldatacopy(at, add(data, 0x20), length)
            let dataHash := keccak256(at, length)
            mstore(at, typeHash)
            calldatacopy(add(at, 0x20), order, 0x2c0)
            mstore(add(at, 0x1e0), dataHash)
            let structHash := keccak256(at, 0x2e0)
            mstore(at, hex"1901")
            mstore(add(at, 2), domainSeparator)
            mstore(add(at, 0x22), structHash)
            jobId := keccak256(at, 0x42)
        }
    }
}
