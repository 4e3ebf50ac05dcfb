import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createJobSlots } from './jobSlots.ts'
import { type MemoryPressure, readMemoryPressure } from './memoryPressure.ts'

const calm: MemoryPressure = { stalledPart: 0, availablePart: 0.5 }

function makeSlots() {
  const state = { seconds: 0, pressure: calm, told: [] as number[] }
  const slots = createJobSlots({
    jobs: 3,
    pressure: () => state.pressure,
    onChange: (open) => state.told.push(open),
    now: () => state.seconds * 1000,
  })
  const after = (seconds: number) => {
    state.seconds += seconds
    return slots.open()
  }
  return { state, after }
}

for (const [what, pressure] of Object.entries<MemoryPressure>({
  'processes wait for memory': { stalledPart: 0.2, availablePart: 0.5 },
  'little of it is left': { stalledPart: 0, availablePart: 0.05 },
})) {
  test(`behavior: S0-SBX-1 while ${what} fewer jobs are let in, never none, and all again afterwards`, () => {
    const { state, after } = makeSlots()
    assert.equal(after(0), 3)

    state.pressure = pressure
    assert.deepEqual([after(5), after(5), after(5), after(5)], [2, 1, 1, 1])
    state.pressure = calm
    assert.deepEqual([after(5), after(10), after(15), after(30), after(60)], [1, 1, 2, 3, 3])
    assert.deepEqual(state.told, [2, 1, 2, 3])
  })
}

test('behavior: S0-SBX-1 between short and enough the number stays, and memory is looked at once in 5 seconds', () => {
  const { state, after } = makeSlots()
  state.pressure = { stalledPart: 0.2, availablePart: 0.5 }

  assert.deepEqual([after(0), after(1), after(1)], [2, 2, 2])
  state.pressure = { stalledPart: 0.07, availablePart: 0.5 }
  assert.equal(after(100), 2)
  state.pressure = { stalledPart: 0, availablePart: 0.15 }
  assert.equal(after(100), 2)
})

test('behavior: S0-SBX-1 pressure is read as Linux tells it, and is none where it tells nothing', () => {
  const proc = mkdtempSync(join(tmpdir(), 'assay-proc-'))
  assert.equal(readMemoryPressure(proc).stalledPart, 0)
  mkdirSync(join(proc, 'pressure'))
  writeFileSync(
    join(proc, 'pressure/memory'),
    'some avg10=12.50 avg60=1.00 avg300=0.00 total=1\nfull avg10=3.00 avg60=0.00 avg300=0.00 total=0\n',
  )
  writeFileSync(join(proc, 'meminfo'), 'MemTotal:       1000 kB\nMemFree:         100 kB\nMemAvailable:    250 kB\n')

  assert.deepEqual(readMemoryPressure(proc), { stalledPart: 0.125, availablePart: 0.25 })
  rmSync(proc, { recursive: true })
})
