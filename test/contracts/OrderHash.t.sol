// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobOrder, ModelId} from "../../contracts/interfaces/JobTypes.sol";
import {OrderHash} from "../../contracts/libraries/OrderHash.sol";
import {Test} from "./Vm.sol";

contract OrderHashTest is Test {
    function hash(JobOrder calldata order) external pure returns (bytes32) {
        return OrderHash.hash(order);
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

    function testFuzz_hash_equalsPlainSolidity(JobOrder memory order) external view {
        assertEq(this.hash(order), plainHash(order));
    }

    function test_hash_ofEmptyOrder() external view {
        JobOrder memory order;

        assertEq(this.hash(order), plainHash(order));
    }

    function testFuzz_hash_leavesMemoryAlone(bytes memory data) external view {
        JobOrder memory order;
        order.assuranceData = data;
        bytes32 before = keccak256(data);

        this.hash(order);

        assertEq(keccak256(data), before);
    }
}
