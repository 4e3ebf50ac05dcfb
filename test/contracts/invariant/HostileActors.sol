// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {ICredits} from "../../../contracts/interfaces/ICredits.sol";
import {IInferenceConsumer} from "../../../contracts/interfaces/IInferenceConsumer.sol";
import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {IMarketExtension} from "../../../contracts/interfaces/IMarketExtension.sol";
import {IProofVerifier} from "../../../contracts/interfaces/IProofVerifier.sol";
import {IWorkerRegistry} from "../../../contracts/interfaces/IWorkerRegistry.sol";
import {JobId, JobOrder, JobResult, ModelId, Submission, TokenPermit} from "../../../contracts/interfaces/JobTypes.sol";

/// @notice What hostile actors see of the play they are in, and where what they reach is written down.
interface IStage {
    /// @notice The order that the running call is about.
    function stagedOrder() external view returns (JobOrder memory order);

    /// @notice Hash of the job and of all balances.
    function hashWorld(JobId jobId) external view returns (bytes32 world);

    /// @notice A hostile actor got into a call that must be closed.
    function noteEntry(bytes4 selector) external;

    /// @notice A callback began while its job was in `jobWord`.
    function noteCallback(JobId jobId, bytes32 worldBefore, bytes32 worldAfterwards) external;
}

/// @notice Tries every entry point of the market while the market calls it.
abstract contract Reenterer {
    IStage internal immutable STAGE;
    IJobMarket internal immutable MARKET;

    constructor(IStage stage, IJobMarket market) {
        (STAGE, MARKET) = (stage, market);
    }

    function reenter() internal {
        bytes[] memory calls = entryPoints(STAGE.stagedOrder());
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool entered, bytes memory reason) = address(MARKET).call(calls[i]);
            bool locked = bytes4(reason) == ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
            if (entered || !locked) STAGE.noteEntry(bytes4(calls[i]));
        }
        IWorkerRegistry workers = MARKET.workerRegistry();
        try workers.lockBondOf(address(this), 0) {
            STAGE.noteEntry(IWorkerRegistry.lockBondOf.selector);
        } catch {}
        try workers.releaseBond(address(this), 0) {
            STAGE.noteEntry(IWorkerRegistry.releaseBond.selector);
        } catch {}
        try workers.slashBond(address(this), 0, new address[](0), new uint96[](0)) {
            STAGE.noteEntry(IWorkerRegistry.slashBond.selector);
        } catch {}
    }

    /// @dev One call of each, as harmful as the caller can make it.
    function entryPoints(JobOrder memory order) private view returns (bytes[] memory calls) {
        JobResult memory result;
        TokenPermit memory permit;
        Submission[] memory none = new Submission[](0);
        calls = new bytes[](22);
        calls[0] = abi.encodeCall(IJobMarket.requestJob, (order));
        calls[1] = abi.encodeCall(IJobMarket.claimJob, (order));
        calls[2] = abi.encodeCall(IJobMarket.claimSigned, (order, ""));
        calls[3] = abi.encodeCall(IJobMarket.submitResult, (order, result));
        calls[4] = abi.encodeCall(IJobMarket.submitSigned, (order, "", address(this), result));
        calls[5] = abi.encodeCall(IJobMarket.submitResults, (none));
        calls[6] = abi.encodeCall(IJobMarket.finalizeJob, (order, result.outputs));
        calls[7] = abi.encodeCall(IJobMarket.finalizeJobs, (none));
        calls[8] = abi.encodeCall(IJobMarket.expireJob, (order));
        calls[9] = abi.encodeCall(IJobMarket.cancelJob, (order));
        calls[10] = abi.encodeCall(IJobMarket.refundJob, (order));
        calls[11] = abi.encodeCall(IJobMarket.deposit, (address(0), 0));
        calls[12] = abi.encodeCall(IJobMarket.withdraw, (address(0), 0, address(this)));
        calls[13] = abi.encodeCall(IMarketExtension.challengeJob, (order, ""));
        calls[14] = abi.encodeCall(IMarketExtension.defendJob, (order, result));
        calls[15] = abi.encodeCall(IMarketExtension.releaseJob, (order));
        calls[16] = abi.encodeCall(IMarketExtension.cancelNonces, (0, 0));
        calls[17] = abi.encodeCall(IMarketExtension.requestBundle, (address(0), 0, 0, type(uint40).max, 0));
        calls[18] = abi.encodeCall(IMarketExtension.claimBundled, (order, 0, new bytes32[](0)));
        calls[19] = abi.encodeCall(IMarketExtension.closeBundle, (address(this), address(0), 0));
        calls[20] = abi.encodeCall(IMarketExtension.depositWithPermit, (order.token, 0, permit));
        calls[21] = abi.encodeCall(IMarketExtension.retryCallback, (order, ""));
    }
}

