// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {JobId, JobOrder, ModelId} from "../../contracts/interfaces/JobTypes.sol";
import {OrderHash} from "../../contracts/libraries/OrderHash.sol";
import {Test} from "./Vm.sol";

contract OrderHashTest is Test {
    function digest(JobOrder calldata order, bytes32 domain) external pure returns (JobId) {
        return OrderHash.digest(order, domain);
    }

    function assertPlain(JobOrder memory order, bytes32 domain) private view {
        bytes32 plain = MessageHashUtils.toTypedDataHash(domain, plainHash(order));
        assertEq(JobId.unwrap(this.digest(order, domain)), plain);
    }

    /// @dev The same by plain Solidity.
    function plainHash(JobOrder memory order) private pure returns (bytes32) {
        bytes memory first = abi.encode(
            OrderHash.TYPE_HASH,
            order.requester,
            order.token,
            order.minPrice,
            order.maxPrice,
            order.rampStart,
            order.rampSeconds,
            order.claimDeadline,
            order.proveSeconds
        );
        bytes memory second = abi.encode(
            order.finalDeadline,
            order.modelId,
            order.inputCommitment,
            order.inputRoot,
            order.inputCid,
            order.assurance,
            keccak256(order.assuranceData)
        );
        bytes memory third = abi.encode(
            order.bond,
            order.allowedWorker,
            order.minContributions,
            order.callback,
            order.callbackGas,
            order.maxFeeBps,
            order.nonce
        );
        return keccak256(bytes.concat(first, second, third));
    }

    function testFuzz_digest_equalsPlainSolidity(JobOrder memory order, bytes32 domain) external view {
        assertPlain(order, domain);
    }

    function testFuzz_digest_ofEmptyOrder(bytes32 domain) external view {
        JobOrder memory order;

        assertPlain(order, domain);
    }

    function testFuzz_digest_leavesMemoryAlone(bytes memory data, bytes32 domain) external view {
        JobOrder memory order;
        order.assuranceData = data;
        bytes32 before = keccak256(data);

        this.digest(order, domain);

        assertEq(keccak256(data), before);
    }
}
