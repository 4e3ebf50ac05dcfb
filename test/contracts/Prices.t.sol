// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobOrder} from "../../contracts/interfaces/JobTypes.sol";
import {Prices} from "../../contracts/libraries/Prices.sol";
import {Test} from "./Vm.sol";

contract PricesTest is Test {
    function priceAt(JobOrder calldata order, uint256 timestamp) external pure returns (uint96) {
        return Prices.priceOfTick(order, Prices.tickAt(order, timestamp));
    }

    function fakeRamp(uint96 min, uint96 max, uint40 start, uint32 whole)
        private
        pure
        returns (JobOrder memory order)
    {
        (order.minPrice, order.maxPrice) = min < max ? (min, max) : (max, min);
        order.rampStart = start;
        order.rampSeconds = whole;
    }

    function test_priceAt_climbsFromMinToMax() external view {
        JobOrder memory order = fakeRamp(100, 201, 1_000, 10);

        assertEq(this.priceAt(order, 0), 100);
        assertEq(this.priceAt(order, 1_000), 100);
        assertEq(this.priceAt(order, 1_001), 110);
        assertEq(this.priceAt(order, 1_005), 150);
        assertEq(this.priceAt(order, 1_009), 190);
        assertEq(this.priceAt(order, 1_010), 201);
        assertEq(this.priceAt(order, type(uint256).max), 201);
    }

    function test_priceAt_isMaxWithoutRamp() external view {
        JobOrder memory order = fakeRamp(100, 200, 1_000, 0);

        assertEq(this.priceAt(order, 0), 200);
        assertEq(this.priceAt(order, 2_000), 200);
    }

    function testFuzz_priceAt_isMonotoneAndBounded(
        uint96 min,
        uint96 max,
        uint40 start,
        uint32 whole,
        uint256 earlier,
        uint256 later
    ) external view {
        JobOrder memory order = fakeRamp(min, max, start, whole);
        // Most of the times lie around the ramp.
        earlier = bound(earlier, 0, uint256(start) + uint256(whole) * 2);
        later = bound(later, earlier, earlier + uint256(whole) * 2);

        uint96 first = this.priceAt(order, earlier);
        uint96 second = this.priceAt(order, later);

        assertTrue(order.minPrice <= first && first <= second && second <= order.maxPrice, "min <= first <= second <= max");
    }

    function testFuzz_split_conserves(uint96 price, uint16 royaltyBps, uint16 feeBps) external pure {
        royaltyBps = uint16(bound(royaltyBps, 0, 2_000));
        feeBps = uint16(bound(feeBps, 0, 500));

        (uint96 workerShare, uint96 royalty, uint96 fee) = Prices.split(price, royaltyBps, feeBps);

        assertEq(uint256(workerShare) + royalty + fee, price);
        assertTrue(uint256(workerShare) * 4 >= uint256(price) * 3, "the worker gets three quarters");
        assertEq(royalty, uint256(price) * royaltyBps / 10_000);
        assertEq(fee, uint256(price) * feeBps / 10_000);
    }

    function testFuzz_splitSlash_conserves(uint96 bond) external pure {
        (uint96 requesterShare, uint96 enforcerShare, uint96 treasuryShare) = Prices.splitSlash(bond);

        assertEq(uint256(requesterShare) + enforcerShare + treasuryShare, bond);
        assertTrue(uint256(requesterShare) * 2 >= bond, "at least half goes to the requester");
        assertTrue(uint256(treasuryShare) * 10 <= bond, "at most a tenth goes to the treasury");
    }

    function test_splitSlash_ofSmallBonds() external pure {
        for (uint96 bond = 0; bond < 50; ++bond) {
            (uint96 requesterShare, uint96 enforcerShare, uint96 treasuryShare) = Prices.splitSlash(bond);
            assertEq(uint256(requesterShare) + enforcerShare + treasuryShare, bond);
        }
    }
}
