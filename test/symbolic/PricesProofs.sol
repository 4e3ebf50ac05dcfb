// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobOrder} from "../../contracts/interfaces/JobTypes.sol";
import {Prices} from "../../contracts/libraries/Prices.sol";

// One contract for each property: `npm run prove:contracts` proves every assert for all arguments that pass the requires, and that no sum, difference,
// product or division on the way overflows. The market checks what is required here before it calls the library.

/// @notice Caps that the proofs assume; the program compares them with {MarketState} and {ModelRegistry}.
abstract contract Caps {
    uint256 internal constant MAX_FEE_BPS = 500;
    uint256 internal constant MAX_ROYALTY_BPS = 2_000;
}

/// @notice A settlement pays out its price, to the last unit.
contract SettlementConserves is Caps {
    function prove(uint96 price, uint16 royaltyBps, uint16 feeBps) external pure {
        require(royaltyBps <= MAX_ROYALTY_BPS && feeBps <= MAX_FEE_BPS);
        (uint96 workerShare, uint96 royalty, uint96 fee) = Prices.split(price, royaltyBps, feeBps);

        assert(uint256(workerShare) + royalty + fee == price);
    }
}

/// @notice The fee is at most a twentieth of the price and at most the order's own cap of it.
contract FeeIsCapped is Caps {
    function prove(uint96 price, uint16 royaltyBps, uint16 feeBps, uint16 maxFeeBps) external pure {
        require(royaltyBps <= MAX_ROYALTY_BPS && feeBps <= MAX_FEE_BPS && feeBps <= maxFeeBps);
        (,, uint96 fee) = Prices.split(price, royaltyBps, feeBps);

        assert(uint256(fee) * 20 <= price);
        assert(uint256(fee) * Prices.BPS <= uint256(price) * maxFeeBps);
    }
}

/// @notice The royalty is at most a fifth of the price, and so the worker gets at least three quarters.
contract RoyaltyIsCapped is Caps {
    function prove(uint96 price, uint16 royaltyBps, uint16 feeBps) external pure {
        require(royaltyBps <= MAX_ROYALTY_BPS && feeBps <= MAX_FEE_BPS);
        (uint96 workerShare, uint96 royalty,) = Prices.split(price, royaltyBps, feeBps);

        assert(uint256(royalty) * 5 <= price);
        assert(uint256(workerShare) * 4 >= uint256(price) * 3);
    }
}

/// @notice A slashed bond is shared to the last unit.
contract SlashConserves {
    function prove(uint96 bond) external pure {
        (uint96 requesterShare, uint96 enforcerShare, uint96 treasuryShare) = Prices.splitSlash(bond);

        assert(uint256(requesterShare) + enforcerShare + treasuryShare == bond);
    }
}

/// @notice Of a slashed bond at least half is the requester's, and at most a tenth the treasury's.
contract SlashFavoursRequester {
    function prove(uint96 bond) external pure {
        (uint96 requesterShare,, uint96 treasuryShare) = Prices.splitSlash(bond);

        assert(uint256(requesterShare) * 2 >= bond);
        assert(uint256(treasuryShare) * 10 <= bond);
    }
}

/// @notice The tick never leaves the ramp, and never goes back.
contract TickClimbs {
    function prove(JobOrder calldata order, uint256 earlier, uint256 later) external pure {
        require(earlier <= later);
        uint32 first = Prices.tickAt(order, earlier);
        uint32 second = Prices.tickAt(order, later);

        assert(first <= second);
        assert(second <= order.rampSeconds);
    }
}

/// @notice The price of any time is from `minPrice` to `maxPrice`.
contract PriceIsBounded {
    function prove(JobOrder calldata order, uint256 timestamp) external pure {
        require(order.minPrice <= order.maxPrice);
        uint96 price = Prices.priceOfTick(order, Prices.tickAt(order, timestamp));

        assert(price >= order.minPrice);
        assert(price <= order.maxPrice);
    }
}

/// @notice The price never falls while time goes on.
contract PriceClimbs {
    function prove(JobOrder calldata order, uint256 earlier, uint256 later) external pure {
        require(order.minPrice <= order.maxPrice && earlier <= later);
        uint96 first = Prices.priceOfTick(order, Prices.tickAt(order, earlier));
        uint96 second = Prices.priceOfTick(order, Prices.tickAt(order, later));

        assert(first <= second);
    }
}

/// @notice A claim's price is never more than what is in escrow, at whatever tick the escrow was taken; price and surplus are the escrow.
contract EscrowCoversPrice {
    function prove(JobOrder calldata order, uint32 priceTick, uint256 timestamp) external pure {
        require(order.minPrice <= order.maxPrice && priceTick <= order.rampSeconds);
        uint96 escrow = Prices.priceOfTick(order, priceTick);
        // As {MarketState-_openTick} does.
        uint32 tick = Prices.tickAt(order, timestamp);
        if (tick > priceTick) tick = priceTick;
        uint96 price = Prices.priceOfTick(order, tick);

        assert(price <= escrow);
        uint96 surplus = escrow - price;
        assert(uint256(price) + surplus == escrow);
    }
}

/// @notice What it costs to give a job back is never more than the bond.
contract ReleaseIsBounded {
    function prove(uint96 bond, uint32 proveSeconds, uint256 left) external pure {
        require(proveSeconds > 0 && left <= proveSeconds);

        assert(Prices.releasePenalty(bond, proveSeconds, left) <= bond);
    }
}

/// @notice Giving a job back never costs less for having been held longer.
contract ReleaseClimbs {
    function prove(uint96 bond, uint32 proveSeconds, uint256 left, uint256 leftLater) external pure {
        require(proveSeconds > 0 && left <= proveSeconds && leftLater <= left);
        uint96 sooner = Prices.releasePenalty(bond, proveSeconds, left);
        uint96 later = Prices.releasePenalty(bond, proveSeconds, leftLater);

        assert(sooner <= later);
    }
}

/// @notice When a job is given back, what the worker keeps and the parts of the penalty are the bond, to the last unit.
contract ReleaseConserves {
    function prove(uint96 bond, uint32 proveSeconds, uint256 left) external pure {
        require(proveSeconds > 0 && left <= proveSeconds);
        uint96 penalty = Prices.releasePenalty(bond, proveSeconds, left);
        uint96 kept = bond - penalty;
        (uint96 requesterShare, uint96 enforcerShare, uint96 treasuryShare) = Prices.splitSlash(penalty);

        assert(uint256(kept) + requesterShare + enforcerShare + treasuryShare == bond);
    }
}
