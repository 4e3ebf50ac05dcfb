import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runCargo } from '../../scripts/buildNative/runCargo.ts'

const found = runCargo(['--version'], 'pipe')
const minor = Number(/^cargo 1\.(\d+)/.exec(found.stdout ?? '')?.[1] ?? 0)
const skip = minor >= 85 ? false : `needs Rust 1.85 or newer; here is ${found.stdout?.trim() || 'none'}`

const commands = [
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
