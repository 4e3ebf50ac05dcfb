// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {JobId, JobOrder, JobResult, JobState, Submission} from "../../contracts/interfaces/JobTypes.sol";
import {AssuranceTest} from "./AssuranceTest.sol";
import {SeamAssurance} from "./SeamAssurance.sol";

/// @notice Shows the seam: evidence that the market has never heard of settles jobs, alone, in batches and in open races, with no change to the core.
contract SeamAssuranceTest is AssuranceTest {
    uint256 private constant ENCLAVE_KEY = 0xe2c1a5e;

    SeamAssurance private seam;

    function setUp() public override {
        super.setUp();
        seam = new SeamAssurance();
        list(address(seam));
    }

    function order() private view returns (JobOrder memory made) {
        made = fakeOrder();
        made.assurance = address(seam);
        made.assuranceData = abi.encode(vm.addr(ENCLAVE_KEY));
    }

    function attested(JobId jobId, address worker, uint256 key) private view returns (JobResult memory result) {
        result.outputs = words(42);
        result.evidence = signWith(key, keccak256(abi.encode(market.bindingOf(jobId, worker), result.outputs)));
    }

    function test_seam_refusesTermsAndEvidenceOfItsOwn() public {
        JobOrder memory made = order();
        made.assuranceData = "";
        vm.expectRevert(SeamAssurance.TermsMalformed.selector);
        vm.prank(REQUESTER);
        market.requestJob{value: made.maxPrice}(made);

        made = order();
        JobId jobId = requestAndClaim(made);
        JobResult memory forged = attested(jobId, OPERATOR, STRANGER_KEY);
        JobResult memory copied = attested(jobId, WORKER, ENCLAVE_KEY);
        vm.expectRevert(rejected(jobId));
        market.submitResult(made, forged);
        vm.expectRevert(rejected(jobId));
        market.submitResult(made, copied);
    }

    function test_seam_settlesAClaimedJob() public {
        JobOrder memory made = order();
        JobId jobId = requestAndClaim(made);

        market.submitResult(made, attested(jobId, OPERATOR, ENCLAVE_KEY));

        assertState(jobId, JobState.Settled);
        assertEq(freeOf(OPERATOR), 0.925 ether);
    }

    function test_seam_settlesABatchAndAnOpenRace() public {
        Submission[] memory entries = new Submission[](3);
        for (uint256 i = 0; i < 3; ++i) {
            entries[i].order = order();
            entries[i].order.nonce = 20 + i;
            JobId jobId = requestAndClaim(entries[i].order);
            entries[i].result = attested(jobId, OPERATOR, i == 1 ? STRANGER_KEY : ENCLAVE_KEY);
        }
        market.submitResults(entries);
        assertState(market.hashOrder(entries[0].order), JobState.Settled);
        assertState(market.hashOrder(entries[1].order), JobState.Claimed);
        assertState(market.hashOrder(entries[2].order), JobState.Settled);

        JobOrder memory race = order();
        JobId raceId = request(race);
        market.submitSigned(race, "", STRANGER, attested(raceId, STRANGER, ENCLAVE_KEY));
        assertState(raceId, JobState.Settled);
        assertEq(freeOf(STRANGER), 0.925 ether);
    }
}