/// @notice A requester, worker or model owner that is a contract: signs whatever suits it and re-enters whoever pays it.
contract HostileAccount is Reenterer {
    constructor(IStage stage, IJobMarket market) Reenterer(stage, market) {}

    receive() external payable {
        if (msg.sender == address(MARKET)) {
            reenter();
            return;
        }
        // A registry or an assurance pays: nothing can be taken twice.
        IWorkerRegistry workers = MARKET.workerRegistry();
        try workers.withdrawStake(payable(address(this))) {
            STAGE.noteEntry(IWorkerRegistry.withdrawStake.selector);
        } catch {}
        if (msg.sender != address(workers)) {
            try ICredits(msg.sender).withdrawCredit(address(this)) {
                STAGE.noteEntry(ICredits.withdrawCredit.selector);
            } catch {}
        }
    }

    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return this.isValidSignature.selector;
    }
}

/// @notice A callback that works, re-enters, reverts, burns its gas, or answers with more than anyone can copy.
contract HostileConsumer is IInferenceConsumer, Reenterer {
    enum Mode {
        Quiet,
        Reenters,
        Reverts,
        BurnsGas,
        ReturnsTooMuch
    }

    Mode public mode;

    error Unwilling();

    constructor(IStage stage, IJobMarket market) Reenterer(stage, market) {}

    function setMode(Mode newMode) external {
        mode = newMode;
    }

    function onInferenceResult(JobId jobId, ModelId, uint256, uint256[] calldata) external {
        act(jobId);
    }

    function onInferenceExpired(JobId jobId) external {
        act(jobId);
    }

    function onInferenceError(JobId jobId, AttemptError) external {
        act(jobId);
    }

    function act(JobId jobId) private {
        bytes32 world = STAGE.hashWorld(jobId);
        if (mode == Mode.Reenters) reenter();
        STAGE.noteCallback(jobId, world, STAGE.hashWorld(jobId));
        if (mode == Mode.Reverts) revert Unwilling();
        // Safe: both end the call.
        if (mode == Mode.BurnsGas) assembly { invalid() }
        if (mode == Mode.ReturnsTooMuch) assembly { return(0, 100000) }
    }
}

/// @notice A token that is honest, takes a fee, says that it moved what it did not, refuses, or re-enters.
contract HostileToken is ERC20("Hostile", "EVIL"), Reenterer {
    enum Mode {
        Honest,
        TakesFee,
        MovesNothing,
        AnswersFalse,
        Reenters
    }

    Mode public mode;

    constructor(IStage stage, IJobMarket market) Reenterer(stage, market) {}

    function setMode(Mode newMode) external {
        mode = newMode;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        if (mode == Mode.AnswersFalse) return false;
        if (mode == Mode.Reenters) reenter();
        return super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (mode == Mode.AnswersFalse) return false;
        if (mode == Mode.MovesNothing) return true;
        if (mode == Mode.Reenters) reenter();
        if (mode == Mode.TakesFee) _burn(from, amount / 10);
        return super.transferFrom(from, to, mode == Mode.TakesFee ? amount - amount / 10 : amount);
    }
}

/// @notice An ideal proof system: a proof is a word that only fits its key and its signals. Anything else is put to the real verifier.
contract IdealVerifier {
    IProofVerifier public immutable real;

    constructor(IProofVerifier real_) {
        real = real_;
    }

    function verify(bytes32 keyHash, uint256[8] calldata proof, uint256[] calldata signals)
        public
        view
        returns (bool valid)
    {
        return proof[0] == uint256(keccak256(abi.encode(keyHash, signals))) || real.verify(keyHash, proof, signals);
    }

    function verifyBatch(IProofVerifier.ProofClaim[] calldata claims) external view returns (bool valid) {
        for (uint256 i = 0; i < claims.length; ++i) {
            if (!verify(claims[i].keyHash, claims[i].proof, claims[i].signals)) return false;
        }
        return true;
    }
}
