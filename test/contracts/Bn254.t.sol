// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bn254} from "../../contracts/libraries/Bn254.sol";
import {Test} from "./Vm.sol";

contract Bn254Test is Test {
    function generator() private pure returns (uint256[4] memory point) {
        return [Bn254.G2_X1, Bn254.G2_X0, Bn254.G2_Y1, Bn254.G2_Y0];
    }

    /// @dev Products of pairings of G1's generator, or its opposite, and G2's.
    function isOne(bool[] memory opposite, uint256[4] memory second) private view returns (bool valid) {
        bytes memory pairs;
        for (uint256 i = 0; i < opposite.length; ++i) {
            pairs = bytes.concat(
                pairs, abi.encode(uint256(1), opposite[i] ? Bn254.BASE_ORDER - 2 : uint256(2), second)
            );
        }
        uint256 start;
        // Safe: reads where the compiler put the bytes.
        assembly ("memory-safe") {
            start := add(pairs, 0x20)
        }
        return Bn254.isPairingOne(start, pairs.length);
    }

    function test_isG1_refusesZeroAndWhatIsOffTheCurve() external view {
        assertTrue(!Bn254.isG1(0, 0), "zero");
        assertTrue(!Bn254.isG1(0, 2) && !Bn254.isG1(1, 0) && !Bn254.isG1(1, 3), "off the curve");
        assertTrue(!Bn254.isG1(1, Bn254.BASE_ORDER + 2), "a coordinate past the order");

        assertTrue(Bn254.isG1(1, 2) && Bn254.isG1(1, Bn254.BASE_ORDER - 2), "points");
    }

    function test_isG2_refusesZeroAndWhatIsOffTheCurve() external view {
        uint256[4] memory zero;
        assertTrue(!Bn254.isG2(zero), "zero");
        for (uint256 i = 0; i < 4; ++i) {
            uint256[4] memory point = generator();
            point[i] += 1;
            assertTrue(!Bn254.isG2(point), "off the curve");
        }

        assertTrue(Bn254.isG2(generator()), "a point");
    }

    function test_isG2Generator_takesNoOtherPoint() external pure {
        uint256[4] memory opposite = generator();
        (opposite[2], opposite[3]) = (Bn254.BASE_ORDER - opposite[2], Bn254.BASE_ORDER - opposite[3]);
        assertTrue(!Bn254.isG2Generator(opposite), "its opposite");
        for (uint256 i = 0; i < 4; ++i) {
            uint256[4] memory point = generator();
            point[i] += 1;
            assertTrue(!Bn254.isG2Generator(point), "another word");
            uint256[4] memory other;
            other[i] = generator()[i];
            assertTrue(!Bn254.isG2Generator(other), "one word of it");
        }

        assertTrue(Bn254.isG2Generator(generator()), "the generator");
    }

    function test_isPairingOne_isTheProductOfAllPairs() external view {
        bool[] memory opposite = new bool[](3);
        opposite[1] = true;
        assertTrue(!isOne(opposite, generator()), "one too many");
        assertTrue(!isOne(new bool[](1), generator()), "one alone");
        opposite = new bool[](2);
        opposite[1] = true;
        uint256[4] memory point = generator();
        point[3] += 1;
        assertTrue(!isOne(opposite, point), "not a point");

        assertTrue(isOne(opposite, generator()), "opposites");
        assertTrue(isOne(new bool[](0), generator()), "no pairs");
    }
}
