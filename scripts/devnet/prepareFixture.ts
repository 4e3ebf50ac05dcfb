import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { Worker } from 'node:worker_threads'
import type { PreparedModel } from '@assay/circuits/prepareModel'
import type { FixtureModel } from './fixtureModels.ts'
import type { DevnetParts } from './startDevnet.ts'

/** A fixture model with all that its publication needs. */
export type PreparedFixture = { fixture: FixtureModel; model: PreparedModel }

/**
 * Carries a fixture model to its proving keys in a thread; keys come from `.cache/setup` when its circuit has not changed.
 * @throws what prepareModel throws; the signal's reason when it aborts
 */
export function prepareFixture(fixture: FixtureModel, { root, signal }: DevnetParts): Promise<PreparedFixture> {
  const cacheFolder = path.join(root, '.cache/setup')
  mkdirSync(cacheFolder, { recursive: true })
  const thread = new Worker(new URL('./prepareThread.ts', import.meta.url), {
    workerData: { file: path.join(root, fixture.file), cacheFolder },
  })
  return new Promise<PreparedFixture>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    thread.once('message', (model: PreparedModel) => resolve({ fixture, model }))
    thread.once('error', reject)
    thread.once('exit', (code) =>
      reject(new Error(`The thread that prepares ${fixture.name} ended with code ${code}.`)),
    )
  }).finally(() => thread.terminate())
}
