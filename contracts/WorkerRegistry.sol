// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {WorkerKeys} from "./WorkerKeys.sol";
import {IJobMarket} from "./interfaces/IJobMarket.sol";
import {ISignedAnswers} from "./interfaces/ISignedAnswers.sol";
import {JobId} from "./interfaces/JobTypes.sol";
import {COMPUTE_ROLE, IWorkerRegistry} from "./interfaces/IWorkerRegistry.sol";

/// @dev See {IWorkerRegistry}.
contract WorkerRegistry is IWorkerRegistry, WorkerKeys {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @notice Parts of ten thousand of a double signer's free and unbonding stake that are slashed, and of that, what the caller gets.
    uint256 public constant EQUIVOCATION_BPS = 5_000;
    uint256 public constant REPORTER_BPS = 1_000;
    uint256 private constant BPS = 10_000;

    /// @inheritdoc IWorkerRegistry
    address public immutable market;
    /// @inheritdoc IWorkerRegistry
    address public immutable stakeToken;
    /// @inheritdoc IWorkerRegistry
    uint96 public immutable minStake;
    /// @inheritdoc IWorkerRegistry
    uint32 public immutable unbondingSeconds;

    mapping(address operator => mapping(bytes32 jobId => bool known)) private _equivocations;
    /// @inheritdoc IWorkerRegistry
    mapping(address account => uint256 amount) public slashedCreditOf;

    modifier onlyMarket() {
        _checkMarket();
        _;
    }

    constructor(address market_, uint96 minStake_, uint32 unbondingSeconds_, address stakeToken_) {
        if (unbondingSeconds_ <= SIGNER_GRACE_SECONDS) {
            revert UnbondingTooShort(unbondingSeconds_, SIGNER_GRACE_SECONDS + 1);
        }
        market = market_;
        minStake = minStake_;
        unbondingSeconds = unbondingSeconds_;
        stakeToken = stakeToken_;
    }

    // Stake

    /// @inheritdoc IWorkerRegistry
    function registerWorker(address signer, string calldata metadataCid) external payable {
        if (stakeToken != address(0)) revert StakeTokenMismatch(stakeToken);
        _register(signer, metadataCid, msg.value.toUint96());
    }

    /// @inheritdoc IWorkerRegistry
    function registerWorkerWithTokens(address signer, string calldata metadataCid, uint96 amount) external {
        _register(signer, metadataCid, amount);
        _pull(amount);
    }

    /// @inheritdoc IWorkerRegistry
    function addStake() external payable {
        if (stakeToken != address(0)) revert StakeTokenMismatch(stakeToken);
        _add(msg.value.toUint96());
    }

    /// @inheritdoc IWorkerRegistry
    function addTokenStake(uint96 amount) external {
        _add(amount);
        _pull(amount);
    }

    /// @inheritdoc IWorkerRegistry
    function startUnbonding(uint96 amount) external {
        _startUnbonding(msg.sender, _recordOf(msg.sender), amount);
    }

    /// @inheritdoc IWorkerRegistry
    function withdrawStake(address payable to) external {
        Record storage record = _recordOf(msg.sender);
        address guardian = record.guardian;
        if (guardian != address(0) && to != guardian) revert WithdrawalRestricted(to, guardian);
        _withdraw(msg.sender, record, to);
    }

    /// @inheritdoc IWorkerRegistry
    function startUnbondingOf(address operator, uint96 amount) external {
        Record storage record = _recordOf(operator);
        _checkGuardian(record);
        _startUnbonding(operator, record, amount);
    }

    /// @inheritdoc IWorkerRegistry
    function withdrawStakeOf(address operator) external {
        Record storage record = _recordOf(operator);
        _checkGuardian(record);
        _withdraw(operator, record, msg.sender);
    }

    // Bonds

    /// @inheritdoc IWorkerRegistry
    function lockBondOf(address account, uint96 amount) external returns (address operator) {
        operator = operatorOf(account);
        lockBond(operator, amount);
    }

    /// @inheritdoc IWorkerRegistry
    function lockBond(address operator, uint96 amount) public onlyMarket {
        Record storage record = _recordOf(operator);
        (uint96 free, uint96 bonded) = (record.free, record.bonded);
        if (record.roles & COMPUTE_ROLE == 0) revert RoleMissing(operator, COMPUTE_ROLE);
        uint256 stake = uint256(free) + bonded;
        if (stake < minStake) revert StakeTooLow(stake, minStake);
        if (free < amount) revert StakeTooLow(free, amount);

        if (amount != 0) _write(record, free - amount, bonded + amount);
    }

    /// @inheritdoc IWorkerRegistry
    function releaseBond(address operator, uint96 amount) external onlyMarket {
        Record storage record = _records[operator];
        (uint96 free, uint96 bonded) = (record.free, record.bonded);
        _write(record, free + amount, bonded - amount);
    }

    /// @inheritdoc IWorkerRegistry
    function slashBond(address operator, uint96 amount, address[] calldata to, uint96[] calldata shares)
        external
        onlyMarket
    {
        if (to.length != shares.length) revert SharesInvalid(0, amount);

        _records[operator].bonded -= amount;
        uint256 sum = 0;
        for (uint256 i = 0; i < to.length; ++i) {
            sum += shares[i];
            slashedCreditOf[to[i]] += shares[i];
            emit BondSlashed(operator, shares[i], to[i]);
        }
        if (sum != amount) revert SharesInvalid(sum, amount);
    }

    /// @inheritdoc IWorkerRegistry
    function proveEquivocation(Receipt calldata first, Receipt calldata second) external {
        (address operator, JobId jobId) = (first.worker, first.jobId);
        if (
            operator != second.worker || JobId.unwrap(jobId) != JobId.unwrap(second.jobId)
                || first.assurance != second.assurance
                || keccak256(abi.encode(first.outputs)) == keccak256(abi.encode(second.outputs))
        ) {
            revert ReceiptsConsistent();
        }
        if (IJobMarket(market).assuranceListing(first.assurance) == IJobMarket.AssuranceListing.None) {
            revert ReceiptUnlisted(first.assurance);
        }
        if (_equivocations[operator][JobId.unwrap(jobId)]) revert EquivocationKnown(operator, jobId);
        _checkReceipt(first);
        _checkReceipt(second);

        Record storage record = _recordOf(operator);
        _equivocations[operator][JobId.unwrap(jobId)] = true;
        // Narrowing is safe: parts of what is there.
        uint96 fromFree = uint96(uint256(record.free) * EQUIVOCATION_BPS / BPS);
        uint96 fromUnbonding = uint96(uint256(record.unbonding) * EQUIVOCATION_BPS / BPS);
        record.free -= fromFree;
        record.unbonding -= fromUnbonding;
        uint96 penalty = fromFree + fromUnbonding;
        uint256 reward = uint256(penalty) * REPORTER_BPS / BPS;
        slashedCreditOf[msg.sender] += reward;
        slashedCreditOf[IJobMarket(market).treasury()] += penalty - reward;
        emit EquivocationProved(operator, jobId, penalty, msg.sender);
    }

    /// @inheritdoc IWorkerRegistry
    function withdrawSlashed(address payable to) external {
        uint256 amount = slashedCreditOf[msg.sender];
        if (amount == 0) revert NothingCredited(msg.sender);

        slashedCreditOf[msg.sender] = 0;
        emit SlashedWithdrawn(msg.sender, to, amount);
        _send(to, amount);
    }

    // Checks

    function _checkMarket() private view {
        if (msg.sender != market) revert NotMarket(msg.sender);
    }

    function _checkReceipt(Receipt calldata receipt) private view {
        bytes32 digest = ISignedAnswers(receipt.assurance).hashAnswer(receipt.jobId, receipt.worker, receipt.outputs);
        address signer = ECDSA.recoverCalldata(digest, receipt.signature);
        if (operatorOf(signer) != receipt.worker) revert ReceiptNotSigned(signer, receipt.worker);
    }

    // Effects

    function _register(address signer, string calldata metadataCid, uint96 amount) private {
        Record storage record = _records[msg.sender];
        if (record.registered) revert WorkerExists(msg.sender);
        // An account acts for one operator: one that signs for somebody else cannot become an operator before that ends.
        Signer memory own = _signers[msg.sender];
        if (own.operator != address(0)) {
            if (block.timestamp <= own.validUntil) revert SignerTaken(msg.sender);
            delete _signers[msg.sender];
        }
        if (amount < minStake) revert StakeTooLow(amount, minStake);

        (record.registered, record.roles, record.free) = (true, COMPUTE_ROLE, amount);
        record.metadataCid = metadataCid;
        _startSigner(msg.sender, record, signer);
        emit WorkerRegistered(msg.sender, signer, metadataCid);
        emit StakeAdded(msg.sender, amount);
    }

    function _add(uint96 amount) private {
        Record storage record = _recordOf(msg.sender);
        if (amount == 0) revert AmountZero();

        record.free += amount;
        emit StakeAdded(msg.sender, amount);
    }

    function _startUnbonding(address operator, Record storage record, uint96 amount) private {
        if (amount == 0) revert AmountZero();
        if (record.free < amount) revert StakeTooLow(record.free, amount);

        uint40 unbondableAt = uint40(block.timestamp + unbondingSeconds);
        record.free -= amount;
        record.unbonding += amount;
        record.unbondableAt = unbondableAt;
        emit UnbondingStarted(operator, amount, unbondableAt);
    }

    function _withdraw(address operator, Record storage record, address to) private {
        uint96 amount = record.unbonding;
        if (amount == 0) revert NothingUnbonding();
        if (block.timestamp < record.unbondableAt) revert StillUnbonding(record.unbondableAt);

        record.unbonding = 0;
        emit StakeWithdrawn(operator, to, amount);
        _send(to, amount);
    }

    /// @dev Both in one write of their slot.
    function _write(Record storage record, uint96 free, uint96 bonded) private {
        (record.free, record.bonded) = (free, bonded);
    }

    /// @dev The last thing that its callers do: what comes in is written down before it is there, and all is undone when less arrives.
    function _pull(uint256 amount) private {
        if (stakeToken == address(0)) revert StakeTokenMismatch(address(0));
        IERC20 token = IERC20(stakeToken);
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = token.balanceOf(address(this)) - before;
        if (received != amount) revert TransferInexact(received, amount);
    }

    /// @dev The last thing that its callers do.
    function _send(address to, uint256 amount) private {
        if (to == address(0)) revert AddressZero();
        if (stakeToken != address(0)) IERC20(stakeToken).safeTransfer(to, amount);
        else if (!LowLevelCall.callNoReturn(to, amount, "")) revert TransferFailed(to, amount);
    }
}
