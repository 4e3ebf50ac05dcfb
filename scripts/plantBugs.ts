/**
 * Shows that each invariant of the market has a test that can fail: plants one bug at a time in a scratch copy and runs the stateful play.
 * `npm run plant-bugs` tries all, `-- --only 6` those of one invariant. Exits 1 when a bug goes unnoticed.
 */
import { parseArgs } from 'node:util'
import { type Change, forEachOf, openWorkbench } from './mutation/workbench.ts'

/** A bug that breaks one of the 16 invariants; `what` says how. */
type Bug = { invariant: number; what: string; change: Change }

const play = 'test/contracts/invariant/JobMarket.invariant.t.sol'
const state = 'contracts/MarketState.sol'
const orders = 'contracts/MarketOrders.sol'
const answers = 'contracts/MarketAnswers.sol'
const batches = 'contracts/MarketBatches.sol'
const exits = 'contracts/MarketExits.sol'
const market = 'contracts/JobMarket.sol'
const prices = 'contracts/libraries/Prices.sol'
const workers = 'contracts/WorkerRegistry.sol'
const optimistic = 'contracts/assurance/OptimisticAssurance.sol'

const bugs: Bug[] = [
  {
    invariant: 1,
    what: 'a settlement pays the fee twice',
    change: { file: prices, from: 'workerShare = price - royalty - fee;', to: 'workerShare = price - royalty;' },
  },
  {
    invariant: 2,
    what: 'a refund leaves its escrow locked',
    change: {
      file: state,
      after: 'function _refund(',
      from: '_unlock(order.requester, order.token, escrow, escrow);',
      to: '',
    },
  },
  {
    invariant: 2,
    what: 'a claim keeps the surplus locked',
    change: {
      file: market,
      after: 'function claimJob(',
      from: '_unlock(order.requester, order.token, escrow - price, escrow - price);',
      to: '',
    },
  },
  {
    invariant: 3,
    what: 'the royalty goes to the treasury',
    change: {
      file: state,
      from: '_credit(owner, order.token, royalty);',
      to: '_credit(royalty == 0 ? owner : _treasury(), order.token, royalty);',
    },
  },
  {
    invariant: 4,
    what: 'a job that has ended can be refunded again',
    change: {
      file: market,
      after: 'function _refundRequested(',
      from: '_checkState(jobId, job, JobState.Requested);',
      to: '',
    },
  },
  {
    invariant: 5,
    what: 'a proof is not checked when it comes alone',
    change: {
      file: 'contracts/assurance/ProofAssurance.sol',
      from: 'if (_holds(order, binding, result)) verdict.kind',
      to: 'if (binding != 0 || _holds(order, binding, result)) verdict.kind',
    },
  },
  {
    invariant: 6,
    what: 'the window of an optimistic answer is a second',
    change: {
      file: optimistic,
      from: 'verdict.until = uint40(block.timestamp + uint256(bytes32(order.assuranceData)));',
      to: 'verdict.until = uint40(block.timestamp);',
    },
  },
  {
    invariant: 6,
    what: 'a challenge that nobody answered in time is won by the worker',
    change: { file: optimistic, from: 'return _wrong(made.challenger);', to: 'verdict.kind = VerdictKind.Final;' },
  },
  {
    invariant: 7,
    what: 'a job expires before it is due',
    change: { file: exits, after: 'function expireJob(', from: '_checkTimePassed(job.due);', to: '' },
  },
  {
    invariant: 8,
    what: 'a pause stops answers',
    change: {
      file: market,
      after: 'function _submit(',
      from: '_checkTime(job.due);',
      to: '_checkTime(job.due); if (_settings.paused) revert MarketPaused();',
    },
  },
  {
    invariant: 9,
    what: 'a job that was not answered can be ended a month late only',
    change: {
      file: exits,
      after: 'function expireJob(',
      from: '_checkTimePassed(job.due);',
      to: '_checkTimePassed(job.due + 30 days);',
    },
  },
  {
    invariant: 10,
    what: "an order's own cap of the fee is ignored",
    change: { file: orders, from: 'if (feeBps > order.maxFeeBps) revert', to: 'if (feeBps > 500) revert' },
  },
  {
    invariant: 10,
    what: 'a refund is charged',
    change: {
      file: state,
      after: 'function _refund(',
      from: '_unlock(order.requester, order.token, escrow, escrow);',
      to: '_unlock(order.requester, order.token, escrow, escrow - escrow / 100); _credit(_treasury(), order.token, escrow / 100);',
    },
  },
  {
    invariant: 11,
    what: 'a nonce is good again and again',
    change: {
      file: orders,
      from: 'if (bits & bit != 0) revert IJobMarket.NonceUsed(order.requester, order.nonce);',
      to: '',
    },
  },
  {
    invariant: 12,
    what: 'money moves after the callback',
    change: {
      file: market,
      after: 'function _submit(',
      from: '_credit(job.worker, order.token, _settle(jobId, order, job));\n            _notifyResult(jobId, order, result.outputs);',
      to: 'uint96 share = _settle(jobId, order, job);\n            _notifyResult(jobId, order, result.outputs);\n            _credit(job.worker, order.token, share);',
    },
  },
  {
    invariant: 13,
    what: 'whoever brings an answer is paid',
    change: {
      file: answers,
      after: 'function submitSigned(',
      from: '_credit(worker, order.token, _split(jobId, order, job, price));',
      to: '_credit(msg.sender, order.token, _split(jobId, order, job, price));',
    },
  },
  {
    invariant: 14,
    what: 'a claim takes the price of a later time',
    change: { file: state, after: 'function _openTick(', from: 'block.timestamp)', to: 'block.timestamp + 10_000)' },
  },
  {
    invariant: 15,
    what: 'stake leaves without a wait',
    change: {
      file: workers,
      from: 'if (block.timestamp < record.unbondableAt) revert StillUnbonding(record.unbondableAt);',
      to: '',
    },
  },
  {
    invariant: 16,
    what: 'a batch takes an answer after its time',
    change: { file: batches, from: 'if (block.timestamp > slot.dueOf()) {', to: 'if (slot.dueOf() == 1) {' },
  },
  {
    invariant: 16,
    what: 'a batch keeps the royalty of its last model only',
    change: {
      file: batches,
      after: 'function _turnTo(',
      from: '_pay(tally);',
      to: '(tally.royalty, tally.fee) = (0, 0); _pay(tally);',
    },
  },
]

