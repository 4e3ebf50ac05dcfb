// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IArbitrable} from "../interfaces/IArbitrable.sol";
import {IArbitrator} from "../interfaces/IArbitrator.sol";
import {BatchVerdict, IAssurance} from "../interfaces/IAssurance.sol";
import {ICredits} from "../interfaces/ICredits.sol";
import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {IQuorumAssurance} from "../interfaces/IQuorumAssurance.sol";
import {IWorkerRegistry} from "../interfaces/IWorkerRegistry.sol";
import {JobCase, JobId, JobOrder, JobResult, JobState, Submission} from "../interfaces/JobTypes.sol";
import {AnswerEvidence} from "../libraries/AnswerEvidence.sol";
import {Credits} from "../libraries/Credits.sol";
import {QuorumRounds} from "../libraries/QuorumRounds.sol";

/// @dev See {IQuorumAssurance}. The arbitrator is a stranger: it is called with everything written, and every way back in is locked.
contract QuorumAssurance is IQuorumAssurance, ReentrancyGuardTransient {
    using Credits for Credits.Ledger;
    using SafeCast for uint256;

    uint256 public constant MAX_WORKERS = 16;
    uint256 public constant MAX_COMMITTEE = 64;
    uint256 public constant MIN_PHASE_SECONDS = 1 minutes;
    /// @dev What is left of `proveSeconds` to hand an answer in.
    uint256 public constant SUBMIT_SECONDS = 5 minutes;

    IJobMarket public immutable market;
    IWorkerRegistry public immutable workerRegistry;

    mapping(JobId jobId => Round round) private _rounds;
    mapping(JobId jobId => Seat[] seats) private _seats;
    mapping(JobId jobId => Dispute dispute) private _disputes;
    mapping(address arbitrator => mapping(uint256 disputeId => JobId jobId)) private _disputedJobs;
    Credits.Ledger private _credits;

    modifier onlyMarket() {
        if (msg.sender != address(market)) revert NotMarket(msg.sender);
        _;
    }

    constructor(IJobMarket market_) {
        market = market_;
        workerRegistry = market_.workerRegistry();
    }

    /// @inheritdoc IAssurance
    function checkTerms(JobOrder calldata order) external view {
        QuorumTerms memory terms = _termsOf(order);
        if (terms.workers < 2 || terms.workers > MAX_WORKERS) revert QuorumInvalid(terms.workers, terms.agreeing);
        if (terms.agreeing > terms.workers || uint256(terms.agreeing) * 2 <= terms.workers) {
            revert QuorumInvalid(terms.workers, terms.agreeing);
        }
        if (terms.workerBond == 0) revert WorkerBondZero();
        if (order.bond != 0) revert OrderBondUnexpected(order.bond);
        if (order.allowedWorker != address(this)) revert AllowedWorkerWrong(order.allowedWorker, address(this));
        uint256 members = terms.committee.length;
        if (members != 0 && (members < terms.workers || members > MAX_COMMITTEE)) {
            revert CommitteeInvalid(members, terms.workers);
        }
        _checkTimes(order, terms);
    }

    /// @inheritdoc IQuorumAssurance
    function commitAnswer(JobOrder calldata order, bytes32 commitment, bytes calldata orderSignature)
        external
        payable
        nonReentrant
        returns (JobId jobId)
    {
        QuorumTerms memory terms = _termsOf(order);
        if (msg.value != terms.workerBond) revert WorkerBondWrong(msg.value, terms.workerBond);
        jobId = market.hashOrder(order);
        address worker = _admit(terms);
        // A round whose claim ran out makes room for the next one.
        if (_rounds[jobId].phase == Phase.Open && block.timestamp > _rounds[jobId].due) _closeByTally(jobId, order);
        if (_rounds[jobId].phase == Phase.None) _openRound(jobId, order, terms, orderSignature);

        Round storage round = _rounds[jobId];
        Seat[] storage seats = _seats[jobId];
        if (round.phase != Phase.Open || block.timestamp > round.commitUntil || seats.length == terms.workers) {
            revert CommitmentsClosed(jobId);
        }
        for (uint256 i = 0; i < seats.length; ++i) {
            if (seats[i].worker == worker) revert SeatTaken(worker);
        }
        seats.push(Seat({worker: worker, revealed: false, word: commitment}));
        // No more seats, no more commitments: the time to reveal starts at once, and keeps its length.
        if (seats.length == terms.workers) {
            round.commitUntil = uint40(block.timestamp) - 1;
            round.revealUntil = uint40(block.timestamp) + terms.revealSeconds;
        }
        emit AnswerCommitted(jobId, worker, commitment);
    }

    /// @inheritdoc IQuorumAssurance
    function revealAnswer(JobId jobId, uint256[] calldata outputs, bytes32 salt) external nonReentrant {
        Round storage round = _rounds[jobId];
        if (
            round.phase != Phase.Open || block.timestamp <= round.commitUntil || block.timestamp > round.revealUntil
        ) revert RevealsClosed(jobId);
        address worker = workerRegistry.operatorOf(msg.sender);
        bytes32 commitment = commitmentOf(jobId, worker, outputs, salt);
        Seat storage seat = QuorumRounds.seatOf(_seats[jobId], worker);
        if (seat.revealed || seat.word != commitment) revert CommitmentMismatch(jobId, worker);

        seat.revealed = true;
        seat.word = AnswerEvidence.hashOutputs(outputs);
        ++round.revealed;
        emit AnswerRevealed(jobId, worker, outputs);
    }

    /// @inheritdoc IAssurance
    function judge(JobId jobId, JobOrder calldata order, address worker, uint256, JobResult calldata result)
        external
        onlyMarket
        returns (Verdict memory verdict)
    {
        return _judge(jobId, order, worker, result);
    }

    /// @inheritdoc IAssurance
    /// @dev Holds every claim itself, so that no case is one of a batch, and none is accepted.
    function judgeBatch(JobCase[] calldata cases, Submission[] calldata)
        external
        pure
        returns (BatchVerdict[] memory verdicts)
    {
        return new BatchVerdict[](cases.length);
    }

    /// @inheritdoc IAssurance
    function challenge(JobId jobId, JobOrder calldata order, address, address challenger, bytes calldata)
        external
        payable
        onlyMarket
        nonReentrant
        returns (Verdict memory verdict)
    {
        if (_rounds[jobId].phase != Phase.Disputable) revert NotDisputable(jobId);
        QuorumTerms memory terms = _termsOf(order);
        uint256 cost = terms.arbitrator.arbitrationCost(terms.arbitratorData);
        if (msg.value < cost) revert ArbitrationCostTooLow(msg.value, cost);

        verdict.kind = VerdictKind.Pending;
        verdict.until = uint40(block.timestamp) + terms.arbitrationSeconds;
        _rounds[jobId].phase = Phase.Disputed;
        Dispute storage dispute = _disputes[jobId];
        (dispute.payer, dispute.until, dispute.cost) = (challenger, verdict.until, cost.toUint96());
        _credits.add(jobId, challenger, msg.value - cost);

        // The one call to a stranger: it cannot come back in here, nor into the market, whose lock is held.
        bytes32[] memory answers = answersOf(jobId);
        uint256 disputeId =
            terms.arbitrator.createDispute{value: cost}(answers.length, terms.arbitratorData);
        mapping(uint256 disputeId => JobId jobId) storage jobs = _disputedJobs[address(terms.arbitrator)];
        if (JobId.unwrap(jobs[disputeId]) != 0) revert DisputeRepeated(address(terms.arbitrator), disputeId);
        (jobs[disputeId], dispute.disputeId) = (jobId, disputeId);
        emit DisputeOpened(jobId, terms.arbitrator, disputeId, answers);
    }

    /// @inheritdoc IArbitrable
    function rule(uint256 disputeId, uint256 ruling) external nonReentrant {
        JobId jobId = _disputedJobs[msg.sender][disputeId];
        if (JobId.unwrap(jobId) == 0) revert DisputeUnknown(msg.sender, disputeId);
        Dispute storage dispute = _disputes[jobId];
        if (block.timestamp > dispute.until) revert RulingTooLate(dispute.until, block.timestamp);
        bytes32[] memory answers = answersOf(jobId);
        if (ruling > answers.length) revert RulingInvalid(ruling, answers.length);

        _disputedJobs[msg.sender][disputeId] = JobId.wrap(0);
        dispute.decided = true;
        if (ruling != 0) dispute.ruled = answers[ruling - 1];
        emit Ruling(IArbitrator(msg.sender), disputeId, ruling);
    }

    /// @inheritdoc IAssurance
    function defend(JobId jobId, JobOrder calldata, address, uint256, JobResult calldata)
        external
        pure
        returns (Verdict memory)
    {
        revert NothingToDefend(jobId);
    }

    /// @inheritdoc IAssurance
    function finalize(JobId jobId, JobOrder calldata order, address, uint256[] calldata outputs)
        external
        onlyMarket
        returns (Verdict memory verdict)
    {
        Phase phase = _rounds[jobId].phase;
        if (phase != Phase.Disputable && phase != Phase.Disputed) return verdict;
        Dispute memory dispute = _disputes[jobId];
        if (phase == Phase.Disputed && !dispute.decided && block.timestamp <= dispute.until) return verdict;

        verdict.kind = VerdictKind.Wrong;
        if (dispute.ruled != 0 && dispute.ruled == dispute.pending) {
            if (AnswerEvidence.hashOutputs(outputs) != dispute.pending) {
                verdict.kind = VerdictKind.Rejected;
                return verdict;
            }
            verdict = _paying(jobId, dispute.ruled);
        }
        _close(jobId, order, dispute.ruled);
    }

    /// @inheritdoc IQuorumAssurance
    function closeRound(JobOrder calldata order) external nonReentrant {
        JobId jobId = market.hashOrder(order);
        Round memory round = _rounds[jobId];
        if (round.phase == Phase.None) revert RoundUnknown(jobId);
        JobState state = market.jobOf(jobId).state;
        bool claimLives = state == JobState.Claimed && block.timestamp <= round.due;
        if (claimLives || state == JobState.Answered || state == JobState.Challenged) revert RoundLive(jobId);

        _closeByTally(jobId, order);
    }

    /// @inheritdoc ICredits
    function withdrawCredit(address to) external nonReentrant {
        _credits.withdraw(to);
    }

    /// @inheritdoc ICredits
    function creditOf(address account) external view returns (uint256 amount) {
        return _credits.amountOf[account];
    }

    /// @inheritdoc IQuorumAssurance
    function roundOf(JobId jobId) external view returns (Round memory round, Seat[] memory seats) {
        return (_rounds[jobId], _seats[jobId]);
    }

    /// @inheritdoc IQuorumAssurance
    function disputeOf(JobId jobId) external view returns (Dispute memory dispute) {
        return _disputes[jobId];
    }

    /// @inheritdoc IQuorumAssurance
    function answersOf(JobId jobId) public view returns (bytes32[] memory answers) {
        (answers,) = QuorumRounds.tally(_seats[jobId]);
    }

    /// @inheritdoc IQuorumAssurance
    function commitmentOf(JobId jobId, address worker, uint256[] calldata outputs, bytes32 salt)
        public
        pure
        returns (bytes32 commitment)
    {
        return keccak256(abi.encode(jobId, worker, AnswerEvidence.hashOutputs(outputs), salt));
    }

    /// @dev All windows fit: a round into the claim's time, a dispute between the latest answer and the order's end.
    function _checkTimes(JobOrder calldata order, QuorumTerms memory terms) private pure {
        uint256 shortest = terms.commitSeconds < terms.revealSeconds ? terms.commitSeconds : terms.revealSeconds;
        uint256 round = uint256(terms.commitSeconds) + terms.revealSeconds + SUBMIT_SECONDS;
        if (round > order.proveSeconds) revert RoundTooLong(round, order.proveSeconds);
        if (address(terms.arbitrator) != address(0)) {
            if (terms.disputeSeconds < shortest) shortest = terms.disputeSeconds;
            if (terms.arbitrationSeconds < shortest) shortest = terms.arbitrationSeconds;
            uint256 end = uint256(order.claimDeadline) + order.proveSeconds + terms.disputeSeconds
                + terms.arbitrationSeconds;
            if (end > order.finalDeadline) revert WindowsTooLong(end, order.finalDeadline);
        }
        if (shortest < MIN_PHASE_SECONDS) revert PhaseTooShort(shortest, MIN_PHASE_SECONDS);
    }

    /// @dev The operator that the caller acts for, when it may take a seat.
    function _admit(QuorumTerms memory terms) private view returns (address worker) {
        worker = workerRegistry.operatorOf(msg.sender);
        IWorkerRegistry.Worker memory record = workerRegistry.workerOf(worker);
        uint256 stake = uint256(record.free) + record.bonded;
        if (stake < workerRegistry.minStake()) revert StakeTooLow(stake, workerRegistry.minStake());
        if (terms.committee.length == 0) return worker;
        for (uint256 i = 0; i < terms.committee.length; ++i) {
            if (terms.committee[i] == worker) return worker;
        }
        revert NotInCommittee(worker);
    }

    /// @dev The market is trusted and calls nobody on a claim, so it may come before what is written here.
    function _openRound(
        JobId jobId,
        JobOrder calldata order,
        QuorumTerms memory terms,
        bytes calldata orderSignature
    ) private {
        if (orderSignature.length == 0) market.claimJob(order);
        else market.claimSigned(order, orderSignature);

        uint40 commitUntil = uint40(block.timestamp) + terms.commitSeconds;
        _rounds[jobId] = Round({
            phase: Phase.Open,
            commitUntil: commitUntil,
            revealUntil: commitUntil + terms.revealSeconds,
            due: uint40(block.timestamp) + order.proveSeconds,
            revealed: 0
        });
    }

    function _judge(JobId jobId, JobOrder calldata order, address worker, JobResult calldata result)
        private
        returns (Verdict memory verdict)
    {
        if (worker != address(this) || !_isRevealed(jobId)) return verdict;

        QuorumTerms memory terms = _termsOf(order);
        bytes32 answer = AnswerEvidence.hashOutputs(result.outputs);
        (bytes32[] memory answers, uint256[] memory votes) = QuorumRounds.tally(_seats[jobId]);
        (uint256 own, uint256 most) = QuorumRounds.votesFor(answers, votes, answer);
        if (own == 0 || own < most) return verdict;
        if (own >= terms.agreeing) {
            verdict = _paying(jobId, answer);
            _close(jobId, order, answer);
        } else if (address(terms.arbitrator) != address(0)) {
            _rounds[jobId].phase = Phase.Disputable;
            _disputes[jobId].pending = answer;
            verdict.kind = VerdictKind.Pending;
            verdict.until = uint40(block.timestamp) + terms.disputeSeconds;
        }
    }

    /// @dev Whether a round can be counted: nobody who could still reveal may be cut off.
    function _isRevealed(JobId jobId) private view returns (bool) {
        Round memory round = _rounds[jobId];
        if (round.phase != Phase.Open || block.timestamp <= round.commitUntil) return false;
        return block.timestamp > round.revealUntil || round.revealed == _seats[jobId].length;
    }

    /// @dev `Final`, with equal shares for those that gave the answer.
    function _paying(JobId jobId, bytes32 answer) private view returns (Verdict memory verdict) {
        verdict.kind = VerdictKind.Final;
        (verdict.payees, verdict.sharesBps) = QuorumRounds.equalShares(_seats[jobId], answer);
    }

    /// @dev Of a round that the market did not end: what the seats, or the arbitrator, say is what counts for the bonds.
    function _closeByTally(JobId jobId, JobOrder calldata order) private {
        bytes32 answer = _disputes[jobId].ruled;
        if (_rounds[jobId].phase == Phase.Open) {
            (bytes32[] memory answers, uint256[] memory votes) = QuorumRounds.tally(_seats[jobId]);
            answer = QuorumRounds.agreed(answers, votes, _termsOf(order).agreeing);
        }
        _close(jobId, order, answer);
    }

    /// @dev Shares all the bonds of a round, to the last unit, and forgets it. Without an answer those that revealed keep theirs.
    function _close(JobId jobId, JobOrder calldata order, bytes32 answer) private {
        Dispute memory dispute = _disputes[jobId];
        QuorumTerms memory terms = _termsOf(order);
        Seat[] memory seats = _seats[jobId];
        QuorumRounds.Split memory split = QuorumRounds.splitBonds(seats, answer, terms.workerBond, dispute.cost);
        // A ruling that comes later finds no dispute, not even a newer one of the same job.
        if (dispute.until != 0 && !dispute.decided) {
            _disputedJobs[address(terms.arbitrator)][dispute.disputeId] = JobId.wrap(0);
        }
        delete _rounds[jobId];
        delete _seats[jobId];
        delete _disputes[jobId];

        for (uint256 i = 0; i < seats.length; ++i) {
            if (QuorumRounds.keepsBond(seats[i], answer)) _credits.add(jobId, seats[i].worker, split.each);
        }
        _credits.add(jobId, order.requester, split.requester);
        _credits.add(jobId, dispute.payer, split.payer);
        emit RoundClosed(jobId, answer);
    }

    function _termsOf(JobOrder calldata order) private pure returns (QuorumTerms memory) {
        return abi.decode(order.assuranceData, (QuorumTerms));
    }
}
