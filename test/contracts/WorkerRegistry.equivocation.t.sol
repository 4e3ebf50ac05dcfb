// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {WorkerRegistry} from "../../contracts/WorkerRegistry.sol";
import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {ISignedAnswers} from "../../contracts/interfaces/ISignedAnswers.sol";
import {IWorkerRegistry} from "../../contracts/interfaces/IWorkerRegistry.sol";
import {JobId} from "../../contracts/interfaces/JobTypes.sol";
import {Test} from "./Vm.sol";

contract FakeAssurance is ISignedAnswers {
    function hashAnswer(JobId jobId, address worker, uint256[] calldata outputs) external view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), jobId, worker, outputs));
    }
}

/// @notice Double signing. This contract is the market of the registry it tests.
contract WorkerRegistryEquivocationTest is Test {
    uint256 private constant START = 2_000_000_000;
    uint256 private constant SIGNER_KEY = 0x516;
    uint256 private constant NEW_SIGNER_KEY = 0x517;
    uint256 private constant OTHER_KEY = 0xB0B;
    address private constant OPERATOR = address(0xA11CE);
    address private constant REPORTER = address(0x3E9);
    address private constant TREASURY = address(0x73EA);
    JobId private constant JOB = JobId.wrap("job");

    WorkerRegistry private workers;
    FakeAssurance private assurance;
    FakeAssurance private otherAssurance;
    FakeAssurance private unlisted;
    address public treasury = TREASURY;

    function assuranceListing(address named) external view returns (IJobMarket.AssuranceListing) {
        return named == address(unlisted) ? IJobMarket.AssuranceListing.None : IJobMarket.AssuranceListing.WithTerms;
    }

    function setUp() external {
        vm.warp(START);
        (assurance, otherAssurance, unlisted) = (new FakeAssurance(), new FakeAssurance(), new FakeAssurance());
        workers = new WorkerRegistry(address(this), 1 ether, 7 days, address(0));
        vm.deal(OPERATOR, 100 ether);
        vm.prank(OPERATOR);
        workers.registerWorker{value: 5 ether}(vm.addr(SIGNER_KEY), "cid");
    }

    function receiptOf(uint256 key, FakeAssurance named, JobId jobId, uint256 answer)
        private
        view
        returns (IWorkerRegistry.Receipt memory receipt)
    {
        receipt.assurance = address(named);
        receipt.jobId = jobId;
        receipt.worker = OPERATOR;
        receipt.outputs = new uint256[](1);
        receipt.outputs[0] = answer;
        receipt.signature = sign(key, named.hashAnswer(jobId, OPERATOR, receipt.outputs));
    }

    function sign(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function refuse(IWorkerRegistry.Receipt memory other, bytes memory revertData) private {
        IWorkerRegistry.Receipt memory first = receiptOf(SIGNER_KEY, assurance, JOB, 1);
        vm.expectRevert(revertData);
        workers.proveEquivocation(first, other);
    }

    function test_proveEquivocation_revertsOnReceiptsThatAgree_S3_ESC_1() external {
        bytes memory consistent = abi.encodeWithSelector(IWorkerRegistry.ReceiptsConsistent.selector);
        refuse(receiptOf(SIGNER_KEY, assurance, JOB, 1), consistent);
        refuse(receiptOf(SIGNER_KEY, assurance, JobId.wrap("other job"), 2), consistent);
        refuse(receiptOf(SIGNER_KEY, otherAssurance, JOB, 2), consistent);
        IWorkerRegistry.Receipt memory other = receiptOf(SIGNER_KEY, assurance, JOB, 2);
        other.worker = REPORTER;
        refuse(other, consistent);
    }

    function test_proveEquivocation_revertsOnWhatTheWorkerDidNotSign_S2_ESC_4() external {
        address stranger = vm.addr(OTHER_KEY);
        refuse(
            receiptOf(OTHER_KEY, assurance, JOB, 2),
            abi.encodeWithSelector(IWorkerRegistry.WorkerUnknown.selector, stranger)
        );
        vm.deal(stranger, 5 ether);
        vm.prank(stranger);
        workers.registerWorker{value: 5 ether}(stranger, "cid");
        refuse(
            receiptOf(OTHER_KEY, assurance, JOB, 2),
            abi.encodeWithSelector(IWorkerRegistry.ReceiptNotSigned.selector, stranger, OPERATOR)
        );

        // Signed for another job, another assurance or another chain, and shown for this one.
        for (uint256 i = 0; i < 3; ++i) {
            IWorkerRegistry.Receipt memory moved = i == 0
                ? receiptOf(SIGNER_KEY, assurance, JobId.wrap("other job"), 2)
                : receiptOf(SIGNER_KEY, i == 1 ? otherAssurance : assurance, JOB, 2);
            (moved.jobId, moved.assurance) = (JOB, address(assurance));
            IWorkerRegistry.Receipt memory first = receiptOf(SIGNER_KEY, assurance, JOB, 1);
            if (i == 2) vm.chainId(block.chainid + 1);
            vm.expectRevert();
            workers.proveEquivocation(first, moved);
        }
    }

    function test_proveEquivocation_revertsOnAnAssuranceThatIsNotListed() external {
        IWorkerRegistry.Receipt memory first = receiptOf(SIGNER_KEY, unlisted, JOB, 1);
        IWorkerRegistry.Receipt memory second = receiptOf(SIGNER_KEY, unlisted, JOB, 2);

        vm.expectRevert(abi.encodeWithSelector(IWorkerRegistry.ReceiptUnlisted.selector, address(unlisted)));
        workers.proveEquivocation(first, second);
    }

    function test_proveEquivocation_takesAFormerSignerUntilItsGraceEnds_S0_KEY_5() external {
        vm.prank(OPERATOR);
        workers.setSigner(vm.addr(NEW_SIGNER_KEY));
        vm.warp(START + 1 days + 1);
        refuse(
            receiptOf(NEW_SIGNER_KEY, assurance, JOB, 2),
            abi.encodeWithSelector(IWorkerRegistry.SignerRevoked.selector, vm.addr(SIGNER_KEY), START + 1 days)
        );

        vm.warp(START + 1 days);
        workers.proveEquivocation(
            receiptOf(SIGNER_KEY, assurance, JOB, 1), receiptOf(NEW_SIGNER_KEY, assurance, JOB, 2)
        );
    }

    function test_proveEquivocation_slashesOnceForEachJob_S3_ESC_1() external {
        workers.lockBond(OPERATOR, 1 ether);
        vm.prank(OPERATOR);
        workers.startUnbonding(2 ether);
        IWorkerRegistry.Receipt memory first = receiptOf(SIGNER_KEY, assurance, JOB, 1);
        IWorkerRegistry.Receipt memory second = receiptOf(SIGNER_KEY, assurance, JOB, 2);

        vm.expectEmit();
        emit IWorkerRegistry.EquivocationProved(OPERATOR, JOB, 2 ether, REPORTER);
        vm.prank(REPORTER);
        workers.proveEquivocation(first, second);

        IWorkerRegistry.Worker memory worker = workers.workerOf(OPERATOR);
        assertEq(worker.free, 1 ether);
        assertEq(worker.unbonding, 1 ether);
        // Bonds are the market's.
        assertEq(worker.bonded, 1 ether);
        assertEq(workers.slashedCreditOf(REPORTER), 0.2 ether);
        assertEq(workers.slashedCreditOf(TREASURY), 1.8 ether);
        refuse(
            receiptOf(SIGNER_KEY, assurance, JOB, 3),
            abi.encodeWithSelector(IWorkerRegistry.EquivocationKnown.selector, OPERATOR, JOB)
        );
        vm.prank(REPORTER);
        workers.withdrawSlashed(payable(REPORTER));
        assertEq(REPORTER.balance, 0.2 ether);
    }

    /// @dev Nothing is made or lost, whatever the stake; and a worker that reports itself loses almost all of it.
    function testFuzz_proveEquivocation_addsUp_S3_ESC_1(uint96 stake, uint96 bond, uint96 unbonding) external {
        stake = uint96(bound(stake, 0, 90 ether));
        bond = uint96(bound(bond, 0, stake));
        unbonding = uint96(bound(unbonding, 0, stake - bond));
        vm.startPrank(OPERATOR);
        if (stake != 0) workers.addStake{value: stake}();
        if (unbonding != 0) workers.startUnbonding(unbonding);
        vm.stopPrank();
        workers.lockBond(OPERATOR, bond);
        IWorkerRegistry.Receipt memory first = receiptOf(SIGNER_KEY, assurance, JOB, 1);
        IWorkerRegistry.Receipt memory second = receiptOf(SIGNER_KEY, assurance, JOB, 2);

        vm.prank(OPERATOR);
        workers.proveEquivocation(first, second);

        IWorkerRegistry.Worker memory worker = workers.workerOf(OPERATOR);
        uint256 penalty = workers.slashedCreditOf(OPERATOR) + workers.slashedCreditOf(TREASURY);
        assertEq(uint256(worker.free) + worker.bonded + worker.unbonding + penalty, uint256(stake) + 5 ether);
        assertEq(worker.bonded, bond);
        assertEq(penalty, (uint256(stake) + 5 ether - bond - unbonding) / 2 + unbonding / 2);
        assertTrue(workers.slashedCreditOf(OPERATOR) <= penalty / 10, "a tenth");
    }
}
