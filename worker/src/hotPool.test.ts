import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHotPool, type HotModel, type HotProcess } from './hotPool.ts'

const never = new AbortController().signal
const settled = () => new Promise((resolve) => setImmediate(resolve))

type FakeProcess = HotProcess & { name: string; die: () => void; isClosed: () => boolean }

/** Models whose processes are named after them in the order of their start. */
function fakeModels() {
  const made: FakeProcess[] = []
  function model(key: string, overrides: Partial<HotModel<FakeProcess>> = {}): HotModel<FakeProcess> {
    const start = async () => {
      let [alive, closed] = [true, false]
      const process: FakeProcess = {
        name: `${key}${made.filter(({ name }) => name.startsWith(key)).length + 1}`,
        isAlive: () => alive,
        die: () => {
          alive = false
        },
        close: async () => {
          alive = false
          closed = true
        },
        isClosed: () => closed,
      }
      made.push(process)
      return process
    }
    return { key, memoryMb: 100, start, ...overrides }
  }
  return { made, model, closed: () => made.filter(({ isClosed }) => isClosed()).map(({ name }) => name) }
}

/** Work that lasts until it is told to end. */
function fakeWork() {
  const { promise, resolve } = Promise.withResolvers<void>()
  const seen: string[] = []
  const work = async ({ name }: FakeProcess) => {
    seen.push(name)
    await promise
    return name
  }
  return { work, seen, end: resolve }
}

const nameOf = async ({ name }: FakeProcess) => name

test('behavior: a process stays with its model and answers the next request', async () => {
  const pool = createHotPool<FakeProcess>({})
  const { model } = fakeModels()

  const names = [await pool.use(model('a'), nameOf, never), await pool.use(model('a'), nameOf, never)]

  assert.deepEqual(names, ['a1', 'a1'])
  assert.deepEqual(
    { ...pool.counts() },
    { lent: 0, idle: 1, waiting: 0, memoryMb: 100, started: 1, died: 0, evicted: 0 },
  )
})

test('behavior: memory for another model is made by what was used least recently, never by what is at work', async () => {
  const pool = createHotPool<FakeProcess>({ memoryMb: 300 })
  const { model, closed } = fakeModels()
  const busy = fakeWork()
  const working = pool.use(model('a'), busy.work, never)
  await pool.use(model('b'), nameOf, never)
  await pool.use(model('c'), nameOf, never)
  await pool.use(model('b'), nameOf, never)

  await pool.use(model('d'), nameOf, never)

  assert.deepEqual(closed(), ['c1'])
  assert.equal(pool.counts().evicted, 1)
  busy.end()
  assert.equal(await working, 'a1')
})

test('behavior: without memory a model waits for what is at work, and one alone may use more than all', async () => {
  const pool = createHotPool<FakeProcess>({ memoryMb: 150 })
  const { model, made } = fakeModels()
  const busy = fakeWork()
  const first = pool.use(model('a', { memoryMb: 400 }), busy.work, never)
  const second = pool.use(model('b'), nameOf, never)
  await settled()
  assert.deepEqual(
    made.map(({ name }) => name),
    ['a1'],
  )

  busy.end()

  assert.deepEqual(await Promise.all([first, second]), ['a1', 'b1'])
  assert.ok(made[0]?.isClosed())
})

test('behavior: no more are at work at once than allowed, and requests of the model in memory go first, but not for ever', async () => {
  const pool = createHotPool<FakeProcess>({ memoryMb: 100, atOnce: 1 })
  const { model } = fakeModels()
  const order: string[] = []
  const ask = (key: string) => pool.use(model(key), async ({ name }) => void order.push(name), never)

  await Promise.all([ask('a'), ask('b'), ...Array.from({ length: 12 }, () => ask('a'))])

  assert.deepEqual(order, [...Array(9).fill('a1'), 'b1', ...Array(4).fill('a2')])
})

test('behavior: another process of a model is started for who has waited as long as a start takes', async () => {
  const pool = createHotPool<FakeProcess>({})
  const { model, made } = fakeModels()
  const slow = model('a', {
    start: async (signal) => {
      await new Promise((resolve) => setTimeout(resolve, 200))
      return model('a').start(signal)
    },
  })
  await pool.use(slow, nameOf, never)
  const busy = fakeWork()
  const first = pool.use(slow, busy.work, never)
  const second = pool.use(slow, nameOf, never)
  await settled()
  assert.equal(made.length, 1)

  assert.equal(await second, 'a2')
  busy.end()
  await first
})

test('behavior: only so many stay idle', async () => {
  const pool = createHotPool<FakeProcess>({ kept: 1 })
  const none = createHotPool<FakeProcess>({ kept: 0 })
  const { model, closed } = fakeModels()

  await pool.use(model('a'), nameOf, never)
  await pool.use(model('b'), nameOf, never)
  await none.use(model('c'), nameOf, never)

  assert.deepEqual(closed(), ['a1', 'c1'])
})

test('error: a process that died is replaced, at work as well as idle', async () => {
  const pool = createHotPool<FakeProcess>({})
  const { model, made } = fakeModels()
  const crash = async (process: FakeProcess) => {
    process.die()
    throw new Error('it crashed')
  }

  await assert.rejects(pool.use(model('a'), crash, never), { message: 'it crashed' })
  assert.equal(await pool.use(model('a'), nameOf, never), 'a2')
  made[1]?.die()
  assert.equal(await pool.use(model('a'), nameOf, never), 'a3')
  assert.equal(pool.counts().died, 2)
})

test('error: work that fails leaves a healthy process where it is', async () => {
  const pool = createHotPool<FakeProcess>({})
  const { model } = fakeModels()

  await assert.rejects(pool.use(model('a'), () => Promise.reject(new Error('bad witness')), never))

  assert.equal(await pool.use(model('a'), nameOf, never), 'a1')
})

test('error: a start that fails is told to who asked for it, and the next one is tried afresh', async () => {
  const pool = createHotPool<FakeProcess>({ atOnce: 1 })
  const { model } = fakeModels()
  const broken = model('a', { start: () => Promise.reject(new Error('no key')) })

  await assert.rejects(pool.use(broken, nameOf, never), { message: 'no key' })

  assert.equal(await pool.use(model('a'), nameOf, never), 'a1')
})

test('error: who gives up while waiting takes no place', async () => {
  const pool = createHotPool<FakeProcess>({ atOnce: 1 })
  const { model } = fakeModels()
  const busy = fakeWork()
  const first = pool.use(model('a'), busy.work, never)
  const giveUp = new AbortController()
  const second = pool.use(model('b'), nameOf, giveUp.signal)

  giveUp.abort(new Error('enough'))

  await assert.rejects(second, { message: 'enough' })
  busy.end()
  await first
  assert.deepEqual({ ...pool.counts(), memoryMb: 0 }, { ...pool.counts(), memoryMb: 0, lent: 0, waiting: 0 })
})

test('behavior: a closed pool ends what is idle now and the rest with its work, and refuses what waits and comes', async () => {
  const pool = createHotPool<FakeProcess>({ atOnce: 1 })
  const { model, closed } = fakeModels()
  const busy = fakeWork()
  const first = pool.use(model('a'), busy.work, never)
  const second = pool.use(model('b'), nameOf, never)
  await settled()

  await pool.close()

  await assert.rejects(second, { name: 'HotPoolClosedError' })
  await assert.rejects(pool.use(model('a'), nameOf, never), { name: 'HotPoolClosedError' })
  busy.end()
  await first
  assert.deepEqual(closed(), ['a1'])
})
