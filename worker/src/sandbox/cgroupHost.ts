import { constants } from 'node:fs'
import { access, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'

/** What a cgroup allows. */
export type CgroupLimits = { memoryBytes: number; processes: number; cores: number }

/** What a cgroup has counted since it was made. */
export type CgroupCounters = {
  memoryPeakBytes: number
  /** Processes that the kernel's memory killer ended in it. */
  oomKills: number
  cpuSeconds: number
  /** Times that it refused a new process or thread. */
  processesRefused: number
}

/** One computation's cgroup: a directory in each hierarchy that counts or limits something. */
export type Cgroup = {
  /** Files into which a process writes 0 to join. */
  joinFiles: readonly string[]
  setLimits: (limits: CgroupLimits) => Promise<void>
  counters: () => Promise<CgroupCounters>
  /** One of them, for those who look often. */
  cpuSeconds: () => Promise<number>
  /** Kills every process in it. */
  kill: () => Promise<void>
  /** Kills what is left and removes the directories. */
  remove: () => Promise<void>
}

/** Where this process may make cgroups. */
export type CgroupHost = {
  version: 'v1' | 'v2'
  create: (name: string) => Promise<Cgroup>
  /** Removes cgroups whose worker is gone, their processes with them. */
  sweep: () => Promise<void>
}

/** Which file tells what; the directories of the hierarchies that have it. */
type Hierarchies = {
  version: 'v1' | 'v2'
  memory: string
  pids: string
  cpu?: string
  cpuacct?: string
  /** cgroup v2, alone or beside v1: it can kill a whole tree at once. */
  unified?: string
}

const daemonLeaf = 'assay-daemon'
const namePattern = /^assay-(\d+)-\d+$/
let made = 0

/** A name that no other cgroup of this machine has, and that {@link CgroupHost.sweep} knows. */
export function nextCgroupName(): string {
  made += 1
  return `assay-${process.pid}-${made}`
}

/**
 * Finds the hierarchies below this process's own cgroup in which it may make others; v1 and v2 alike.
 * @param proc the directory to read `mountinfo` and `cgroup` from
 * @returns undefined when memory and processes cannot both be limited here
 */
export async function findCgroupHost(proc = '/proc/self'): Promise<CgroupHost | undefined> {
  const hierarchies = await findHierarchies(proc)
  if (hierarchies === undefined) return undefined
  const parents = [...new Set([hierarchies.memory, hierarchies.pids, hierarchies.cpu, hierarchies.cpuacct])]
  if (hierarchies.unified !== undefined) parents.push(hierarchies.unified)
  const directories = [...new Set(parents.filter((directory) => directory !== undefined))]
  return {
    version: hierarchies.version,
    create: (name) => create(hierarchies, { name, parents: directories }),
    sweep: async () => {
      const names = new Set((await Promise.all(directories.map((directory) => readdir(directory)))).flat())
      for (const name of names) {
        const owner = namePattern.exec(name)?.[1]
        if (owner === undefined || isAlive(Number(owner))) continue
        const own = directories.map((directory) => join(directory, name))
        await removeAll(own, () => killAll(own))
      }
    },
  }
}

async function findHierarchies(proc: string): Promise<Hierarchies | undefined> {
  const paths = new Map<string, string>()
  for (const line of (await readText(join(proc, 'cgroup'))).trim().split('\n')) {
    const [id = '', controllers = '', path = ''] = line.split(':')
    for (const name of id === '0' ? ['unified'] : controllers.split(',')) paths.set(name, path)
  }
  const found = new Map<string, string>()
  for (const line of (await readText(join(proc, 'mountinfo'))).trim().split('\n')) {
    const [left = '', right = ''] = line.split(' - ')
    const [, , , root = '', mount = ''] = left.split(' ')
    const [type, , options = ''] = right.split(' ')
    const names = type === 'cgroup2' ? ['unified'] : type === 'cgroup' ? options.split(',') : []
    for (const name of names) {
      const path = paths.get(name)
      if (path === undefined) continue
      const below = relative(root, path)
      if (below.startsWith('..')) continue
      const own = join(mount, below)
      // This process may have moved into its leaf before.
      const directory = basename(own) === daemonLeaf ? dirname(own) : own
      if (await isWritable(directory)) found.set(name, directory)
    }
  }
  const unified = found.get('unified')
  const [memory, pids, cpu, cpuacct] = ['memory', 'pids', 'cpu', 'cpuacct'].map((name) => found.get(name))
  if (memory !== undefined && pids !== undefined) {
    return {
      version: 'v1',
      memory,
      pids,
      ...(cpu !== undefined && { cpu }),
      ...(cpuacct !== undefined && { cpuacct }),
      ...(unified !== undefined && { unified }),
    }
  }
  if (unified === undefined || !(await delegateControllers(unified))) return undefined
  return { version: 'v2', memory: unified, pids: unified, cpu: unified, cpuacct: unified, unified }
}

/**
 * Lets children of a v2 group have controllers. A group with processes of its own cannot: when this process is alone in it, as in a
 * service with `Delegate=yes`, it moves into a leaf first; other people's processes are not moved.
 */
async function delegateControllers(directory: string): Promise<boolean> {
  const has = (await readText(join(directory, 'cgroup.controllers'))).split(/\s+/)
  if (!has.includes('memory') || !has.includes('pids')) return false
  const control = join(directory, 'cgroup.subtree_control')
  const wanted = ['memory', 'pids', 'cpu'].filter((name) => has.includes(name)).map((name) => `+${name}`)
  const enable = () => writeFile(control, wanted.join(' '))
  try {
    await enable()
    return true
  } catch {
    const inhabitants = (await readText(join(directory, 'cgroup.procs'))).trim()
    if (inhabitants !== String(process.pid)) return false
  }
  try {
    const leaf = join(directory, daemonLeaf)
    await mkdir(leaf, { recursive: true })
    await writeFile(join(leaf, 'cgroup.procs'), String(process.pid))
    await enable()
    return true
  } catch {
    return false
  }
}

async function create(
  hierarchies: Hierarchies,
  { name, parents }: { name: string; parents: readonly string[] },
): Promise<Cgroup> {
  const directories = parents.map((parent) => join(parent, name))
  const v1 = hierarchies.version === 'v1'
  const memory = join(hierarchies.memory, name)
  const pids = join(hierarchies.pids, name)
  const cpu = hierarchies.cpu && join(hierarchies.cpu, name)
  const cpuacct = hierarchies.cpuacct && join(hierarchies.cpuacct, name)
  // Even beside v1 it counts processor time.
  const unified = join(hierarchies.unified ?? hierarchies.memory, name)
  await Promise.all(directories.map((directory) => mkdir(directory)))
  const kill = () => killAll(directories)
  const cpuSeconds = async () =>
    cpuacct !== undefined && v1
      ? Number(await readText(join(cpuacct, 'cpuacct.usage'))) / 1e9
      : field(await readText(join(unified, 'cpu.stat')), 'usage_usec') / 1e6
  return {
    joinFiles: directories.map((directory) => join(directory, 'cgroup.procs')),
    setLimits: async ({ memoryBytes, processes, cores }) => {
      if (v1) {
        await writeFile(join(memory, 'memory.limit_in_bytes'), String(memoryBytes))
        // Absent where swap is not counted, as where there is none.
        await writeIfThere(join(memory, 'memory.memsw.limit_in_bytes'), String(memoryBytes))
        if (cpu !== undefined) {
          await writeIfThere(join(cpu, 'cpu.cfs_quota_us'), String(Math.round(cores * 100_000)))
        }
      } else {
        await writeFile(join(memory, 'memory.max'), String(memoryBytes))
        await writeIfThere(join(memory, 'memory.swap.max'), '0')
        await writeIfThere(join(memory, 'memory.oom.group'), '1')
        await writeIfThere(join(memory, 'cpu.max'), `${Math.round(cores * 100_000)} 100000`)
      }
      await writeFile(join(pids, 'pids.max'), String(processes))
    },
    counters: async () => ({
      memoryPeakBytes: Number(await readText(join(memory, v1 ? 'memory.max_usage_in_bytes' : 'memory.peak'))),
      oomKills: field(await readText(join(memory, v1 ? 'memory.oom_control' : 'memory.events')), 'oom_kill'),
      cpuSeconds: await cpuSeconds(),
      processesRefused: field(await readText(join(pids, 'pids.events')), 'max'),
    }),
    cpuSeconds,
    kill,
    remove: () => removeAll(directories, kill),
  }
}

function field(text: string, name: string): number {
  const value = text
    .split('\n')
    .find((line) => line.startsWith(`${name} `))
    ?.slice(name.length + 1)
  return Number(value ?? 0)
}

/** `cgroup.kill` ends a tree at once; without it each process is killed, again until nobody has been born meanwhile. */
async function killAll(directories: readonly string[]): Promise<void> {
  for (const directory of directories) {
    if (await writeIfThere(join(directory, 'cgroup.kill'), '1')) return
  }
  for (let round = 0; round < 100; round++) {
    const lists = await Promise.all(directories.map((directory) => readText(join(directory, 'cgroup.procs'))))
    const pids = new Set(lists.flatMap((list) => list.split('\n')).filter((pid) => pid !== ''))
    if (pids.size === 0) return
    for (const pid of pids) signal(Number(pid))
    await pauseMs(round)
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

// A directory is busy until the kernel has buried its last process.
async function removeAll(directories: readonly string[], kill: () => Promise<void>): Promise<void> {
  for (const directory of directories) {
    for (let round = 0; round < 200; round++) {
      try {
        await rmdir(directory)
        break
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') break
        await kill()
        await pauseMs(Math.min(round, 20))
      }
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function isWritable(directory: string): Promise<boolean> {
  try {
    await access(directory, constants.W_OK)
    return true
  } catch {
    return false
  }
}

async function writeIfThere(path: string, text: string): Promise<boolean> {
  try {
    // Not created: outside a cgroup file system a missing file must stay missing.
    await writeFile(path, text, { flag: 'r+' })
    return true
  } catch {
    return false
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return ''
  }
}

function pauseMs(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
