// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobId} from "./JobTypes.sol";

/// @dev Claims and answers jobs; what every operator starts with.
uint8 constant COMPUTE_ROLE = 1;
/// @dev Checks the answers of others and challenges them.
uint8 constant VALIDATOR_ROLE = 2;
/// @dev Keeps models and inputs available.
uint8 constant STORAGE_ROLE = 4;
/// @dev Serves requesters over HTTP.
uint8 constant GATEWAY_ROLE = 8;

/// @notice Worker operators: their keys, their stake, and the bonds that jobs lock.
/// @dev Three keys, from hot to cold. The signer claims and answers. The operator names the signer and owns what jobs earn. The guardian, when there is
///      one, is the only account that stake leaves to, and replaces a signer whose operator key is lost or stolen.
///      Stake is the chain's own coin or one token for good, see {stakeToken}. Warning: a token must neither take a part of a transfer nor change balances
///      by itself; one that takes a part is refused, the rest is up to who deploys.
interface IWorkerRegistry {
    /// @dev `free` can be bonded or unbonded; `bonded` is locked by jobs; `unbonding` leaves at `unbondableAt`.
    struct Worker {
        address signer;
        uint96 free;
        uint96 bonded;
        uint96 unbonding;
        uint40 unbondableAt;
        string metadataCid;
        /// @dev Set of the `_ROLE` bits.
        uint8 roles;
        address guardian;
        /// @dev Signer that the guardian is putting in place, and when it can; zero when it is not.
        address recoverySigner;
        uint40 recoverableAt;
    }

    /// @notice An answer that a worker signed, see {ISignedAnswers}.
    struct Receipt {
        address assurance;
        JobId jobId;
        address worker;
        uint256[] outputs;
        bytes signature;
    }

    event WorkerRegistered(address indexed operator, address indexed signer, string metadataCid);
    event SignerChanged(address indexed operator, address indexed signer);
    /// @notice Emitted when a signer that was replaced, revoked or renounced has an end.
    event SignerEnds(address indexed operator, address indexed signer, uint40 validUntil);
    event MetadataChanged(address indexed operator, string metadataCid);
    event RolesChanged(address indexed operator, uint8 roles);
    event GuardianChanged(address indexed operator, address indexed guardian);
    event RecoveryStarted(address indexed operator, address indexed signer, uint40 recoverableAt);
    event RecoveryCancelled(address indexed operator);
    event StakeAdded(address indexed operator, uint96 amount);
    event UnbondingStarted(address indexed operator, uint96 amount, uint40 unbondableAt);
    event StakeWithdrawn(address indexed operator, address indexed to, uint96 amount);
    /// @notice Emitted for each account that takes a part of a slashed bond. (That bonds are locked and released is said by the market's own events.)
    event BondSlashed(address indexed operator, uint96 amount, address indexed to);
    /// @notice Emitted when a worker was shown to have signed two answers of one job.
    event EquivocationProved(address indexed operator, JobId indexed jobId, uint96 penalty, address indexed reporter);
    event SlashedWithdrawn(address indexed account, address indexed to, uint256 amount);

    error WorkerExists(address operator);
    error WorkerUnknown(address account);
    error SignerTaken(address signer);
    /// @dev This key was accepted until `validUntil`, and is not any more.
    error SignerRevoked(address signer, uint40 validUntil);
    /// @dev The account does not sign for this operator, or is the signer that is in use.
    error NotFormerSigner(address signer, address operator);
    error NotGuardian(address caller, address guardian);
    /// @dev Stake of an operator with a guardian leaves to the guardian only.
    error WithdrawalRestricted(address to, address guardian);
    error RecoveryNotStarted(address operator);
    error RecoveryTooEarly(uint40 recoverableAt);
    error RolesInvalid(uint8 roles);
    error RoleMissing(address operator, uint8 role);
    error StakeTooLow(uint256 actual, uint256 needed);
    /// @dev The stake is in `stakeToken` (zero: the chain's own coin), and this call takes the other.
    error StakeTokenMismatch(address stakeToken);
    /// @dev The token took a part of the transfer for itself.
    error TransferInexact(uint256 received, uint256 amount);
    error UnbondingTooShort(uint256 actualSeconds, uint256 neededSeconds);
    error StillUnbonding(uint40 unbondableAt);
    error NothingUnbonding();
    error NothingCredited(address account);
    error NotMarket(address caller);
    error AmountZero();
    error AddressZero();
    /// @dev The shares of a slashed bond must add up to it, one for each account.
    error SharesInvalid(uint256 sum, uint256 amount);
    /// @dev The two receipts are not of one job, worker and assurance, or say the same.
    error ReceiptsConsistent();
    /// @dev The market does not list the assurance, so what it says was signed counts for nothing.
    error ReceiptUnlisted(address assurance);
    error ReceiptNotSigned(address signer, address worker);
    error EquivocationKnown(address operator, JobId jobId);
    error TransferFailed(address to, uint256 amount);

    // Operators

