// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {TransientSlot} from "@openzeppelin/contracts/utils/TransientSlot.sol";

import {IProofVerifier} from "./interfaces/IProofVerifier.sol";
// Names in capitals are read by assembly, which the linter does not see.
// solhint-disable-next-line no-unused-import
import {BN254_BASE_ORDER, BN254_OPERATION_GAS, BN254_SCALAR_ORDER, Bn254} from "./libraries/Bn254.sol";
import {Groth16Batch} from "./libraries/Groth16Batch.sol";

/// @dev See {IProofVerifier}.
contract ProofVerifier is IProofVerifier {
    using Groth16Batch for Groth16Batch.Batch;
    using TransientSlot for *;

    uint256 private constant HEAD_LENGTH = 14 * 32;
    uint256 private constant POINT_LENGTH = 2 * 32;
    /// @dev Code is at most 24,576 bytes (EIP-170), the first of which is zero so that the key can never run.
    uint256 private constant MAX_KEY_LENGTH = 24_575;
    /// @dev Hash of {_initCode}.
    bytes32 private immutable _initCodeHash = keccak256(_initCode());

    /// @inheritdoc IProofVerifier
    function storeKey(bytes calldata key) external returns (bytes32 keyHash) {
        keyHash = keccak256(key);
        address pointer = _computePointer(keyHash);
        if (pointer.code.length != 0) return keyHash;
        _checkKey(key);

        // Transient storage is used for nothing else: the first word is the number of the key's words, which follow.
        uint256 wordCount = key.length / 32;
        bytes32(0).asUint256().tstore(wordCount);
        for (uint256 i = 0; i < wordCount; ++i) {
            bytes32(i + 1).asBytes32().tstore(bytes32(key[32 * i:32 * i + 32]));
        }
        // The new contract only asks for {keyBeingStored}; what it then is, is data, so nothing of it runs.
        Create2.deploy(0, keyHash, _initCode());
        // Unreachable unless gas ran out inside the creation.
        if (pointer.code.length != key.length + 1) revert KeyLengthInvalid(key.length);
        bytes32(0).asUint256().tstore(0);

        emit KeyStored(keyHash, pointer, _signalCountFor(key.length));
    }

    /// @inheritdoc IProofVerifier
    function keyBeingStored() external view {
        uint256 wordCount = bytes32(0).asUint256().tload();
        bytes memory code = new bytes(1 + 32 * wordCount);
        for (uint256 i = 0; i < wordCount; ++i) {
            bytes32 word = bytes32(i + 1).asBytes32().tload();
            // Safe: behind the length and the zero byte there is room for every word.
            assembly ("memory-safe") {
                mstore(add(add(code, 0x21), shl(5, i)), word)
            }
        }
        // Safe: ends the call.
        assembly ("memory-safe") {
            return(add(code, 0x20), mload(code))
        }
    }

    /// @inheritdoc IProofVerifier
    function verify(bytes32 keyHash, uint256[8] calldata proof, uint256[] calldata signals)
        public
        view
        returns (bool valid)
    {
        address pointer = _pointerOf(keyHash);
        // A key of n signals stands in n + 1 points after the head, and one zero byte before it.
        uint256 keyLength = HEAD_LENGTH + POINT_LENGTH * (signals.length + 1);
        if (pointer.code.length != keyLength + 1) return false;

        // Safe: writes only above the free memory pointer and never moves it; every copy from calldata stays inside `proof` or `signals`,
        // whose bounds the ABI decoder has checked; sums of offsets cannot wrap because `signals.length` is fixed by the key's code size.
        // Coordinates of B, C and of the negated A are checked by the precompiles, which fail for all that is not below the base order or
        // not a point. Compared with plain Solidity in ProofVerifier.t.sol.
        assembly ("memory-safe") {
            // Memory: the key, then acc (2 words), product (3 words), then four pairs of 6 words.
            let key := mload(0x40)
            extcodecopy(pointer, key, 1, keyLength)
            let acc := add(key, keyLength)
            let product := add(acc, 0x40)
            let pairs := add(acc, 0xa0)

            // acc = IC[0] + Σ signal[i] · IC[i + 1]
            let point := add(key, 0x1c0)
            mcopy(acc, point, 0x40)
            valid := 1
            let end := add(signals.offset, shl(5, signals.length))
            for { let at := signals.offset } lt(at, end) { at := add(at, 0x20) } {
                let signal := calldataload(at)
                point := add(point, 0x40)
                mcopy(product, point, 0x40)
                mstore(add(product, 0x40), signal)
                valid := and(valid, lt(signal, BN254_SCALAR_ORDER))
                valid := and(valid, staticcall(BN254_OPERATION_GAS, 7, product, 0x60, product, 0x40))
                valid := and(valid, staticcall(BN254_OPERATION_GAS, 6, acc, 0x80, acc, 0x40))
            }

            // e(-A, B) · e(alpha, beta) · e(acc, gamma) · e(C, delta) = 1
            let ay := calldataload(add(proof, 0x20))
            valid := and(valid, lt(ay, BN254_BASE_ORDER))
            if valid {
                mstore(pairs, calldataload(proof))
                mstore(add(pairs, 0x20), sub(BN254_BASE_ORDER, ay))
                calldatacopy(add(pairs, 0x40), add(proof, 0x40), 0x80)
                mcopy(add(pairs, 0xc0), key, 0xc0)
                mcopy(add(pairs, 0x180), acc, 0x40)
                mcopy(add(pairs, 0x1c0), add(key, 0xc0), 0x80)
                calldatacopy(add(pairs, 0x240), add(proof, 0xc0), 0x40)
                mcopy(add(pairs, 0x280), add(key, 0x140), 0x80)
                valid := staticcall(mul(5, BN254_OPERATION_GAS), 8, pairs, 0x300, acc, 0x20)
                valid := and(valid, eq(mload(acc), 1))
            }
        }
    }

    /// @inheritdoc IProofVerifier
    function verifyBatch(ProofClaim[] calldata claims) external view returns (bool valid) {
        if (claims.length == 0) return true;
        Groth16Batch.Batch memory batch = Groth16Batch.start(claims);
        for (uint256 i = 0; batch.left != 0; ++i) {
            if (batch.isAdded(i)) continue;
            if (!batch.addKey(_pointerOf(batch.keyHashOf(i)), i)) return _refuse(batch);
        }
        return batch.holds();
    }

    /// @inheritdoc IProofVerifier
    function checkBatch(ProofClaim[] calldata claims) external view returns (bool valid, uint256 firstBad) {
        for (; firstBad < claims.length; ++firstBad) {
            ProofClaim calldata claim = claims[firstBad];
            if (!verify(claim.keyHash, claim.proof, claim.signals)) return (false, firstBad);
        }
        return (true, firstBad);
    }

    /// @inheritdoc IProofVerifier
    function keyPointer(bytes32 keyHash) external view returns (address pointer) {
        pointer = _computePointer(keyHash);
        if (pointer.code.length == 0) return address(0);
    }

    /// @inheritdoc IProofVerifier
    function signalCount(bytes32 keyHash) external view returns (uint256 count) {
        return _signalCountFor(_pointerOf(keyHash).code.length - 1);
    }

    /// @inheritdoc IProofVerifier
    function keyOf(bytes32 keyHash) public view returns (bytes memory key) {
        address pointer = _pointerOf(keyHash);
        key = new bytes(pointer.code.length - 1);
        // Safe: fills exactly the bytes that the line above allocated.
        assembly ("memory-safe") {
            extcodecopy(pointer, add(key, 32), 1, mload(key))
        }
    }

    /// @dev False, unless a key is unknown.
    function _refuse(Groth16Batch.Batch memory batch) private view returns (bool) {
        for (uint256 i = 0; i < batch.count; ++i) {
            _pointerOf(batch.keyHashOf(i));
        }
        return false;
    }

    // Keys

    /// @dev Asks its creator for {keyBeingStored} and returns the answer as code: the same for every key, so that the key's hash alone says where it stands.
    function _initCode() private pure returns (bytes memory) {
        return bytes.concat(hex"63", this.keyBeingStored.selector, hex"5f525f5f6004601c335afa503d5f5f3e3d5ff3");
    }

    function _computePointer(bytes32 keyHash) private view returns (address pointer) {
        return Create2.computeAddress(keyHash, _initCodeHash);
    }

    function _pointerOf(bytes32 keyHash) private view returns (address pointer) {
        pointer = _computePointer(keyHash);
        if (pointer.code.length == 0) revert KeyUnknown(keyHash);
    }

    function _signalCountFor(uint256 keyLength) private pure returns (uint256) {
        return (keyLength - HEAD_LENGTH) / POINT_LENGTH - 1;
    }

    function _checkKey(bytes calldata key) private view {
        uint256 length = key.length;
        if (
            length < HEAD_LENGTH + 2 * POINT_LENGTH || length > MAX_KEY_LENGTH
                || (length - HEAD_LENGTH) % POINT_LENGTH != 0
        ) {
            revert KeyLengthInvalid(length);
        }

        if (!_isG1(key[0:64])) revert KeyPointInvalid(0);
        uint256[4] memory beta = abi.decode(key[64:192], (uint256[4]));
        uint256[4] memory gamma = abi.decode(key[192:320], (uint256[4]));
        uint256[4] memory delta = abi.decode(key[320:448], (uint256[4]));
        if (!Bn254.isG2(beta)) revert KeyPointInvalid(1);
        if (!Bn254.isG2(gamma)) revert KeyPointInvalid(2);
        if (!Bn254.isG2(delta)) revert KeyPointInvalid(3);
        for (uint256 start = HEAD_LENGTH; start < length; start += POINT_LENGTH) {
            if (!_isG1(key[start:start + POINT_LENGTH])) revert KeyPointInvalid(4 + (start - HEAD_LENGTH) / POINT_LENGTH);
        }

        if (keccak256(key[192:320]) == keccak256(key[320:448]) || Bn254.isG2Generator(delta)) {
            revert KeySetupMissing();
        }
    }

    function _isG1(bytes calldata point) private view returns (bool) {
        (uint256 x, uint256 y) = abi.decode(point, (uint256, uint256));
        return Bn254.isG1(x, y);
    }
}
