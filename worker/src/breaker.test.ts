import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBreaker } from './breaker.ts'

function makeBreaker() {
  const clock = { ms: 0 }
  return { clock, breaker: createBreaker({ failures: 3, recoveryMs: 100 }, () => clock.ms) }
}

test('behavior: S0-REL-1 the breaker opens after so many failures in a row and not before', () => {
  const { breaker } = makeBreaker()
  breaker.failed()
  breaker.failed()
  breaker.succeeded()
  breaker.failed()
  breaker.failed()

  assert.equal(breaker.state(), 'closed')
  breaker.failed()

  assert.equal(breaker.state(), 'open')
  assert.equal(breaker.admits(), false)
})

test('behavior: S0-REL-1 after the recovery time one call may try, and closes the breaker by succeeding', () => {
  const { breaker, clock } = makeBreaker()
  for (let count = 0; count < 3; count++) breaker.failed()
  clock.ms = 100

  assert.equal(breaker.state(), 'half-open')
  assert.deepEqual([breaker.admits(), breaker.admits()], [true, false])
  breaker.succeeded()

  assert.equal(breaker.state(), 'closed')
  assert.deepEqual([breaker.admits(), breaker.admits()], [true, true])
})

test('behavior: S0-REL-1 a probe that fails opens the breaker for another recovery time', () => {
  const { breaker, clock } = makeBreaker()
  for (let count = 0; count < 3; count++) breaker.failed()
  clock.ms = 150
  breaker.admits()
  breaker.failed()
  clock.ms = 249

  assert.equal(breaker.state(), 'open')
  clock.ms = 250

  assert.equal(breaker.admits(), true)
})

test('behavior: S0-REL-1 a probe whose caller never reports does not keep the breaker shut', () => {
  const { breaker, clock } = makeBreaker()
  for (let count = 0; count < 3; count++) breaker.failed()
  clock.ms = 100
  breaker.admits()
  clock.ms = 200

  assert.equal(breaker.admits(), true)
})

test('behavior: S0-REL-1 a clock that is set back does not keep a breaker open', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 7_200_000 })
  const breaker = createBreaker({ failures: 1, recoveryMs: 0 })
  breaker.failed()

  t.mock.timers.setTime(0)

  assert.equal(breaker.admits(), true)
})
