import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultLimits, hardCaps, limitsUnder } from './sandboxLimits.ts'

const wide = { memoryMb: 1e9, wallSeconds: 1e9 }

test('args: S2-SBX-2 who asks for nothing gets 512 MB and 30 s', () => {
  const { memoryMb, wallSeconds, cpuSeconds } = limitsUnder(wide)

  assert.deepEqual({ memoryMb, wallSeconds, cpuSeconds }, { memoryMb: 512, wallSeconds: 30, cpuSeconds: 30 })
})

test('args: S2-SBX-2 nothing goes beyond 16 GB, 4 cores, an hour and 1 GB of output', () => {
  const limits = limitsUnder(
    { ...wide, cores: 99, outputBytes: 1e12 },
    { memoryMb: 1e8, wallSeconds: 1e8, cores: 64, outputBytes: 1e11 },
  )

  assert.deepEqual(
    [limits.memoryMb, limits.cores, limits.wallSeconds, limits.outputBytes],
    [hardCaps.memoryMb, hardCaps.cores, hardCaps.wallSeconds, hardCaps.outputBytes],
  )
  assert.equal(limits.cpuSeconds, hardCaps.wallSeconds * hardCaps.cores)
})

test('args: the operator caps what a manifest asks for, and processor time follows', () => {
  const limits = limitsUnder(
    { memoryMb: 1024, wallSeconds: 60, cores: 2 },
    { memoryMb: 4096, wallSeconds: 600, cores: 4 },
  )

  assert.deepEqual([limits.memoryMb, limits.wallSeconds, limits.cores, limits.cpuSeconds], [1024, 60, 2, 120])
  assert.equal(limitsUnder(wide, { cpuSeconds: 5 }).cpuSeconds, 5)
  assert.equal(limits.fileBytes, defaultLimits.fileBytes)
})
