// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bn254} from "../libraries/Bn254.sol";
import {PoseidonConstants} from "./PoseidonConstants.sol";

/// @notice Poseidon over BN254's scalar field with x^5 (https://eprint.iacr.org/2019/458), for one input: equal to `circuits/src/primitives/poseidon.ts`
///         and to circomlib.
/// @dev One word of 248 bits holds what a contract can say of an account: 31 values of 8 bits, or 15 of 16. Every further word widens the state and would
///      cost more gas than a contract should spend on an input: give longer inputs as a commitment made off chain.
library Poseidon {
    /// @dev The input must be below the scalar field's order.
    error InputOutOfField(uint256 input);

    /// @notice Hash of one field element: the commitment of an input that packs into one word.
    function hash(uint256 input) internal pure returns (uint256 digest) {
        uint256 order = Bn254.SCALAR_ORDER;
        if (input >= order) revert InputOutOfField(input);
        bytes memory constants = PoseidonConstants.ROUND_CONSTANTS;
        (uint256 m00, uint256 m01) = (PoseidonConstants.M00, PoseidonConstants.M01);
        (uint256 m10, uint256 m11) = (PoseidonConstants.M10, PoseidonConstants.M11);

        // Safe: reads only `constants`, two words for each of 64 rounds, which the compiler allocated. No sum wraps: an element after mixing is a sum of two
        // values below the order and gets a third one added, and three times the order is below 2^256. The first and the last four rounds are full.
        assembly ("memory-safe") {
            function fifthPower(x, p) -> y {
                y := mulmod(x, x, p)
                y := mulmod(mulmod(y, y, p), x, p)
            }

            let s0 := 0
            let s1 := input
            let at := add(constants, 0x20)
            for { let round := 0 } lt(round, 64) { round := add(round, 1) } {
                s0 := fifthPower(add(s0, mload(at)), order)
                s1 := add(s1, mload(add(at, 0x20)))
                if or(lt(round, 4), gt(round, 59)) { s1 := fifthPower(s1, order) }
                let mixed := add(mulmod(s0, m00, order), mulmod(s1, m01, order))
                s1 := add(mulmod(s0, m10, order), mulmod(s1, m11, order))
                s0 := mixed
                at := add(at, 0x40)
            }
            digest := mod(s0, order)
        }
    }
}
