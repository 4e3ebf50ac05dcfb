// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProofVerifier} from "../../contracts/ProofVerifier.sol";
import {IProofVerifier} from "../../contracts/interfaces/IProofVerifier.sol";
import {Bn254} from "../../contracts/libraries/Bn254.sol";
import {AnswerProof} from "./AnswerProof.sol";
import {BatchProofs} from "./BatchProofs.sol";
import {Test} from "./Vm.sol";

contract ProofVerifierTest is Test {
    uint256 private constant ALPHA = 0;
    uint256 private constant BETA = 2;
    uint256 private constant GAMMA = 6;
    uint256 private constant DELTA = 10;
    uint256 private constant IC = 14;

    ProofVerifier private verifier;
    bytes32 private keyHash;

    function setUp() external {
        verifier = new ProofVerifier();
        keyHash = verifier.storeKey(AnswerProof.KEY);
    }

    function keyWith(uint256 word, uint256 value) private pure returns (bytes memory key) {
        key = AnswerProof.KEY;
        for (uint256 i = 0; i < 32; ++i) {
            key[word * 32 + i] = bytes32(value)[i];
        }
    }

    function wordOf(bytes memory key, uint256 word) private pure returns (uint256 value) {
        for (uint256 i = 0; i < 32; ++i) {
            value = value << 8 | uint8(key[word * 32 + i]);
        }
    }

    function assertPointInvalid(bytes memory key, uint256 index) private {
        vm.expectRevert(abi.encodeWithSelector(IProofVerifier.KeyPointInvalid.selector, index));
        verifier.storeKey(key);
    }

    function test_storeKey_revertsOnLength() external {
        bytes memory key = AnswerProof.KEY;
        uint256[7] memory lengths = [0, 447, 448, 448 + 64, key.length - 1, key.length - 32, 24_576];
        for (uint256 i = 0; i < lengths.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IProofVerifier.KeyLengthInvalid.selector, lengths[i]));
            verifier.storeKey(new bytes(lengths[i]));
        }
    }

    function test_storeKey_revertsOnZeroPoint() external {
        assertPointInvalid(zeroed(ALPHA, 2), 0);
        assertPointInvalid(zeroed(BETA, 4), 1);
        assertPointInvalid(zeroed(GAMMA, 4), 2);
        assertPointInvalid(zeroed(DELTA, 4), 3);
        for (uint256 i = 0; i < 5; ++i) {
            assertPointInvalid(zeroed(IC + 2 * i, 2), 4 + i);
        }
    }

    function zeroed(uint256 word, uint256 count) private pure returns (bytes memory key) {
        key = AnswerProof.KEY;
        for (uint256 i = word * 32; i < (word + count) * 32; ++i) {
            key[i] = 0;
        }
    }

    function test_storeKey_revertsOffCurve() external {
        uint8[9] memory starts = [0, 2, 6, 10, 14, 16, 18, 20, 22];
        for (uint256 i = 0; i < starts.length; ++i) {
            bytes memory key = AnswerProof.KEY;
            assertPointInvalid(keyWith(starts[i], wordOf(key, starts[i]) ^ 1), i);
        }
    }

    function test_storeKey_revertsOnCoordinateNotBelowBaseOrder() external {
        bytes memory key = AnswerProof.KEY;

        assertPointInvalid(keyWith(ALPHA, wordOf(key, ALPHA) + Bn254.BASE_ORDER), 0);
        assertPointInvalid(keyWith(BETA, wordOf(key, BETA) + Bn254.BASE_ORDER), 1);
        assertPointInvalid(keyWith(IC, wordOf(key, IC) + Bn254.BASE_ORDER), 4);
    }

    /// @dev On the twist, y² = x³ + 3 / (9 + u), but not in the subgroup of the scalar field's order.
    function test_storeKey_revertsOutsideSubgroup() external {
        uint256[4] memory point = outsideSubgroup();
        bytes memory key = AnswerProof.KEY;
        for (uint256 i = 0; i < 4; ++i) {
            for (uint256 j = 0; j < 32; ++j) {
                key[(BETA + i) * 32 + j] = bytes32(point[i])[j];
            }
        }

        assertTrue(isOnTwist(point), "the point is on the twist");
        assertPointInvalid(key, 1);
    }

    function test_storeKey_revertsWhenDeltaIsGamma() external {
        bytes memory key = AnswerProof.KEY;
        // Another gamma than the generator, so that this is the only fault.
        for (uint256 i = 0; i < 128; ++i) {
            key[GAMMA * 32 + i] = key[DELTA * 32 + i];
        }

        vm.expectRevert(IProofVerifier.KeySetupMissing.selector);
        verifier.storeKey(key);
    }

    function test_storeKey_revertsWhenDeltaIsTheGenerator() external {
        bytes memory key = AnswerProof.KEY;
        uint256[4] memory generator = [Bn254.G2_X1, Bn254.G2_X0, Bn254.G2_Y1, Bn254.G2_Y0];
        for (uint256 i = 0; i < 128; ++i) {
            key[DELTA * 32 + i] = bytes32(generator[i / 32])[i % 32];
            // Gamma is beta: a point, and not delta.
            key[GAMMA * 32 + i] = key[BETA * 32 + i];
        }

        vm.expectRevert(IProofVerifier.KeySetupMissing.selector);
        verifier.storeKey(key);
    }

    function test_storeKey_revertsWithoutContribution() external {
        vm.expectRevert(IProofVerifier.KeySetupMissing.selector);
        verifier.storeKey(AnswerProof.KEY_WITHOUT_CONTRIBUTION);
    }

    function test_storeKey_storesWhatItGot() external view {
        assertEq(keyHash, keccak256(AnswerProof.KEY));
        assertEq(keccak256(verifier.keyOf(keyHash)), keyHash);
        assertEq(verifier.signalCount(keyHash), 4);
        assertEq(verifier.keyPointer(keyHash).code.length, AnswerProof.KEY.length + 1);
        assertEq(uint8(verifier.keyPointer(keyHash).code[0]), 0);
    }

    function test_storeKey_againChangesNothing() external {
        address pointer = verifier.keyPointer(keyHash);

        assertEq(verifier.storeKey(AnswerProof.KEY), keyHash);
        assertEq(verifier.keyPointer(keyHash), pointer);
    }

    function test_storeKey_standsWhereItsHashSays() external {
        bytes32 initCodeHash = keccak256(
            abi.encodePacked(hex"63", IProofVerifier.keyBeingStored.selector, hex"5f525f5f6004601c335afa503d5f5f3e3d5ff3")
        );
        bytes32 place = keccak256(abi.encodePacked(hex"ff", verifier, keyHash, initCodeHash));

        assertEq(verifier.keyPointer(keyHash), address(uint160(uint256(place))));
        assertEq(verifier.keyPointer("unknown"), address(0));
        // Another verifier's keys stand elsewhere.
        ProofVerifier other = new ProofVerifier();
        assertEq(other.keyPointer(keyHash), address(0));
        other.storeKey(AnswerProof.KEY);
        assertTrue(other.keyPointer(keyHash) != verifier.keyPointer(keyHash), "elsewhere");
    }

    function test_storeKey_storesTwoKeysInOneTransaction() external {
        ProofVerifier fresh = new ProofVerifier();
        bytes memory shorter = BatchProofs.KEY;

        bytes32 first = fresh.storeKey(AnswerProof.KEY);
        bytes32 second = fresh.storeKey(shorter);

        assertEq(keccak256(fresh.keyOf(first)), keccak256(AnswerProof.KEY));
        assertEq(keccak256(fresh.keyOf(second)), keccak256(shorter));
        assertEq(fresh.signalCount(second), 3);
    }

    function test_storeKey_storesTheShortestKey() external {
        // One signal: two of the key's own points of IC.
        bytes memory key = AnswerProof.KEY;
        bytes memory shortest = new bytes(448 + 2 * 64);
        for (uint256 i = 0; i < shortest.length; ++i) {
            shortest[i] = key[i];
        }

        bytes32 shortestHash = verifier.storeKey(shortest);

        assertEq(keccak256(verifier.keyOf(shortestHash)), shortestHash);
        assertEq(verifier.signalCount(shortestHash), 1);
    }

    function test_storeKey_storesTheLongestKey() external {
        // 374 more points of the curve: IC[0] again and again.
        bytes memory key = AnswerProof.KEY;
        bytes memory longest = new bytes(24_512);
        for (uint256 i = 0; i < longest.length; ++i) {
            longest[i] = i < 512 ? key[i] : longest[i - 64];
        }

        bytes32 longestHash = verifier.storeKey(longest);

        assertEq(keccak256(verifier.keyOf(longestHash)), longestHash);
        assertEq(verifier.signalCount(longestHash), 375);
    }

    function test_keyBeingStored_isNothingBetweenCalls() external {
        verifier.storeKey(BatchProofs.KEY);

        (bool ok, bytes memory code) = address(verifier).staticcall(abi.encodeCall(verifier.keyBeingStored, ()));

        assertTrue(ok && code.length == 1 && code[0] == 0, "nothing");
    }

    function test_verify_revertsOnUnknownKey() external {
        vm.expectRevert(abi.encodeWithSelector(IProofVerifier.KeyUnknown.selector, bytes32("unknown")));
        verifier.verify("unknown", AnswerProof.proof(), AnswerProof.signals());
    }

    function test_verify_acceptsTheProof() external view {
        assertTrue(verifier.verify(keyHash, AnswerProof.proof(), AnswerProof.signals()), "valid");
    }

    function test_verify_refusesAnyWordTampered() external view {
        for (uint256 i = 0; i < 8; ++i) {
            uint256[8] memory proof = AnswerProof.proof();
            proof[i] ^= 1;
            assertTrue(!verifier.verify{gas: 1_000_000}(keyHash, proof, AnswerProof.signals()), "flipped bit");
            proof = AnswerProof.proof();
            proof[i] += Bn254.BASE_ORDER;
            assertTrue(!verifier.verify{gas: 1_000_000}(keyHash, proof, AnswerProof.signals()), "coordinate + p");
            proof[i] = type(uint256).max;
            assertTrue(!verifier.verify{gas: 1_000_000}(keyHash, proof, AnswerProof.signals()), "largest word");
        }
    }

    function test_verify_refusesZeroProof() external view {
        uint256[8] memory proof;

        assertTrue(!verifier.verify{gas: 1_000_000}(keyHash, proof, AnswerProof.signals()), "zero proof");
    }

    function test_verify_refusesSignalsNotBelowScalarOrder() external view {
        for (uint256 i = 0; i < 4; ++i) {
            uint256[] memory signals = AnswerProof.signals();
            signals[i] += Bn254.SCALAR_ORDER;
            assertTrue(!verifier.verify(keyHash, AnswerProof.proof(), signals), "signal + r");
        }
    }

    function test_verify_refusesAnotherNumberOfSignals() external view {
        uint256[] memory signals = AnswerProof.signals();
        uint256[] memory fewer = new uint256[](3);
        uint256[] memory more = new uint256[](5);
        for (uint256 i = 0; i < 3; ++i) {
            (fewer[i], more[i]) = (signals[i], signals[i]);
        }
        more[3] = signals[3];

        assertTrue(!verifier.verify(keyHash, AnswerProof.proof(), fewer), "one signal less");
        assertTrue(!verifier.verify(keyHash, AnswerProof.proof(), more), "one signal more");
        assertTrue(!verifier.verify(keyHash, AnswerProof.proof(), new uint256[](0)), "no signals");
    }

    function test_verify_acceptsAnotherProofOfTheSame() external view {
        // Groth16 proofs can be re-randomised: (-A, -B, C) holds as well. The binding, not the proof, is what pays.
        uint256[8] memory proof = AnswerProof.proof();
        proof[1] = Bn254.BASE_ORDER - proof[1];
        proof[4] = Bn254.BASE_ORDER - proof[4];
        proof[5] = Bn254.BASE_ORDER - proof[5];

        assertTrue(verifier.verify(keyHash, proof, AnswerProof.signals()), "valid");
    }

    function testFuzz_verify_equalsPlainSolidity(uint256 seed, uint8 word, bool tamper) external view {
        uint256[8] memory proof = AnswerProof.proof();
        uint256[] memory signals = AnswerProof.signals();
        if (tamper) {
            if (word < 128) proof[word % 8] = seed;
            else signals[word % 4] = seed;
        }

        bool actual = verifier.verify{gas: 2_000_000}(keyHash, proof, signals);

        assertTrue(actual == plainVerify(proof, signals), "assembly agrees with plain Solidity");
        assertTrue(actual || tamper, "valid unless tampered");
    }

    /// @dev The same equation in plain Solidity.
    function plainVerify(uint256[8] memory proof, uint256[] memory signals) private view returns (bool) {
        bytes memory key = AnswerProof.KEY;
        bool ok;
        bytes memory out;
        (uint256 x, uint256 y) = (wordOf(key, IC), wordOf(key, IC + 1));
        for (uint256 i = 0; i < signals.length; ++i) {
            if (signals[i] >= Bn254.SCALAR_ORDER) return false;
            (ok, out) = address(7).staticcall(abi.encode(wordOf(key, IC + 2 + 2 * i), wordOf(key, IC + 3 + 2 * i), signals[i]));
            (uint256 px, uint256 py) = abi.decode(out, (uint256, uint256));
            (ok, out) = address(6).staticcall(abi.encode(x, y, px, py));
            (x, y) = abi.decode(out, (uint256, uint256));
        }
        if (proof[1] >= Bn254.BASE_ORDER) return false;
        bytes memory pairs = abi.encode(proof[0], Bn254.BASE_ORDER - proof[1], proof[2], proof[3], proof[4], proof[5]);
        pairs = bytes.concat(pairs, slice(key, ALPHA, 6), abi.encode(x, y), slice(key, GAMMA, 4));
        pairs = bytes.concat(pairs, abi.encode(proof[6], proof[7]), slice(key, DELTA, 4));
        (ok, out) = address(8).staticcall{gas: 500_000}(pairs);
        return ok && abi.decode(out, (uint256)) == 1;
    }

    function slice(bytes memory key, uint256 word, uint256 count) private pure returns (bytes memory part) {
        part = new bytes(count * 32);
        for (uint256 i = 0; i < part.length; ++i) {
            part[i] = key[word * 32 + i];
        }
    }

    /// @dev Found by trying x = n, 0 until x³ + b is a square and the point's multiple by the scalar order is not zero.
    function outsideSubgroup() private pure returns (uint256[4] memory) {
        return [
            uint256(0),
            1,
            15975588672102553735566230729081043132501226101599136527557730645158523614371,
            3610091866386166428467545612961983990332663701371483510632385378352395651980
        ];
    }

    function isOnTwist(uint256[4] memory point) private pure returns (bool) {
        uint256 p = Bn254.BASE_ORDER;
        (uint256 x1, uint256 x0, uint256 y1, uint256 y0) = (point[0], point[1], point[2], point[3]);
        // y²
        uint256 left0 = addmod(mulmod(y0, y0, p), p - mulmod(y1, y1, p), p);
        uint256 left1 = mulmod(2, mulmod(y0, y1, p), p);
        // x³
        uint256 square0 = addmod(mulmod(x0, x0, p), p - mulmod(x1, x1, p), p);
        uint256 square1 = mulmod(2, mulmod(x0, x1, p), p);
        uint256 right0 = addmod(mulmod(square0, x0, p), p - mulmod(square1, x1, p), p);
        uint256 right1 = addmod(mulmod(square0, x1, p), mulmod(square1, x0, p), p);
        // 3 / (9 + u)
        right0 = addmod(right0, 19485874751759354771024239261021720505790618469301721065564631296452457478373, p);
        right1 = addmod(right1, 266929791119991161246907387137283842545076965332900288569378510910307636690, p);
        return left0 == right0 && left1 == right1;
    }
}
