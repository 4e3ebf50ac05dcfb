import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'
import type { Network } from '@assay/sdk/deployment'
import {
  createClient,
  custom,
  encodeAbiParameters,
  encodeEventTopics,
  type Hex,
  keccak256,
  numberToHex,
  parseTransaction,
  RpcRequestError,
  recoverTransactionAddress,
  type TransactionSerializedEIP1559,
  zeroAddress,
  zeroHash,
} from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import type { MarketChain } from './marketChain.ts'

type Sent = { hash: Hex; nonce: number; maxFeePerGas: bigint; data: Hex; from: Hex }

/** The market's event that says that it skipped a job of a batch, as a receipt holds it. */
function skipOf(jobId: Hex) {
  const topics = encodeEventTopics({ abi: jobMarketAbi, eventName: 'EntrySkipped', args: { jobId } })
  const data = encodeAbiParameters([{ type: 'uint256' }, { type: 'uint8' }], [0n, 4])
  return { address: zeroAddress, topics, data, logIndex: '0x0', transactionIndex: '0x0', removed: false }
}

/** A chain in memory with one mempool, on which tests lose, delay and take back transactions. Blocks hold what pays the base fee. */
export function createFakeChain() {
  const account = privateKeyToAccount(generatePrivateKey())
  const url = 'http://chain.test'
  let blocks: Sent[][] = [[]]
  let pool: Sent[] = []
  let branch = 0
  const settings = {
    baseFee: 10n ** 9n,
    refuse: (_method: string) => false,
    reverts: false,
    finalized: 0,
    /** No receipt is there yet, as on a node that is behind. */
    isBehind: false,
    /** Jobs that the market skips in whatever is mined. */
    skipped: [] as Hex[],
  }
  const accepted: Hex[] = []

  const usedNonces = () => blocks.flat().filter(({ from }) => from === account.address.toLowerCase()).length
  const hashOf = (number: number) => keccak256(numberToHex(number * 1000 + branch, { size: 32 }))
  const failed = (code: number, message: string) => new RpcRequestError({ body: {}, error: { code, message }, url })

  function blockAt(number: number) {
    return {
      number: numberToHex(number),
      hash: hashOf(number),
      parentHash: number === 0 ? zeroHash : hashOf(number - 1),
      baseFeePerGas: numberToHex(settings.baseFee),
      timestamp: numberToHex(number),
      transactions: [],
    }
  }

  async function accept(raw: TransactionSerializedEIP1559): Promise<Hex> {
    const { nonce = 0, maxFeePerGas = 0n, data = '0x' } = parseTransaction(raw)
    const hash = keccak256(raw)
    const from = (await recoverTransactionAddress({ serializedTransaction: raw })).toLowerCase() as Hex
    if (nonce < usedNonces()) throw failed(-32_000, 'nonce too low')
    const rival = pool.find((sent) => sent.nonce === nonce)
    if (rival !== undefined && rival.maxFeePerGas * 11n > maxFeePerGas * 10n && rival.hash !== hash) {
      throw failed(-32_000, 'replacement transaction underpriced')
    }
    pool = [...pool.filter((sent) => sent.nonce !== nonce), { hash, nonce, maxFeePerGas, data, from }]
    accepted.push(raw)
    return hash
  }

  function receiptOf(hash: Hex) {
    const number = blocks.findIndex((block) => block.some((sent) => sent.hash === hash))
    if (number < 0) return null
    return {
      transactionHash: hash,
      transactionIndex: '0x0',
      blockNumber: numberToHex(number),
      blockHash: hashOf(number),
      from: account.address,
      to: zeroAddress,
      status: '0x1',
      gasUsed: '0x5208',
      cumulativeGasUsed: '0x5208',
      effectiveGasPrice: numberToHex(settings.baseFee),
      logs: settings.skipped.map((jobId) => ({ ...skipOf(jobId), transactionHash: hash })),
      logsBloom: '0x',
      type: '0x2',
    }
  }

  async function answer(method: string, params: readonly unknown[]): Promise<unknown> {
    const head = blocks.length - 1
    switch (method) {
      case 'eth_chainId':
        return numberToHex(31_337)
      case 'eth_blockNumber':
        return numberToHex(head)
      case 'eth_getBlockByNumber':
        return blockAt(params[0] === 'finalized' ? settings.finalized : head)
      case 'eth_maxPriorityFeePerGas':
        return numberToHex(10n ** 8n)
      case 'eth_gasPrice':
        return numberToHex(settings.baseFee)
      case 'eth_estimateGas':
        if (settings.reverts) throw failed(3, 'execution reverted')
        return numberToHex(100_000)
      case 'eth_getTransactionCount': {
        const own = pool.map(({ nonce }) => nonce)
        let next = usedNonces()
        while (params[1] === 'pending' && own.includes(next)) next += 1
        return numberToHex(next)
      }
      case 'eth_getTransactionReceipt':
        // The caller asks for hashes of its own making.
        return settings.isBehind ? null : receiptOf(params[0] as Hex)
      case 'eth_sendRawTransaction':
        return accept(params[0] as TransactionSerializedEIP1559)
      case 'eth_call':
        return '0x'
      default:
        throw failed(-32_601, `no ${method}`)
    }
  }

  const transport = custom(
    {
      request: async ({ method, params = [] }: { method: string; params?: readonly unknown[] }) => {
        if (settings.refuse(method)) throw new Error('The connection was lost.')
        return answer(method, params)
      },
    },
    { retryCount: 0 },
  )
  const network = { chainId: 31_337, deploymentBlock: 0, addresses: { jobMarket: zeroAddress } }
  const chain: MarketChain = {
    account,
    client: createClient({ account, transport, cacheTime: 0 }),
    // What the outbox reads of a network.
    network: network as unknown as Network,
    endpoints: { transport, separate: () => [], states: () => [] },
  }

  return {
    chain,
    settings,
    /** Every serialized transaction that the mempool took, in order. */
    accepted,
    pool: () => pool,
    mined: () => blocks.flat(),
    head: () => blocks.length - 1,
    hashOf,
    /** Mines what pays the base fee and whose turn it is. */
    mine: (count = 1) => {
      for (let index = 0; index < count; index++) {
        const block: Sent[] = []
        for (;;) {
          const next = pool.find(
            ({ nonce, maxFeePerGas }) => nonce === usedNonces() + block.length && maxFeePerGas >= settings.baseFee,
          )
          if (next === undefined) break
          block.push(next)
          pool = pool.filter((sent) => sent !== next)
        }
        blocks.push(block)
      }
    },
    /** The mempool forgets everything. */
    forget: () => {
      pool = []
    },
    /** Replaces the latest blocks by as many empty ones. */
    reorg: (depth: number) => {
      const kept = blocks.length - depth
      branch += 1
      blocks = [...blocks.slice(0, kept), ...Array.from({ length: depth }, () => [])]
    },
    /** Somebody sends all that was ever accepted once more. */
    resend: async () => {
      // Only such transactions are ever accepted.
      for (const raw of accepted.splice(0)) await accept(raw as TransactionSerializedEIP1559)
    },
    /** Another program uses the key's next nonce. */
    useNonce: () => {
      blocks.push([
        {
          hash: zeroHash,
          nonce: usedNonces(),
          maxFeePerGas: 0n,
          data: '0x',
          from: account.address.toLowerCase() as Hex,
        },
      ])
    },
  }
}
