import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  parseTransaction,
  recoverTransactionAddress,
  recoverTypedDataAddress,
  type TransactionSerializedEIP1559,
} from 'viem'
import { publicKeyToAddress } from 'viem/accounts'
import { type Attribute, cka, cko, loadPkcs11Module } from './pkcs11Module.ts'
import { parseTokenUri } from './pkcs11Uri.ts'
import { openSigner } from './signer.ts'
import { connectToken, generateTokenKey, inspectTokenKey, type TokenAccess } from './signerPkcs11.ts'
import { withPolicy } from './signerPolicy.ts'
import { createSoftHsm } from './softHsm.ts'

const hsm = createSoftHsm()
after(() => hsm.remove())

const market = '0x00000000000000000000000000000000000000aa'
const transaction = {
  type: 'eip1559',
  chainId: 1,
  to: market,
  data: '0x01020304ff',
  nonce: 3,
  gas: 21_000n,
  maxFeePerGas: 9n,
  maxPriorityFeePerGas: 2n,
} as const
const receipt = {
  domain: { name: 'Assay', chainId: 1, verifyingContract: market },
  types: { Answer: [{ name: 'jobId', type: 'bytes32' }] },
  primaryType: 'Answer',
  message: { jobId: `0x${'ab'.repeat(32)}` },
} as const
/** Half the order of secp256k1: signatures above it are refused by Ethereum. */
const halfOrder = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n

function access(object: string, overrides: { pin?: string; token?: string } = {}): TokenAccess {
  return {
    uri: parseTokenUri(hsm.uri(object, overrides.token)),
    pin: Buffer.from(overrides.pin ?? hsm.pin),
    timeoutMs: 60_000,
  }
}

/** Puts a key into the token that was made elsewhere, as an operator may have done. */
function importKey({ label, id, key }: { label: string; id: string; key: KeyObject }): void {
  const file = join(hsm.folder, `${label}-${id}.pem`)
  writeFileSync(file, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  const args = ['--import', file, '--token', 'assay', '--label', label, '--id', id, '--pin', hsm.pin]
  execFileSync('softhsm2-util', args, { stdio: 'pipe' })
}
const ecKey = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey

const made = await generateTokenKey(access('worker'))
const address = publicKeyToAddress(made.publicKey)

/** The token from within this process, for what the signer does not do. */
const module = await loadPkcs11Module(hsm.modulePath)
const session = module.openSession(module.slotsWithToken()[0] ?? 0, { writes: true })
module.login(session, Buffer.from(hsm.pin))

test('behavior: S3-KEY-2 an EIP-1559 transaction signed in the token recovers to its address, with s in the low half', async () => {
  const account = await connectToken(access('worker'))

  // About half of all raw signatures have s in the upper half, and half each parity.
  const signed = await Promise.all(
    Array.from({ length: 24 }, (_, nonce) => account.signTransaction({ ...transaction, nonce })),
  )

  assert.equal(account.address, address)
  const parities = new Set<number | undefined>()
  for (const [nonce, serialized] of signed.entries()) {
    // What signTransaction made of an EIP-1559 transaction.
    const serializedTransaction = serialized as TransactionSerializedEIP1559
    const parsed = parseTransaction(serializedTransaction)
    assert.equal(await recoverTransactionAddress({ serializedTransaction }), address)
    assert.ok(BigInt(parsed.s ?? 0) <= halfOrder)
    assert.deepEqual([parsed.nonce, parsed.to, parsed.data], [nonce, market, transaction.data])
    parities.add(parsed.yParity)
  }
  assert.deepEqual([...parities].sort(), [0, 1])
})

test('behavior: S3-KEY-2 an EIP-712 receipt signed in the token recovers to its address', async () => {
  const account = await connectToken(access('worker'))

  const signature = await account.signTypedData(receipt)

  assert.equal(await recoverTypedDataAddress({ ...receipt, signature }), address)
})

test('behavior: S3-KEY-2 the module stays loaded when nothing but its functions is held', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage: () => void = runInNewContext('gc')
  const slots = module.slotsWithToken()

  // Finalizers run between these; a module that one of them unloaded would end the process.
  for (let round = 0; round < 3; round++) {
    collectGarbage()
    await setImmediate()
  }

  assert.deepEqual(module.slotsWithToken(), slots)
})

