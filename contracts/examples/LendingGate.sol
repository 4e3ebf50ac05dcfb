// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";

import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {JobId} from "../interfaces/JobTypes.sol";
import {InferenceInputs} from "../periphery/InferenceInputs.sol";
import {PackedValues} from "../periphery/PackedValues.sol";
import {UserPaidConsumer} from "../periphery/UserPaidConsumer.sol";

/// @notice Lends one lender's coins, without collateral, to accounts whose history here a model proved to deserve it.
/// @dev The model's input is built here from what this contract knows of the borrower, so nobody chooses it, and a worker's proof is bound to it. A score
///      speaks of the history that it was asked for: whatever happens to the account afterwards makes it void, even while the proof is under way.
contract LendingGate is UserPaidConsumer {
    struct Loan {
        uint128 amount;
        uint40 due;
    }

    struct Account {
        uint40 since;
        /// @dev Counts changes of what the model is told.
        uint32 version;
        uint32 repaidInTime;
        uint32 repaidLate;
        uint128 largestRepaid;
        Loan loan;
        /// @dev Zero when there is no score.
        uint40 scoredAt;
        int32 score;
    }

    /// @notice What the gate demands, and how its model takes and gives numbers.
    struct GateRules {
        InferenceInputs.InputShape input;
        uint8 scoreBits;
        int32 minScore;
        uint32 scoreSeconds;
        uint32 loanSeconds;
        uint128 maxLoan;
    }

    /// @dev Amounts reach the model in thousandths of the coin.
    uint256 private constant FEATURE_UNIT = 1e15;

    address public immutable lender;

    GateRules private _rules;
    /// @notice Coins that are not lent.
    uint256 public pool;
    mapping(address account => Account history) private _accounts;

    /// @notice Emitted with the bytes of an input that was built here: whoever puts them on IPFS lets workers read it.
    event InputBuilt(JobId indexed jobId, bytes tensor);
    event Scored(address indexed account, JobId indexed jobId, int32 score);
    /// @notice Emitted when an answer came to a history that has changed since.
    event ScoreOutdated(address indexed account, JobId indexed jobId);
    event ScoreUnanswered(address indexed account, JobId indexed jobId);
    event Borrowed(address indexed account, uint256 amount, uint40 due);
    event Repaid(address indexed account, uint256 amount, bool inTime);
    event PoolChanged(uint256 pool);

    /// @dev What the model is told are counts: its least input must be zero.
    error InputNotFromZero(int32 lo);
    error NotLender(address caller);
    error PoolTooSmall(uint256 actual, uint256 needed);
    error LoanTooLarge(uint256 amount, uint256 max);
    error LoanOpen(address account);
    error NoLoan(address account);
    error AmountZero();
    error ScoreMissing(address account);
    error ScoreTooOld(uint256 scoredAt, uint256 timestamp);
    error ScoreTooLow(int32 actual, int32 needed);
    error RepaymentWrong(uint256 actual, uint256 needed);
    error TransferFailed(address to, uint256 amount);

    constructor(IJobMarket market_, OrderTerms memory terms, GateRules memory rules)
        UserPaidConsumer(market_, terms, msg.sender)
    {
        if (rules.input.lo != 0) revert InputNotFromZero(rules.input.lo);
        lender = msg.sender;
        _rules = rules;
    }

    /// @notice Adds coins to lend.
    function fillPool() external payable {
        pool += msg.value;
        emit PoolChanged(pool);
    }

    /// @notice Takes coins that are not lent.
    function drainPool(uint256 amount) external {
        if (msg.sender != lender) revert NotLender(msg.sender);
        _takeFromPool(amount);
        _send(lender, amount);
    }

    /// @notice Asks for a score of the caller's history; `msg.value` is the price.
    function askForScore() external payable returns (JobId jobId) {
        Account storage account = _accounts[msg.sender];
        if (account.since == 0) account.since = uint40(block.timestamp);

        InferenceInputs.InferenceInput memory input = inputOf(msg.sender);
        jobId = _ask(
            uint256(account.version) << 160 | uint160(msg.sender),
            input.inputCommitment,
            input.inputRoot,
            input.inputCid
        );
        emit InputBuilt(jobId, input.tensor);
    }

    /// @notice Lends to the caller, if its score is fresh and high enough.
    function borrow(uint128 amount) external {
        Account storage account = _accounts[msg.sender];
        GateRules memory rules = _rules;
        if (amount == 0) revert AmountZero();
        if (amount > rules.maxLoan) revert LoanTooLarge(amount, rules.maxLoan);
        if (account.loan.amount != 0) revert LoanOpen(msg.sender);
        if (account.scoredAt == 0) revert ScoreMissing(msg.sender);
        if (block.timestamp > uint256(account.scoredAt) + rules.scoreSeconds) {
            revert ScoreTooOld(account.scoredAt, block.timestamp);
        }
        if (account.score < rules.minScore) revert ScoreTooLow(account.score, rules.minScore);

        uint40 due = uint40(block.timestamp) + rules.loanSeconds;
        account.loan = Loan({amount: amount, due: due});
        _changed(account);
        emit Borrowed(msg.sender, amount, due);
        _takeFromPool(amount);
        _send(msg.sender, amount);
    }

    /// @notice Pays the caller's loan back; `msg.value` is its amount.
    function repay() external payable {
        Account storage account = _accounts[msg.sender];
        Loan memory loan = account.loan;
        if (loan.amount == 0) revert NoLoan(msg.sender);
        if (msg.value != loan.amount) revert RepaymentWrong(msg.value, loan.amount);

        bool inTime = block.timestamp <= loan.due;
        if (inTime) ++account.repaidInTime;
        else ++account.repaidLate;
        if (loan.amount > account.largestRepaid) account.largestRepaid = loan.amount;
        delete account.loan;
        _changed(account);
        pool += msg.value;
        emit Repaid(msg.sender, msg.value, inTime);
        emit PoolChanged(pool);
    }

    function accountOf(address account) external view returns (Account memory history) {
        return _accounts[account];
    }

    function gateRules() external view returns (GateRules memory rules) {
        return _rules;
    }

    /// @notice What the model is told of an account now: loans repaid in time, loans repaid late, days known, largest loan repaid in thousandths of the
    ///         coin, and whether a loan is open; each cut off at the most that the model takes.
    function featuresOf(address account) public view returns (int256[] memory features) {
        Account memory history = _accounts[account];
        uint256 daysKnown = history.since == 0 ? 0 : (block.timestamp - history.since) / 1 days;
        features = new int256[](5);
        features[0] = _feature(history.repaidInTime);
        features[1] = _feature(history.repaidLate);
        features[2] = _feature(daysKnown);
        features[3] = _feature(history.largestRepaid / FEATURE_UNIT);
        features[4] = _feature(history.loan.amount == 0 ? 0 : 1);
    }

    /// @notice The model's input for an account now, with its commitment.
    function inputOf(address account) public view returns (InferenceInputs.InferenceInput memory input) {
        return InferenceInputs.build(featuresOf(account), _rules.input);
    }

    function _onResult(JobId jobId, uint256 subject, uint256[] calldata outputs) internal override {
        address borrower = address(uint160(subject));
        Account storage account = _accounts[borrower];
        if (account.version != subject >> 160) {
            emit ScoreOutdated(borrower, jobId);
            return;
        }

        // Narrowing is safe: a packed value has at most 32 bits.
        int32 score = int32(PackedValues.unpack(outputs, 1, _rules.scoreBits)[0]);
        (account.scoredAt, account.score) = (uint40(block.timestamp), score);
        emit Scored(borrower, jobId, score);
    }

    function _onUnanswered(JobId jobId, uint256 subject) internal override {
        emit ScoreUnanswered(address(uint160(subject)), jobId);
    }

    /// @dev What the model is told of an account has changed: no score speaks of it any more.
    function _changed(Account storage account) private {
        account.scoredAt = 0;
        ++account.version;
    }

    function _feature(uint256 value) private view returns (int256 feature) {
        uint256 max = (uint256(1) << _rules.input.bits) - 1;
        return int256(value > max ? max : value);
    }

    function _takeFromPool(uint256 amount) private {
        if (pool < amount) revert PoolTooSmall(pool, amount);
        pool -= amount;
        emit PoolChanged(pool);
    }

    /// @dev The last thing that its callers do.
    function _send(address to, uint256 amount) private {
        if (!LowLevelCall.callNoReturn(to, amount, "")) revert TransferFailed(to, amount);
    }
}
