// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobMarket} from "@assay/contracts/interfaces/IJobMarket.sol";
import {JobId} from "@assay/contracts/interfaces/JobTypes.sol";
import {PackedValues} from "@assay/contracts/periphery/PackedValues.sol";
import {UserPaidConsumer} from "@assay/contracts/periphery/UserPaidConsumer.sol";

/// @notice Remembers which digit a proved model read in a picture. Whoever asks pays, and gets the price back when nobody answers.
contract DigitReader is UserPaidConsumer {
    /// @notice Classes that the model tells apart, and bits of each score in its answer: the model's manifest says.
    uint256 public constant DIGITS = 10;
    uint256 public immutable scoreBits;

    uint256 public readingCount;
    mapping(uint256 reading => uint256 digitPlusOne) private _digits;

    event DigitRead(uint256 indexed reading, uint256 digit);
    event DigitUnread(uint256 indexed reading);

    error NotRead(uint256 reading);

    constructor(IJobMarket market_, OrderTerms memory terms, uint256 scoreBits_)
        UserPaidConsumer(market_, terms, msg.sender)
    {
        scoreBits = scoreBits_;
    }

    /// @notice Asks which digit a picture shows; `msg.value` is the price. What the picture is, `encodeInput` of the SDK says.
    function read(uint256 inputCommitment, bytes32 inputRoot, bytes32 inputCid)
        external
        payable
        returns (uint256 reading, JobId jobId)
    {
        reading = ++readingCount;
        jobId = _ask(reading, inputCommitment, inputRoot, inputCid);
    }

    /// @notice The digit of a reading, once a proof of it was paid.
    function digitOf(uint256 reading) external view returns (uint256 digit) {
        if (_digits[reading] == 0) revert NotRead(reading);
        return _digits[reading] - 1;
    }

    function _onResult(JobId, uint256 reading, uint256[] calldata outputs) internal override {
        (uint256 digit,) = PackedValues.argMax(outputs, DIGITS, scoreBits);
        _digits[reading] = digit + 1;
        emit DigitRead(reading, digit);
    }

    function _onUnanswered(JobId, uint256 reading) internal override {
        emit DigitUnread(reading);
    }
}