/** Tests that assert an invariant themselves, beside what every call is checked for. */
const own: Record<number, string> = {
  1: 'everyCoinIsOwed',
  2: 'everyCoinIsOwed',
  7: 'everyCoinIsOwed',
  8: 'honestWorkersArePaid',
  9: 'everyJobCanEnd',
  14: 'pricesClimb',
  15: 'freeStakeLeaves',
}

async function main() {
  const { values } = parseArgs({ options: { only: { type: 'string' } } })
  const chosen = bugs.filter(({ invariant }) => values.only === undefined || invariant === Number(values.only))
  if (chosen.length === 0) throw new Error(`No bug is planted for invariant ${values.only}; there are 1 to 16.`)
  const workbench = openWorkbench()
  const lines: string[] = []
  let unnoticed = 0
  process.stdout.write(`Planting ${chosen.length} bugs, ${workbench.copies} at a time; each takes about a minute.\n`)
  try {
    await forEachOf(chosen, workbench.copies, async ({ invariant, what, change }, index) => {
      // The play looks at this invariant alone, so that another one does not fail in its place.
      const alone = {
        file: play,
        after: 'function checkCalls()',
        from: 'uint256 i = 1; i <= 16;',
        to: `uint256 i = ${invariant}; i <= ${invariant};`,
      }
      const env = { ASSAY_INVARIANT_RUNS: process.env.ASSAY_INVARIANT_RUNS ?? '64' }
      const { verdict, failures } = await workbench.test([change, alone], { tests: [play], env })
      const seen = failures.find(
        (failure) => failure.includes(`Broken(${invariant},`) || failure.includes(own[invariant] ?? 'Broken'),
      )
      if (seen === undefined) unnoticed += 1
      const said = seen?.replace(/^.*#(invariant_\w+).*?(?:Broken\(\d+, (.*)\)|Error: |: )/, '$1: $2').slice(0, 110)
      lines[index] = `${String(invariant).padStart(2)}  ${what.padEnd(62)}  ${said ?? `UNNOTICED (${verdict})`}`
      process.stderr.write(`${lines[index]}\n`)
    })
  } finally {
    workbench.close()
  }
  process.stdout.write(
    `\n${['    planted bug', ...lines].join('\n')}\n\n${chosen.length - unnoticed} of ${chosen.length} seen.\n`,
  )
  if (unnoticed > 0) process.exitCode = 1
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
})
