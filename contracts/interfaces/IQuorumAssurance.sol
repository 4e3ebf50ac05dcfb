// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IArbitrable} from "./IArbitrable.sol";
import {IArbitrator} from "./IArbitrator.sol";
import {IAssurance} from "./IAssurance.sol";
import {ICredits} from "./ICredits.sol";
import {JobId, JobOrder} from "./JobTypes.sol";

/// @notice `quorum`: several workers answer the same job unseen; an answer that enough of them gave is final and they share the price.
/// @dev This contract claims the job for its workers, so an order names it as `allowedWorker` too and has no `bond`; its workers are registered
///      operators with their minimum stake, each bonded here in the chain's own coin. A round:
///      1. The first {commitAnswer} claims the job. Until `commitSeconds` are over others commit too, each with the terms' bond.
///      2. {revealAnswer}, for `revealSeconds`, or from when all seats are taken. A commitment holds its worker's address, so a copied one opens for
///         nobody.
///      3. When all that committed have revealed, or time is up, anyone hands the answer in with {IJobMarket-submitResult} and empty evidence.
///         `agreeing` equal answers are final. The bonds of those that answered otherwise, or did not reveal, go half to the requester and half to
///         those that agreed.
///      4. Without agreement, and when the order names an arbitrator, anyone hands in one of the answers that most workers gave: it is pending for
///         `disputeSeconds`, in which anyone may pay the arbitrator through {IMarketExtension-challengeJob}. Its choices are the different answers in
///         the order of seats, see {answersOf}.
///         An answer that it finds right is paid if it is the pending one; otherwise the job opens again. Either way those who gave it count as
///         having agreed, and the arbitrator's price comes off the losers' bonds before they are shared.
///      5. When nobody pays the arbitrator, or it refuses, or `arbitrationSeconds` pass without a ruling, the default rule holds: the job opens again
///         (or is refunded), those that revealed get their bonds back, and the bonds of those that did not are shared.
///      A round that ended without a verdict of the market is settled by {closeRound}.
///      Warning for requesters: `agreeing` operators that belong to one person are a quorum. Name a `committee`, or make bonds dear.
///      Warning for workers: a commitment accepts the terms, the arbitrator among them. Who does not reveal in time loses its bond.
interface IQuorumAssurance is IAssurance, IArbitrable, ICredits {
    /// @notice An order's `assuranceData`, ABI-encoded.
    struct QuorumTerms {
        /// @dev Seats, 2 to {MAX_WORKERS}.
        uint8 workers;
        /// @dev Equal answers that are needed: more than half of the seats.
        uint8 agreeing;
        uint32 commitSeconds;
        uint32 revealSeconds;
        /// @dev Zero, with the next one, when there is no arbitrator.
        uint32 disputeSeconds;
        uint32 arbitrationSeconds;
        /// @dev Each worker's bond, in the chain's own coin.
        uint96 workerBond;
        /// @dev Decides when there is no agreement (ERC-792); zero for nobody.
        IArbitrator arbitrator;
        bytes arbitratorData;
        /// @dev The only operators that may commit; none for anybody registered.
        address[] committee;
    }

    enum Phase {
        None,
        /// @dev Workers commit, reveal, and hand in.
        Open,
        /// @dev An answer without agreement is pending; the arbitrator is not paid.
        Disputable,
        /// @dev The arbitrator is paid.
        Disputed
    }

    struct Round {
        Phase phase;
        uint40 commitUntil;
        uint40 revealUntil;
        /// @dev When the market's claim ends.
        uint40 due;
        uint8 revealed;
    }

    struct Seat {
        address worker;
        bool revealed;
        /// @dev The commitment, and from the reveal on the hash of the answer.
        bytes32 word;
    }

    struct Dispute {
        /// @dev Hash of the pending answer.
        bytes32 pending;
        /// @dev Hash of the answer that the arbitrator found right, or zero.
        bytes32 ruled;
        address payer;
        uint40 until;
        bool decided;
        uint96 cost;
        uint256 disputeId;
    }

