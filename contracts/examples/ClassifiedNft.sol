// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {JobId} from "../interfaces/JobTypes.sol";
import {PackedValues} from "../periphery/PackedValues.sol";
import {UserPaidConsumer} from "../periphery/UserPaidConsumer.sol";

/// @notice A token for each picture, whose trait is the class that a model proved to see in it.
/// @dev The picture stays off chain: the minter gives its commitment and where workers find it. A trait is written once, by a proof.
contract ClassifiedNft is ERC721, UserPaidConsumer {
    using Strings for uint256;

    enum TraitState {
        /// @dev A worker is on it.
        Waiting,
        Proved,
        /// @dev No worker answered; the holder may ask again.
        Unanswered
    }

    struct Picture {
        TraitState state;
        uint8 class;
        uint256 inputCommitment;
    }

    /// @notice How many classes the model tells apart, and the bits of each score in its answer.
    uint256 public immutable classCount;
    uint256 public immutable scoreBits;

    uint256 public tokenCount;
    mapping(uint256 tokenId => Picture picture) private _pictures;

    event TraitProved(uint256 indexed tokenId, JobId indexed jobId, uint8 class);
    event TraitUnanswered(uint256 indexed tokenId, JobId indexed jobId);

    error NotHolder(uint256 tokenId, address caller);
    error TraitNotUnanswered(uint256 tokenId, TraitState state);
    error ClassCountInvalid(uint256 classCount);

    constructor(IJobMarket market_, OrderTerms memory terms, uint256 classCount_, uint256 scoreBits_)
        ERC721("Assay classified pictures", "SEEN")
        UserPaidConsumer(market_, terms, msg.sender)
    {
        if (classCount_ == 0 || classCount_ > 256) revert ClassCountInvalid(classCount_);
        classCount = classCount_;
        scoreBits = scoreBits_;
    }

    /// @notice Mints a token for a picture and asks what it shows; `msg.value` is the price.
    function mint(uint256 inputCommitment, bytes32 inputRoot, bytes32 inputCid)
        external
        payable
        returns (uint256 tokenId)
    {
        tokenId = ++tokenCount;
        _pictures[tokenId].inputCommitment = inputCommitment;
        _mint(msg.sender, tokenId);
        _ask(tokenId, inputCommitment, inputRoot, inputCid);
    }

    /// @notice Asks again about a token's picture when nobody had answered; `msg.value` is the price.
    function askAgain(uint256 tokenId, bytes32 inputRoot, bytes32 inputCid) external payable returns (JobId jobId) {
        if (_requireOwned(tokenId) != msg.sender) revert NotHolder(tokenId, msg.sender);
        Picture storage picture = _pictures[tokenId];
        if (picture.state != TraitState.Unanswered) revert TraitNotUnanswered(tokenId, picture.state);

        picture.state = TraitState.Waiting;
        return _ask(tokenId, picture.inputCommitment, inputRoot, inputCid);
    }

    function pictureOf(uint256 tokenId) external view returns (Picture memory picture) {
        _requireOwned(tokenId);
        return _pictures[tokenId];
    }

    /// @inheritdoc ERC721
    function tokenURI(uint256 tokenId) public view override returns (string memory uri) {
        _requireOwned(tokenId);
        Picture memory picture = _pictures[tokenId];
        string memory traits = picture.state == TraitState.Proved
            ? string.concat("[{\"trait_type\":\"class\",\"value\":", uint256(picture.class).toString(), "}]")
            : "[]";
        string memory json =
            string.concat("{\"name\":\"Classified picture #", tokenId.toString(), "\",\"attributes\":", traits, "}");
        return string.concat("data:application/json;base64,", Base64.encode(bytes(json)));
    }

    function _onResult(JobId jobId, uint256 tokenId, uint256[] calldata outputs) internal override {
        (uint256 index,) = PackedValues.argMax(outputs, classCount, scoreBits);
        // Narrowing is safe: there are at most 256 classes.
        uint8 class = uint8(index);
        Picture storage picture = _pictures[tokenId];
        (picture.state, picture.class) = (TraitState.Proved, class);
        emit TraitProved(tokenId, jobId, class);
    }

    function _onUnanswered(JobId jobId, uint256 tokenId) internal override {
        _pictures[tokenId].state = TraitState.Unanswered;
        emit TraitUnanswered(tokenId, jobId);
    }
}
