import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { StageResult } from './runStage.ts'
import { runStages } from './runStages.ts'
import { type Stage, stages } from './stages.ts'

const stage = (name: string, more: Partial<Stage> = {}): Stage => ({ name, about: name, checks: () => [], ...more })
const resultOf = (name: string): StageResult => ({ name, passed: 1, failed: 0, skipped: 0, seconds: 0, problems: [] })

/** Stages that end when they are told to, and what was started, ended and printed. */
function watched() {
  const log: string[] = []
  const ends = new Map<string, () => void>()
  const writers = new Map<string, (text: string) => void>()
  return {
    log,
    say: (name: string, text: string) => writers.get(name)?.(text),
    write: (text: string) => log.push(`"${text}"`),
    end: async (name: string) => {
      ends.get(name)?.()
      await new Promise(setImmediate)
    },
    run: (stage: Stage, write: (text: string) => void) => {
      log.push(`+${stage.name}`)
      writers.set(stage.name, write)
      return new Promise<StageResult>((resolve) => ends.set(stage.name, () => resolve(resultOf(stage.name))))
    },
  }
}

describe('runStages', () => {
  it('behavior: a stage starts when a lane is free and what it needs and follows has ended', async () => {
    const { log, run, write, end } = watched()
    const chosen = [stage('a'), stage('b', { needs: ['a'] }), stage('c'), stage('d', { follows: ['c', 'not chosen'] })]

    const results = runStages(chosen, 2, run, write)
    assert.deepEqual(log, ['+a', '+c'])
    await end('c')
    assert.deepEqual(log, ['+a', '+c', '+d'])
    await end('a')
    assert.deepEqual(log, ['+a', '+c', '+d', '+b'])
    await end('d')
    await end('b')

    assert.deepEqual(
      (await results).map(({ name }) => name),
      ['a', 'b', 'c', 'd'],
    )
  })

  it('behavior: what stages print comes out whole and in their order', async () => {
    const { log, run, write, end, say } = watched()

    const results = runStages([stage('a'), stage('b')], 2, run, write)
    say('b', 'b1')
    say('a', 'a1')
    assert.deepEqual(log.slice(2), ['"a1"'])
    await end('a')
    assert.deepEqual(log.slice(2), ['"a1"', '"b1"'])
    say('b', 'b2')
    await end('b')
    await results

    assert.deepEqual(log.slice(2), ['"a1"', '"b1"', '"b2"'])
  })

  it('error: an error ends the run after the other lanes, and starts no other stage', async () => {
    const { log, run, write, end } = watched()
    const failing = (stage: Stage, print: (text: string) => void) =>
      stage.name === 'a' ? Promise.reject(new RangeError('a')) : run(stage, print)

    const results = runStages([stage('a'), stage('b'), stage('c')], 2, failing, write)
    const refused = assert.rejects(results, { name: 'RangeError', message: 'a' })
    await new Promise(setImmediate)
    await end('b')
    await refused

    assert.deepEqual(log, ['+b'])
  })

  it('invariant: each stage needs and follows stages that stand before it', () => {
    const names = stages.map(({ name }) => name)
    for (const [index, { name, needs = [], follows = [] }] of stages.entries()) {
      for (const earlier of [...needs, ...follows]) {
        assert.ok(
          names.slice(0, index).includes(earlier),
          `${name} waits for ${earlier}, which does not come before it`,
        )
      }
    }
  })
})
