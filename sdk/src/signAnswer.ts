import type { Address, Hex } from 'viem'
import { signTypedData } from 'viem/actions'
import type { MarketClient } from './deployment.ts'
import { readDomain } from './readDomain.ts'
import { accountOf } from './sendCall.ts'

/**
 * Signs an answer for an assurance that waits instead of taking a proof at once (`optimistic`, `audit`); the client's account is the worker's
 * operator or its signer.
 * Warning: a worker that signs two answers to one job loses its bond.
 * @param parameters.assurance the one that the order names
 * @param parameters.worker operator account that holds the claim
 * @returns the signature: the answer's evidence
 * @throws AccountMissingError, viem's errors when the assurance takes no signed answers
 */
export async function signAnswer(
  client: MarketClient,
  {
    assurance,
    jobId,
    worker,
    outputs,
  }: { assurance: Address; jobId: Hex; worker: Address; outputs: readonly bigint[] },
): Promise<Hex> {
  return signTypedData(client, {
    account: accountOf(client),
    domain: await readDomain(client, { address: assurance }),
    types: {
      Answer: [
        { name: 'jobId', type: 'bytes32' },
        { name: 'worker', type: 'address' },
        { name: 'outputs', type: 'uint256[]' },
      ],
    },
    primaryType: 'Answer',
    message: { jobId, worker, outputs },
  })
}
