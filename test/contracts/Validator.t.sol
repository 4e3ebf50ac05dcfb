// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IProofVerifier} from "../../contracts/interfaces/IProofVerifier.sol";
import {IResultRegistry} from "../../contracts/interfaces/IResultRegistry.sol";
import {IValidationRegistry} from "../../contracts/interfaces/IValidationRegistry.sol";
import {IValidator} from "../../contracts/interfaces/IValidator.sol";
import {JobOrder} from "../../contracts/interfaces/JobTypes.sol";
import {ResultRegistry} from "../../contracts/periphery/ResultRegistry.sol";
import {Validator} from "../../contracts/periphery/Validator.sol";
import {AnswerProof} from "./AnswerProof.sol";
import {MarketTest} from "./MarketTest.sol";

/// @notice The rules of ERC-8004's validation registry; every account owns the agent with its number.
contract FakeValidationRegistry is IValidationRegistry {
    struct Status {
        address validator;
        uint256 agentId;
        uint8 response;
        bytes32 responseHash;
        string tag;
        uint256 lastUpdate;
    }

    mapping(bytes32 requestHash => Status) private _status;
    uint256 public responses;

    error Refused();

    function validationRequest(address validator, uint256 agentId, string calldata uri, bytes32 requestHash) external {
        if (_status[requestHash].validator != address(0) || agentId != uint160(msg.sender)) revert Refused();
        (_status[requestHash].validator, _status[requestHash].agentId) = (validator, agentId);
        emit ValidationRequest(validator, agentId, uri, requestHash);
    }

    function validationResponse(
        bytes32 requestHash,
        uint8 response,
        string calldata uri,
        bytes32 responseHash,
        string calldata tag
    ) external {
        Status storage status = _status[requestHash];
        if (msg.sender != status.validator || response > 100) revert Refused();
        (status.response, status.responseHash, status.tag) = (response, responseHash, tag);
        status.lastUpdate = block.timestamp;
        ++responses;
        emit ValidationResponse(msg.sender, status.agentId, requestHash, response, uri, responseHash, tag);
    }

    function getValidationStatus(bytes32 requestHash)
        external
        view
        returns (address, uint256, uint8, bytes32, string memory, uint256)
    {
        Status memory status = _status[requestHash];
        if (status.validator == address(0)) revert Refused();
        return
            (status.validator, status.agentId, status.response, status.responseHash, status.tag, status.lastUpdate);
    }
}

