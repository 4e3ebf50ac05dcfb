// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAssurance} from "./IAssurance.sol";
import {ISignedAnswers} from "./ISignedAnswers.sol";
import {JobId} from "./JobTypes.sol";

/// @notice `audit`: a signed answer is final unless the chain draws it; then a Groth16 proof is due, or the worker's bond is lost.
/// @dev What is drawn, and who can touch it:
///      - The lot is `prevrandao` of a block that is fixed when the answer is handed in, at least {drawBlocks} later, hashed with job and worker.
///        Whoever calls, and when, changes nothing: the value is read from that block's own header, whose hash the chain knows (256 blocks, or 8,191
///        with EIP-2935).
///      - Nobody waits a bad draw out. When no header was recorded by the end of `drawSeconds`, a proof is due: a worker that was not drawn records
///        the header, or proves. After the order's `finalDeadline` an answer that is drawn, or whose draw was missed, is wrong. So the rule ends also
///        where nobody calls.
///      - The proposer of the last block before the draw can withhold it and take the other value, at the price of its reward. A worker that proposes
///        a share s ≤ ½ of all blocks is still drawn with a probability of at least (1 − s)·p ≥ p/2, and {SAFETY_FACTOR} 2 makes up for that: `p ·
///        bond ≥ 2 · maxPrice` means that a wrong answer loses money on average. {drawBlocks} should be longer than proposers are known ahead (four
///        epochs of 32 on Ethereum, as EIP-4399 advises), or a worker answers when it knows that the last block is its own.
///      - A lost bond goes to the requester (nine tenths) and the treasury; nobody else can be paid for it, so a worker cannot fetch a part of its
///        own bond.
///      Warning: on a chain whose `prevrandao` is constant or made by one sequencer, the draw is as good as that sequencer's word.
///      Warning for workers: a claim accepts the terms. Finalize in time, because late draws leave less time for the proof.
///      An answer that comes with a proof is final at once. A challenge with `abi.encode(uint256[] outputs, bytes signature)`, another answer that
///      the worker signed for the same job, is a verdict at once.
interface IAuditAssurance is IAssurance, ISignedAnswers {
    /// @notice An order's `assuranceData`, ABI-encoded.
    struct AuditTerms {
        /// @dev Probability, in basis points, that a proof is due.
        uint16 probabilityBps;
        /// @dev How long the draw can be recorded, from when the answer is handed in.
        uint32 drawSeconds;
        /// @dev How long a drawn answer can be proved, from when it is finalized.
        uint32 defenceSeconds;
    }

    /// @notice Emitted when the lot of a block was read from its header.
    event BlockRecorded(uint256 indexed blockNumber, bytes32 lot);
    /// @notice Emitted when a proof became due; `missed` when the draw's block was not recorded in time.
    event ProofDrawn(JobId indexed jobId, uint256 drawBlock, bool missed);

    error NotMarket(address caller);
    error TermsMalformed(uint256 length);
    error ProbabilityInvalid(uint256 actualBps);
    error DrawTooShort(uint256 actualSeconds, uint256 neededSeconds);
    error DefenceTooShort(uint256 actualSeconds, uint256 neededSeconds);
    /// @dev Price and bond must be in one unit to be compared.
    error TokenNotStake(address token, address stakeToken);
    /// @dev `probability · bond` is below {SAFETY_FACTOR} times the order's highest price.
    error BondTooLow(uint256 actual, uint256 needed);
    /// @dev The latest answer, draw and defence would end after the order does.
    error WindowsTooLong(uint256 end, uint40 finalDeadline);
    /// @dev Not the header of a block of this chain whose hash is still known.
    error HeaderUnknown();
    error NotPending(JobId jobId);
    /// @dev Either the two answers are the same, or the worker did not sign this one.
    error NoDoubleAnswer(JobId jobId);
    error ValueUnexpected(uint256 value);

    /// @notice Keeps the lot of a block for all the answers that are drawn by it. Anyone may call.
    /// @param header RLP encoding of the block's header
    function recordBlock(bytes calldata header) external;

    /// @notice Block whose lot decides on the pending answer of a job that `worker` answered; zero when its proof is already due.
    function drawBlockOf(JobId jobId, address worker) external view returns (uint256 blockNumber);

    /// @notice keccak256 of the `prevrandao` of a block that was recorded, or zero.
    function lotOf(uint256 blockNumber) external view returns (bytes32 lot);

    /// @notice Whether a lot makes a proof due.
    function isDrawn(bytes32 lot, JobId jobId, address worker, uint16 probabilityBps)
        external
        pure
        returns (bool drawn);

    /// @notice Blocks from an answer to the earliest block that can decide on it.
    function drawBlocks() external view returns (uint40);

    /// @notice Least `drawSeconds` of an order.
    function minDrawSeconds() external view returns (uint32);

    /// @notice Unit of stakes and bonds, and so of the prices that can be audited; `address(0)` is the chain's own coin.
    function stakeToken() external view returns (address);
}
