import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryRoom } from './memoryRoom.ts'

const never = new AbortController().signal

test('behavior: S0-SBX-1 under memory pressure computations wait in order instead of failing', async () => {
  const started: string[] = []
  const room = createMemoryRoom({ totalMb: 100, availableMb: () => 1000 })
  const freeFirst = await room.take(60, never)
  const second = room.take(60, never).then((free) => {
    started.push('second')
    return free
  })
  const third = room.take(10, never).then((free) => {
    started.push('third')
    return free
  })

  assert.equal(room.waiting(), 2)
  freeFirst()
  freeFirst()
  const frees = await Promise.all([second, third])

  assert.deepEqual(started, ['second', 'third'])
  for (const free of frees) free()
  assert.equal(room.waiting(), 0)
})

test('behavior: S0-SBX-1 one computation always has room, and pressure is told', async () => {
  let told = 0
  const room = createMemoryRoom({ totalMb: 10, availableMb: () => 0, onPressure: () => told++ })
  const free = await room.take(500, never)
  const other = room.take(1, never)

  assert.equal(told, 1)
  free()
  ;(await other)()
})

test('behavior: who gives up waiting leaves the line', async () => {
  const room = createMemoryRoom({ totalMb: 100, availableMb: () => 1000 })
  const free = await room.take(90, never)
  const controller = new AbortController()
  const large = room.take(50, controller.signal)
  const small = room.take(5, never)

  controller.abort(new Error('enough'))

  await assert.rejects(large, { message: 'enough' })
  ;(await small)()
  free()
})
