// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IInferenceConsumer} from "../interfaces/IInferenceConsumer.sol";
import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {IMarketExtension} from "../interfaces/IMarketExtension.sol";
import {JobId, JobOrder, JobState, ModelId} from "../interfaces/JobTypes.sol";
import {OrderHash} from "../libraries/OrderHash.sol";

/// @notice For tests of contracts that ask models: takes orders and money as {IJobMarket} does, has no models and no workers, and gives the answers
///         that a test tells it, at once and without proof.
/// @dev Warning: never put it where money is real, as anyone answers for anyone. It shares with the market: ids, escrow, free balances, events of
///      requests and ends, the lock, and callbacks with exactly the order's gas, whose failure changes nothing. It checks requester, nonce and price.
contract MarketFake is EIP712("Assay JobMarket", "1"), ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev What is kept of an order until its job ends.
    struct FakeJob {
        address requester;
        address token;
        address callback;
        uint32 callbackGas;
        uint96 escrow;
        ModelId modelId;
        uint256 inputCommitment;
        JobState state;
    }

    mapping(JobId jobId => FakeJob job) private _jobs;
    mapping(address account => mapping(address token => uint256 amount)) private _free;
    mapping(address account => mapping(address token => uint256 amount)) private _locked;
    mapping(address account => uint256 amount) private _slashed;
    mapping(address requester => mapping(uint256 nonce => bool used)) public nonceUsed;

    // The market's side, as consumers call it

    /// @notice See {IJobMarket-requestJob}.
    function requestJob(JobOrder calldata order) external payable nonReentrant returns (JobId jobId) {
        if (msg.sender != order.requester) revert IJobMarket.NotRequester(msg.sender, order.requester);
        if (nonceUsed[msg.sender][order.nonce]) revert IJobMarket.NonceUsed(msg.sender, order.nonce);
        if (order.minPrice == 0 || order.minPrice > order.maxPrice) {
            revert IJobMarket.PriceRangeInverted(order.minPrice, order.maxPrice);
        }
        if (msg.value != 0 && order.token != address(0)) revert IJobMarket.ValueUnexpected(msg.value);

        jobId = hashOrder(order);
        nonceUsed[msg.sender][order.nonce] = true;
        _jobs[jobId] = FakeJob({
            requester: msg.sender,
            token: order.token,
            callback: order.callback,
            callbackGas: order.callbackGas,
            escrow: order.maxPrice,
            modelId: order.modelId,
            inputCommitment: order.inputCommitment,
            state: JobState.Requested
        });
        _lock(order, msg.value);
        emit IJobMarket.JobRequested(jobId, order.modelId, msg.sender, order);
    }

    /// @notice See {IJobMarket-cancelJob}.
    function cancelJob(JobOrder calldata order) external nonReentrant {
        JobId jobId = hashOrder(order);
        FakeJob storage job = _open(jobId);
        if (msg.sender != job.requester) revert IJobMarket.NotRequester(msg.sender, job.requester);
        job.state = JobState.Cancelled;
        _unlock(job);
        emit IJobMarket.JobCancelled(jobId);
    }

    /// @notice See {IJobMarket-deposit}.
    function deposit(address token, uint256 amount) external payable nonReentrant {
        uint256 received = token == address(0) ? msg.value : amount;
        if (token != address(0)) {
            if (msg.value != 0) revert IJobMarket.ValueUnexpected(msg.value);
            IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        }
        _free[msg.sender][token] += received;
        emit IJobMarket.Deposited(msg.sender, token, received);
    }

    /// @notice See {IJobMarket-withdraw}.
    function withdraw(address token, uint256 amount, address to) external nonReentrant {
        if (to == address(0)) revert IJobMarket.AddressZero();
        uint256 free = _free[msg.sender][token];
        if (free < amount) revert IJobMarket.BalanceTooLow(msg.sender, token, free, amount);
        _free[msg.sender][token] = free - amount;
        emit IJobMarket.Withdrawn(msg.sender, token, to, amount);
        _send(token, amount, to);
    }

    /// @notice What {mockFailure} brought the caller; see {IWorkerRegistry-withdrawSlashed}.
    function withdrawSlashed(address payable to) external nonReentrant {
        uint256 amount = _slashed[msg.sender];
        _slashed[msg.sender] = 0;
        _send(address(0), amount, to);
    }

    /// @notice This contract: it plays the registry of workers too.
    function workerRegistry() external view returns (address registry) {
        return address(this);
    }

    /// @notice See {IJobMarket-balanceOf}.
    function balanceOf(address account, address token) external view returns (uint256 free, uint256 locked) {
        return (_free[account][token], _locked[account][token]);
    }

    /// @notice State of a job that was requested here.
    function stateOf(JobId jobId) external view returns (JobState state) {
        return _jobs[jobId].state;
    }

    // The test's side

    /// @notice Settles a job with an answer, as if a worker had proved it, and calls the order's callback.
    /// @param outputs the packed words, see {PackedValues}
    function mockResult(JobId jobId, uint256[] calldata outputs) external nonReentrant {
        FakeJob storage job = _open(jobId);
        job.state = JobState.Settled;
        _locked[job.requester][job.token] -= job.escrow;
        emit IJobMarket.JobAnswered(jobId, msg.sender, outputs);
        emit IJobMarket.JobSettled(jobId, msg.sender, job.escrow, 0, 0);
        _free[msg.sender][job.token] += job.escrow;
        _notify(
            jobId,
            abi.encodeCall(IInferenceConsumer.onInferenceResult, (jobId, job.modelId, job.inputCommitment, outputs))
        );
    }

    /// @notice Ends a job without an answer, as after its final deadline, and calls the order's callback.
    function mockExpiry(JobId jobId) external nonReentrant {
        FakeJob storage job = _open(jobId);
        job.state = JobState.Refunded;
        _unlock(job);
        emit IJobMarket.JobRefunded(jobId, job.escrow);
        _notify(jobId, abi.encodeCall(IInferenceConsumer.onInferenceExpired, (jobId)));
    }

    /// @notice Lets an attempt fail; the job goes on. `msg.value` is what the worker's bond brings the requester.
    function mockFailure(JobId jobId, IInferenceConsumer.AttemptError reason) external payable nonReentrant {
        FakeJob storage job = _open(jobId);
        _slashed[job.requester] += msg.value;
        _notify(jobId, abi.encodeCall(IInferenceConsumer.onInferenceError, (jobId, reason)));
    }

    /// @notice See {IJobMarket-hashOrder}.
    function hashOrder(JobOrder calldata order) public view returns (JobId jobId) {
        return OrderHash.digest(order, _domainSeparatorV4());
    }

    function _open(JobId jobId) private view returns (FakeJob storage job) {
        job = _jobs[jobId];
        if (job.state != JobState.Requested) revert IJobMarket.JobNotInState(jobId, JobState.Requested, job.state);
    }

    /// @dev Escrows the price from the free balance, topped up by `value` or a transfer of the token.
    function _lock(JobOrder calldata order, uint256 value) private {
        (address token, uint256 price) = (order.token, order.maxPrice);
        uint256 free = _free[msg.sender][token] + value;
        if (free < price && token != address(0)) {
            IERC20(token).safeTransferFrom(msg.sender, address(this), price - free);
            free = price;
        }
        if (free < price) revert IJobMarket.BalanceTooLow(msg.sender, token, free, price);
        _free[msg.sender][token] = free - price;
        _locked[msg.sender][token] += price;
    }

    function _unlock(FakeJob storage job) private {
        _locked[job.requester][job.token] -= job.escrow;
        _free[job.requester][job.token] += job.escrow;
    }

    function _send(address token, uint256 amount, address to) private {
        if (token != address(0)) IERC20(token).safeTransfer(to, amount);
        else if (!LowLevelCall.callNoReturn(to, amount, "")) revert IJobMarket.TransferFailed(to, amount);
    }

    function _notify(JobId jobId, bytes memory data) private {
        FakeJob storage job = _jobs[jobId];
        (address callback, uint256 callbackGas) = (job.callback, job.callbackGas);
        if (callback == address(0)) return;
        // A call hands on at most 63/64 of what is left (EIP-150); the rest is for the call's own cost.
        uint256 needed = (callbackGas + 10_000) * 64 / 63 + 1;
        if (gasleft() < needed) revert IJobMarket.GasTooLow(gasleft(), needed);

        // solhint-disable-next-line avoid-low-level-calls
        (bool delivered,) = callback.call{gas: callbackGas}(data);
        if (!delivered) emit IMarketExtension.CallbackFailed(jobId, callback, data);
    }
}
