import { readFileSync } from 'node:fs'
import path from 'node:path'
import { connectNetwork, type Network } from '@assay/sdk/deployment'
import { developmentAccount } from '@assay/sdk/developmentAccounts'
import {
  type Abi,
  type Address,
  concat,
  encodeAbiParameters,
  type Hex,
  hashDomain,
  hashStruct,
  keccak256,
  parseEther,
  type TypedDataDefinition,
} from 'viem'
import {
  deployContract,
  readContract,
  sendTransaction,
  signTypedData,
  waitForTransactionReceipt,
  writeContract,
} from 'viem/actions'
import { executionTypes } from '../contracts/ownerAccount.ts'
import type { InjectedWallet } from './injectedWallet.ts'

/** What an account of several signers does at once. */
export type OwnerCall = { target: Address; value: bigint; data: Hex }

/** Local accounts that sign for it, both of them, and the one that pays for its transactions. */
const signers = [14, 15]
const payer = 16

const artifact: { abi: Abi; bytecode: Hex } = JSON.parse(
  readFileSync(
    path.join(import.meta.dirname, '../../artifacts/contracts/governance/OwnerAccount.sol/OwnerAccount.json'),
    'utf8',
  ),
)

const deadline = 2n ** 40n

const local = (index: number) => developmentAccount({ chainId: 31_337, index })

/** Deploys the account contract of the deployment's owner with two signers, of whom both have to sign, and gives it 3 ETH. */
export async function deployOwnerAccount(network: Network): Promise<Address> {
  const client = connectNetwork(network, local(payer))
  const sending = { account: local(payer), chain: client.chain ?? null }
  const args = [signers.map((index) => local(index).address), 2n]
  const hash = await deployContract(client, { ...sending, ...artifact, args })
  const { contractAddress } = await waitForTransactionReceipt(client, { hash })
  if (!contractAddress) throw new Error(`Transaction ${hash} deployed no account.`)
  const funded = await sendTransaction(client, { ...sending, to: contractAddress, value: parseEther('3') })
  await waitForTransactionReceipt(client, { hash: funded })
  return contractAddress.toLowerCase() as Address
}

/**
 * The wallet of such an account, as an app for several signers behaves: it takes EIP-5792 calls and keeps them until `approve` lets
 * the others sign; typed data is signed by all at once.
 * @returns handlers for an injected wallet; `execute` makes calls without asking anybody
 */
export function multisigWallet(network: Network, owner: Address) {
  const client = connectNetwork(network, local(payer))
  const domain = { name: 'Assay OwnerAccount', version: '1', chainId: network.chainId, verifyingContract: owner }
  const waiting: OwnerCall[] = []
  let mined: Hex | undefined
  let proposed = () => {}
  const wasProposed = new Promise<void>((resolve) => {
    proposed = resolve
  })

  /** `abi.encode(bytes[] signers, bytes[] signatures)`, ordered by the hash of the signer. */
  async function signed(message: Pick<TypedDataDefinition, 'types' | 'primaryType' | 'message'>): Promise<Hex> {
    const parts = await Promise.all(
      signers.map(async (index) => ({
        address: local(index).address,
        signature: await signTypedData(client, { account: local(index), domain, ...message }),
      })),
    )
    parts.sort((one, other) => (BigInt(keccak256(one.address)) < BigInt(keccak256(other.address)) ? -1 : 1))
    return encodeAbiParameters(
      [{ type: 'bytes[]' }, { type: 'bytes[]' }],
      [parts.map((part) => part.address), parts.map((part) => part.signature)],
    )
  }

  async function execute(calls: readonly OwnerCall[]): Promise<Hex> {
    const nonce = await readContract(client, { address: owner, abi: artifact.abi, functionName: 'nonce' })
    const message = { calls, nonce, deadline }
    const signature = await signed({ types: executionTypes, primaryType: 'Execution', message })
    const hash = await writeContract(client, {
      account: local(payer),
      chain: client.chain ?? null,
      address: owner,
      abi: artifact.abi,
      functionName: 'execute',
      args: [calls, deadline, signature],
    })
    await waitForTransactionReceipt(client, { hash })
    return hash
  }

  const handlers: InjectedWallet['handlers'] = {
    wallet_sendCalls: async ([asked]) => {
      // EIP-5792: one object that lists the calls.
      const { calls } = asked as { calls: { to: Address; data?: Hex; value?: Hex }[] }
      waiting.push(...calls.map(({ to, data = '0x', value = '0x0' }) => ({ target: to, data, value: BigInt(value) })))
      proposed()
      return { id: 'proposal' }
    },
    wallet_getCallsStatus: async () => {
      const base = { version: '2.0.0', id: 'proposal', chainId: '0x7a69', atomic: true }
      if (mined === undefined) return { ...base, status: 100 }
      const receipt = await waitForTransactionReceipt(client, { hash: mined })
      return {
        ...base,
        status: 200,
        receipts: [
          {
            logs: [],
            status: '0x1',
            blockHash: receipt.blockHash,
            blockNumber: `0x${receipt.blockNumber.toString(16)}`,
            gasUsed: `0x${receipt.gasUsed.toString(16)}`,
            transactionHash: mined,
          },
        ],
      }
    },
    eth_signTypedData_v4: async ([, json]) => {
      // ERC-7739: signers sign what the app asked for in the account's own domain, as a personal message.
      const asked: TypedDataDefinition & { types: Record<string, { name: string; type: string }[]> } = JSON.parse(
        String(json),
      )
      const { domain: appDomain = {}, types, primaryType, message } = asked
      const prefixed = concat([
        '0x1901',
        hashDomain({ domain: appDomain, types }),
        hashStruct({ data: message, primaryType, types }),
      ])
      return signed({
        types: { PersonalSign: [{ name: 'prefixed', type: 'bytes' }] },
        primaryType: 'PersonalSign',
        message: { prefixed },
      })
    },
  }
  /** Lets all signers sign what the page proposed, and hands it in. */
  async function approve(): Promise<void> {
    await wasProposed
    mined = await execute(waiting.splice(0))
  }
  return { handlers, approve, execute }
}