    /// @notice Emitted when a worker took a seat.
    event AnswerCommitted(JobId indexed jobId, address indexed worker, bytes32 commitment);
    /// @notice Emitted when a worker opened its commitment.
    event AnswerRevealed(JobId indexed jobId, address indexed worker, uint256[] outputs);
    /// @notice Emitted when the arbitrator was paid; ruling `i` stands for `answers[i - 1]`.
    event DisputeOpened(JobId indexed jobId, IArbitrator indexed arbitrator, uint256 disputeId, bytes32[] answers);
    /// @notice Emitted when the bonds of a round were shared; `answer` is the hash of the one that counts as right, or zero.
    event RoundClosed(JobId indexed jobId, bytes32 answer);

    error NotMarket(address caller);
    /// @dev Seats must be 2 to {MAX_WORKERS}, and `agreeing` more than half of them.
    error QuorumInvalid(uint256 workers, uint256 agreeing);
    error PhaseTooShort(uint256 actualSeconds, uint256 neededSeconds);
    /// @dev Commitments, reveals and handing in must fit into `proveSeconds`.
    error RoundTooLong(uint256 actualSeconds, uint32 proveSeconds);
    error WorkerBondZero();
    /// @dev The market locks no bond for a claim of this contract.
    error OrderBondUnexpected(uint96 bond);
    /// @dev Only this contract may claim, or anyone could hold the job and answer nothing.
    error AllowedWorkerWrong(address actual, address needed);
    error CommitteeInvalid(uint256 members, uint256 workers);
    /// @dev The latest answer, dispute and arbitration would end after the order does.
    error WindowsTooLong(uint256 end, uint40 finalDeadline);
    error CommitmentsClosed(JobId jobId);
    error NotInCommittee(address worker);
    error SeatTaken(address worker);
    error StakeTooLow(uint256 actual, uint256 needed);
    error WorkerBondWrong(uint256 actual, uint256 needed);
    error RevealsClosed(JobId jobId);
    error CommitmentMismatch(JobId jobId, address worker);
    error NotDisputable(JobId jobId);
    error ArbitrationCostTooLow(uint256 actual, uint256 needed);
    /// @dev There is no proof to bring; the arbitrator decides.
    error NothingToDefend(JobId jobId);
    error DisputeUnknown(address arbitrator, uint256 disputeId);
    error DisputeRepeated(address arbitrator, uint256 disputeId);
    error RulingTooLate(uint40 until, uint256 timestamp);
    error RulingInvalid(uint256 ruling, uint256 choices);
    error RoundLive(JobId jobId);
    error RoundUnknown(JobId jobId);

    /// @notice Takes a seat in the job's round for the operator that the caller acts for; `msg.value` is the bond. The first one claims the job.
    /// @param commitment see {commitmentOf}
    /// @param orderSignature for an order that its requester signed and nobody sent; else empty. Read by the first commitment only.
    function commitAnswer(JobOrder calldata order, bytes32 commitment, bytes calldata orderSignature)
        external
        payable
        returns (JobId jobId);

    /// @notice Opens the commitment of the operator that the caller acts for.
    function revealAnswer(JobId jobId, uint256[] calldata outputs, bytes32 salt) external;

    /// @notice Shares the bonds of a round that the market will not end any more: its claim ran out, or the job was given up. Anyone may call.
    function closeRound(JobOrder calldata order) external;

    /// @notice keccak256 of job, worker, answer and salt. Warning: a salt that can be guessed gives the answer away.
    function commitmentOf(JobId jobId, address worker, uint256[] calldata outputs, bytes32 salt)
        external
        pure
        returns (bytes32 commitment);

    function roundOf(JobId jobId) external view returns (Round memory round, Seat[] memory seats);

    function disputeOf(JobId jobId) external view returns (Dispute memory dispute);

    /// @notice Hashes of the different answers that were revealed, in the order of seats: ruling `i` stands for entry `i - 1`.
    function answersOf(JobId jobId) external view returns (bytes32[] memory answers);
}
