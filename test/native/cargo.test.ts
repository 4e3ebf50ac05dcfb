import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runCargo } from '../../scripts/buildNative/runCargo.ts'

const skip = whyNot()

/** Why this machine cannot build the prover, or false. */
function whyNot(): string | false {
  const { stdout, error } = runCargo(['--version'], 'pipe')
  if (error !== undefined) return 'there is no cargo'
  const minor = Number(/^cargo 1\.(\d+)/.exec(stdout)?.[1] ?? 0)
  if (minor < 85) return `Rust 1.85 is needed, and here is ${stdout.trim()}`
  return runCargo(['fetch', '--locked'], 'pipe').status === 0 ? false : 'its crates cannot be fetched'
}

const commands = [
  {
    title: 'behavior: the prover is built, and the tests of later stages use it',
    args: ['build', '--release', '--locked'],
  },
  { title: 'behavior: the Rust code is formatted', args: ['fmt', '--check'] },
  {
    title: 'behavior: clippy finds nothing',
    args: ['clippy', '--release', '--all-targets', '--locked', '--', '-D', 'warnings'],
  },
  {
    title: 'behavior: its kernels are those of plain definitions, and 20,000 damaged files give typed errors',
    args: ['test', '--release', '--locked'],
  },
]

describe('native prover', { skip }, () => {
  for (const { title, args } of commands) {
    it(title, () => {
      const { status, stdout, stderr } = runCargo(args, 'pipe')

      assert.equal(status, 0, `${stdout}\n${stderr}`.slice(-10_000))
    })
  }
})
