import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { estimateProof } from '@assay/circuits/estimateProof'
import type { Hex } from 'viem'
import { openComputeTimes } from './computeTimes.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-times-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const model: Hex = `0x${'ab'.repeat(32)}`
const size = { wireCount: 5000, domainSize: 8192 }

test('behavior: the latest job counts for three tenths', () => {
  const times = openComputeTimes({ kind: 'native', threads: 1 })

  times.note(model, 1000)
  times.note(model, 2000)

  assert.deepEqual(times.all(), { [model]: 1300 })
})

test('behavior: the first proof tells how fast the machine is, and later ones correct it', () => {
  const times = openComputeTimes({ kind: 'native', threads: 1 })
  const { warmMs } = estimateProof(size, times.speed())

  times.noteProof(size, 3 * warmMs)
  assert.equal(times.speed().factor, 3)
  times.noteProof(size, warmMs)

  assert.ok(Math.abs(times.speed().factor - 2.4) < 1e-9)
})

test('behavior: what was measured outlasts a restart, for each prover apart', () => {
  const path = join(folder, 'kept', 'times.json')
  const before = openComputeTimes({ path, kind: 'native', threads: 2 })
  before.note(model, 700)
  before.noteProof(size, 500)
  before.flush()
  const other = openComputeTimes({ path, kind: 'snarkjs', threads: 2 })
  other.note(model, 9000)
  other.flush()

  const again = openComputeTimes({ path, kind: 'native', threads: 2 })

  assert.deepEqual(again.all(), { [model]: 700 })
  assert.deepEqual(again.speed(), before.speed())
  assert.deepEqual(openComputeTimes({ path, kind: 'snarkjs', threads: 2 }).all(), { [model]: 9000 })
})

test('error: a file that cannot be read is begun afresh', () => {
  const path = join(folder, 'damaged.json')
  writeFileSync(path, '{"native 1": {"factor": -1')

  const times = openComputeTimes({ path, kind: 'native', threads: 1 })
  times.note(model, 5)
  times.flush()

  assert.deepEqual(openComputeTimes({ path, kind: 'native', threads: 1 }).all(), { [model]: 5 })
})
