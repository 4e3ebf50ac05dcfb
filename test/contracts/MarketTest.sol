// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

import {JobMarket} from "../../contracts/JobMarket.sol";
import {MarketAnswers} from "../../contracts/MarketAnswers.sol";
import {MarketExits} from "../../contracts/MarketExits.sol";
import {ModelRegistry} from "../../contracts/ModelRegistry.sol";
import {ProofVerifier} from "../../contracts/ProofVerifier.sol";
import {BatchVerdict, IAssurance} from "../../contracts/interfaces/IAssurance.sol";
import {IJobMarket} from "../../contracts/interfaces/IJobMarket.sol";
import {IModelRegistry} from "../../contracts/interfaces/IModelRegistry.sol";
import {IWorkerRegistry} from "../../contracts/interfaces/IWorkerRegistry.sol";
import {JobCase, JobId, JobOrder, JobResult, JobState, ModelId, Submission} from "../../contracts/interfaces/JobTypes.sol";
import {BatchVerdicts} from "../../contracts/libraries/BatchVerdicts.sol";
import {TokenMock} from "../../contracts/mocks/TokenMock.sol";
import {AnswerProof} from "./AnswerProof.sol";
import {Test} from "./Vm.sol";

/// @notice Says what the evidence tells it to, so that money and states can be tested without proofs.
contract ObedientAssurance is IAssurance {
    error TermsRefused();
    error Failed();

    /// @dev What {finalize} says; nothing else tells it.
    bytes public ruling;
    /// @dev How long a verdict stays pending.
    uint40 public window = 300;
    address[] private _payees;
    uint16[] private _sharesBps;

    function rule(bytes calldata newRuling) external {
        ruling = newRuling;
    }

    function setWindow(uint40 newWindow) external {
        window = newWindow;
    }

    function setPayees(address[] calldata payees, uint16[] calldata sharesBps) external {
        _payees = payees;
        _sharesBps = sharesBps;
    }

    function checkTerms(JobOrder calldata order) external pure {
        if (keccak256(order.assuranceData) != keccak256("terms")) revert TermsRefused();
    }

    function judge(JobId, JobOrder calldata, address, uint256, JobResult calldata result)
        external
        view
        returns (Verdict memory verdict)
    {
        return say(result.evidence);
    }

    function judgeBatch(JobCase[] calldata cases, Submission[] calldata submissions)
        external
        view
        virtual
        returns (BatchVerdict[] memory verdicts)
    {
        verdicts = new BatchVerdict[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            verdicts[i] = BatchVerdicts.wrap(say(submissions[cases[i].index].result.evidence));
        }
    }

    function challenge(JobId, JobOrder calldata, address, address challenger, bytes calldata data)
        external
        payable
        returns (Verdict memory verdict)
    {
        verdict = say(data);
        if (verdict.kind == VerdictKind.Wrong) {
            verdict.payees = new address[](1);
            verdict.payees[0] = challenger;
        }
    }

    function defend(JobId, JobOrder calldata, address, uint256, JobResult calldata result)
        external
        view
        returns (Verdict memory verdict)
    {
        return say(result.evidence);
    }

    function finalize(JobId, JobOrder calldata, address, uint256[] calldata)
        external
        view
        returns (Verdict memory verdict)
    {
        return say(ruling);
    }

    function say(bytes memory word) private view returns (Verdict memory verdict) {
        if (keccak256(word) == keccak256("fail")) revert Failed();
        if (keccak256(word) == keccak256("final")) verdict.kind = VerdictKind.Final;
        if (keccak256(word) == keccak256("wrong answer")) verdict.kind = VerdictKind.Wrong;
        if (keccak256(word) == keccak256("shared")) {
            (verdict.kind, verdict.payees, verdict.sharesBps) = (VerdictKind.Final, _payees, _sharesBps);
        }
        if (keccak256(word) == keccak256("pending")) {
            (verdict.kind, verdict.until) = (VerdictKind.Pending, uint40(block.timestamp) + window);
        }
    }
}

