// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobOrder} from "../interfaces/JobTypes.sol";

/// @notice What a job costs at a time, and who gets which part of an amount.
library Prices {
    uint256 internal constant BPS = 10_000;
    /// @dev Share of a slashed bond that goes to the requester, rounded up.
    uint256 internal constant SLASH_REQUESTER_BPS = 5_000;
    /// @dev Share of a slashed bond that goes to the treasury, rounded down.
    uint256 internal constant SLASH_TREASURY_BPS = 1_000;
    /// @dev Parts of a bond that giving a job back costs: at once, and at its due time.
    uint256 internal constant RELEASE_MIN_BPS = 500;
    uint256 internal constant RELEASE_MAX_BPS = 5_000;

    /// @notice Seconds into the order's ramp at a time, at most the whole ramp.
    function tickAt(JobOrder calldata order, uint256 timestamp) internal pure returns (uint32 tick) {
        uint256 start = order.rampStart;
        if (timestamp <= start) return 0;
        uint256 elapsed = timestamp - start;
        uint32 whole = order.rampSeconds;
        // Narrowing is safe: the value is below a uint32.
        return elapsed < whole ? uint32(elapsed) : whole;
    }

    /// @notice Price at a tick of the order's ramp, rounded down. A ramp of zero seconds is `maxPrice`.
    /// @dev Needs `minPrice ≤ maxPrice` and `tick ≤ rampSeconds`.
    function priceOfTick(JobOrder calldata order, uint32 tick) internal pure returns (uint96 price) {
        uint256 whole = order.rampSeconds;
        uint256 max = order.maxPrice;
        if (tick == whole) return uint96(max);
        uint256 min = order.minPrice;
        // Narrowing is safe: the result is at most `max`.
        return uint96(min + (max - min) * tick / whole);
    }

    /// @notice Splits a price; royalty and fee round down, the worker gets the rest.
    /// @dev Needs `royaltyBps + feeBps ≤ 10,000`.
    function split(uint96 price, uint256 royaltyBps, uint256 feeBps)
        internal
        pure
        returns (uint96 workerShare, uint96 royalty, uint96 fee)
    {
        // Narrowing is safe: both are at most `price`.
        royalty = uint96(uint256(price) * royaltyBps / BPS);
        fee = uint96(uint256(price) * feeBps / BPS);
        workerShare = price - royalty - fee;
    }

    /// @notice Splits a slashed bond: half, rounded up, to the requester, a tenth to the treasury, the rest to who enforced it.
    function splitSlash(uint96 bond)
        internal
        pure
        returns (uint96 requesterShare, uint96 enforcerShare, uint96 treasuryShare)
    {
        // Narrowing is safe: both are at most `bond`.
        requesterShare = uint96((uint256(bond) * SLASH_REQUESTER_BPS + BPS - 1) / BPS);
        treasuryShare = uint96(uint256(bond) * SLASH_TREASURY_BPS / BPS);
        // For a bond of 1 all goes to the requester; from 2 on the parts never exceed the whole.
        enforcerShare = bond - requesterShare - treasuryShare;
    }

    /// @notice What it costs a worker to give a job back: from a twentieth of the bond at once to a half at the due time, rounded up.
    /// @dev Needs `left ≤ proveSeconds` and `proveSeconds > 0`.
    function releasePenalty(uint96 bond, uint32 proveSeconds, uint256 left) internal pure returns (uint96 penalty) {
        uint256 whole = BPS * proveSeconds;
        uint256 part = RELEASE_MIN_BPS * proveSeconds + (RELEASE_MAX_BPS - RELEASE_MIN_BPS) * (proveSeconds - left);
        // Narrowing is safe: the part is at most half of the whole, so this is at most the bond.
        return uint96((bond * part + whole - 1) / whole);
    }
}
