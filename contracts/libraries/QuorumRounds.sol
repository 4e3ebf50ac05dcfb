// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IQuorumAssurance} from "../interfaces/IQuorumAssurance.sol";

/// @notice Counting answers and sharing bonds of a round of {IQuorumAssurance}. Seats are few, so plain loops do.
library QuorumRounds {
    /// @notice What becomes of all the bonds of a round: `each` to every worker that keeps its bond, the bond included.
    struct Split {
        uint256 each;
        uint256 requester;
        uint256 payer;
    }

    uint256 private constant BPS = 10_000;

    /// @dev The operator has no seat in this round.
    error SeatUnknown(address worker);

    function seatOf(IQuorumAssurance.Seat[] storage seats, address worker)
        internal
        view
        returns (IQuorumAssurance.Seat storage seat)
    {
        for (uint256 i = 0; i < seats.length; ++i) {
            if (seats[i].worker == worker) return seats[i];
        }
        revert SeatUnknown(worker);
    }

    /// @notice The different answers that were revealed, in the order of seats, and how many gave each.
    function tally(IQuorumAssurance.Seat[] memory seats)
        internal
        pure
        returns (bytes32[] memory answers, uint256[] memory votes)
    {
        answers = new bytes32[](seats.length);
        votes = new uint256[](seats.length);
        uint256 count = 0;
        for (uint256 i = 0; i < seats.length; ++i) {
            if (!seats[i].revealed) continue;
            uint256 place = 0;
            while (place < count && answers[place] != seats[i].word) ++place;
            if (place == count) {
                answers[count] = seats[i].word;
                ++count;
            }
            ++votes[place];
        }
        // Safe: shortens two arrays that the compiler allocated, by entries that were never written.
        assembly ("memory-safe") {
            mstore(answers, count)
            mstore(votes, count)
        }
    }

    /// @notice How many gave an answer, and how many the one that most gave.
    function votesFor(bytes32[] memory answers, uint256[] memory votes, bytes32 answer)
        internal
        pure
        returns (uint256 own, uint256 most)
    {
        for (uint256 i = 0; i < answers.length; ++i) {
            if (answers[i] == answer) own = votes[i];
            if (votes[i] > most) most = votes[i];
        }
    }

    /// @notice The answer that at least `agreeing` gave, or zero. `agreeing` is more than half of the seats, so there is no second one.
    function agreed(bytes32[] memory answers, uint256[] memory votes, uint256 agreeing)
        internal
        pure
        returns (bytes32 answer)
    {
        for (uint256 i = 0; i < answers.length; ++i) {
            if (votes[i] >= agreeing) return answers[i];
        }
    }

    /// @notice Whether a worker keeps its bond: it gave the answer, or when none is right, it revealed.
    function keepsBond(IQuorumAssurance.Seat memory seat, bytes32 answer) internal pure returns (bool) {
        return seat.revealed && (answer == 0 || seat.word == answer);
    }

    /// @notice Those that gave an answer, with equal shares of 10,000 basis points; the last takes the rest.
    function equalShares(IQuorumAssurance.Seat[] memory seats, bytes32 answer)
        internal
        pure
        returns (address[] memory payees, uint16[] memory sharesBps)
    {
        payees = new address[](seats.length);
        sharesBps = new uint16[](seats.length);
        uint256 count = 0;
        for (uint256 i = 0; i < seats.length; ++i) {
            if (!keepsBond(seats[i], answer)) continue;
            payees[count] = seats[i].worker;
            ++count;
        }
        for (uint256 i = 0; i < count; ++i) {
            // Narrowing is safe: all of them are 10,000.
            sharesBps[i] = uint16(i + 1 == count ? BPS - (BPS / count) * i : BPS / count);
        }
        // Safe: shortens two arrays that the compiler allocated.
        assembly ("memory-safe") {
            mstore(payees, count)
            mstore(sharesBps, count)
        }
    }

    /// @notice Shares the bonds of a round. From those that are lost comes first what the arbitrator cost; of the rest half, rounded up, is the
    ///         requester's, and all of it when nobody keeps a bond.
    /// @param cost what the arbitrator was paid, or zero
    function splitBonds(IQuorumAssurance.Seat[] memory seats, bytes32 answer, uint256 bond, uint256 cost)
        internal
        pure
        returns (Split memory split)
    {
        uint256 keepers = 0;
        for (uint256 i = 0; i < seats.length; ++i) {
            if (keepsBond(seats[i], answer)) ++keepers;
        }
        uint256 lost = bond * (seats.length - keepers);
        split.payer = cost < lost ? cost : lost;
        lost -= split.payer;
        if (keepers == 0) {
            split.requester = lost;
        } else {
            uint256 gain = lost / 2 / keepers;
            split.each = bond + gain;
            split.requester = lost - gain * keepers;
        }
    }
}
