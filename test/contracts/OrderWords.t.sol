// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobOrder, ModelId} from "../../contracts/interfaces/JobTypes.sol";
import {OrderWords} from "../../contracts/libraries/OrderWords.sol";
import {Test} from "./Vm.sol";

contract OrderWordsTest is Test {
    function wordsOf(JobOrder calldata order) external pure returns (bytes32) {
        return keccak256(
            abi.encode(
                OrderWords.requesterOf(order),
                OrderWords.tokenOf(order),
                OrderWords.modelIdOf(order),
                OrderWords.assuranceOf(order),
                OrderWords.bondOf(order),
                OrderWords.callbackOf(order)
            )
        );
    }

    function testFuzz_members_equalPlainReads(JobOrder memory order) external view {
        ModelId modelId = order.modelId;

        assertEq(
            this.wordsOf(order),
            keccak256(
                abi.encode(
                    order.requester,
                    order.token,
                    modelId,
                    order.assurance,
                    order.bond,
                    order.callback
                )
            )
        );
    }
}
