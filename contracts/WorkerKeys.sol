// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    COMPUTE_ROLE,
    GATEWAY_ROLE,
    IWorkerRegistry,
    STORAGE_ROLE,
    VALIDATOR_ROLE
} from "./interfaces/IWorkerRegistry.sol";

/// @notice The part of {WorkerRegistry} that says who acts for an operator: signers, guardians, and what operators say of themselves.
/// @dev A part of one contract in a file of its own; it holds no money.
abstract contract WorkerKeys is IWorkerRegistry {
    /// @dev The first slot is all that a bond touches.
    struct Record {
        uint96 free;
        uint96 bonded;
        uint40 unbondableAt;
        bool registered;
        uint8 roles;
        address signer;
        uint96 unbonding;
        address guardian;
        uint40 recoverableAt;
        address recoverySigner;
        string metadataCid;
    }

    /// @dev Who an account signs for, and until when.
    struct Signer {
        address operator;
        uint40 validUntil;
    }

    /// @notice How long a signer that was replaced is still accepted.
    uint256 public constant SIGNER_GRACE_SECONDS = 1 days;
    /// @notice How long an operator has to object when its guardian puts another signer in place.
    uint256 public constant RECOVERY_SECONDS = 3 days;
    uint40 private constant FOREVER = type(uint40).max;
    uint8 private constant ALL_ROLES = COMPUTE_ROLE | VALIDATOR_ROLE | STORAGE_ROLE | GATEWAY_ROLE;

    mapping(address operator => Record record) internal _records;
    /// @dev An operator that signs for itself stands here too, so that a claim reads one slot.
    mapping(address account => Signer signer) internal _signers;

    /// @inheritdoc IWorkerRegistry
    function setSigner(address signer) external {
        Record storage record = _recordOf(msg.sender);
        _endSigner(msg.sender, record.signer, uint40(block.timestamp + SIGNER_GRACE_SECONDS));
        _startSigner(msg.sender, record, signer);
        emit SignerChanged(msg.sender, signer);
    }

    /// @inheritdoc IWorkerRegistry
    function revokeSigner(address operator, address signer) external {
        Record storage record = _recordOf(operator);
        if (msg.sender != operator) _checkGuardian(record);
        if (_signers[signer].operator != operator || signer == record.signer || signer == operator) {
            revert NotFormerSigner(signer, operator);
        }
        _endSigner(operator, signer, uint40(block.timestamp - 1));
    }

    /// @inheritdoc IWorkerRegistry
    function renounceSigner() external {
        address operator = _signers[msg.sender].operator;
        if (operator == address(0) || operator == msg.sender) revert NotFormerSigner(msg.sender, operator);
        // The record goes on naming it, and it signs for nobody.
        delete _signers[msg.sender];
        emit SignerEnds(operator, msg.sender, uint40(block.timestamp - 1));
    }

    /// @inheritdoc IWorkerRegistry
    function setMetadata(string calldata metadataCid) external {
        _recordOf(msg.sender).metadataCid = metadataCid;
        emit MetadataChanged(msg.sender, metadataCid);
    }

    /// @inheritdoc IWorkerRegistry
    function setRoles(uint8 roles) external {
        if (roles == 0 || roles > ALL_ROLES) revert RolesInvalid(roles);
        _recordOf(msg.sender).roles = roles;
        emit RolesChanged(msg.sender, roles);
    }

    /// @inheritdoc IWorkerRegistry
    function setGuardian(address operator, address guardian) external {
        Record storage record = _recordOf(operator);
        if (record.guardian != address(0) || msg.sender != operator) _checkGuardian(record);

        record.guardian = guardian;
        emit GuardianChanged(operator, guardian);
    }

    /// @inheritdoc IWorkerRegistry
    function startRecovery(address operator, address signer) external {
        Record storage record = _recordOf(operator);
        _checkGuardian(record);
        if (signer == address(0)) revert AddressZero();

        uint40 recoverableAt = uint40(block.timestamp + RECOVERY_SECONDS);
        (record.recoverySigner, record.recoverableAt) = (signer, recoverableAt);
        emit RecoveryStarted(operator, signer, recoverableAt);
    }

    /// @inheritdoc IWorkerRegistry
    function cancelRecovery(address operator) external {
        Record storage record = _recordOf(operator);
        if (msg.sender != operator) _checkGuardian(record);
        if (record.recoverableAt == 0) revert RecoveryNotStarted(operator);

        (record.recoverySigner, record.recoverableAt) = (address(0), 0);
        emit RecoveryCancelled(operator);
    }

    /// @inheritdoc IWorkerRegistry
    function finishRecovery(address operator) external {
        Record storage record = _recordOf(operator);
        (address signer, uint40 recoverableAt) = (record.recoverySigner, record.recoverableAt);
        if (recoverableAt == 0) revert RecoveryNotStarted(operator);
        if (block.timestamp < recoverableAt) revert RecoveryTooEarly(recoverableAt);

        (record.recoverySigner, record.recoverableAt) = (address(0), 0);
        _endSigner(operator, record.signer, uint40(block.timestamp - 1));
        _startSigner(operator, record, signer);
        emit SignerChanged(operator, signer);
    }

    // Views

    /// @inheritdoc IWorkerRegistry
    function operatorOf(address account) public view returns (address operator) {
        Signer memory signer = _signers[account];
        operator = signer.operator;
        if (operator == account && operator != address(0)) return account;
        if (operator == address(0)) {
            if (!_records[account].registered) revert WorkerUnknown(account);
            return account;
        }
        if (block.timestamp > signer.validUntil) revert SignerRevoked(account, signer.validUntil);
    }

    /// @inheritdoc IWorkerRegistry
    function signerOf(address account) external view returns (address operator, uint40 validUntil) {
        Signer memory signer = _signers[account];
        return (signer.operator, signer.validUntil);
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
            metadataCid: record.metadataCid,
            roles: record.roles,
            guardian: record.guardian,
            recoverySigner: record.recoverySigner,
            recoverableAt: record.recoverableAt
        });
    }

    // Checks

    function _recordOf(address operator) internal view returns (Record storage record) {
        record = _records[operator];
        if (!record.registered) revert WorkerUnknown(operator);
    }

    function _checkGuardian(Record storage record) internal view {
        if (msg.sender != record.guardian) revert NotGuardian(msg.sender, record.guardian);
    }

    // Effects

    function _startSigner(address operator, Record storage record, address signer) internal {
        if (signer == address(0)) revert AddressZero();
        Signer memory other = _signers[signer];
        bool taken = other.operator != operator && block.timestamp <= other.validUntil;
        if (taken || (signer != operator && _records[signer].registered)) revert SignerTaken(signer);

        record.signer = signer;
        _signers[signer] = Signer({operator: operator, validUntil: FOREVER});
    }

    /// @dev Nothing ends when the signer has renounced meanwhile.
    function _endSigner(address operator, address signer, uint40 validUntil) internal {
        if (_signers[signer].operator != operator) return;
        _signers[signer].validUntil = validUntil;
        emit SignerEnds(operator, signer, validUntil);
    }
}
