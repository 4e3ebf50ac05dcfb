// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IProofVerifier} from "./interfaces/IProofVerifier.sol";
import {Bn254} from "./libraries/Bn254.sol";

/// @dev See {IProofVerifier}.
contract ProofVerifier is IProofVerifier {
    uint256 private constant HEAD_LENGTH = 14 * 32;
    uint256 private constant POINT_LENGTH = 2 * 32;
    /// @dev Code is at most 24,576 bytes (EIP-170), the first of which is zero so that the key can never run.
    uint256 private constant MAX_KEY_LENGTH = 24_575;
    /// @dev Copies what follows these eleven bytes into the new contract's code.
    bytes11 private constant STORE_CODE = 0x600B5981380380925939F3;

    /// @inheritdoc IProofVerifier
    mapping(bytes32 keyHash => address pointer) public keyPointer;

    /// @inheritdoc IProofVerifier
    function storeKey(bytes calldata key) external returns (bytes32 keyHash) {
        keyHash = keccak256(key);
        if (keyPointer[keyHash] != address(0)) return keyHash;
        _checkKey(key);

        bytes memory initCode = abi.encodePacked(STORE_CODE, bytes1(0), key);
        address pointer;
        // Safe: reads only `initCode`, which the compiler allocated. The new contract is data, so nothing of it runs.
        assembly ("memory-safe") {
            pointer := create(0, add(initCode, 32), mload(initCode))
        }
        // Unreachable below MAX_KEY_LENGTH unless gas ran out inside the creation.
        if (pointer == address(0)) revert KeyLengthInvalid(key.length);
        keyPointer[keyHash] = pointer;

        emit KeyStored(keyHash, pointer, _signalCountFor(key.length));
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

        uint256 scalarOrder = Bn254.SCALAR_ORDER;
        uint256 baseOrder = Bn254.BASE_ORDER;
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
                valid := and(valid, lt(signal, scalarOrder))
                valid := and(valid, staticcall(gas(), 7, product, 0x60, product, 0x40))
                valid := and(valid, staticcall(gas(), 6, acc, 0x80, acc, 0x40))
            }

            // e(-A, B) · e(alpha, beta) · e(acc, gamma) · e(C, delta) = 1
            let ay := calldataload(add(proof, 0x20))
            valid := and(valid, lt(ay, baseOrder))
            if valid {
                mstore(pairs, calldataload(proof))
                mstore(add(pairs, 0x20), sub(baseOrder, ay))
                calldatacopy(add(pairs, 0x40), add(proof, 0x40), 0x80)
                mcopy(add(pairs, 0xc0), key, 0xc0)
                mcopy(add(pairs, 0x180), acc, 0x40)
                mcopy(add(pairs, 0x1c0), add(key, 0xc0), 0x80)
                calldatacopy(add(pairs, 0x240), add(proof, 0xc0), 0x40)
                mcopy(add(pairs, 0x280), add(key, 0x140), 0x80)
                valid := staticcall(gas(), 8, pairs, 0x300, acc, 0x20)
                valid := and(valid, eq(mload(acc), 1))
            }
        }
    }

    /// @inheritdoc IProofVerifier
    function verifyBatch(ProofClaim[] calldata claims) external view returns (bool valid) {
        (valid,) = checkBatch(claims);
    }

    /// @inheritdoc IProofVerifier
    function signalCount(bytes32 keyHash) external view returns (uint256 count) {
        return _signalCountFor(_pointerOf(keyHash).code.length - 1);
    }

    /// @inheritdoc IProofVerifier
    function keyOf(bytes32 keyHash) external view returns (bytes memory key) {
        address pointer = _pointerOf(keyHash);
        key = new bytes(pointer.code.length - 1);
        // Safe: fills exactly the bytes that the line above allocated.
        assembly ("memory-safe") {
            extcodecopy(pointer, add(key, 32), 1, mload(key))
        }
    }

    /// @inheritdoc IProofVerifier
    function checkBatch(ProofClaim[] calldata claims) public view returns (bool valid, uint256 firstBad) {
        for (; firstBad < claims.length; ++firstBad) {
            ProofClaim calldata claim = claims[firstBad];
            if (!verify(claim.keyHash, claim.proof, claim.signals)) return (false, firstBad);
        }
        return (true, firstBad);
    }

    function _pointerOf(bytes32 keyHash) private view returns (address pointer) {
        pointer = keyPointer[keyHash];
        if (pointer == address(0)) revert KeyUnknown(keyHash);
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
