import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { readResourceUsage } from './resourceUsage.ts'

test('behavior: S0-REL-5 memory and disk are told', () => {
  const { residentBytes, diskFreeBytes = 0, memoryAvailableBytes } = readResourceUsage(tmpdir())

  assert.ok(residentBytes > 2 ** 20 && memoryAvailableBytes > 0 && diskFreeBytes > 0)
})

test('behavior: S0-REL-5 a disk that does not tell leaves its number out', () => {
  assert.equal(readResourceUsage('/does/not/exist').diskFreeBytes, undefined)
})
