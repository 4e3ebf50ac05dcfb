// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC7992Registry, IERC7992Verifier} from "./IERC7992.sol";
import {ModelId} from "./JobTypes.sol";

/// @notice The models of {IModelRegistry} in the words of ERC-7992: same models, same owners, every registration and deprecation on both sides.
/// @dev It stands apart because the two give the same names to functions and events of other types. Here `modelId` is the number of a {ModelId},
///      `modelHash` its `graphId`, `vkHash` its `keyHash`, `circuitHash` the same (the key is made from the circuit and commits to it),
///      `proofSystemId` `bytes4(keccak256("groth16-bn254-v1"))`, and `uri` its manifest, `ipfs://` and a CIDv1 in base32.
///      A model never changes: {updateModel} registers a new model that supersedes the old one, which stays as it is. Registration proves itself here
///      too, in two steps: {IModelRegistry-proveKey} first. A model that is registered here has no royalty and no floor price, or those of the one it
///      supersedes, and counts as set up by its owner alone unless it keeps the key of the one it supersedes.
interface IModelCommitments is IERC7992Registry, IERC7992Verifier {
    /// @dev `circuitHash` is not `vkHash`, or `uri` does not begin with `ipfs://`.
    error CommitmentInvalid();
    error NotRegistry(address caller);

    /// @notice Checks that a proof of a model's own circuit holds, and says so in an event; reverts otherwise, and for a deprecated model.
    /// @dev `output` is `abi.encode(uint256[] words)`; `proof` is `abi.encode(uint256[8] proof, uint256 binding)`, where the binding is the circuit's last
    ///      signal. Warning: anyone can show a proof again. What a proof is for is in its binding; a consumer that acts on an answer must check that, or use
    ///      the market.
    function verifyInference(uint256 modelId, bytes32 inputCommitment, bytes calldata output, bytes calldata proof)
        external
        override;

    /// @notice Emits {IERC7992Registry-ModelRegistered} for a model. Registry only.
    function noteRegistered(ModelId modelId) external;

    /// @notice Emits {IERC7992Registry-ModelDeprecated} for a model. Registry only.
    function noteDeprecated(ModelId modelId) external;
}
