// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IWorkerRegistry} from "./interfaces/IWorkerRegistry.sol";

/// @dev See {IWorkerRegistry}.
contract WorkerRegistry is IWorkerRegistry {
    using SafeCast for uint256;

    /// @dev The first slot is all that a bond touches.
    struct Record {
        uint96 free;
        uint96 bonded;
        uint40 unbondableAt;
        bool registered;
        address signer;
        uint96 unbonding;
        string metadataCid;
    }

    /// @inheritdoc IWorkerRegistry
    address public immutable market;
    /// @inheritdoc IWorkerRegistry
    uint96 public immutable minStake;
    /// @inheritdoc IWorkerRegistry
    uint32 public immutable unbondingSeconds;

    mapping(address operator => Record record) private _records;
    /// @dev An operator that signs for itself stands here too, so that a claim reads one slot.
    mapping(address signer => address operator) private _operatorBySigner;
    /// @inheritdoc IWorkerRegistry
    mapping(address account => uint256 amount) public slashedCreditOf;

    modifier onlyMarket() {
        _checkMarket();
        _;
    }

    constructor(address market_, uint96 minStake_, uint32 unbondingSeconds_) {
        market = market_;
        minStake = minStake_;
        unbondingSeconds = unbondingSeconds_;
    }

    /// @inheritdoc IWorkerRegistry
    function registerWorker(address signer, string calldata metadataCid) external payable {
        Record storage record = _records[msg.sender];
        if (record.registered) revert WorkerExists(msg.sender);
        // An account acts for one operator: one that signs for somebody else cannot become an operator.
        if (_operatorBySigner[msg.sender] != address(0)) revert SignerTaken(msg.sender);
        if (msg.value < minStake) revert StakeTooLow(msg.value, minStake);

        record.registered = true;
        record.free = msg.value.toUint96();
        record.metadataCid = metadataCid;
        _setSigner(record, signer);
        emit WorkerRegistered(msg.sender, signer, metadataCid);
        emit StakeAdded(msg.sender, uint96(msg.value));
    }

    /// @inheritdoc IWorkerRegistry
    function setSigner(address signer) external {
        Record storage record = _recordOf(msg.sender);

        delete _operatorBySigner[record.signer];
        _setSigner(record, signer);
        emit SignerChanged(msg.sender, signer);
    }

    /// @inheritdoc IWorkerRegistry
    function addStake() external payable {
        Record storage record = _recordOf(msg.sender);
        if (msg.value == 0) revert AmountZero();

        record.free += msg.value.toUint96();
        emit StakeAdded(msg.sender, uint96(msg.value));
    }

    /// @inheritdoc IWorkerRegistry
    function startUnbonding(uint96 amount) external {
        Record storage record = _recordOf(msg.sender);
        if (amount == 0) revert AmountZero();
        if (record.free < amount) revert StakeTooLow(record.free, amount);

        uint40 unbondableAt = uint40(block.timestamp + unbondingSeconds);
        record.free -= amount;
        record.unbonding += amount;
        record.unbondableAt = unbondableAt;
        emit UnbondingStarted(msg.sender, amount, unbondableAt);
    }

    /// @inheritdoc IWorkerRegistry
    function withdrawStake(address payable to) external {
        Record storage record = _recordOf(msg.sender);
        uint96 amount = record.unbonding;
        if (amount == 0) revert NothingUnbonding();
        if (block.timestamp < record.unbondableAt) revert StillUnbonding(record.unbondableAt);

        record.unbonding = 0;
        emit StakeWithdrawn(msg.sender, to, amount);
        _send(to, amount);
    }

    /// @inheritdoc IWorkerRegistry
    function lockBondOf(address account, uint96 amount) external returns (address operator) {
        operator = operatorOf(account);
        lockBond(operator, amount);
    }

    /// @inheritdoc IWorkerRegistry
    function lockBond(address operator, uint96 amount) public onlyMarket {
        Record storage record = _recordOf(operator);
        uint96 free = record.free;
        uint256 stake = uint256(free) + record.bonded;
        if (stake < minStake) revert StakeTooLow(stake, minStake);
        if (free < amount) revert StakeTooLow(free, amount);
        if (amount == 0) return;

        record.free = free - amount;
        record.bonded += amount;
        emit BondLocked(operator, amount);
    }

    /// @inheritdoc IWorkerRegistry
    function releaseBond(address operator, uint96 amount) external onlyMarket {
        Record storage record = _records[operator];

        record.bonded -= amount;
        record.free += amount;
        emit BondReleased(operator, amount);
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
    function withdrawSlashed(address payable to) external {
        uint256 amount = slashedCreditOf[msg.sender];
        if (amount == 0) revert NothingCredited(msg.sender);

        slashedCreditOf[msg.sender] = 0;
        emit SlashedWithdrawn(msg.sender, to, amount);
        _send(to, amount);
    }

    /// @inheritdoc IWorkerRegistry
    function operatorOf(address account) public view returns (address operator) {
        operator = _operatorBySigner[account];
        if (operator != address(0)) return operator;
        if (!_records[account].registered) revert WorkerUnknown(account);
        return account;
    }

    /// @inheritdoc IWorkerRegistry
    function workerOf(address operator) external view returns (Worker memory worker) {
        Record storage record = _recordOf(operator);
        return Worker({
            signer: record.signer,
            free: record.free,
            bonded: record.bonded,
            unbonding: record.unbonding,
            unbondableAt: record.unbondableAt,
            metadataCid: record.metadataCid
        });
    }

    function _recordOf(address operator) private view returns (Record storage record) {
        record = _records[operator];
        if (!record.registered) revert WorkerUnknown(operator);
    }

    function _checkMarket() private view {
        if (msg.sender != market) revert NotMarket(msg.sender);
    }

    function _setSigner(Record storage record, address signer) private {
        if (signer == address(0)) revert AddressZero();
        if (_operatorBySigner[signer] != address(0)) revert SignerTaken(signer);
        if (signer != msg.sender && _records[signer].registered) revert SignerTaken(signer);

        record.signer = signer;
        _operatorBySigner[signer] = msg.sender;
    }

    /// @dev The last thing that its callers do.
    function _send(address to, uint256 amount) private {
        if (to == address(0)) revert AddressZero();
        if (!LowLevelCall.callNoReturn(to, amount, "")) revert TransferFailed(to, amount);
    }
}
