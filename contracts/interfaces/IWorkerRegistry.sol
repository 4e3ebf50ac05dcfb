// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Worker operators: their signer keys, their stake, and the bonds that jobs lock.
interface IWorkerRegistry {
    /// @dev `free` can be bonded or unbonded; `bonded` is locked by jobs; `unbonding` leaves at `unbondableAt`.
    struct Worker {
        address signer;
        uint96 free;
        uint96 bonded;
        uint96 unbonding;
        uint40 unbondableAt;
        string metadataCid;
    }

    event WorkerRegistered(address indexed operator, address indexed signer, string metadataCid);
    event SignerChanged(address indexed operator, address indexed signer);
    event StakeAdded(address indexed operator, uint96 amount);
    event UnbondingStarted(address indexed operator, uint96 amount, uint40 unbondableAt);
    event StakeWithdrawn(address indexed operator, address indexed to, uint96 amount);
    event BondLocked(address indexed operator, uint96 amount);
    event BondReleased(address indexed operator, uint96 amount);
    event BondSlashed(address indexed operator, uint96 amount, address indexed to);
    event SlashedWithdrawn(address indexed account, address indexed to, uint256 amount);

    error WorkerExists(address operator);
    error WorkerUnknown(address account);
    error SignerTaken(address signer);
    error StakeTooLow(uint256 actual, uint256 needed);
    error StillUnbonding(uint40 unbondableAt);
    error NothingUnbonding();
    error NothingCredited(address account);
    error NotMarket(address caller);
    error AmountZero();
    error AddressZero();
    /// @dev The shares of a slashed bond must add up to it, one for each account.
    error SharesInvalid(uint256 sum, uint256 amount);
    error TransferFailed(address to, uint256 amount);

    /// @notice Registers the caller as operator; `msg.value`, at least {minStake}, is its stake. The signer may be the operator itself.
    function registerWorker(address signer, string calldata metadataCid) external payable;

    /// @notice Replaces the key that may claim and submit for the caller.
    function setSigner(address signer) external;

    /// @notice Adds `msg.value` to the caller's free stake.
    function addStake() external payable;

    /// @notice Starts to take free stake out; it can be withdrawn after the unbonding time, which starts again for all that is unbonding.
    function startUnbonding(uint96 amount) external;

    /// @notice Sends what finished unbonding to `to`.
    function withdrawStake(address payable to) external;

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

    /// @notice Sends what slashing credited to the caller.
    function withdrawSlashed(address payable to) external;

    /// @notice The operator that this account acts for: itself, or the one whose signer it is. Reverts with {WorkerUnknown}.
    function operatorOf(address account) external view returns (address operator);

    function workerOf(address operator) external view returns (Worker memory worker);

    function slashedCreditOf(address account) external view returns (uint256 amount);

    /// @notice The only account that locks, releases and slashes bonds.
    function market() external view returns (address);

    function minStake() external view returns (uint96);

    function unbondingSeconds() external view returns (uint32);
}
