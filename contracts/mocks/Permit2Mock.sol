// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {IPermit2} from "../interfaces/IPermit2.sol";

/// @notice Permit2's SignatureTransfer for keys, with its types, domain and checks; for tests, set at the address of the real one.
contract Permit2Mock is IPermit2 {
    using SafeERC20 for IERC20;

    bytes32 private constant TOKEN_TYPE_HASH = keccak256("TokenPermissions(address token,uint256 amount)");
    bytes32 private constant TRANSFER_TYPE_HASH = keccak256(
        "PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)"
        "TokenPermissions(address token,uint256 amount)"
    );

    mapping(address owner => mapping(uint256 nonce => bool used)) public nonceUsed;

    error InvalidNonce();
    error InvalidAmount(uint256 maxAmount);
    error SignatureExpired(uint256 deadline);
    error InvalidSigner();

    /// @inheritdoc IPermit2
    function permitTransferFrom(
        PermitTransferFrom calldata permit,
        SignatureTransferDetails calldata details,
        address owner,
        bytes calldata signature
    ) external {
        if (block.timestamp > permit.deadline) revert SignatureExpired(permit.deadline);
        if (details.requestedAmount > permit.permitted.amount) revert InvalidAmount(permit.permitted.amount);
        if (nonceUsed[owner][permit.nonce]) revert InvalidNonce();
        if (ECDSA.recover(hashPermit(permit, msg.sender), signature) != owner) revert InvalidSigner();

        nonceUsed[owner][permit.nonce] = true;
        IERC20(permit.permitted.token).safeTransferFrom(owner, details.to, details.requestedAmount);
    }

    /// @notice What the owner signs for a spender.
    function hashPermit(PermitTransferFrom calldata permit, address spender) public view returns (bytes32 digest) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)"),
                keccak256("Permit2"),
                block.chainid,
                address(this)
            )
        );
        bytes32 permitted = keccak256(abi.encode(TOKEN_TYPE_HASH, permit.permitted.token, permit.permitted.amount));
        return MessageHashUtils.toTypedDataHash(
            domain, keccak256(abi.encode(TRANSFER_TYPE_HASH, permitted, spender, permit.nonce, permit.deadline))
        );
    }
}
