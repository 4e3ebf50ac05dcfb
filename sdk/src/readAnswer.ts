import { decodeProof, type Proof } from '@assay/circuits/proof'
import {
  type Address,
  decodeAbiParameters,
  decodeFunctionData,
  type Hash,
  type Hex,
  size,
  toFunctionSelector,
} from 'viem'
import { getTransaction } from 'viem/actions'
import { jobMarketAbi } from './abi/jobMarket.ts'
import type { Deployment, MarketClient } from './deployment.ts'
import type { Job } from './getJob.ts'
import { hashOrder, type JobOrder } from './order.ts'
import { AnswerUnreadableError, JobNotSettledError, OutputsMismatchError, ProofAbsentError } from './verifyErrors.ts'

/** An answer with its proof, the transaction that carried the proof, and who sent it. */
export type ProvedAnswer = { outputs: readonly bigint[]; proof: Proof; hash: Hash; sender: Address }

type HandedIn = { order: JobOrder; outputs: readonly bigint[]; evidence: Hex }

const proofBytes = 8 * 32
const answering = ['submitResult', 'submitResults', 'submitSigned', 'defendJob']
const selectors = jobMarketAbi.flatMap((item) =>
  item.type === 'function' && answering.includes(item.name) ? [toFunctionSelector(item).slice(2)] : [],
)

/**
 * Reads outputs and proof of a settled job from the transaction that handed them in: a call of the market, a batch, a defence, or any of
 * these inside the calldata of a contract that relayed it; as a last resort from a trace, where the node gives one.
 * @throws JobNotSettledError, ProofAbsentError for an answer that was paid without a proof, AnswerUnreadableError, OutputsMismatchError
 */
export async function readAnswer(
  client: MarketClient,
  { deployment, job }: { deployment: Deployment; job: Job },
): Promise<ProvedAnswer> {
  const { answer, jobId, state, order } = job
  if (answer === undefined) throw new JobNotSettledError({ jobId, state })
  const settled = job.events.find((event) => event.name === 'JobSettled')
  const hashes = [...new Set([answer.hash, settled?.transactionHash ?? answer.hash])]
  const found: (HandedIn & { hash: Hash; sender: Address })[] = []
  for (const hash of hashes) {
    const { input, from: sender } = await getTransaction(client, { hash })
    const own = (data: Hex) =>
      handedIn(data)
        .filter((each) => hashOrder(each.order, deployment) === jobId)
        .map((each) => ({ ...each, hash, sender }))
    const direct = own(input)
    found.push(...(direct.length > 0 ? direct : (await traceCalls(client, { hash, deployment })).flatMap(own)))
  }
  const proved = found.filter(({ evidence }) => size(evidence) === proofBytes)
  const right = proved.find(({ outputs }) => isSame(outputs, answer.outputs))
  if (right !== undefined) {
    const [words] = decodeAbiParameters([{ type: 'uint256[8]' }], right.evidence)
    return { outputs: right.outputs, proof: decodeProof(words), hash: right.hash, sender: right.sender }
  }
  const [wrong] = proved
  if (wrong !== undefined) throw new OutputsMismatchError({ actual: wrong.outputs, expected: answer.outputs })
  if (found.length > 0) throw new ProofAbsentError({ jobId, assurance: order.assurance })
  const reason = 'carries no answer to this job in the open, and the node gives no trace of it'
  throw new AnswerUnreadableError({ hash: answer.hash, reason })
}

/** Whether two answers are the same words. */
export function isSame(one: readonly bigint[], other: readonly bigint[]): boolean {
  return one.length === other.length && one.every((word, index) => word === other[index])
}

/** All answers that are handed in by calls of the market in the data: at its start, or anywhere in it, as a relaying contract has them. */
function handedIn(data: Hex): HandedIn[] {
  return selectors.flatMap((selector) => {
    const found: HandedIn[] = []
    for (let at = data.indexOf(selector); at >= 0; at = data.indexOf(selector, at + 1)) {
      if (at % 2 === 0) found.push(...decodeCall(`0x${data.slice(at)}`))
    }
    return found
  })
}

function decodeCall(data: Hex): HandedIn[] {
  try {
    const call = decodeFunctionData({ abi: jobMarketAbi, data })
    switch (call.functionName) {
      case 'submitResult':
      case 'defendJob':
        return [{ order: call.args[0], ...call.args[1] }]
      case 'submitSigned':
        return [{ order: call.args[0], ...call.args[3] }]
      case 'submitResults':
        return call.args[0].map(({ order, result }) => ({ order, ...result }))
      default:
        return []
    }
  } catch {
    // Four bytes of other data that happen to be a selector: what follows is no call.
    return []
  }
}

type Trace = { to?: string; input?: Hex; error?: string; calls?: Trace[] }

/** Calldata of every call of the market inside a transaction; none where the node does not trace. */
async function traceCalls(
  client: MarketClient,
  { hash, deployment }: { hash: Hash; deployment: Deployment },
): Promise<Hex[]> {
  let trace: Trace
  try {
    // Geth's method and tracer, which viem does not type; what comes back is only decoded, and has to hash to the job.
    const request = client.request as (call: { method: string; params: unknown[] }) => Promise<Trace>
    trace = await request({ method: 'debug_traceTransaction', params: [hash, { tracer: 'callTracer' }] })
  } catch {
    return []
  }
  const market = deployment.addresses.jobMarket.toLowerCase()
  const open = [trace]
  const calls: Hex[] = []
  for (let call = open.pop(); call !== undefined; call = open.pop()) {
    if (call.error !== undefined) continue
    if (call.to?.toLowerCase() === market && call.input !== undefined) calls.push(call.input)
    open.push(...(call.calls ?? []))
  }
  return calls
}
