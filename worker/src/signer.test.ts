import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Hex, parseTransaction, recoverTransactionAddress, type TransactionSerializableEIP1559 } from 'viem'
import { generatePrivateKey, type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { listen } from './listen.ts'
import { openSigner } from './signer.ts'
import { type SigningPolicy, withPolicy } from './signerPolicy.ts'
import { connectRemoteSigner, isSignerUp } from './signerRemote.ts'

const market = '0x00000000000000000000000000000000000000aa'
const stranger = '0x00000000000000000000000000000000000000bb'
const key = generatePrivateKey()
const account = privateKeyToAccount(key)
const policy: SigningPolicy = {
  chainId: 31_337,
  contracts: [{ address: market, selectors: ['0x01020304'] }],
  maxValue: 5n,
}

const folder = mkdtempSync(join(tmpdir(), 'assay-signer-'))
const closing: (() => Promise<void>)[] = []
after(async () => {
  for (const close of closing) await close()
  rmSync(folder, { recursive: true, force: true })
})

function transaction(overrides: Partial<TransactionSerializableEIP1559> = {}) {
  return {
    type: 'eip1559',
    chainId: 31_337,
    to: market,
    data: '0x01020304ff',
    nonce: 3,
    gas: 21_000n,
    maxFeePerGas: 9n,
    maxPriorityFeePerGas: 2n,
    ...overrides,
  } as const satisfies TransactionSerializableEIP1559
}

/** A signer as Web3Signer answers: it signs with `signer` what `change` makes of each request. */
async function fakeSigner(options: {
  signer: PrivateKeyAccount
  change?: (asked: TransactionSerializableEIP1559) => TransactionSerializableEIP1559
  answer?: (method: string) => unknown
}) {
  const server = createServer(async (request, response) => {
    if (request.url === '/upcheck') {
      response.end('OK')
      return
    }
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece)
    // What connectRemoteSigner sends; a wrong shape fails the test.
    const { method, params } = JSON.parse(Buffer.concat(pieces).toString()) as {
      method: string
      params: Record<string, Hex>[]
    }
    const canned = options.answer?.(method)
    const [asked = {}] = params
    const sign = async () => options.signer.signTransaction((options.change ?? ((same) => same))(fromRpc(asked)))
    const result = canned ?? { result: method === 'eth_accounts' ? [account.address.toLowerCase()] : await sign() }
    response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, ...result }))
  })
  const { url, close } = await listen(server, { host: '127.0.0.1', port: 0 })
  closing.push(close)
  return url
}

function fromRpc(asked: Record<string, Hex>): TransactionSerializableEIP1559 {
  const { to, data, value, nonce, gas, maxFeePerGas, maxPriorityFeePerGas, chainId } = asked
  return {
    type: 'eip1559',
    chainId: Number(chainId),
    nonce: Number(nonce),
    gas: BigInt(gas ?? 0),
    value: BigInt(value ?? 0),
    maxFeePerGas: BigInt(maxFeePerGas ?? 0),
    maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas ?? 0),
    ...(to && { to }),
    ...(data && { data }),
  }
}

test('error: S0-KEY-3 the policy refuses other chains, contracts, functions, values and kinds, each by its rule', async () => {
  const limited = withPolicy(account, policy)
  const cases = [
    [transaction({ chainId: 1 }), 'chain'],
    [transaction({ to: stranger }), 'contract'],
    [transaction({ to: null }), 'contract'],
    [transaction({ data: '0x01020305' }), 'selector'],
    [transaction({ data: '0x010203' }), 'selector'],
    [transaction({ data: '0x' }), 'selector'],
    [transaction({ value: 6n }), 'value'],
  ] as const

  for (const [refused, rule] of cases) {
    await assert.rejects(limited.signTransaction(refused), { name: 'SigningRefusedError', rule })
  }
  const legacy = { type: 'legacy', chainId: 31_337, to: market, data: '0x01020304', gasPrice: 1n } as const
  await assert.rejects(limited.signTransaction(legacy), { name: 'SigningRefusedError', rule: 'kind' })
  await assert.rejects(limited.signMessage({ message: 'hello' }), { name: 'SigningRefusedError', rule: 'kind' })
})

test('behavior: S0-KEY-3 a nonce may be used up by an empty transaction to the account itself, and by nothing that says or moves something', async () => {
  const limited = withPolicy(account, policy)
  const empty = transaction({ to: account.address, data: '0x' })

  assert.equal(await limited.signTransaction(empty), await account.signTransaction(empty))
  for (const other of [{ value: 1n }, { data: '0x01020304' as const }, { to: stranger }] as const) {
    await assert.rejects(limited.signTransaction({ ...empty, ...other }), {
      name: 'SigningRefusedError',
      rule: 'contract',
    })
  }
  await assert.rejects(limited.signTransaction({ ...empty, chainId: 1 }), {
    name: 'SigningRefusedError',
    rule: 'chain',
  })
})