    /// @notice Registers the caller as operator with the role {COMPUTE_ROLE}; `msg.value`, at least {minStake}, is its stake. The signer may be the operator
    ///         itself.
    function registerWorker(address signer, string calldata metadataCid) external payable;

    /// @notice {registerWorker} where stake is a token: takes `amount` of it from the caller, who has approved that.
    function registerWorkerWithTokens(address signer, string calldata metadataCid, uint96 amount) external;

    /// @notice Replaces the key that may claim and submit for the caller. The one before is accepted for {SIGNER_GRACE_SECONDS} more, so that what is under
    ///         way gets done; {revokeSigner} ends it at once.
    function setSigner(address signer) external;

    /// @notice Ends the grace of a former signer of an operator now. For the operator or its guardian.
    function revokeSigner(address operator, address signer) external;

    /// @notice Ends at once that the caller signs for an operator: for an account that somebody else named as its signer.
    function renounceSigner() external;

    /// @notice Replaces what the operator says of itself: a CID of its hardware, models and prices.
    function setMetadata(string calldata metadataCid) external;

    /// @notice Replaces the caller's set of roles. Claims need {COMPUTE_ROLE}; the others are what an operator says of itself.
    function setRoles(uint8 roles) external;

    /// @notice Names the guardian of an operator; zero for none. For the operator while there is none, then for the guardian only.
    /// @dev Warning: a guardian takes the stake if it wants to. It is meant for a key of the same owner that is kept offline.
    function setGuardian(address operator, address guardian) external;

    /// @notice Starts to put another signer in place. Guardian only.
    function startRecovery(address operator, address signer) external;

    /// @notice Gives up a recovery. For the operator or its guardian.
    function cancelRecovery(address operator) external;

    /// @notice Puts the guardian's signer in place, {RECOVERY_SECONDS} after the start, and ends the one before at once. Anyone may call it.
    function finishRecovery(address operator) external;

    // Stake

    /// @notice Adds `msg.value` to the caller's free stake.
    function addStake() external payable;

    /// @notice {addStake} where stake is a token: takes `amount` of it from the caller, who has approved that.
    function addTokenStake(uint96 amount) external;

    /// @notice Starts to take free stake out; it can be withdrawn after the unbonding time, which starts again for all that is unbonding.
    function startUnbonding(uint96 amount) external;

    /// @notice Sends what finished unbonding to `to`, which is the guardian when there is one.
    function withdrawStake(address payable to) external;

    /// @notice {startUnbonding} of an operator, by its guardian.
    function startUnbondingOf(address operator, uint96 amount) external;

    /// @notice {withdrawStake} of an operator to its guardian, by the guardian.
    function withdrawStakeOf(address operator) external;

    // Bonds

    /// @notice Locks part of the operator's free stake for a job. Market only.
    /// @dev Reverts with {StakeTooLow} when free and bonded stake together are below {minStake}, even for a bond of zero.
    function lockBond(address operator, uint96 amount) external;

    /// @notice {operatorOf} and {lockBond} in one call: what a claim needs. Market only.
    /// @return operator the operator that `account` acts for
    function lockBondOf(address account, uint96 amount) external returns (address operator);

    /// @notice Returns a job's bond to the operator's free stake. Market only.
    function releaseBond(address operator, uint96 amount) external;

    /// @notice Takes a job's bond and credits shares of it to accounts, who withdraw it with {withdrawSlashed}. Market only.
    function slashBond(address operator, uint96 amount, address[] calldata to, uint96[] calldata shares) external;

    /// @notice Slashes half of a worker's free and unbonding stake when it signed two different answers of one job. A tenth of that goes to the caller, the
    ///         rest to the market's treasury.
    /// @dev Most of it goes to neither the caller nor the job's requester because a worker could be both, and take its stake out at once by slashing itself.
    ///      Bonds are the market's to slash. Once for each worker and job. Keys count as in {operatorOf}: a former signer's answers until its grace ends.
    function proveEquivocation(Receipt calldata first, Receipt calldata second) external;

    /// @notice Sends what slashing credited to the caller.
    function withdrawSlashed(address payable to) external;

    // Views

    /// @notice The operator that this account acts for: itself, or the one whose signer it is. Reverts with {WorkerUnknown}, or {SignerRevoked} for a former
    ///         signer whose grace is over.
    function operatorOf(address account) external view returns (address operator);

    function workerOf(address operator) external view returns (Worker memory worker);

    function slashedCreditOf(address account) external view returns (uint256 amount);

    /// @notice Until when an account signs for an operator; the largest uint40 for a signer in use.
    function signerOf(address account) external view returns (address operator, uint40 validUntil);

    /// @notice The only account that locks, releases and slashes bonds.
    function market() external view returns (address);

    /// @notice What stake is held in; zero is the chain's own coin.
    function stakeToken() external view returns (address);

    function minStake() external view returns (uint96);

    /// @notice How long stake that leaves can still be slashed; longer than {SIGNER_GRACE_SECONDS}, so that no key outlives the stake behind it.
    /// @dev A job's bond stays locked until the market has the verdict, however long its windows are: free stake answers for double signing alone.
    function unbondingSeconds() external view returns (uint32);
}
