import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { chooseProver } from '@assay/circuits/chooseProver'
import { devSetup } from '@assay/circuits/devSetup'
import { productCircuit } from '@assay/circuits/sampleCircuits'
import { verify } from '@assay/circuits/verify'
import { createProverPool, type ProverPool, proverPlan } from './proverPool.ts'
import { createSandbox, type Sandbox } from './sandbox/createSandbox.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-prover-pool-'))
const { r1cs, witness } = productCircuit({ x: 5n, y: 7n, binding: 99n })
const never = new AbortController().signal
const caps = { memoryMb: 2048, wallSeconds: 120 }
const keys = ['one', 'two', 'three'].map((name) => join(folder, `${name}.zkey`))
const [one = '', two = '', three = ''] = keys
let sandbox: Sandbox
let key: Awaited<ReturnType<typeof devSetup>>['verificationKey']

before(async () => {
  const made = await devSetup(r1cs, { threads: 1 })
  key = made.verificationKey
  for (const path of keys) writeFileSync(path, made.zkey)
  sandbox = await createSandbox({ directory: join(folder, 'sandbox') })
})
after(async () => {
  await sandbox.close()
  rmSync(folder, { recursive: true, force: true })
})

test('args: one job gets the processors, many get one each, and what the operator says counts', () => {
  const plan = (jobs: number, processes = 0, threads = 0) => proverPlan({ processes, threads }, { jobs, processors: 8 })

  assert.deepEqual(plan(1), { processes: 2, threads: 4 })
  assert.deepEqual(plan(4), { processes: 4, threads: 2 })
  assert.deepEqual(plan(64), { processes: 8, threads: 1 })
  assert.deepEqual(plan(64, 2), { processes: 2, threads: 4 })
  assert.deepEqual(plan(1, 0, 16), { processes: 1, threads: 16 })
  assert.deepEqual(plan(1, 3, 2), { processes: 3, threads: 2 })
})

const { kind, detail } = await chooseProver()

/** Where the content of a section begins: u32 kind and u64 length stand before it. */
function sectionStart(bytes: Buffer, kind: number): number {
  let at = 12
  while (bytes.readUInt32LE(at) !== kind) at += 12 + Number(bytes.readBigUInt64LE(at + 4))
  return at + 12
}

/** Ids of the native provers of a key that run now. */
function provers(zkeyPath: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const [command = '', verb, path] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        return command.endsWith('/assay-prover') && verb === 'serve' && path === zkeyPath
      } catch {
        // It has ended meanwhile.
        return false
      }
    })
    .map(Number)
}

test('error: snarkjs takes a witness and no program', async () => {
  const pool = createProverPool(
    { sandbox, caps, kind: 'snarkjs' },
    { processes: 1, threads: 1, memoryMb: 1024, tableMb: 0 },
  )
  const program = { program: new Uint8Array(), input: new Int32Array(), binding: 0n, signals: [] }

  await assert.rejects(pool.prove({ zkeyPath: one, witness: program }, never), {
    name: 'ProvingFailedError',
    reason: 'snarkjs takes a witness and no program',
  })
  await pool.close()
})

describe('createProverPool', { skip: kind === 'native' ? false : detail }, () => {
  const settings = { processes: 2, threads: 1, memoryMb: 1024, tableMb: 0 }

  async function withPool(own: Partial<typeof settings>, work: (pool: ProverPool) => Promise<void>): Promise<void> {
    const pool = createProverPool({ sandbox, caps, kind: 'native' }, { ...settings, ...own })
    try {
      await work(pool)
    } finally {
      await pool.close()
    }
    assert.equal(sandbox.memory().takenMb, 0)
  }

  test('behavior: a prover stays with its key in the sandbox, and its proofs verify', async () => {
    await withPool({}, async (pool) => {
      const made = await pool.prove({ zkeyPath: one, witness }, never)
      const [pid] = provers(one)
      const again = await pool.prove({ zkeyPath: one, witness }, never)

      assert.ok(verify(key, made.signals, made.proof) && verify(key, again.signals, again.proof))
      assert.deepEqual(provers(one), [pid])
      assert.equal(pool.counts().started, 1)
    })
    assert.deepEqual(provers(one), [])
  })

  test('behavior: beyond its memory the prover goes that was used least recently', async () => {
    let each = 0
    await withPool({}, async (pool) => {
      await pool.prove({ zkeyPath: one, witness }, never)
      each = pool.counts().memoryMb
    })
    await withPool({ memoryMb: 2 * each }, async (pool) => {
      for (const zkeyPath of [two, three, two, one]) await pool.prove({ zkeyPath, witness }, never)

      assert.deepEqual(provers(three), [])
      assert.equal(provers(two).length, 1)
      assert.equal(pool.counts().evicted, 1)
    })
  })

  test('error: a prover that is killed gives an error that may pass, and the next proof another prover', async () => {
    await withPool({}, async (pool) => {
      await pool.prove({ zkeyPath: one, witness }, never)
      const [pid = 0] = provers(one)
      process.kill(pid, 'SIGKILL')
      const next = await pool.prove({ zkeyPath: one, witness }, never).catch((error: unknown) => error)
      if (next instanceof Error) assert.equal(next.name, 'ProverCrashedError')

      const { proof, signals } = await pool.prove({ zkeyPath: one, witness }, never)

      assert.ok(verify(key, signals, proof))
      assert.notEqual(provers(one)[0], pid)
    })
  })

  test('error: a witness that breaks a constraint fails, and leaves the prover where it is', async () => {
    await withPool({}, async (pool) => {
      const proving = pool.prove({ zkeyPath: one, witness: witness.with(1, 36n) }, never)

      await assert.rejects(proving, { name: 'ProvingFailedError' })
      await pool.prove({ zkeyPath: one, witness }, never)
      assert.equal(pool.counts().started, 1)
    })
  })

  test('soundness: a proof that the caller refuses is none', async () => {
    await withPool({}, async (pool) => {
      const seen: bigint[][] = []
      const verifyProof = (_key: unknown, signals: readonly bigint[]) => {
        seen.push([...signals])
        return false
      }

      await assert.rejects(pool.prove({ zkeyPath: one, witness, verifyProof }, never), { name: 'ProvingFailedError' })
      assert.deepEqual(seen, [[35n, 99n]])
    })
  })

  test('error: a damaged key is a typed error', async () => {
    const damaged = join(folder, 'damaged.zkey')
    const bytes = readFileSync(one)
    // A point of section A: the header's reader does not see it.
    const place = sectionStart(bytes, 5)
    bytes[place] = (bytes[place] ?? 0) ^ 1
    writeFileSync(damaged, bytes)

    await withPool({}, async (pool) => {
      await assert.rejects(pool.prove({ zkeyPath: damaged, witness }, never), { name: 'ZkeyInvalidError' })
    })
  })

  test('behavior: a proof that is given up ends alone', async () => {
    await withPool({}, async (pool) => {
      await Promise.all([one, two].map((zkeyPath) => pool.prove({ zkeyPath, witness }, never)))
      const [kept] = provers(two)
      const giveUp = new AbortController()

      const given = pool.prove({ zkeyPath: one, witness }, giveUp.signal)
      const other = pool.prove({ zkeyPath: two, witness }, never)
      giveUp.abort(new Error('enough'))

      await assert.rejects(given, { message: 'enough' })
      const { proof, signals } = await other
      assert.ok(verify(key, signals, proof))
      assert.deepEqual(provers(two), [kept])
    })
  })
})