test('error: S0-KEY-3 typed data of another chain or contract is not signed', async () => {
  const limited = withPolicy(account, policy)
  const data = {
    types: { Receipt: [{ name: 'id', type: 'uint256' }] },
    primaryType: 'Receipt',
    message: { id: 1n },
  } as const
  const sign = (domain: { chainId?: number; verifyingContract?: Hex }) => limited.signTypedData({ ...data, domain })

  await assert.rejects(sign({ chainId: 1, verifyingContract: market }), { name: 'SigningRefusedError', rule: 'chain' })
  await assert.rejects(sign({ verifyingContract: market }), { name: 'SigningRefusedError', rule: 'chain' })
  await assert.rejects(sign({ chainId: 31_337, verifyingContract: stranger }), { rule: 'contract' })
  assert.match(await sign({ chainId: 31_337, verifyingContract: market }), /^0x[0-9a-f]{130}$/)
})

test('behavior: S0-KEY-3 what the policy allows is signed by the account itself', async () => {
  const signed = await withPolicy(account, policy).signTransaction(transaction({ value: 5n }))

  assert.equal(signed, await account.signTransaction(transaction({ value: 5n })))
})

test('behavior: S0-KEY-3 a remote signer signs what it was given', async () => {
  const url = await fakeSigner({ signer: account })
  const remote = await connectRemoteSigner({ url, address: account.address })

  const signed = await remote.signTransaction(transaction())

  assert.equal(await isSignerUp({ url }), true)
  assert.equal(parseTransaction(signed as `0x02${string}`).nonce, 3)
  assert.equal(await recoverTransactionAddress({ serializedTransaction: signed as `0x02${string}` }), account.address)
})

test('soundness: S0-KEY-3 a remote signer that changes the transaction or uses another key is found out', async () => {
  const lies = [
    { signer: account, change: (asked: TransactionSerializableEIP1559) => ({ ...asked, to: stranger }) as const },
    { signer: account, change: (asked: TransactionSerializableEIP1559) => ({ ...asked, value: 1n }) },
    { signer: account, change: (asked: TransactionSerializableEIP1559) => ({ ...asked, nonce: 4 }) },
    { signer: privateKeyToAccount(generatePrivateKey()) },
  ]
  for (const lie of lies) {
    const remote = await connectRemoteSigner({ url: await fakeSigner(lie), address: account.address })

    await assert.rejects(remote.signTransaction(transaction()), { name: 'RemoteSignerError' })
  }
})

test('error: S0-KEY-3 a remote signer without the key, that refuses, or that is down, is told apart', async () => {
  const url = await fakeSigner({ signer: account })
  const refusing = await fakeSigner({
    signer: account,
    answer: (method) => (method === 'eth_accounts' ? undefined : { error: { code: -32_000, message: 'locked' } }),
  })
  const remote = await connectRemoteSigner({ url: refusing, address: account.address })

  await assert.rejects(connectRemoteSigner({ url, address: stranger }), { name: 'RemoteSignerError' })
  await assert.rejects(remote.signTransaction(transaction()), /locked/)
  await assert.rejects(connectRemoteSigner({ url: 'http://127.0.0.1:1', address: account.address }), {
    name: 'RetryableError',
  })
  assert.equal(await isSignerUp({ url: 'http://127.0.0.1:1' }), false)
})

test('behavior: S0-KEY-3 the remote signer comes before the key file, the key file before the environment', async () => {
  const url = await fakeSigner({ signer: account })
  const fileKey = generatePrivateKey()
  const keyFile = join(folder, 'worker.key')
  writeFileSync(keyFile, fileKey, { mode: 0o600 })
  const environment = { ALLOW_ENV_KEY: '1', ASSAY_PRIVATE_KEY: generatePrivateKey() }
  const remote = { url, address: account.address }

  const first = await openSigner({ sources: { remote, keyFile }, policy }, environment)
  const second = await openSigner({ sources: { keyFile }, policy }, environment)
  const third = await openSigner({ sources: {}, policy }, environment)

  assert.equal(first.address, account.address)
  assert.equal(second.address, privateKeyToAccount(fileKey).address)
  assert.equal(third.address, privateKeyToAccount(environment.ASSAY_PRIVATE_KEY).address)
})

test('error: S0-KEY-3 a raw key in the environment is refused in production, unasked, and off local chains', async () => {
  const raw = { ASSAY_PRIVATE_KEY: key }
  const real = { ...policy, chainId: 1 }
  const refused = [
    openSigner({ sources: {}, policy }, { ...raw, ALLOW_ENV_KEY: '1', NODE_ENV: 'production' }),
    openSigner({ sources: {}, policy }, raw),
    openSigner({ sources: {}, policy: real }, { ...raw, ALLOW_ENV_KEY: '1' }),
    openSigner({ sources: {}, policy }, {}),
  ]

  for (const opening of refused) await assert.rejects(opening, { name: 'SignerUnavailableError' })
})
