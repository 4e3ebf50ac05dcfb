// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobMarket} from "@assay/contracts/interfaces/IJobMarket.sol";
import {JobId, ModelId} from "@assay/contracts/interfaces/JobTypes.sol";
import {MarketFake} from "@assay/contracts/mocks/MarketFake.sol";
import {InferenceConsumer} from "@assay/contracts/periphery/InferenceConsumer.sol";

import {DigitReader} from "../contracts/DigitReader.sol";

/// @notice Runs under Hardhat and under Foundry. A fake market answers what the test says, so nothing has to be proved.
contract DigitReaderTest {
    uint256 private constant BITS = 24;
    uint256 private constant ZERO = 1 << (BITS - 1);

    MarketFake private market;
    DigitReader private reader;

    /// @dev The runner gives a test contract money.
    function setUp() public {
        market = new MarketFake();
        InferenceConsumer.OrderTerms memory terms;
        (terms.modelId, terms.minPrice, terms.maxPrice) = (ModelId.wrap(bytes32(uint256(1))), 100, 100);
        (terms.claimSeconds, terms.proveSeconds, terms.callbackGas) = (600, 300, 200_000);
        reader = new DigitReader(IJobMarket(address(market)), terms, BITS);
    }

    function test_answerIsRemembered() public {
        JobId jobId = ask();

        market.mockResult(jobId, scores(7));

        require(reader.digitOf(1) == 7, "the highest score is the digit");
    }

    function test_unansweredIsPaidBack() public {
        JobId jobId = ask();

        market.mockExpiry(jobId);

        require(reader.refundOf(address(this)) == 100, "the price goes back");
        try reader.digitOf(1) returns (uint256) {
            revert("a digit that nobody proved");
        } catch {}
    }

    function ask() private returns (JobId jobId) {
        (, jobId) = reader.read{value: 100}(5, bytes32(uint256(1)), bytes32(uint256(2)));
    }

    /// @dev Ten scores of 0 with one of 1, packed as a model's answer: each as an offset from the least score, the first in the lowest bits.
    function scores(uint256 digit) private pure returns (uint256[] memory words) {
        words = new uint256[](1);
        for (uint256 i = 0; i < 10; ++i) {
            words[0] |= (ZERO + (i == digit ? 1 : 0)) << (BITS * i);
        }
    }
}
