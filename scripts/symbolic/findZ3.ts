import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

const version = '4.13.4.0'
const cache = join(import.meta.dirname, '../../.cache/z3')
const installed = join(cache, 'venv/bin/z3')

/**
 * Finds the solver z3: the one in PATH, or the one from pip, which is installed into .cache/z3 when that is possible.
 * @returns undefined when it cannot be had
 */
export function findZ3(): string | undefined {
  if (runs('z3')) return 'z3'
  if (!existsSync(installed)) install()
  return runs(installed) ? installed : undefined
}

function runs(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0
}

function install(): void {
  try {
    mkdirSync(cache, { recursive: true })
    execFileSync('python3', ['-m', 'venv', join(cache, 'venv')], { stdio: 'ignore' })
    execFileSync(join(cache, 'venv/bin/pip'), ['install', '-q', `z3-solver==${version}`], { stdio: 'ignore' })
  } catch {
    // No Python or no package index: the caller says what is missing.
  }
}
