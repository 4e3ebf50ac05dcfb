import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { MultiProcessMutex } from '@nomicfoundation/hardhat-utils/synchronization'
import type { TaskOverrideActionFunction } from 'hardhat/types/tasks'

/** Longer than the contracts and their tests take to compile on a slow machine. */
const longestBuildMs = 20 * 60_000

/**
 * Hardhat's own build, one process at a time: each writes the cache and the types anew even where nothing has changed, and two at once, as
 * deployments to two local chains, move each other's files away.
 */
const buildAlone: TaskOverrideActionFunction = async (args, hre, runSuper) => {
  const { cache } = hre.config.paths
  mkdirSync(cache, { recursive: true })
  return new MultiProcessMutex(join(cache, 'build.lock'), longestBuildMs).use(() => runSuper(args))
}

// biome-ignore lint/style/noDefaultExport: Hardhat loads a task's default export
export default buildAlone
