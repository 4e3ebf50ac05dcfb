// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev Order of the scalar field: every public signal is below it. Outside of a library, so that assembly can read it, as the next two.
uint256 constant BN254_SCALAR_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
/// @dev Order of the base field: every coordinate is below it.
uint256 constant BN254_BASE_ORDER = 21888242871839275222246405745257275088696311157297823662689037894645226208583;
/// @dev Most gas that one operation on G1, or one pair of a pairing check, may take; EIP-1108 asks for 6,000 and 34,000. A precompile that refuses its
///      input takes all the gas it was given, so without a bound one bad proof would use up the gas of a whole batch.
uint256 constant BN254_OPERATION_GAS = 100_000;

/// @notice Checks of points by the precompiles of EIP-196 and EIP-197.
library Bn254 {
    uint256 internal constant SCALAR_ORDER = BN254_SCALAR_ORDER;
    uint256 internal constant BASE_ORDER = BN254_BASE_ORDER;

    /// @dev Bytes of a point of G1 and one of G2.
    uint256 internal constant PAIR_LENGTH = 192;

    /// @dev Generator of G2, imaginary parts first.
    uint256 internal constant G2_X1 = 11559732032986387107991004021392285783925812861821192530917403151452391805634;
    uint256 internal constant G2_X0 = 10857046999023057135944570762232829481370756359578518086990519993285655852781;
    uint256 internal constant G2_Y1 = 4082367875863433681332203403145435568316851327593401208105741076214120093531;
    uint256 internal constant G2_Y0 = 8495653923123431417604973247489272438418190587263600148770280649306958101930;

    /// @notice Whether `(x, y)` is a point of G1 other than zero. The addition precompile refuses all that is not on the curve.
    function isG1(uint256 x, uint256 y) internal view returns (bool valid) {
        if (x == 0 && y == 0) return false;
        (valid,) = address(6).staticcall(abi.encode(x, y, uint256(0), uint256(0)));
    }

    /// @notice Whether the words are a point of G2 other than zero, in the right subgroup. The pairing precompile refuses all others.
    function isG2(uint256[4] memory point) internal view returns (bool valid) {
        if (point[0] == 0 && point[1] == 0 && point[2] == 0 && point[3] == 0) return false;
        (valid,) = address(8).staticcall(abi.encode(uint256(1), uint256(2), point));
    }

    /// @notice Whether the product of pairings is one of the pairs in memory, six words each. False when a point is not on its curve or in its subgroup.
    function isPairingOne(uint256 pairs, uint256 length) internal view returns (bool valid) {
        uint256 maxGas = (length / PAIR_LENGTH + 1) * BN254_OPERATION_GAS;
        // Safe: writes scratch space.
        assembly ("memory-safe") {
            valid := staticcall(maxGas, 8, pairs, length, 0, 0x20)
            valid := and(valid, eq(mload(0), 1))
        }
    }

    /// @notice Whether the words are the generator of G2.
    function isG2Generator(uint256[4] memory point) internal pure returns (bool) {
        return point[0] == G2_X1 && point[1] == G2_X0 && point[2] == G2_Y1 && point[3] == G2_Y0;
    }
}
