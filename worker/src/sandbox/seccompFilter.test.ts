import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Architecture, seccompFilter } from './seccompFilter.ts'

const audit = { x64: 0xc000003e, arm64: 0xc00000b7 }

/** Runs a filter as the kernel does. */
function judge(
  filter: Uint8Array,
  { architecture, number, argument = 0 }: { architecture: number; number: number; argument?: number },
): number {
  const code = new DataView(filter.buffer, filter.byteOffset, filter.byteLength)
  const data: Record<number, number> = { 0: number, 4: architecture, 16: argument }
  let accumulator = 0
  for (let at = 0; at < filter.length; at += 8) {
    const [yes, no, value] = [code.getUint8(at + 2), code.getUint8(at + 3), code.getUint32(at + 4, true)]
    const jump = (test: boolean) => {
      at += 8 * (test ? yes : no)
    }
    switch (code.getUint16(at, true)) {
      case 0x20:
        accumulator = data[value] ?? Number.NaN
        break
      case 0x15:
        jump(accumulator === value)
        break
      case 0x25:
        jump(accumulator > value)
        break
      case 0x35:
        jump(accumulator >= value)
        break
      case 0x45:
        jump((accumulator & value) !== 0)
        break
      case 0x06:
        return value
      default:
        assert.fail('no such instruction')
    }
  }
  assert.fail('the filter has no end')
}

const allow = 0x7fff0000
const kill = 0x80000000
const refuse = 0x00050001
const unknown = 0x00050026

// On either machine: read, execve, socket, connect, clone, clone3, mount, ptrace, bpf, io_uring_setup, unshare, setns, keyctl, memfd_create.
const cases: Record<Architecture, [string, number, number][]> = {
  x64: [
    ['read', 0, allow],
    ['execve', 59, allow],
    ['socket', 41, kill],
    ['connect', 42, refuse],
    ['clone3', 435, unknown],
    ['mount', 165, refuse],
    ['ptrace', 101, refuse],
    ['bpf', 321, refuse],
    ['io_uring_setup', 425, refuse],
    ['unshare', 272, refuse],
    ['setns', 308, refuse],
    ['keyctl', 250, refuse],
    ['memfd_create', 319, refuse],
    ['a call of the future', 999, refuse],
    ['x32 read', 0x40000000, refuse],
  ],
  arm64: [
    ['read', 63, allow],
    ['execve', 221, allow],
    ['socket', 198, kill],
    ['connect', 203, refuse],
    ['clone3', 435, unknown],
    ['mount', 40, refuse],
    ['ptrace', 117, refuse],
    ['bpf', 280, refuse],
    ['io_uring_setup', 425, refuse],
    ['unshare', 97, refuse],
    ['setns', 268, refuse],
    ['keyctl', 219, refuse],
    ['memfd_create', 279, refuse],
    ['a call of the future', 999, refuse],
  ],
}

for (const architecture of ['x64', 'arm64'] as const) {
  for (const [name, number, verdict] of cases[architecture]) {
    test(`behavior: S2-SBX-1 the filter of ${architecture} judges ${name}`, () => {
      const filter = seccompFilter(architecture, { processes: true })

      assert.equal(judge(filter, { architecture: audit[architecture], number }), verdict)
    })
  }

  test(`behavior: S2-SBX-1 clone on ${architecture} makes threads and children but no namespaces`, () => {
    const call = { architecture: audit[architecture], number: architecture === 'x64' ? 56 : 220 }
    const open = seccompFilter(architecture, { processes: true })
    const closed = seccompFilter(architecture, { processes: false })
    const [thread, child] = [0x003d0f00, 0x01200011]

    assert.equal(judge(open, { ...call, argument: thread }), allow)
    assert.equal(judge(open, { ...call, argument: child }), allow)
    assert.equal(judge(closed, { ...call, argument: thread }), allow)
    assert.equal(judge(closed, { ...call, argument: child }), refuse)
    for (const namespace of [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]) {
      assert.equal(judge(open, { ...call, argument: thread | namespace }), refuse)
    }
  })

  test(`behavior: calls in the manner of another machine are killed on ${architecture}`, () => {
    const filter = seccompFilter(architecture, { processes: true })

    assert.equal(judge(filter, { architecture: 0x40000003, number: 0 }), kill)
  })
}