test('soundness: S3-KEY-2 the token does not give the key away: CKA_VALUE is CKR_ATTRIBUTE_SENSITIVE', async () => {
  const [object] = module.find(session, [{ type: cka.class, value: cko.privateKey }])
  assert.ok(object !== undefined)

  assert.throws(() => module.read(session, { object, type: cka.value }), {
    name: 'TokenCallError',
    code: 'CKR_ATTRIBUTE_SENSITIVE',
  })

  assert.deepEqual([...module.read(session, { object, type: cka.extractable })], [0])
})

test('error: S3-KEY-2 wrong PIN, missing token, missing key, wrong curve and no key of a curve have each their own name', async () => {
  importKey({ label: 'other-curve', id: 'a1', key: ecKey('prime256v1') })
  importKey({ label: 'rsa', id: 'a2', key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey })

  await assert.rejects(connectToken(access('worker', { pin: '161803' })), {
    name: 'TokenPinError',
    token: 'assay',
    code: 'CKR_PIN_INCORRECT',
  })
  await assert.rejects(connectToken(access('worker', { token: 'elsewhere' })), {
    name: 'TokenMissingError',
    token: 'token=elsewhere',
    found: 0,
  })
  await assert.rejects(connectToken(access('absent')), {
    name: 'TokenKeyMissingError',
    key: 'object=absent',
    kind: 'private',
    found: 0,
  })
  await assert.rejects(connectToken(access('other-curve')), { name: 'TokenCurveError', curve: '06082a8648ce3d030107' })
  await assert.rejects(connectToken(access('rsa')), { name: 'TokenCurveError', curve: '' })
})

test('error: S3-KEY-2 a module that is none is named', async () => {
  const { uri, pin } = access('worker')

  for (const modulePath of ['/nowhere/module.so', process.execPath]) {
    await assert.rejects(connectToken({ uri: { ...uri, modulePath }, pin }), { name: 'TokenModuleError', modulePath })
  }
})

test('error: S3-KEY-2 without the optional package the one error says how to get it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-no-koffi-'))
  for (const file of ['pkcs11Module.ts', 'pkcs11Errors.ts']) {
    copyFileSync(join(import.meta.dirname, file), join(folder, file))
  }

  const { loadPkcs11Module: load } = await import(join(folder, 'pkcs11Module.ts'))

  await assert.rejects(load(hsm.modulePath), {
    name: 'TokenModuleError',
    message: /koffi is not installed; run npm ci/,
  })
  rmSync(folder, { recursive: true })
})

test('error: S3-KEY-2 a token that does not answer in time is given up', async () => {
  await assert.rejects(connectToken({ ...access('worker'), timeoutMs: 1 }), { name: 'RetryableError' })
})

test('error: S3-KEY-2 a key that the token would show is not used', async () => {
  const names: Attribute[] = [
    { type: cka.label, value: Buffer.from('shown') },
    { type: cka.token, value: true },
  ]
  const curve = { type: cka.ecParams, value: Buffer.from('06052b8104000a', 'hex') }
  module.generateKeyPair(session, {
    publicKey: [...names, curve],
    privateKey: [...names, { type: cka.sensitive, value: false }],
  })

  await assert.rejects(connectToken(access('shown')), { name: 'TokenKeyReadableError', key: 'object=shown' })
})

test('error: S0-KEY-6 S3-KEY-2 no second key of the same name is made, and two of one name are not guessed at', async () => {
  await assert.rejects(generateTokenKey(access('worker')), { name: 'TokenKeyExistsError', key: 'object=worker' })
  for (const id of ['01', '02']) importKey({ label: 'twice', id, key: ecKey('secp256k1') })

  await assert.rejects(connectToken(access('twice')), { name: 'TokenKeyMissingError', found: 2 })

  const { uri, pin } = access('twice')
  const second = await inspectTokenKey({ uri: { ...uri, id: '02' }, pin })
  assert.deepEqual([second.token, second.label, second.id, second.extractable], ['assay', 'twice', '02', false])
})