/// @notice A market with one model, one staked worker, and an assurance that does as it is told.
abstract contract MarketTest is Test {
    uint256 internal constant START = 2_000_000_000;
    uint96 internal constant MIN_STAKE = 0.1 ether;
    uint16 internal constant FEE_BPS = 250;
    uint16 internal constant ROYALTY_BPS = 500;
    uint96 internal constant FLOOR_PRICE = 1_000;
    address internal constant NATIVE = address(0);
    uint256 internal constant KEY = 0xa11ce;

    address internal immutable OWNER = address(this);
    address internal immutable TREASURY = makeAccount("treasury");
    address internal immutable REQUESTER = makeAccount("requester");
    address internal immutable WORKER = makeAccount("worker");
    address internal immutable SIGNER = makeAccount("signer");
    address internal immutable OTHER_WORKER = makeAccount("other worker");
    address internal immutable MODEL_OWNER = makeAccount("model owner");
    address internal immutable STRANGER = makeAccount("stranger");

    JobMarket internal market;
    ModelRegistry internal models;
    IWorkerRegistry internal workers;
    ObedientAssurance internal assurance;
    TokenMock internal token;
    ModelId internal modelId;

    function setUp() public virtual {
        vm.warp(START);
        vm.chainId(31_337);
        models = new ModelRegistry(new ProofVerifier());
        market = new JobMarket(
            JobMarket.MarketParams({
                authority: address(new AccessManager(OWNER)),
                modelRegistry: models,
                treasury: TREASURY,
                feeBps: FEE_BPS,
                minStake: MIN_STAKE,
                unbondingSeconds: 7 days,
                answers: address(new MarketAnswers()),
                exits: address(new MarketExits())
            })
        );
        workers = market.workerRegistry();
        assurance = new ObedientAssurance();
        market.listAssurance(address(assurance), IJobMarket.AssuranceListing.WithoutTerms);
        token = new TokenMock();

        vm.prank(MODEL_OWNER);
        modelId = models.registerModel(modelParams(), AnswerProof.KEY, sampleProof());
        vm.deal(REQUESTER, 1_000 ether);
        vm.deal(WORKER, 100 ether);
        vm.deal(OTHER_WORKER, 100 ether);
        vm.prank(WORKER);
        workers.registerWorker{value: 10 ether}(SIGNER, "worker");
        vm.prank(OTHER_WORKER);
        workers.registerWorker{value: 10 ether}(OTHER_WORKER, "other worker");
    }

    function makeAccount(string memory name) internal pure returns (address) {
        return address(uint160(uint256(keccak256(bytes(name)))));
    }

    function modelParams() internal pure returns (IModelRegistry.ModelParams memory params) {
        params.graphId = keccak256("graph");
        params.manifestCid = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
        params.royaltyBps = ROYALTY_BPS;
        params.floorPrice = FLOOR_PRICE;
    }

    function sampleProof() internal pure returns (IModelRegistry.SampleProof memory sample) {
        sample.proof = AnswerProof.proof();
        sample.signals = AnswerProof.signals();
    }

    function fakeOrder() internal view returns (JobOrder memory order) {
        order.requester = REQUESTER;
        order.minPrice = 1 ether;
        order.maxPrice = 2 ether;
        order.rampStart = uint40(START + 100);
        order.rampSeconds = 1_000;
        order.claimDeadline = uint40(START + 2_000);
        order.proveSeconds = 600;
        order.finalDeadline = uint40(START + 5_000);
        order.modelId = modelId;
        order.inputCommitment = 5;
        order.assurance = address(assurance);
        order.bond = 0.05 ether;
        order.maxFeeBps = 500;
        order.nonce = 7;
    }

    function request(JobOrder memory order) internal returns (JobId jobId) {
        vm.prank(order.requester);
        return market.requestJob{value: order.token == NATIVE ? order.maxPrice : 0}(order);
    }

    function claim(JobOrder memory order) internal returns (JobId jobId) {
        vm.prank(WORKER);
        return market.claimJob(order);
    }

    function resultWith(bytes memory evidence) internal pure returns (JobResult memory result) {
        result.outputs = new uint256[](1);
        result.outputs[0] = 42;
        result.evidence = evidence;
    }

    function freeOf(address account) internal view returns (uint256 free) {
        (free,) = market.balanceOf(account, NATIVE);
    }

    function lockedOf(address account) internal view returns (uint256 locked) {
        (, locked) = market.balanceOf(account, NATIVE);
    }

    function assertState(JobId jobId, JobState expected) internal view {
        assertEq(uint256(market.jobOf(jobId).state), uint256(expected));
    }

    function wrongState(JobId jobId, JobState expected, JobState actual) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IJobMarket.JobNotInState.selector, jobId, expected, actual);
    }

    /// @dev An order of the account that {sign} signs for, whose free balance pays for it.
    function signedOrder() internal returns (JobOrder memory order) {
        order = fakeOrder();
        order.requester = vm.addr(KEY);
        vm.deal(order.requester, 100 ether);
        vm.prank(order.requester);
        market.deposit{value: 10 ether}(NATIVE, 10 ether);
    }

    function sign(JobOrder memory order) internal view returns (bytes memory signature) {
        return signWith(KEY, JobId.unwrap(market.hashOrder(order)));
    }

    function signWith(uint256 key, bytes32 digest) internal pure returns (bytes memory signature) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
