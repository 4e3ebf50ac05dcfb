// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IProofVerifier} from "../../contracts/interfaces/IProofVerifier.sol";
import {ProofClaims} from "../../contracts/libraries/ProofClaims.sol";
import {Test} from "./Vm.sol";

contract ProofClaimsTest is Test {
    struct Case {
        bytes32 keyHash;
        uint256[8] proof;
        uint256[] outputs;
        uint256 inputCommitment;
        uint256 binding;
    }

    /// @dev `spare` places stay empty, and between two claims memory is allocated for something else.
    function claimsCall(Case[] calldata cases, bytes[] calldata proofs, uint256 spare)
        external
        pure
        returns (bytes memory data)
    {
        data = ProofClaims.start(cases.length + spare);
        for (uint256 i = 0; i < cases.length; ++i) {
            bytes memory between = new bytes(i % 3 * 7);
            ProofClaims.push(
                data, cases[i].keyHash, proofs[i], cases[i].outputs, cases[i].inputCommitment, cases[i].binding
            );
            assertEq(between.length, i % 3 * 7);
        }
        ProofClaims.finish(data);
    }

    /// @dev Decodes as the verifier does, and returns what it got.
    function verifyBatch(IProofVerifier.ProofClaim[] calldata claims) external pure returns (bytes32) {
        return keccak256(abi.encode(claims));
    }

    function testFuzz_push_isDecodedAsPlainSolidity(Case[] memory cases, uint8 spare) external {
        bytes[] memory proofs = new bytes[](cases.length);
        IProofVerifier.ProofClaim[] memory claims = new IProofVerifier.ProofClaim[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            proofs[i] = abi.encode(cases[i].proof);
            uint256 count = cases[i].outputs.length;
            uint256[] memory signals = new uint256[](count + 2);
            for (uint256 j = 0; j < count; ++j) {
                signals[j] = cases[i].outputs[j];
            }
            (signals[count], signals[count + 1]) = (cases[i].inputCommitment, cases[i].binding);
            claims[i] =
                IProofVerifier.ProofClaim({keyHash: cases[i].keyHash, proof: cases[i].proof, signals: signals});
        }

        bytes memory data = this.claimsCall(cases, proofs, spare % 8);

        (bool success, bytes memory returned) = address(this).call(data);
        assertTrue(success && bytes4(data) == IProofVerifier.verifyBatch.selector, "the call is verifyBatch");
        assertEq(abi.decode(returned, (bytes32)), keccak256(abi.encode(claims)));
    }
}
