// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice An account that acts when enough of its signers sign: the market's owner on a public network. It may request jobs too (ERC-1271).
/// @dev Signers are ERC-7913 (`verifier || key`, or just an address), so that one of them may be a passkey or a contract. Signatures travel as
///      `abi.encode(bytes[] signers, bytes[] signatures)`, ordered by the hash of the signer.
///      Signers sign the EIP-712 message `Execution(Call[] calls,uint256 nonce,uint256 deadline)Call(address target,uint256 value,bytes data)`, domain
///      `Assay OwnerAccount`, version 1.
interface IOwnerAccount {
    struct Call {
        address target;
        uint256 value;
        bytes data;
    }

    /// @notice Emitted when the account made the calls that its signers signed under this nonce.
    event Executed(uint256 indexed nonce, uint256 callCount);

    /// @dev The signatures are not those of enough signers under this chain, account, nonce, deadline and calls.
    error SignaturesInvalid(uint256 nonce);
    error DeadlinePassed(uint256 deadline, uint256 timestamp);
    /// @dev Only the account itself changes its signers, by {execute}.
    error NotSelf(address caller);

    /// @notice Makes the calls in their order, all or none. Anyone may hand in what the signers signed.
    /// @param deadline last second at which it may be handed in
    function execute(Call[] calldata calls, uint256 deadline, bytes calldata signature) external payable;

    /// @notice Number of executions so far; the next one is signed with it.
    function nonce() external view returns (uint256);

    /// @notice EIP-712 digest that signers sign for the next execution.
    function hashExecution(Call[] calldata calls, uint256 deadline) external view returns (bytes32 digest);

    function addSigners(bytes[] calldata signers) external;

    /// @dev Reverts when fewer signers than the threshold would be left.
    function removeSigners(bytes[] calldata signers) external;

    function setThreshold(uint64 newThreshold) external;
}
