// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAssurance} from "../../contracts/interfaces/IAssurance.sol";
import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {JobId, JobOrder, JobResult} from "../../contracts/interfaces/JobTypes.sol";
import {OrderBytes} from "../../contracts/libraries/OrderBytes.sol";
import {MarketTest} from "./MarketTest.sol";

contract OrderBytesTest is MarketTest {
    function encode(JobOrder calldata order) external pure returns (bytes memory) {
        return OrderBytes.encode(order);
    }

    function judgeCall(JobId jobId, JobOrder calldata order, address worker, uint256 binding, JobResult calldata result)
        external
        pure
        returns (bytes memory)
    {
        return OrderBytes.judgeCall(IAssurance.judge.selector, jobId, order, worker, binding, result);
    }

    function finalizeCall(JobId jobId, JobOrder calldata order, address worker, uint256[] calldata outputs)
        external
        pure
        returns (bytes memory)
    {
        return OrderBytes.finalizeCall(jobId, order, worker, outputs);
    }

    function challengeCall(
        JobId jobId,
        JobOrder calldata order,
        address worker,
        address challenger,
        bytes calldata evidence
    ) external pure returns (bytes memory) {
        return OrderBytes.challengeCall(jobId, order, worker, challenger, evidence);
    }

    function emitRequested(JobId jobId, JobOrder calldata order) external {
        OrderBytes.emitRequested(jobId, order);
    }

    function emitAnswered(JobId jobId, address worker, uint256[] calldata outputs) external {
        // Dirty upper bits, as a variable may have them.
        assembly ("memory-safe") {
            worker := or(worker, shl(160, 0xbad))
        }
        OrderBytes.emitAnswered(jobId, worker, outputs);
    }

    function emitSettled(JobId jobId, address worker, OrderBytes.Shares memory shares) external {
        assembly ("memory-safe") {
            worker := or(worker, shl(160, 0xbad))
        }
        OrderBytes.emitSettled(jobId, worker, shares);
    }

    /// @dev Decodes as the assurance does, and returns what it got.
    function judge(JobId jobId, JobOrder calldata order, address worker, uint256 binding, JobResult calldata result)
        external
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(jobId, order, worker, binding, result));
    }

    function finalize(JobId jobId, JobOrder calldata order, address worker, uint256[] calldata outputs)
        external
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(jobId, order, worker, outputs));
    }

    function challenge(
        JobId jobId,
        JobOrder calldata order,
        address worker,
        address challenger,
        bytes calldata evidence
    ) external pure returns (bytes32) {
        return keccak256(abi.encode(jobId, order, worker, challenger, evidence));
    }

    function testFuzz_encode_equalsPlainSolidity(JobOrder memory order) external view {
        bytes memory encoded = this.encode(order);

        assertEq(keccak256(bytes.concat(bytes32(uint256(32)), encoded)), keccak256(abi.encode(order)));
    }

    function testFuzz_emitRequested_equalsPlainSolidity(JobId jobId, JobOrder memory order) external {
        vm.expectEmit();
        emit IJobMarket.JobRequested(jobId, order.modelId, order.requester, order);

        this.emitRequested(jobId, order);
    }

    function testFuzz_emitAnswered_equalsPlainSolidity(JobId jobId, address worker, uint256[] memory outputs) external {
        vm.expectEmit();
        emit IJobMarket.JobAnswered(jobId, worker, outputs);

        this.emitAnswered(jobId, worker, outputs);
    }

    function testFuzz_emitSettled_equalsPlainSolidity(JobId jobId, address worker, OrderBytes.Shares memory shares)
        external
    {
        vm.expectEmit();
        emit IJobMarket.JobSettled(jobId, worker, shares.worker, shares.royalty, shares.fee);

        this.emitSettled(jobId, worker, shares);
    }

    function testFuzz_finalizeCall_isDecodedAsPlainSolidity(
        JobId jobId,
        JobOrder memory order,
        address worker,
        uint256[] memory outputs
    ) external {
        bytes memory data = this.finalizeCall(jobId, order, worker, outputs);

        (bool success, bytes memory returned) = address(this).call(data);

        assertTrue(success && bytes4(data) == IAssurance.finalize.selector, "the call is finalize");
        assertEq(bytes32(returned), keccak256(abi.encode(jobId, order, worker, outputs)));
    }

    function testFuzz_challengeCall_isDecodedAsPlainSolidity(
        JobId jobId,
        JobOrder memory order,
        address worker,
        address challenger,
        bytes memory evidence
    ) external {
        bytes memory data = this.challengeCall(jobId, order, worker, challenger, evidence);

        (bool success, bytes memory returned) = address(this).call(data);

        assertTrue(success && bytes4(data) == IAssurance.challenge.selector, "the call is challenge");
        assertEq(bytes32(returned), keccak256(abi.encode(jobId, order, worker, challenger, evidence)));
    }

    function testFuzz_judgeCall_isDecodedAsPlainSolidity(
        JobId jobId,
        JobOrder memory order,
        address worker,
        uint256 binding,
        JobResult memory result
    ) external {
        bytes memory data = this.judgeCall(jobId, order, worker, binding, result);

        (bool success, bytes memory returned) = address(this).call(data);

        assertTrue(success && bytes4(data) == IAssurance.judge.selector, "the call is judge");
        assertEq(abi.decode(returned, (bytes32)), keccak256(abi.encode(jobId, order, worker, binding, result)));
    }

    /// @dev Words with dirty upper bits never become a job: every short member is read, and so checked, by a request.
    function test_requestJob_revertsOnDirtyWords() external {
        uint8[16] memory members = [0, 1, 2, 3, 4, 5, 6, 7, 8, 13, 15, 16, 17, 18, 19, 20];
        for (uint256 i = 0; i < members.length; ++i) {
            bytes memory data = abi.encodeCall(market.requestJob, (fakeOrder()));
            data[4 + 32 + 32 * uint256(members[i])] = 0x01;

            vm.prank(REQUESTER);
            (bool success, bytes memory returned) = address(market).call{value: 2 ether}(data);

            assertTrue(!success && returned.length == 0, "the decoder refuses it");
        }
    }

    /// @dev The order may stand anywhere in calldata: the event and the digest are the same.
    function test_requestJob_takesAnotherOffsetOfData() external {
        JobOrder memory order = fakeOrder();
        bytes memory data = abi.encodeCall(market.requestJob, (order));
        // `assuranceData` moves one word back, into a second word of zero length.
        data = bytes.concat(data, bytes32(0));
        data[4 + 32 + 32 * 14 + 31] = 0xe0;
        vm.expectEmit();
        emit IJobMarket.JobRequested(market.hashOrder(order), order.modelId, REQUESTER, order);

        vm.prank(REQUESTER);
        (bool success,) = address(market).call{value: 2 ether}(data);

        assertTrue(success, "requested");
    }
}
