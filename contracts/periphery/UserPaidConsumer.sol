// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobMarket} from "../interfaces/IJobMarket.sol";
import {JobId} from "../interfaces/JobTypes.sol";
import {InferenceConsumer} from "./InferenceConsumer.sol";

/// @notice Base of a consumer whose callers pay for each answer, in the chain's own coin at one price, and get it back when none comes.
/// @dev With a fixed price nothing is left over at a claim, and a job that opens again costs no more: each payer's money is in escrow, or spent, or in
///      {refundOf}. Compensation for failed attempts is the beneficiary's.
abstract contract UserPaidConsumer is InferenceConsumer {
    /// @notice Takes what slashed bonds bring.
    address public immutable beneficiary;

    OrderTerms private _terms;
    mapping(JobId jobId => address payer) private _payers;
    /// @notice What an account can take back.
    mapping(address account => uint256 amount) public refundOf;

    /// @notice Emitted when an account took back what it had paid for answers that never came.
    event RefundWithdrawn(address indexed account, address indexed to, uint256 amount);

    /// @dev The terms' price must be one, in the chain's own coin.
    error PriceNotFixed(address token, uint96 minPrice, uint96 maxPrice);
    error PaymentWrong(uint256 actual, uint256 needed);
    error NothingToRefund(address account);

    constructor(IJobMarket market_, OrderTerms memory terms, address beneficiary_) InferenceConsumer(market_) {
        if (terms.token != address(0) || terms.minPrice != terms.maxPrice) {
            revert PriceNotFixed(terms.token, terms.minPrice, terms.maxPrice);
        }
        _terms = terms;
        beneficiary = beneficiary_;
    }

    /// @notice Sends the caller's refunds to `to`.
    function withdrawRefund(address to) external {
        uint256 amount = refundOf[msg.sender];
        if (amount == 0) revert NothingToRefund(msg.sender);

        refundOf[msg.sender] = 0;
        emit RefundWithdrawn(msg.sender, to, amount);
        _withdrawFromMarket(address(0), amount, to);
    }

    /// @notice Sends what slashed bonds brought to the beneficiary; anyone may call.
    function withdrawCompensation() external {
        _withdrawCompensation(payable(beneficiary));
    }

    /// @notice Price of one answer.
    function price() public view returns (uint96) {
        return _terms.maxPrice;
    }

    /// @notice What this contract's orders have in common.
    function orderTerms() external view returns (OrderTerms memory terms) {
        return _terms;
    }

    /// @dev Asks about a subject for the caller, who has sent the price.
    function _ask(uint256 subject, uint256 inputCommitment, bytes32 inputRoot, bytes32 inputCid)
        internal
        returns (JobId jobId)
    {
        OrderTerms memory terms = _terms;
        if (msg.value != terms.maxPrice) revert PaymentWrong(msg.value, terms.maxPrice);

        jobId = _requestInference(_buildOrder(terms, inputCommitment, inputRoot, inputCid), subject, msg.value);
        _payers[jobId] = msg.sender;
    }

    /// @dev No answer will come for this subject; its payer can take the price back.
    function _onUnanswered(JobId jobId, uint256 subject) internal virtual;

    function _onExpired(JobId jobId, uint256 subject) internal override {
        refundOf[_payers[jobId]] += _terms.maxPrice;
        _onUnanswered(jobId, subject);
    }
}
