import { getBalance as getMarketBalance } from '@assay/sdk/getBalance'
import type { WorkerStatus } from '@assay/sdk/readWorkerStatus'
import { getBalance } from 'viem/actions'
import { type MarketChain, readOperator } from './marketChain.ts'
import { pause } from './retry.ts'

/** For how long an answer of the chain is good enough to be shown again. */
const freshMs = 5000
/** For how long somebody who looks waits for the chain. */
const patienceMs = 2000

/**
 * Makes a reader of what the chain says of the worker's account: its stake, its balance in the market, its money for gas. However often it is
 * asked, the chain is asked once in a few seconds; while that does not answer, the last answer is given.
 */
export function createAccountReader(chain: MarketChain): () => Promise<WorkerStatus['account']> {
  let last: WorkerStatus['account']
  let asked = 0
  let reading: Promise<void> | undefined

  async function read(): Promise<void> {
    asked = Date.now()
    try {
      const { client, account, network } = chain
      const [operator, gasMoney] = await Promise.all([
        readOperator(chain),
        getBalance(client, { address: account.address }),
      ])
      const balance =
        operator && (await getMarketBalance(client, { deployment: network, account: operator.address })).free
      last = {
        readAt: new Date().toISOString(),
        gasMoney: `${gasMoney}`,
        ...(operator && {
          operator: {
            address: operator.address,
            free: `${operator.free}`,
            bonded: `${operator.bonded}`,
            minStake: `${operator.minStake}`,
            balance: `${balance}`,
          },
        }),
      }
    } catch {
      // The dependency `chain` says what is wrong with it, and `readAt` how old the last answer is.
    } finally {
      reading = undefined
    }
  }

  return async () => {
    if (Date.now() - asked > freshMs) reading ??= read()
    const shown = new AbortController()
    if (reading !== undefined) await Promise.race([reading, pause(patienceMs, shown.signal)])
    shown.abort()
    return last
  }
}
