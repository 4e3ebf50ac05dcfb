import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { findCgroupHost } from './cgroupHost.ts'

const root = mkdtempSync(join(tmpdir(), 'assay-cgroup-'))
after(() => rmSync(root, { recursive: true, force: true }))
let made = 0

/** A directory like /proc/self, and mount points that plain directories stand in for. */
function fakeProc(mounts: { type: string; options: string; root?: string }[], own: string[]) {
  const folder = join(root, String(made++))
  mkdirSync(folder)
  const lines = mounts.map(({ type, options, root: inner = '/' }, index) => {
    mkdirSync(join(folder, `m${index}`, 'here'), { recursive: true })
    return `3${index} 23 0:28 ${inner} ${folder}/m${index} rw,relatime shared:1 - ${type} ${type} ${options}`
  })
  writeFileSync(join(folder, 'mountinfo'), lines.join('\n'))
  writeFileSync(join(folder, 'cgroup'), own.join('\n'))
  return { folder, at: (mount: number, path: string) => join(folder, `m${mount}`, 'here', path) }
}

test('behavior: S0-SBX-1 on cgroup v2 a group gets its limits and its counters are read', async () => {
  const { folder, at } = fakeProc([{ type: 'cgroup2', options: 'rw' }], ['0::/here'])
  writeFileSync(at(0, 'cgroup.controllers'), 'cpu memory pids\n')

  const host = await findCgroupHost(folder)
  const cgroup = await host?.create('assay-1-1')
  assert.ok(cgroup !== undefined)
  for (const [name, text] of Object.entries({
    'memory.swap.max': '1',
    'cpu.max': 'max 100000',
    'memory.oom.group': '0',
    'memory.peak': '4096\n',
    'memory.events': 'low 0\noom 3\noom_kill 2\n',
    'cpu.stat': 'usage_usec 1500000\nuser_usec 1\n',
    'pids.events': 'max 7\n',
  })) {
    writeFileSync(at(0, `assay-1-1/${name}`), text)
  }
  await cgroup.setLimits({ memoryBytes: 1 << 20, processes: 9, cores: 1.5 })

  const text = (name: string) => readFileSync(at(0, `assay-1-1/${name}`), 'utf8')
  assert.equal(host?.version, 'v2')
  assert.equal(readFileSync(at(0, 'cgroup.subtree_control'), 'utf8'), '+memory +pids +cpu')
  assert.deepEqual(cgroup.joinFiles, [at(0, 'assay-1-1/cgroup.procs')])
  assert.deepEqual(['memory.max', 'memory.swap.max', 'memory.oom.group', 'pids.max'].map(text), [
    '1048576',
    '0',
    '1',
    '9',
  ])
  assert.match(text('cpu.max'), /^150000 100000/)
  assert.deepEqual(await cgroup.counters(), {
    memoryPeakBytes: 4096,
    oomKills: 2,
    cpuSeconds: 1.5,
    processesRefused: 7,
  })
})

test('behavior: S0-SBX-1 on cgroup v1 each hierarchy has its directory below the own path', async () => {
  const { folder, at } = fakeProc(
    [
      { type: 'cgroup', options: 'rw,memory' },
      { type: 'cgroup', options: 'rw,pids', root: '/outer' },
      { type: 'cgroup', options: 'rw,cpu,cpuacct' },
    ],
    ['4:memory:/here', '8:pids:/outer/here', '2:cpu,cpuacct:/here'],
  )

  const host = await findCgroupHost(folder)
  const cgroup = await host?.create('assay-1-1')
  assert.ok(cgroup !== undefined)
  for (const [path, content] of [
    [at(0, 'assay-1-1/memory.max_usage_in_bytes'), '4096\n'],
    [at(0, 'assay-1-1/memory.oom_control'), 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n'],
    [at(1, 'assay-1-1/pids.events'), 'max 7\n'],
    [at(2, 'assay-1-1/cpuacct.usage'), '1500000000\n'],
  ] as const) {
    writeFileSync(path, content)
  }
  await cgroup.setLimits({ memoryBytes: 1 << 20, processes: 9, cores: 1 })

  assert.equal(host?.version, 'v1')
  assert.equal(cgroup.joinFiles.length, 3)
  assert.equal(readFileSync(at(0, 'assay-1-1/memory.limit_in_bytes'), 'utf8'), '1048576')
  assert.equal(readFileSync(at(1, 'assay-1-1/pids.max'), 'utf8'), '9')
  assert.deepEqual(await cgroup.counters(), {
    memoryPeakBytes: 4096,
    oomKills: 2,
    cpuSeconds: 1.5,
    processesRefused: 7,
  })
})

test('behavior: no memory controller, no host', async () => {
  const { folder, at } = fakeProc([{ type: 'cgroup2', options: 'rw' }], ['0::/here'])
  writeFileSync(at(0, 'cgroup.controllers'), 'cpu pids\n')

  assert.equal(await findCgroupHost(folder), undefined)
  assert.equal(await findCgroupHost(join(root, 'absent')), undefined)
})

test('behavior: groups whose worker is gone are swept, others stay', async () => {
  const { folder, at } = fakeProc([{ type: 'cgroup2', options: 'rw' }], ['0::/here'])
  writeFileSync(at(0, 'cgroup.controllers'), 'memory pids\n')
  const [gone, alive] = ['assay-2147483646-1', `assay-${process.pid}-1`]
  for (const name of [gone, alive, 'other']) mkdirSync(at(0, name))

  await (await findCgroupHost(folder))?.sweep()

  const left = readdirSync(at(0, '.'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  assert.deepEqual(left.map(({ name }) => name).sort(), [alive, 'other'])
})
