// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OptimisticAssurance} from "../../contracts/assurance/OptimisticAssurance.sol";
import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {JobId, JobOrder, JobResult, JobState, Submission} from "../../contracts/interfaces/JobTypes.sol";
import {AssuranceTest} from "./AssuranceTest.sol";

/// @notice Calldata that is not what an encoder writes: the decoder lets offsets be negative, and in front of an argument the market and an assurance see
///         different words. What the market emits, hashes or hands to a callback must be what was judged.
contract JobMarketOffsetsTest is AssuranceTest {
    OptimisticAssurance private optimistic;

    function setUp() public override {
        super.setUp();
        optimistic = new OptimisticAssurance(market, models.proofVerifier(), 1);
        list(address(optimistic));
    }

    function put(bytes memory data, uint256 place, uint256 word) private pure {
        assembly ("memory-safe") {
            mstore(add(add(data, 0x20), place), word)
        }
    }

    function slice(bytes calldata data, uint256 from, uint256 to) external pure returns (bytes memory) {
        return data[from:to];
    }

    /// @dev 6: a window of no seconds. Four words before the number of entries stand the terms that were signed; there an assurance finds the entry's
    ///      place, zero, which reads as terms of no bytes.
    function test_submitResults_refusesTermsInFrontOfTheEntries() external {
        Submission[] memory entries = new Submission[](1);
        JobOrder memory order = fakeOrder();
        (order.assurance, order.assuranceData) = (address(optimistic), abi.encode(600, 900, 1 ether));
        JobId jobId = requestAndClaim(order);
        entries[0] = Submission({order: order, result: signedResult(optimistic, jobId, OPERATOR, 42, OPERATOR_KEY)});
        bytes memory plain = abi.encodeCall(IJobMarket.submitResults, (entries));
        bytes memory data = bytes.concat(
            IJobMarket.submitResults.selector,
            abi.encode(0xa0, order.assuranceData.length),
            order.assuranceData,
            this.slice(plain, 36, plain.length)
        );
        uint256 orderAt = 164 + 0x80;
        unchecked {
            put(data, orderAt + 14 * 32, uint256(36) - orderAt);
        }

        (bool success,) = address(market).call(data);

        assertTrue(!success, "offsets point forward");
        assertState(jobId, JobState.Claimed);
        assertEq(market.jobOf(jobId).due, START + 600);
    }

    /// @dev 5: an answer that nobody judged. Two words before the result stand the outputs that the market reads; there an assurance finds the end of the
    ///      order, which is the nonce, one, and the length of the terms, zero: the outputs [0].
    function test_submitResult_refusesOutputsInFrontOfTheResult() external {
        JobOrder memory order = fakeOrder();
        order.nonce = 1;
        JobId jobId = request(order);
        claim(order);
        JobResult memory result = resultWith("final");
        bytes memory plain = abi.encodeCall(IJobMarket.submitResult, (order, result));
        uint256 resultAt = 68 + 23 * 32;
        bytes memory data = bytes.concat(
            this.slice(plain, 0, resultAt), abi.encode(1, 999), this.slice(plain, resultAt, plain.length)
        );
        put(data, 36, resultAt + 0x40 - 4);
        put(data, resultAt + 0x40, type(uint256).max - 0x3f);

        (bool success,) = address(market).call(data);

        assertTrue(!success, "offsets point forward");
        assertState(jobId, JobState.Claimed);
    }
}
