// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IJobMarket} from "../../../contracts/interfaces/IJobMarket.sol";
import {IMarketExtension} from "../../../contracts/interfaces/IMarketExtension.sol";
import {IOptimisticAssurance} from "../../../contracts/interfaces/IOptimisticAssurance.sol";
import {IWorkerRegistry} from "../../../contracts/interfaces/IWorkerRegistry.sol";
import {Job, JobId, JobOrder, JobResult, JobState, Submission} from "../../../contracts/interfaces/JobTypes.sol";
import {AnswerProof} from "../AnswerProof.sol";
import {HostileConsumer, HostileToken} from "./HostileActors.sol";
import {MarketBooks} from "./MarketBooks.sol";

/// @notice Plays everybody at random: each function below is one thing that somebody may try, on a job that is picked by `seed`, often one in the
///         state that it needs.
abstract contract MarketPlay is MarketBooks {
    uint256 private constant REQUESTER_KEY = 0xa11ce;
    uint256 private constant WORKER_KEY = 0xb0b;
    uint256 private constant HOSTILE_WORKER_KEY = 0xbad;
    uint32 private constant WINDOW_SECONDS = 200;
    uint32 private constant DEFENCE_SECONDS = 300;
    uint96 public constant CHALLENGE_BOND = 0.01 ether;
    bytes32 private constant LEAVES = "leaves";

    function begin(Cast memory cast) external {
        start(cast);
    }

    // Requesters

    function request(uint256 seed) external {
        seed = roll(seed);
        JobOrder memory order = makeOrder(seed);
        uint256 index = add(order);
        Moment memory b = look(index);
        vm.deal(order.requester, 10 ether);
        vm.prank(order.requester);
        (bool done,) = address(_cast.market).call{value: order.token == address(0) ? order.maxPrice : 0}(
            abi.encodeCall(IJobMarket.requestJob, (order))
        );
        if (done) settleBooks(index, Act.Request, b, address(0));
        else _plays.pop();
    }

    /// @dev An order that is signed and not sent.
    function draft(uint256 seed) external {
        seed = roll(seed);
        JobOrder memory order = makeOrder(seed);
        _plays[add(order)].drafted = true;
        fund(order.requester, order.token, order.maxPrice);
    }

    function bundle(uint256 seed) external {
        seed = roll(seed);
        JobOrder memory first = makeOrder(seed);
        uint256 index = add(first);
        JobOrder memory second = makeOrder(seed >> 8);
        (second.requester, second.token, second.nonce) = (first.requester, first.token, first.nonce + 1_000);
        add(second);
        (bytes32 a, bytes32 b) = (JobId.unwrap(_plays[index].jobId), JobId.unwrap(_plays[index + 1].jobId));
        bytes32 root = a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
        (_plays[index].root, _plays[index].sibling) = (root, b);
        (_plays[index + 1].root, _plays[index + 1].sibling) = (root, a);
        uint96 amount = first.maxPrice + second.maxPrice / uint96(1 + seed % 2);
        fund(first.requester, first.token, amount);
        vm.prank(first.requester);
        try _cast.market.requestBundle(first.token, root, amount, uint40(_clock + seed % 3_000), LEAVES) {} catch {}
    }

    function closeBundle(uint256 seed, bool byRequester) external {
        seed = roll(seed);
        uint256 index = pickBundled(seed);
        JobOrder memory order = _plays[index].order;
        vm.prank(byRequester ? order.requester : _cast.thief);
        try _cast.market.closeBundle(order.requester, order.token, _plays[index].root) {} catch {}
    }

    function cancel(uint256 seed, bool byRequester) external {
        seed = roll(seed);
        uint256 index = pick(seed, JobState.Requested);
        JobOrder memory order = _plays[index].order;
        call(index, Act.Cancel, byRequester ? order.requester : _cast.thief, abi.encodeCall(IJobMarket.cancelJob, (order)));
    }

    function cancelNonces(uint256 seed) external {
        seed = roll(seed);
        JobOrder memory order = _plays[seed % _plays.length].order;
        _cancelled[order.requester][order.nonce] = true;
        vm.prank(order.requester);
        _cast.market.cancelNonces(order.nonce >> 8, 1 << (order.nonce & 0xff));
    }

    function deposit(uint256 seed, uint96 amount) external {
        seed = roll(seed);
        fund(_accounts[seed % 4], tokenOf(seed >> 8), amount % 1 ether);
    }

    function withdraw(uint256 seed, uint256 amount) external {
        seed = roll(seed);
        address account = _accounts[seed % COUNT];
        address token = tokenOf(seed >> 8);
        (uint256 free,) = _cast.market.balanceOf(account, token);
        vm.prank(account);
        try _cast.market.withdraw(token, seed >> 16 & 7 == 0 ? free + 1 : amount % (free + 1), account) {
            demand(seed >> 16 & 7 != 0, 1, "somebody withdrew more than its free balance");
        } catch {}
    }

    // Workers

    function claim(uint256 seed) external {
        seed = roll(seed);
        uint256 index = pick(seed, JobState.Requested);
        if (seed >> 16 & 3 == 0) index = pick(seed, JobState.None);
        Play storage play = _plays[index];
        JobOrder memory order = play.order;
        address worker = seed >> 18 & 1 == 0 ? _cast.worker : _cast.hostileWorker;
        if (order.assurance == address(_cast.obedient) && seed >> 19 & 3 == 0) worker = order.assurance;
        bytes memory data = abi.encodeCall(IJobMarket.claimJob, (order));
        if (play.drafted) data = abi.encodeCall(IJobMarket.claimSigned, (order, sign(order, play.jobId)));
        if (play.root != 0) {
            bytes32[] memory proof = new bytes32[](1);
            proof[0] = play.sibling;
            data = abi.encodeCall(IMarketExtension.claimBundled, (order, play.root, proof));
        }
        call(index, Act.Claim, worker, data);
    }

    /// @dev A worker that does its part is paid, whatever the others do: invariant 8.
    function answerHonestly(uint256 seed, bool pending) external {
        seed = roll(seed);
        uint256 index = pick(seed, JobState.Claimed);
        Play storage play = _plays[index];
        Job memory job = _cast.market.jobOf(play.jobId);
        JobResult memory result = pending ? pendingResult(index, job.worker) : provedResult(index, job.worker);
        bool done = call(
            index, Act.Answer, _accounts[seed >> 16 & 7], abi.encodeCall(IJobMarket.submitResult, (play.order, result))
        );
        if (job.state != JobState.Claimed || _clock > job.due) {
            demand(!done, 4, "an answer out of its state or time was taken");
            return;
        }
        demand(done, 8, "a good answer before its due time was refused");
        JobState state = stateOf(index);
        bool waits = pending && play.order.assurance != address(_cast.proof);
        demand(state == (waits ? JobState.Answered : JobState.Settled), 8, "a good answer was not paid");
    }

    /// @dev Wrong, copied and misdirected evidence: invariants 5, 6 and 13.
    function answerBadly(uint256 seed) external {
        seed = roll(seed);
        uint256 index = pick(seed, JobState.Claimed);
        Play storage play = _plays[index];
        JobResult memory result = badResult(index, seed);
        bool done = call(index, Act.Answer, _cast.thief, abi.encodeCall(IJobMarket.submitResult, (play.order, result)));
        demand(!done, evidenceRule(play.order), "bad evidence was taken");
    }

    /// @dev An open race. The proof is bound to one of two accounts, and a thief brings it for itself, for its maker, or for another.
    function race(uint256 seed) external {
        seed = roll(seed);
        uint256 index = pick(seed, seed >> 16 & 1 == 0 ? JobState.None : JobState.Requested);
        Play storage play = _plays[index];
        JobOrder memory order = play.order;
        address maker = seed >> 17 & 1 == 0 ? _cast.worker : _cast.hostileWorker;
        address named = seed >> 18 & 3 == 0 ? _cast.thief : maker;
        JobResult memory result = provedResult(index, maker);
        bytes memory signature = play.drafted ? sign(order, play.jobId) : bytes("");
        Moment memory b = look(index);
        _staged = index;
        vm.prank(_cast.thief);
        try _cast.market.submitSigned(order, signature, named, result) {
            bool bound = order.assurance != address(_cast.obedient);
            demand(named == maker || !bound, 13, "a copied proof paid somebody else than its maker");
            demand(order.allowedWorker == address(0) || order.allowedWorker == named, 5, "a barred worker was paid");
            settleBooks(index, Act.Race, b, named);
        } catch {}
    }

    function answerBatch(uint256 seed) external {
        seed = roll(seed);
        Submission[] memory entries = makeBatch(seed, JobState.Claimed);
        compareBatch(abi.encodeCall(IJobMarket.submitResults, (entries)), entries, IJobMarket.submitResult.selector);
    }

    function release(uint256 seed) external {
        seed = roll(seed);
        uint256 index = pick(seed, JobState.Claimed);
        Job memory job = _cast.market.jobOf(_plays[index].jobId);
        address caller = seed >> 16 & 3 == 0 ? _cast.thief : job.worker;
        bool done = call(index, Act.Release, caller, abi.encodeCall(IMarketExtension.releaseJob, (_plays[index].order)));
        demand(!done || caller == job.worker, 7, "somebody else gave a worker's job back");
    }

    function stake(uint256 seed, uint96 amount) external {
        seed = roll(seed);
        IWorkerRegistry workers = _cast.market.workerRegistry();
        address account = seed & 1 == 0 ? _cast.worker : _cast.hostileWorker;
        uint256 act = seed >> 8 & 7;
        vm.deal(account, account.balance + 1 ether);
        IWorkerRegistry.Worker memory b = workers.workerOf(account);
        vm.prank(account);
        if (act == 0) workers.addStake{value: 1 + amount % 1 ether}();
        else if (act <= 2) try workers.startUnbonding(amount % 3 ether) {} catch {}
        else if (act <= 4) try workers.withdrawStake(payable(account)) {} catch {}
        else if (act == 5) try workers.withdrawSlashed(payable(account)) {} catch {}
        else if (act == 6) try _cast.optimistic.withdrawCredit(account) {} catch {}
        else try workers.startUnbonding(b.free + 1) { breach(15, "bonded stake began to unbond"); } catch {}
        IWorkerRegistry.Worker memory a = workers.workerOf(account);
        demand(a.bonded == b.bonded, 15, "a worker changed what is bonded");
        demand(a.unbonding >= b.unbonding || _clock >= b.unbondableAt, 15, "stake left before it was unbonded");
    }

    // Keepers and challengers

    function challenge(uint256 seed) external {
        seed = roll(seed);
        uint256 index = pick(seed, JobState.Answered);
        Play storage play = _plays[index];
        bool optimistic = play.order.assurance == address(_cast.optimistic);
        bytes memory data = optimistic ? bytes("") : seed >> 16 & 1 == 0 ? bytes("pending") : bytes("wrong answer");
        vm.deal(_cast.keeper, 1 ether);
        Moment memory b = look(index);
        _staged = index;
        vm.prank(_cast.keeper);
        try _cast.market.challengeJob{value: optimistic ? CHALLENGE_BOND : 0}(play.order, data) {
            settleBooks(index, Act.Challenge, b, address(0));
        } catch {}
    }

    function defend(uint256 seed, bool honestly) external {
        seed = roll(seed);
        uint256 index = pick(seed, JobState.Challenged);
        Play storage play = _plays[index];
        Job memory job = _cast.market.jobOf(play.jobId);
        JobResult memory result = honestly ? provedResult(index, job.worker) : badResult(index, seed);
        bool done = call(index, Act.Defend, _cast.keeper, abi.encodeCall(IMarketExtension.defendJob, (play.order, result)));
        if (!honestly) demand(!done, evidenceRule(play.order), "a bad defence was taken");
        if (!honestly || job.state != JobState.Challenged || _clock > job.due) return;
        demand(done && stateOf(index) == JobState.Settled, 8, "a good defence was not paid");
    }

    function finalize(uint256 seed) external {
        seed = roll(seed);
        JobState state = seed >> 16 & 1 == 0 ? JobState.Answered : JobState.Challenged;
        uint256 index = pick(seed, state);
        rule(seed);
        JobOrder memory order = _plays[index].order;
        call(index, Act.Finalize, _cast.keeper, abi.encodeCall(IJobMarket.finalizeJob, (order, outputsOf(index))));
    }

    function finalizeBatch(uint256 seed) external {
        seed = roll(seed);
        rule(seed);
        Submission[] memory entries = makeBatch(seed, JobState.Answered);
        compareBatch(abi.encodeCall(IJobMarket.finalizeJobs, (entries)), entries, IJobMarket.finalizeJob.selector);
    }

    function expire(uint256 seed) external {
        seed = roll(seed);
        uint256 index = pick(seed, JobState.Claimed);
        call(index, Act.Expire, _accounts[seed >> 16 & 7], abi.encodeCall(IJobMarket.expireJob, (_plays[index].order)));
    }

    function refund(uint256 seed) external {
        seed = roll(seed);
        uint256 index = pick(seed, JobState(1 + (seed >> 16) % 7));
        call(index, Act.Refund, _accounts[seed >> 20 & 7], abi.encodeCall(IJobMarket.refundJob, (_plays[index].order)));
    }

    function retryCallback(uint256 seed, bytes calldata data) external {
        seed = roll(seed);
        uint256 index = seed % _plays.length;
        vm.prank(_cast.thief);
        try _cast.market.retryCallback(_plays[index].order, data) {
            breach(12, "a callback that never failed was called");
        } catch {}
    }

    /// @dev The warp of a keeper: mostly a little, now and then past every deadline.
    function pass(uint256 seed) external {
        seed = roll(seed);
        _clock += seed % 8 == 0 ? seed >> 8 & 0xfff : seed >> 8 & 0x7f;
        vm.warp(_clock);
    }

    // Owner, and moods

    function govern(uint256 seed) external {
        seed = roll(seed);
        uint256 act = seed & 7;
        uint16 feeBps = uint16(seed >> 8) % 700;
        vm.startPrank(_cast.owner);
        if (act == 0) {
            _cast.market.setPaused(true);
        } else if (act <= 3) {
            _cast.market.setPaused(false);
        } else if (act == 4) {
            try _cast.market.setFeeBps(feeBps) {
                demand(feeBps <= 500, 10, "the fee was set above its cap");
            } catch {}
        } else {
            bool listed = act != 5;
            _cast.market.allowToken(address(_cast.token), listed);
            _cast.market.listAssurance(address(_cast.optimistic), IJobMarket.AssuranceListing(listed ? 2 : 0));
            _cast.market.listAssurance(address(_cast.proof), IJobMarket.AssuranceListing(listed ? 1 : 0));
        }
        vm.stopPrank();
    }

    function turn(uint256 seed) external {
        seed = roll(seed);
        _cast.consumer.setMode(HostileConsumer.Mode(seed % 5));
        _cast.hostileToken.setMode(HostileToken.Mode((seed >> 8) % 5));
    }

    // Steps

    /// @dev The runner likes small words; every bit of a seed decides something here.
    function roll(uint256 seed) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed)));
    }

    /// @dev One call about one job by one account, with the books kept around it.
    function call(uint256 index, Act act, address caller, bytes memory data) private returns (bool done) {
        Moment memory b = look(index);
        _staged = index;
        // The treasury enforces nothing here: its reward could not be told from its tenth.
        vm.prank(caller == _cast.treasury ? _cast.keeper : caller);
        (done,) = address(_cast.market).call(data);
        if (!done) {
            demand(keccak256(abi.encode(look(index))) == keccak256(abi.encode(b)), 3, "a refused call changed something");
            return false;
        }
        address payee = b.job.worker;
        settleBooks(index, act, b, payee);
        checkWindow(index, act, b);
    }

    /// @dev Invariants 5 and 6, told by the states: nothing without a proof is final at once.
    function checkWindow(uint256 index, Act act, Moment memory b) private {
        if (stateOf(index) != JobState.Settled || b.job.state == JobState.Settled) return;
        JobOrder storage order = _plays[index].order;
        if (order.assurance == address(_cast.proof)) {
            demand(act == Act.Answer, 5, "a job was settled under proof without a proof");
        }
        if (order.assurance != address(_cast.optimistic) || act != Act.Finalize) return;
        demand(b.job.state == JobState.Answered, 6, "a challenged answer was paid without a defence");
        demand(_clock > _plays[index].answeredAt + WINDOW_SECONDS, 6, "an answer was paid before its window ended");
    }

    /// @dev Invariant 16. Both ways run from the same world, which the first one leaves as it was.
    function compareBatch(bytes memory batch, Submission[] memory entries, bytes4 selector) private {
        bytes32 single;
        try this.runAndRevert(batch, entries, selector, false) {} catch (bytes memory world) {
            single = keccak256(world);
        }
        bytes32 together;
        try this.runAndRevert(batch, entries, selector, true) {} catch (bytes memory world) {
            together = keccak256(world);
        }
        demand(single == together, 16, "a batch did other things than its entries one by one");

        // Done for good one by one, so that the books are kept.
        for (uint256 i = 0; i < entries.length; ++i) {
            Act act = selector == IJobMarket.submitResult.selector ? Act.Answer : Act.Finalize;
            call(_batch[i], act, _cast.keeper, entryCall(entries[i], selector));
        }
    }

    uint256[] private _batch;

    error World(bytes32 world);

    function runAndRevert(bytes calldata batch, Submission[] calldata entries, bytes4 selector, bool together) external {
        if (together) {
            vm.prank(_cast.keeper);
            (bool done,) = address(_cast.market).call(batch);
            if (!done) revert World("the batch failed");
        } else {
            for (uint256 i = 0; i < entries.length; ++i) {
                vm.prank(_cast.keeper);
                (bool done,) = address(_cast.market).call(entryCall(entries[i], selector));
                // A refused entry is a skipped one.
                done;
            }
        }
        bytes32 world;
        IWorkerRegistry workers = _cast.market.workerRegistry();
        for (uint256 i = 0; i < entries.length; ++i) {
            world = keccak256(abi.encode(world, hashWorld(_plays[_batch[i]].jobId)));
        }
        for (uint256 i = 0; i < COUNT; ++i) {
            world = keccak256(abi.encode(world, workers.slashedCreditOf(_accounts[i])));
            if (i == 2 || i == 3) world = keccak256(abi.encode(world, workers.workerOf(_accounts[i])));
        }
        revert World(world);
    }

    function entryCall(Submission memory entry, bytes4 selector) private pure returns (bytes memory) {
        if (selector == IJobMarket.submitResult.selector) {
            return abi.encodeCall(IJobMarket.submitResult, (entry.order, entry.result));
        }
        return abi.encodeCall(IJobMarket.finalizeJob, (entry.order, entry.result.outputs));
    }

    function makeBatch(uint256 seed, JobState state) private returns (Submission[] memory entries) {
        entries = new Submission[](1 + seed % 5);
        delete _batch;
        for (uint256 i = 0; i < entries.length; ++i) {
            uint256 dice = uint256(keccak256(abi.encode(seed, i)));
            // So that the entries of a batch are not all of the one job that happens to be in this state.
            if (state == JobState.Claimed && dice >> 70 & 1 == 0) this.claim(dice);
            uint256 index = pick(dice, dice >> 64 & 3 == 0 && state == JobState.Answered ? JobState.Challenged : state);
            _batch.push(index);
            entries[i].order = _plays[index].order;
            address worker = _cast.market.jobOf(_plays[index].jobId).worker;
            uint256 kind = dice >> 32 & 7;
            if (kind == 0) entries[i].result = badResult(index, dice);
            else if (kind == 1) entries[i].result = pendingResult(index, worker);
            else entries[i].result = provedResult(index, worker);
            // An assurance must not fail for one bad entry, so this one is not asked to.
            if (keccak256(entries[i].result.evidence) == keccak256("fail")) entries[i].result.evidence = "wrong";
            if (state == JobState.Answered) entries[i].result.outputs = outputsOf(index);
        }
    }

    function rule(uint256 seed) private {
        _cast.obedient.rule(seed >> 24 & 3 == 0 ? bytes("wrong answer") : bytes("final"));
    }

    function evidenceRule(JobOrder memory order) private view returns (uint256) {
        return order.assurance == address(_cast.optimistic) ? 6 : 5;
    }

    // Evidence

    /// @notice Evidence that settles a job when `worker` hands it in.
    function proofOf(uint256 index, address worker) external view returns (JobResult memory result) {
        return provedResult(index, worker);
    }

    function outputsOf(uint256 index) private pure returns (uint256[] memory outputs) {
        outputs = new uint256[](2);
        (outputs[0], outputs[1]) = (index, 42);
    }

    /// @dev What an honest worker that has a proof hands in. The binding is told by the design, not by the market.
    function provedResult(uint256 index, address worker) private view returns (JobResult memory result) {
        Play storage play = _plays[index];
        result.outputs = outputsOf(index);
        result.evidence = "final";
        if (play.order.assurance == address(_cast.obedient)) return result;
        uint256[] memory signals = new uint256[](4);
        (signals[0], signals[1], signals[2]) = (result.outputs[0], result.outputs[1], play.order.inputCommitment);
        signals[3] = uint256(keccak256(abi.encode(block.chainid, address(_cast.market), play.jobId, worker))) >> 8;
        uint256[8] memory proof;
        proof[0] = uint256(keccak256(abi.encode(keccak256(AnswerProof.KEY), signals)));
        result.evidence = abi.encode(proof);
    }

    /// @dev What waits for its window, where there is one.
    function pendingResult(uint256 index, address worker) private view returns (JobResult memory result) {
        Play storage play = _plays[index];
        if (play.order.assurance == address(_cast.proof)) return provedResult(index, worker);
        result.outputs = outputsOf(index);
        result.evidence = "pending";
        if (play.order.assurance == address(_cast.obedient)) return result;
        uint256 key = worker == _cast.worker ? WORKER_KEY : HOSTILE_WORKER_KEY;
        result.evidence = signWith(key, _cast.optimistic.hashAnswer(play.jobId, worker, result.outputs));
    }

    function badResult(uint256 index, uint256 seed) private view returns (JobResult memory result) {
        Play storage play = _plays[index];
        address worker = _cast.market.jobOf(play.jobId).worker;
        uint256 kind = seed >> 32 & 3;
        if (play.order.assurance == address(_cast.obedient)) {
            result.evidence = kind & 1 == 0 ? bytes("wrong") : bytes("fail");
        } else if (kind == 0) {
            // Somebody's proof of the same job, copied.
            result = provedResult(index, worker == _cast.worker ? _cast.hostileWorker : _cast.worker);
        } else if (kind == 1) {
            // The right proof, with other outputs.
            result = provedResult(index, worker);
            result.outputs[1] = 43;
        } else if (kind == 2) {
            // A real proof, of another statement: the one that the model's registration published.
            uint256[] memory signals = AnswerProof.signals();
            result.outputs = new uint256[](2);
            (result.outputs[0], result.outputs[1]) = (signals[0], signals[1]);
            result.evidence = abi.encode(AnswerProof.proof());
        } else {
            // Evidence of another job.
            result = provedResult((index + 1) % _plays.length, worker);
            if (_plays.length == 1) result.outputs[0] = 44;
            if (result.evidence.length != 256) result.evidence = new bytes(256);
        }
    }

    // Orders

    function makeOrder(uint256 seed) private view returns (JobOrder memory order) {
        uint256 dice = uint256(keccak256(abi.encode(seed, "order")));
        order.requester = dice & 1 == 0 ? _cast.requester : _cast.hostileRequester;
        order.token = dice >> 1 & 1 == 0 ? address(0) : tokenOf(dice >> 2);
        order.minPrice = uint96(1_000 + (dice >> 16) % 1 ether);
        order.maxPrice = order.minPrice + uint96((dice >> 80) % 1 ether);
        order.rampStart = uint40(_clock + (dice >> 8) % 100);
        order.rampSeconds = uint32((dice >> 12) % 1_000);
        order.claimDeadline = uint40(_clock + 100 + (dice >> 20) % 2_000);
        order.proveSeconds = uint32(100 + (dice >> 28) % 500);
        order.finalDeadline = order.claimDeadline + order.proveSeconds + WINDOW_SECONDS + DEFENCE_SECONDS;
        order.modelId = _cast.models[dice >> 33 & 1];
        order.inputCommitment = AnswerProof.signals()[2];
        order.bond = uint96(1 + (dice >> 34) % 0.2 ether);
        uint256 kind = (dice >> 100) % 3;
        order.assurance = kind == 0 ? address(_cast.obedient) : address(_cast.proof);
        if (kind == 2) {
            order.assurance = address(_cast.optimistic);
            order.assuranceData =
                abi.encode(IOptimisticAssurance.OptimisticTerms(WINDOW_SECONDS, DEFENCE_SECONDS, CHALLENGE_BOND));
        }
        if (dice >> 104 & 7 == 0) order.allowedWorker = _cast.worker;
        if (dice >> 107 & 1 == 0) (order.callback, order.callbackGas) = (address(_cast.consumer), 2_000_000);
        order.maxFeeBps = dice >> 108 & 7 == 0 ? uint16((dice >> 111) % 500) : 500;
        // Now and then a nonce that another order has too.
        bool again = dice >> 120 & 7 == 0 && _plays.length != 0;
        order.nonce = again ? _plays[(dice >> 123) % _plays.length].order.nonce : 200 + _plays.length;
    }

    function add(JobOrder memory order) private returns (uint256 index) {
        index = _plays.length;
        _plays.push();
        _plays[index].order = order;
        _plays[index].jobId = _cast.market.hashOrder(order);
        _staged = index;
    }

    function fund(address account, address token, uint256 amount) private {
        if (token == address(0)) vm.deal(account, account.balance + amount);
        vm.prank(account);
        try _cast.market.deposit{value: token == address(0) ? amount : 0}(token, amount) {} catch {}
    }

    function sign(JobOrder memory order, JobId jobId) private view returns (bytes memory) {
        return order.requester == _cast.requester ? signWith(REQUESTER_KEY, JobId.unwrap(jobId)) : bytes("any");
    }

    function signWith(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function tokenOf(uint256 seed) private view returns (address) {
        return [address(0), address(_cast.token), address(_cast.hostileToken)][seed % 3];
    }

    /// @dev A job in the wanted state, now and then any other. When there is none in that state, somebody brings one there first.
    function pick(uint256 seed, JobState wanted) private returns (uint256 index) {
        if (_plays.length == 0) add(makeOrder(seed));
        if (seed >> 36 & 15 == 0) return (seed >> 40) % _plays.length;
        bool found;
        (index, found) = find(seed, wanted);
        if (found) return index;
        if (wanted == JobState.Requested) this.request(seed);
        if (wanted == JobState.Claimed) this.claim(seed);
        if (wanted == JobState.Answered) this.answerHonestly(seed, true);
        if (wanted == JobState.Challenged) this.challenge(seed);
        (index,) = find(seed, wanted);
    }

    function find(uint256 seed, JobState wanted) private view returns (uint256 index, bool found) {
        uint256 count = _plays.length;
        index = (seed >> 40) % count;
        for (uint256 i = 0; i < count; ++i) {
            if (stateOf((index + i) % count) == wanted) return ((index + i) % count, true);
        }
    }

    function pickBundled(uint256 seed) private returns (uint256 index) {
        index = pick(seed, JobState.None);
        for (uint256 i = 0; i < _plays.length; ++i) {
            if (_plays[(index + i) % _plays.length].root != 0) return (index + i) % _plays.length;
        }
    }
}
