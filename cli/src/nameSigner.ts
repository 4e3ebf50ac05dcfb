import { workerRegistryAbi } from '@assay/sdk/abi/workerRegistry'
import { getWorker } from '@assay/sdk/getWorker'
import { accountOf } from '@assay/sdk/sendCall'
import { setSigner } from '@assay/sdk/setSigner'
import type { SigningPolicy } from '@assay/worker/signerPolicy'
import { type Address, getAbiItem, isAddressEqual, toFunctionSelector } from 'viem'
import type { Context } from './context.ts'

/** The account is no registered operator. */
export class OperatorUnknownError extends Error {
  override readonly name = 'OperatorUnknownError'
  readonly operator: Address

  constructor({ operator }: { operator: Address }) {
    super(`${operator} is no registered worker on this network; check the address.`)
    this.operator = operator
  }
}

/** Opens the operator's account for {@link nameSigner}: it signs that one call of the registry, and nothing that carries money. */
export function openOperator(context: Context): ReturnType<Context['signingClient']> {
  const { chainId, addresses } = context.network()
  const selector = toFunctionSelector(getAbiItem({ abi: workerRegistryAbi, name: 'setSigner' }))
  const contracts = [{ address: addresses.workerRegistry, selectors: [selector] }]
  return context.signingClient({ chainId, contracts, maxValue: 0n } satisfies SigningPolicy)
}

/**
 * Names a signer to the registry, from the client's account.
 * @returns the transaction; undefined when the registry has that signer already
 * @throws OperatorUnknownError, and what {@link setSigner} throws
 */
export async function nameSigner(
  context: Context,
  { client, signer }: { client: Awaited<ReturnType<Context['signingClient']>>; signer: Address },
): Promise<string | undefined> {
  const deployment = context.network()
  const operator = accountOf(client).address
  const worker = await getWorker(client, { deployment, operator })
  if (worker === undefined) throw new OperatorUnknownError({ operator })
  if (isAddressEqual(worker.signer, signer)) return undefined
  context.output.progress(`Naming ${signer} as signer of ${operator} …`)
  const { hash } = await setSigner(client, { deployment, signer })
  return hash
}
