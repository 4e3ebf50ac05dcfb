// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Groth16 over BN254 for every model; verification keys are held as contract code.
/// @dev A verification key is `abi.encodePacked` of 32-byte words in the precompiles' order (G2 imaginary part first):
///      alpha1 (x, y), beta2 (x1, x0, y1, y0), gamma2 (4), delta2 (4), then IC points (x, y), one more than there are signals.
///      A proof is eight words: A (x, y), B (x1, x0, y1, y0), C (x, y).
interface IProofVerifier {
    /// @notice That a proof holds for these signals under a stored key.
    struct ProofClaim {
        bytes32 keyHash;
        uint256[8] proof;
        uint256[] signals;
    }

    /// @notice Emitted when a verification key was checked and stored.
    event KeyStored(bytes32 indexed keyHash, address pointer, uint256 signalCount);

    /// @dev The key's length is not 14 words and a whole number (at least two) of points.
    error KeyLengthInvalid(uint256 length);
    /// @dev The point with this index in the key (0 alpha, 1 beta, 2 gamma, 3 delta, 4… IC) is zero or not on its curve or subgroup.
    error KeyPointInvalid(uint256 index);
    /// @dev Delta equals gamma or the generator: nobody contributed to the setup, so anyone can forge.
    error KeySetupMissing();
    /// @dev No key with this hash is stored.
    error KeyUnknown(bytes32 keyHash);

    /// @notice Checks a verification key and stores it as contract code; storing it again changes nothing.
    /// @return keyHash keccak256 of the key's bytes
    function storeKey(bytes calldata key) external returns (bytes32 keyHash);

    /// @notice Answers, not ABI-encoded, the code of the key that is being stored: one zero byte and the key. For the creation of that code, whose address
    ///         so depends on nothing but the key's hash.
    function keyBeingStored() external view;

    /// @notice Where the key's bytes stand as code (after one zero byte), or zero. The place follows from the key's hash alone (CREATE2).
    function keyPointer(bytes32 keyHash) external view returns (address pointer);

    /// @notice Number of public signals of a stored key.
    function signalCount(bytes32 keyHash) external view returns (uint256 count);

    /// @notice The bytes of a stored key.
    function keyOf(bytes32 keyHash) external view returns (bytes memory key);

    /// @notice Whether the proof holds for these signals. False for a wrong number of signals, a signal not below the scalar
    ///         field's order, a coordinate not below the base field's, or a point off its curve; reverts only for an unknown key.
    /// @dev A refused point costs a bounded amount of gas, see {Bn254}. Warning: with too little gas for the pairing check the answer is false as well.
    function verify(bytes32 keyHash, uint256[8] calldata proof, uint256[] calldata signals)
        external
        view
        returns (bool valid);

    /// @notice Whether every claim holds, by one pairing check of a random linear combination; true for none at all.
    /// @dev Weights come from a hash of the whole calldata, so of every key hash, proof and signal: claims whose errors cancel with one choice of weights out
    ///      of 2^128 cannot be made to measure. False wherever {verify} is false for one claim; reverts only for an unknown key. Claims of one key share its
    ///      cost, in any order. Warning: like {verify} it says nothing of who made a proof, and (-A, -B, C) or any other re-randomised proof holds too.
    function verifyBatch(ProofClaim[] calldata claims) external view returns (bool valid);

    /// @notice {verify} of each claim in turn: the first that does not hold. For finding the bad one before a batch is sent.
    /// @return valid whether all of them hold
    /// @return firstBad index of the first that does not; the number of claims when all do
    function checkBatch(ProofClaim[] calldata claims) external view returns (bool valid, uint256 firstBad);
}
