// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MultiSignerERC7913} from "@openzeppelin/contracts/utils/cryptography/signers/MultiSignerERC7913.sol";
import {ERC7739} from "@openzeppelin/contracts/utils/cryptography/signers/draft-ERC7739.sol";

import {IOwnerAccount} from "../interfaces/IOwnerAccount.sol";

/// @dev See {IOwnerAccount}. ERC-7739 binds a signature for {isValidSignature} to this account, so that it cannot be used with another of the same signers.
contract OwnerAccount is IOwnerAccount, MultiSignerERC7913, ERC7739 {
    bytes32 private constant CALL_TYPEHASH = keccak256("Call(address target,uint256 value,bytes data)");
    bytes32 private constant EXECUTION_TYPEHASH = keccak256(
        "Execution(Call[] calls,uint256 nonce,uint256 deadline)Call(address target,uint256 value,bytes data)"
    );

    /// @inheritdoc IOwnerAccount
    uint256 public nonce;

    modifier onlySelf() {
        if (msg.sender != address(this)) revert NotSelf(msg.sender);
        _;
    }

    constructor(bytes[] memory signers, uint64 threshold)
        MultiSignerERC7913(signers, threshold)
        EIP712("Assay OwnerAccount", "1")
    {}

    receive() external payable {}

    /// @inheritdoc IOwnerAccount
    function execute(Call[] calldata calls, uint256 deadline, bytes calldata signature) external payable {
        if (block.timestamp > deadline) revert DeadlinePassed(deadline, block.timestamp);
        uint256 usedNonce = nonce;
        if (!_rawSignatureValidation(hashExecution(calls, deadline), signature)) revert SignaturesInvalid(usedNonce);

        // A call that comes back here needs signatures of its own, under the next nonce.
        nonce = usedNonce + 1;
        emit Executed(usedNonce, calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            Address.functionCallWithValue(calls[i].target, calls[i].data, calls[i].value);
        }
    }

    /// @inheritdoc IOwnerAccount
    function addSigners(bytes[] calldata signers) external onlySelf {
        _addSigners(signers);
    }

    /// @inheritdoc IOwnerAccount
    function removeSigners(bytes[] calldata signers) external onlySelf {
        _removeSigners(signers);
    }

    /// @inheritdoc IOwnerAccount
    function setThreshold(uint64 newThreshold) external onlySelf {
        _setThreshold(newThreshold);
    }

    /// @inheritdoc IOwnerAccount
    function hashExecution(Call[] calldata calls, uint256 deadline) public view returns (bytes32 digest) {
        bytes32[] memory callHashes = new bytes32[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            callHashes[i] =
                keccak256(abi.encode(CALL_TYPEHASH, calls[i].target, calls[i].value, keccak256(calls[i].data)));
        }
        return _hashTypedDataV4(
            keccak256(abi.encode(EXECUTION_TYPEHASH, keccak256(abi.encodePacked(callHashes)), nonce, deadline))
        );
    }
}
