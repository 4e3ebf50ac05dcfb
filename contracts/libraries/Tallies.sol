// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobOrder, ModelId} from "../interfaces/JobTypes.sol";
import {JobSlot} from "./JobSlot.sol";
import {OrderBytes} from "./OrderBytes.sol";
import {OrderWords} from "./OrderWords.sol";
import {Prices} from "./Prices.sol";

/// @notice What settled entries of a batch move, gathered so that an account is written once for all entries in a row that share it, and that nothing is
///         computed again for an entry that is like the one before it.
library Tallies {
    using JobSlot for uint256;
    using OrderWords for JobOrder;

    struct Tally {
        /// @dev The last entry: its job's slot without the due time, and where in calldata its order is.
        uint256 slot;
        uint256 order;
        /// @dev How many entries in a row are like it and not in the sums below.
        uint256 count;
        /// @dev How the price of each of them is split, and its bond.
        OrderBytes.Shares shares;
        uint96 price;
        uint96 bondOfEach;
        /// @dev Whom all sums are for.
        address token;
        address worker;
        ModelId modelId;
        address owner;
        uint256 royaltyBps;
        uint256 taken;
        uint256 royalty;
        uint256 fee;
        uint256 bond;
        /// @dev What is not taken out of the escrow of this requester yet.
        address requester;
        uint256 paid;
        /// @dev Whether an entry's callback is to be told.
        bool told;
    }

    /// @notice Whether an entry moves the same money between the same accounts as the last one. False for a tally's first.
    /// @dev Worker, fee and price tick are in the slot, which is never zero; all else that decides is in seven words of the order.
    function isLike(Tally memory tally, JobOrder calldata order, uint256 slot) internal pure returns (bool like) {
        uint256 differs = slot.withoutDue() ^ tally.slot;
        // Safe: reads words of the heads of two orders, which the decoder or {Entries} has found to be in front; calldata is zero outside its bounds. The
        // words are requester, token, minPrice, maxPrice, rampSeconds, modelId and bond. Compared with plain reads in Tallies.t.sol.
        assembly ("memory-safe") {
            let last := mload(add(tally, 0x20))
            differs := or(differs, xor(calldataload(order), calldataload(last)))
            differs := or(differs, xor(calldataload(add(order, 0x20)), calldataload(add(last, 0x20))))
            differs := or(differs, xor(calldataload(add(order, 0x40)), calldataload(add(last, 0x40))))
            differs := or(differs, xor(calldataload(add(order, 0x60)), calldataload(add(last, 0x60))))
            differs := or(differs, xor(calldataload(add(order, 0xa0)), calldataload(add(last, 0xa0))))
            differs := or(differs, xor(calldataload(add(order, 0x120)), calldataload(add(last, 0x120))))
            differs := or(differs, xor(calldataload(add(order, 0x1e0)), calldataload(add(last, 0x1e0))))
            like := iszero(differs)
        }
    }

    /// @notice Makes an entry the one that the next are compared with.
    /// @dev Needs the tally's accounts to be the entry's, and {fold}.
    function start(Tally memory tally, JobOrder calldata order, uint256 slot) internal pure {
        uint256 place;
        // Safe: touches no memory.
        assembly ("memory-safe") {
            place := order
        }
        (tally.slot, tally.order) = (slot.withoutDue(), place);
        uint96 price = Prices.priceOfTick(order, slot.priceTickOf());
        (tally.price, tally.bondOfEach) = (price, order.bondOf());
        OrderBytes.Shares memory shares = tally.shares;
        (shares.worker, shares.royalty, shares.fee) = Prices.split(price, tally.royaltyBps, slot.feeBpsOf());
    }

    /// @notice Adds what the entries that were only counted move to the sums.
    function fold(Tally memory tally) internal pure {
        uint256 count = tally.count;
        if (count == 0) return;
        // Safe: each is a sum of less than 2^96 numbers below 2^96.
        unchecked {
            tally.paid += count * tally.price;
            tally.royalty += count * tally.shares.royalty;
            tally.fee += count * tally.shares.fee;
            tally.bond += count * tally.bondOfEach;
        }
        tally.count = 0;
    }
}
