import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

/**
 * Runs cargo in the native prover's folder, from PATH or from where rustup installs it.
 * @param stdio `pipe` to get what it prints
 * @returns its end; `error` where there is no cargo
 */
export function runCargo(args: readonly string[], stdio: 'inherit' | 'pipe'): SpawnSyncReturns<string> {
  const path = [process.env.PATH ?? '', join(homedir(), '.cargo/bin')].join(delimiter)
  return spawnSync('cargo', args, {
    cwd: join(import.meta.dirname, '../../circuits/native'),
    stdio,
    env: { ...process.env, PATH: path },
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
}
