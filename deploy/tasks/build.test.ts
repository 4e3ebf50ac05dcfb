import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre'
import build from './build.ts'

describe('the build of the contracts', () => {
  /** Builds that run at once, each as long as the others could begin. */
  async function buildTogether(count: number): Promise<string[]> {
    const folder = mkdtempSync(join(tmpdir(), 'assay-build-'))
    const log: string[] = []
    // The build reads no more of Hardhat's environment.
    const hre = { config: { paths: { cache: join(folder, 'cache') } } } as HardhatRuntimeEnvironment
    const runSuper = async () => {
      log.push('begins')
      for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate)
      log.push('ends')
      if (log.length === 2) throw new RangeError('the first one fails')
    }
    try {
      await Promise.allSettled(Array.from({ length: count }, () => build({}, hre, runSuper)))
      assert.deepEqual(readdirSync(join(folder, 'cache')), [], 'no lock is left')
      return log
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  it('behavior: builds that are started at once run one after the other, also after one that fails', async () => {
    assert.deepEqual(await buildTogether(3), ['begins', 'ends', 'begins', 'ends', 'begins', 'ends'])
  })
})