/// @notice {Validator} with a real proof of a real circuit.
contract ValidatorTest is MarketTest {
    address private immutable AGENT = makeAccount("agent");
    FakeValidationRegistry private validations;
    ResultRegistry private results;
    Validator private validator;

    function setUp() public override {
        super.setUp();
        IProofVerifier verifier = models.proofVerifier();
        validations = new FakeValidationRegistry();
        results = new ResultRegistry(market, verifier, address(assurance));
        validator = new Validator(validations, models, verifier, results);
    }

    function test_respond_revertsOnABadProof() external {
        IValidator.ValidationClaim memory claim = claimOf(49);
        ask(claim);
        uint256[8] memory proof = AnswerProof.proof();
        uint256[] memory other = provedOutputs();
        other[0] = 50;
        bytes memory rejected =
            abi.encodeWithSelector(IValidator.ProofRejected.selector, modelId, claim.inputCommitment);

        vm.expectRevert(rejected);
        validator.respond(claim, other, proof, binding());
        vm.expectRevert(rejected);
        validator.respond(claim, provedOutputs(), proof, binding() + 1);
        proof[0] = 1;
        vm.expectRevert(rejected);
        validator.respond(claim, provedOutputs(), proof, binding());
        assertEq(validations.responses(), 0);
    }

    function test_respond_revertsWithoutRequest() external {
        IValidator.ValidationClaim memory claim = claimOf(49);
        vm.expectRevert();
        validator.respond(claim, provedOutputs(), AnswerProof.proof(), binding());

        // Somebody else's request of the same payload, and a request to another validator.
        bytes32 requestHash = validator.requestHashOf(claim);
        vm.prank(STRANGER);
        validations.validationRequest(address(validator), uint160(STRANGER), "", requestHash);
        vm.expectRevert(abi.encodeWithSelector(IValidator.RequestUnknown.selector, requestHash));
        validator.respond(claim, provedOutputs(), AnswerProof.proof(), binding());
        claim.salt = 1;
        requestHash = validator.requestHashOf(claim);
        vm.prank(AGENT);
        validations.validationRequest(STRANGER, claim.agentId, "", requestHash);
        vm.expectRevert(abi.encodeWithSelector(IValidator.RequestUnknown.selector, requestHash));
        validator.respond(claim, provedOutputs(), AnswerProof.proof(), binding());
    }

    function test_respond_revertsOnTooFewContributions() external {
        IValidator.ValidationClaim memory claim = claimOf(49);
        claim.minContributions = 2;
        ask(claim);

        vm.expectRevert(abi.encodeWithSelector(IValidator.ContributionsTooFew.selector, 0, 2));
        validator.respond(claim, provedOutputs(), AnswerProof.proof(), binding());
    }

    function test_respond_passesWhatTheModelAnswers() external {
        IValidator.ValidationClaim memory claim = claimOf(49);
        ask(claim);

        vm.prank(STRANGER);
        uint8 response = validator.respond(claim, provedOutputs(), AnswerProof.proof(), binding());

        assertEq(response, 100);
        assertStatus(claim, 100);
    }

    /// @dev An agent that claims another answer fails by the proof of the right one.
    function test_respond_failsWhatTheModelDoesNotAnswer() external {
        IValidator.ValidationClaim memory claim = claimOf(48);
        ask(claim);

        uint8 response = validator.respond(claim, provedOutputs(), AnswerProof.proof(), binding());

        assertEq(response, 0);
        assertStatus(claim, 0);
    }

    function test_respondFromRegistry_readsWhatWasProved() external {
        IValidator.ValidationClaim memory claim = claimOf(42);
        (claim.inputCommitment, claim.outputs) = (5, resultWith("").outputs);
        ask(claim);
        vm.expectRevert(abi.encodeWithSelector(IResultRegistry.ResultUnknown.selector, modelId, 5));
        validator.respondFromRegistry(claim);
        JobOrder memory order = fakeOrder();
        (order.callback, order.callbackGas) = (address(results), 200_000);
        results.announceJob(order);
        request(order);
        vm.prank(WORKER);
        market.claimJob(order);
        market.submitResult(order, resultWith("final"));

        assertEq(validator.respondFromRegistry(claim), 100);
        claim.outputs[0] = 41;
        ask(claim);
        assertEq(validator.respondFromRegistry(claim), 0);
    }

    function claimOf(uint256 output) private view returns (IValidator.ValidationClaim memory claim) {
        claim.agentId = uint160(AGENT);
        claim.modelId = modelId;
        claim.inputCommitment = AnswerProof.signals()[2];
        claim.outputs = provedOutputs();
        claim.outputs[0] = output;
    }

    function provedOutputs() private pure returns (uint256[] memory outputs) {
        outputs = new uint256[](2);
        (outputs[0], outputs[1]) = (AnswerProof.signals()[0], AnswerProof.signals()[1]);
    }

    function binding() private pure returns (uint256) {
        return AnswerProof.signals()[3];
    }

    function ask(IValidator.ValidationClaim memory claim) private {
        bytes32 requestHash = validator.requestHashOf(claim);
        vm.prank(AGENT);
        validations.validationRequest(address(validator), claim.agentId, "ipfs://claim", requestHash);
    }

    function assertStatus(IValidator.ValidationClaim memory claim, uint256 expected) private view {
        (address by, uint256 agentId, uint8 response, bytes32 responseHash, string memory tag,) =
            validations.getValidationStatus(validator.requestHashOf(claim));
        assertEq(by, address(validator));
        assertEq(agentId, claim.agentId);
        assertEq(response, expected);
        assertEq(responseHash, keccak256(abi.encode(provedOutputs())));
        assertEq(keccak256(bytes(tag)), keccak256("groth16-bn254-v1"));
    }
}
