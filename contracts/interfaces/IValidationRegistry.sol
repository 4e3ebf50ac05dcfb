// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The validation registry of ERC-8004 (Trustless Agents, in review), as far as a validator meets it.
/// @dev The text of January 2026 and the registries that are deployed: `tag` is a string, and the status holds the response's hash.
interface IValidationRegistry {
    event ValidationRequest(
        address indexed validatorAddress, uint256 indexed agentId, string requestURI, bytes32 indexed requestHash
    );
    event ValidationResponse(
        address indexed validatorAddress,
        uint256 indexed agentId,
        bytes32 indexed requestHash,
        uint8 response,
        string responseURI,
        bytes32 responseHash,
        string tag
    );

    /// @notice Asks a validator to look at a piece of work; the owner or an operator of the agent only.
    /// @param requestHash keccak256 of the request's payload; identifies the request
    function validationRequest(
        address validatorAddress,
        uint256 agentId,
        string calldata requestURI,
        bytes32 requestHash
    ) external;

    /// @notice Answers a request; the validator that it names only, as often as it likes.
    /// @param response 0 (failed) to 100 (passed)
    function validationResponse(
        bytes32 requestHash,
        uint8 response,
        string calldata responseURI,
        bytes32 responseHash,
        string calldata tag
    ) external;

    function getValidationStatus(bytes32 requestHash)
        external
        view
        returns (
            address validatorAddress,
            uint256 agentId,
            uint8 response,
            bytes32 responseHash,
            string memory tag,
            uint256 lastUpdate
        );
}
