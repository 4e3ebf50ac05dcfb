// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IProofVerifier} from "../interfaces/IProofVerifier.sol";
// Names in capitals are read by assembly, which the linter does not see.
// solhint-disable-next-line no-unused-import
import {BN254_BASE_ORDER, BN254_OPERATION_GAS, BN254_SCALAR_ORDER, Bn254} from "./Bn254.sol";

/// @notice A random linear combination of Groth16 proofs; {ProofVerifier} loads the keys.
/// @dev For claims with weight w and signals s, under keys with points IC, the check is that the product is one of
///      e(-w·A, B) for each claim, and e(Σw·alpha, beta) · e(Σw·(IC[0] + Σ s·IC), gamma) · e(Σw·C, delta) for each key.
///      Everything stands above the free memory pointer, four words of which are left to others: first the pairs, where the pairing check reads them,
///      then what the key at work needs. So nothing may be allocated between {start} and {holds}. Compared with {ProofVerifier-verify} of each
///      claim, and with plain Solidity, in ProofVerifier.batch.t.sol.
library Groth16Batch {
    /// @notice A batch that is being put together.
    struct Batch {
        /// @dev Where in calldata the places of the claims are listed, relative to itself.
        uint256 list;
        uint256 count;
        /// @dev Where in memory the pairs of the claims stand, six words each and in the order of the claims; then come three for each key.
        uint256 pairs;
        /// @dev Where the next key's pairs go.
        uint256 end;
        /// @dev What the weights are drawn from.
        uint256 seed;
        /// @dev How many claims are still to be added.
        uint256 left;
    }

    /// @dev First word of what the weights of a batch are a hash of.
    bytes32 private constant DOMAIN = keccak256("Assay ProofVerifier.verifyBatch");

    /// @notice Starts a batch of claims.
    /// @dev The weights come from a hash of the whole calldata, which holds every key hash, proof and signal. Where a claim stands is therefore not checked:
    ///      what is read is in the hash, or beyond the calldata and zero.
    function start(IProofVerifier.ProofClaim[] calldata claims) internal pure returns (Batch memory batch) {
        bytes32 domain = DOMAIN;
        uint256 count = claims.length;
        (uint256 list, uint256 pairs, uint256 seed) = (0, 0, 0);
        // Safe: writes only above the free memory pointer. The second words of the claims' pairs must be zero until the claim is added.
        assembly ("memory-safe") {
            list := claims.offset
            pairs := add(mload(0x40), 0x80)
            mstore(pairs, domain)
            calldatacopy(add(pairs, 0x20), 0, calldatasize())
            seed := keccak256(pairs, add(calldatasize(), 0x20))
            calldatacopy(pairs, calldatasize(), mul(count, 0xc0))
        }
        (batch.list, batch.count, batch.pairs, batch.seed) = (list, count, pairs, seed);
        (batch.end, batch.left) = (pairs + count * Bn254.PAIR_LENGTH, count);
    }

    /// @notice Key hash of a claim.
    function keyHashOf(Batch memory batch, uint256 index) internal pure returns (bytes32 keyHash) {
        // Safe: reads calldata.
        assembly ("memory-safe") {
            let list := mload(batch)
            keyHash := calldataload(add(list, calldataload(add(list, shl(5, index)))))
        }
    }

    /// @notice Whether a claim was added already.
    function isAdded(Batch memory batch, uint256 index) internal pure returns (bool added) {
        // Safe: reads. The second word of a pair is a coordinate that was subtracted from the base order, so it is not zero.
        assembly ("memory-safe") {
            added := iszero(iszero(mload(add(add(mload(add(batch, 0x40)), 0x20), mul(index, 0xc0)))))
        }
    }

    /// @notice Adds all claims of one key.
    /// @param pointer where the key stands as code
    /// @param first index of the first claim of this key
    /// @return valid whether each has the key's number of signals, all in range, and points of G1; the pairing check sees to the first claim's A
    function addKey(Batch memory batch, address pointer, uint256 first) internal view returns (bool valid) {
        // Behind the key's three pairs stand the key, the sum of weighted C (2 words) with room for a product (3 words), the sum of weights, and the sums of
        // weighted signals.
        (uint256 key, uint256 sum, uint256 signalCount) = (batch.end + 3 * Bn254.PAIR_LENGTH, 0, 0);
        // Safe: writes only above the pairs.
        assembly ("memory-safe") {
            let length := sub(extcodesize(pointer), 1)
            extcodecopy(pointer, key, 1, length)
            sum := add(key, length)
            signalCount := sub(shr(6, sub(length, 0x1c0)), 1)
            calldatacopy(sum, calldatasize(), add(0xc0, shl(5, signalCount)))
        }
        valid = _addClaims(batch, first, signalCount, sum);
        if (valid) valid = _addPairs(batch.end, key, signalCount, sum);
        batch.end = key;
    }

    /// @notice Whether the batch holds, when each of its keys was added.
    function holds(Batch memory batch) internal view returns (bool valid) {
        return Bn254.isPairingOne(batch.pairs, batch.end - batch.pairs);
    }

    function _addClaims(Batch memory batch, uint256 first, uint256 signalCount, uint256 sum)
        private
        view
        returns (bool valid)
    {
        (bytes32 keyHash, uint256 list, uint256 count) = (keyHashOf(batch, first), batch.list, batch.count);
        valid = true;
        // Safe: writes scratch space, the claims' pairs, and the sums. The sum of weights cannot wrap: that takes 2^128 claims.
        assembly ("memory-safe") {
            mstore(0, mload(add(batch, 0x80)))
            for { let i := first } lt(i, count) { i := add(i, 1) } {
                let claim := add(list, calldataload(add(list, shl(5, i))))
                if sub(calldataload(claim), keyHash) { continue }
                mstore(add(batch, 0xa0), sub(mload(add(batch, 0xa0)), 1))

                // 128 bits. The batch's first weight is one, which saves two multiplications: every other claim's error is weighted against it.
                mstore(0x20, i)
                let weight := shr(128, keccak256(0, 0x40))
                if iszero(i) { weight := 1 }

                let signals := add(claim, calldataload(add(claim, 0x120)))
                valid := and(valid, eq(calldataload(signals), signalCount))
                let sums := add(sum, 0xa0)
                mstore(sums, add(mload(sums), weight))
                for { let at := shl(5, signalCount) } at { at := sub(at, 0x20) } {
                    let signal := calldataload(add(signals, at))
                    valid := and(valid, lt(signal, BN254_SCALAR_ORDER))
                    let scalar := add(sums, at)
                    mstore(
                        scalar, addmod(mload(scalar), mulmod(signal, weight, BN254_SCALAR_ORDER), BN254_SCALAR_ORDER)
                    )
                }

                // A is multiplied where its pair stands; the scalar takes the place of a word of B, which comes after.
                let pair := add(mload(add(batch, 0x40)), mul(i, 0xc0))
                calldatacopy(pair, add(claim, 0x20), 0x40)
                calldatacopy(add(sum, 0x40), add(claim, 0xe0), 0x40)
                if i {
                    mstore(add(pair, 0x40), weight)
                    mstore(add(sum, 0x80), weight)
                    valid := and(valid, staticcall(BN254_OPERATION_GAS, 7, pair, 0x60, pair, 0x40))
                    valid := and(valid, staticcall(BN254_OPERATION_GAS, 7, add(sum, 0x40), 0x60, add(sum, 0x40), 0x40))
                }
                calldatacopy(add(pair, 0x40), add(claim, 0x60), 0x80)
                // What is not below the base order must not be negated into something that is.
                let y := mload(add(pair, 0x20))
                valid := and(valid, lt(y, BN254_BASE_ORDER))
                mstore(add(pair, 0x20), sub(BN254_BASE_ORDER, y))
                valid := and(valid, staticcall(BN254_OPERATION_GAS, 6, sum, 0x80, sum, 0x40))
                if iszero(valid) { break }
            }
        }
    }

    /// @dev Writes the three pairs of a key. Nothing here can fail, because the key was checked when it was stored.
    function _addPairs(uint256 pair, uint256 key, uint256 signalCount, uint256 sum) private view returns (bool valid) {
        // Safe: writes the eighteen words of the pairs, behind which the key and the sums stand. Points of G1 are multiplied where they stand; scalars and
        // summands take the words after them meanwhile.
        assembly ("memory-safe") {
            let scalar := add(sum, 0xa0)
            let acc := add(pair, 0xc0)
            mcopy(pair, key, 0x40)
            mstore(add(pair, 0x40), mload(scalar))
            valid := staticcall(BN254_OPERATION_GAS, 7, pair, 0x60, pair, 0x40)
            let point := add(key, 0x1c0)
            mcopy(acc, point, 0x40)
            mstore(add(acc, 0x40), mload(scalar))
            valid := and(valid, staticcall(BN254_OPERATION_GAS, 7, acc, 0x60, acc, 0x40))

            let product := add(acc, 0x40)
            for { let last := add(scalar, shl(5, signalCount)) } lt(scalar, last) {} {
                scalar := add(scalar, 0x20)
                point := add(point, 0x40)
                mcopy(product, point, 0x40)
                mstore(add(product, 0x40), mload(scalar))
                valid := and(valid, staticcall(BN254_OPERATION_GAS, 7, product, 0x60, product, 0x40))
                valid := and(valid, staticcall(BN254_OPERATION_GAS, 6, acc, 0x80, acc, 0x40))
            }

            mcopy(add(pair, 0x40), add(key, 0x40), 0x80)
            mcopy(add(acc, 0x40), add(key, 0xc0), 0x80)
            mcopy(add(pair, 0x180), sum, 0x40)
            mcopy(add(pair, 0x1c0), add(key, 0x140), 0x80)
        }
    }
}