test('behavior: S3-KEY-2 the policy stands before the token as before every key', async () => {
  const policy = { chainId: 1, contracts: [{ address: market, selectors: ['0x01020304'] }], maxValue: 0n } as const
  const account = withPolicy(await connectToken(access('worker')), policy)

  assert.match(await account.signTransaction(transaction), /^0x02/)
  await assert.rejects(account.signTransaction({ ...transaction, value: 1n }), {
    name: 'SigningRefusedError',
    rule: 'value',
  })
  await assert.rejects(account.signMessage({ message: 'hello' }), { name: 'SigningRefusedError', rule: 'kind' })
})

test('behavior: S0-KEY-3 S3-KEY-2 the token comes before the remote signer and the key file, and its PIN from where passphrases do', async () => {
  const pinFile = join(hsm.folder, 'pin')
  writeFileSync(pinFile, `${hsm.pin}\n`, { mode: 0o600 })
  const policy = { chainId: 1, contracts: [], maxValue: 0n }
  const remote = { url: 'http://127.0.0.1:1', address: market } as const
  const sources = { pkcs11Uri: hsm.uri('worker'), remote, keyFile: '/nowhere' }
  const credentials = { CREDENTIALS_DIRECTORY: hsm.folder }

  const fromFile = await openSigner({ sources: { ...sources, passphrase: { file: pinFile } }, policy }, {})
  const fromUnit = await openSigner({ sources: { ...sources, passphrase: { credential: 'pin' } }, policy }, credentials)

  assert.deepEqual([fromFile.address, fromUnit.address], [address, address])
  await assert.rejects(fromFile.signTransaction(transaction), { name: 'SigningRefusedError', rule: 'contract' })
  await assert.rejects(openSigner({ sources, policy }, {}), { name: 'SignerUnavailableError' })
  const open = { ...sources, passphrase: { file: pinFile } }
  chmodSync(pinFile, 0o644)
  await assert.rejects(openSigner({ sources: open, policy }, {}), { name: 'KeyFileError' })
})

test('behavior: S3-KEY-2 a process that ended is started again for the next signature', async () => {
  const account = await connectToken(access('worker'))

  endTokenProcesses()

  await assert.rejects(account.signTransaction(transaction), { name: 'RetryableError', reason: 'chain-unavailable' })
  assert.match(await account.signTransaction(transaction), /^0x02/)
})

test('behavior: S3-KEY-2 a token that was away is a failure that passes', async () => {
  const account = await connectToken(access('worker'))
  const [tokens, away] = [join(hsm.folder, 'tokens'), join(hsm.folder, 'away')]
  renameSync(tokens, away)
  mkdirSync(tokens)
  endTokenProcesses()
  const passing = { name: 'RetryableError', reason: 'chain-unavailable' }
  await assert.rejects(account.signTransaction(transaction), passing)

  await assert.rejects(account.signTransaction(transaction), { ...passing, message: /^There are 0 tokens/ })

  rmSync(tokens, { recursive: true })
  renameSync(away, tokens)
  assert.match(await account.signTransaction(transaction), /^0x02/)
})

test('soundness: S3-KEY-2 a PIN that a token refused is not tried again', async () => {
  const other = createSoftHsm()
  const [first, pin] = [parseTokenUri(other.uri('worker')), Buffer.from(other.pin)]
  await generateTokenKey({ uri: first, pin })
  const account = await connectToken({ uri: first, pin })
  // The token comes back with another PIN.
  const again = [
    '--init-token',
    '--token',
    'assay',
    '--label',
    'assay',
    '--pin',
    '161803',
    '--so-pin',
    other.securityPin,
  ]
  execFileSync('softhsm2-util', again)
  endTokenProcesses()
  await assert.rejects(account.signTransaction(transaction), { name: 'RetryableError' })
  await assert.rejects(account.signTransaction(transaction), { name: 'TokenPinError' })
  const started = children()

  await assert.rejects(account.signTransaction(transaction), { name: 'TokenPinError' })

  assert.deepEqual(
    children().filter((pid) => !started.includes(pid)),
    [],
  )
  other.remove()
})

/** Processes that this one has started, from /proc/<pid>/stat: `pid (name) state parent …`. */
function children(): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map(Number).filter((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      return stat.slice(stat.lastIndexOf(') ')).split(' ')[2] === String(process.pid)
    } catch {
      // It ended in the meantime.
      return false
    }
  })
}

function endTokenProcesses(): void {
  for (const pid of children()) process.kill(pid, 'SIGKILL')
}
