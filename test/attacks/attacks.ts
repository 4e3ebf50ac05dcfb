import type { ViolationKind } from '@assay/worker/sandbox/sandboxErrors'
import type { SandboxLimits } from '@assay/worker/sandbox/sandboxLimits'

/** An attack on the sandbox: a program in JavaScript, or for /bin/sh. */
export type Attack = {
  what: string
  requirement: string
  /** What it gets where the kernel counts no processes; default: the same. */
  withoutCgroup?: 'denied'
  /** Whether limits alone stop it, with the same label. */
  limitsDo?: true
  /** The label it gets at the top rung; `denied` when what it reaches for is not there, and it ends with an error of its own. */
  label: ViolationKind | 'denied'
  /** Beginnings of the counters that may prove it. */
  counter?: string
  /** JavaScript; `argv` is what {@link Target} says. */
  source?: string
  shell?: string
  limits?: Partial<SandboxLimits>
}

/** What attacks aim at; handed to the program as its arguments, in this order. */
export type Target = { workerPid: number; port: number; keyFile: string; socketName: string }

const read = (path: string) => `process.stdout.write(require('node:fs').readFileSync(${path}))`
const argument = {
  pid: 'process.argv[1]',
  port: 'Number(process.argv[2])',
  key: 'process.argv[3]',
  name: 'process.argv[4]',
}

/** Every attack of the suite. */
export const attacks: readonly Attack[] = [
  {
    what: 'a JavaScript heap bomb',
    limitsDo: true,
    requirement: 'S0-SBX-1',
    label: 'memory',
    counter: 'cgroup',
    source: 'const a = []; for (;;) a.push(new Array(1000).fill({}))',
  },
  {
    what: 'a Buffer bomb',
    limitsDo: true,
    requirement: 'S0-SBX-1',
    label: 'memory',
    counter: 'cgroup oom_kill',
    source: 'const a = []; for (;;) a.push(Buffer.alloc(1 << 22, 1))',
  },
  {
    what: 'a WebAssembly bomb that uses what it takes',
    limitsDo: true,
    requirement: 'S0-SBX-1',
    label: 'memory',
    counter: 'cgroup oom_kill',
    source:
      'const m = new WebAssembly.Memory({ initial: 1 }); for (;;) { m.grow(160); new Uint8Array(m.buffer).fill(1) }',
  },
  {
    what: 'a WebAssembly bomb that only reserves',
    limitsDo: true,
    requirement: 'S0-SBX-1',
    label: 'memory',
    source: 'const m = new WebAssembly.Memory({ initial: 1 }); for (;;) m.grow(160)',
  },
  {
    what: 'a fork bomb',
    withoutCgroup: 'denied',
    requirement: 'S0-SBX-1',
    label: 'processes',
    counter: 'cgroup pids.events',
    shell: 'bomb() { bomb | bomb & }; bomb; i=0; while [ $i -lt 200 ]; do sleep 60 & i=$((i + 1)); done; wait',
  },
  {
    what: 'a bomb of Node processes',
    withoutCgroup: 'denied',
    requirement: 'S0-SBX-1',
    label: 'processes',
    counter: 'cgroup pids.events',
    source: `const { spawn } = require('node:child_process')
      for (let i = 0; i < 50; i++) spawn(process.execPath, ['-e', 'setTimeout(() => {}, 1e9)']).on('error', (e) => { throw e })`,
    limits: { memoryMb: 1024 },
  },
  {
    what: 'an endless loop',
    limitsDo: true,
    requirement: 'S0-SBX-1 S2-SBX-2',
    label: 'cpu',
    source: 'for (;;);',
    limits: { cpuSeconds: 1 },
  },
  {
    what: 'endless loops in many processes, each short of its own limit',
    withoutCgroup: 'denied',
    requirement: 'S0-SBX-1',
    label: 'cpu',
    counter: 'cgroup cpu',
    shell: 'for i in 1 2 3 4 5 6; do (while :; do :; done) & done; wait',
    limits: { cpuSeconds: 2, cores: 4 },
  },
  {
    what: 'sleep for ever, deaf to signals',
    limitsDo: true,
    requirement: 'S2-SBX-2',
    label: 'wall',
    counter: 'milliseconds',
    source: `for (const s of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(s, () => {}); setTimeout(() => {}, 1e9)`,
    limits: { wallSeconds: 2 },
  },
  {
    what: 'a flood on standard output',
    limitsDo: true,
    requirement: 'S2-SBX-2',
    label: 'output',
    counter: 'bytes',
    source: `const b = Buffer.alloc(65536, 65); for (;;) require('node:fs').writeSync(1, b)`,
    limits: { outputBytes: 1 << 20 },
  },
  {
    what: 'a flood on standard error',
    limitsDo: true,
    requirement: 'S2-SBX-2',
    label: 'output',
    counter: 'bytes',
    source: `const b = Buffer.alloc(65536, 65); for (;;) require('node:fs').writeSync(2, b)`,
    limits: { outputBytes: 1 << 20 },
  },
  {
    what: 'one file too large',
    limitsDo: true,
    requirement: 'S2-SBX-1',
    label: 'files',
    source: `const fs = require('node:fs'); const f = fs.openSync('large', 'w'); const b = Buffer.alloc(1 << 20); for (;;) fs.writeSync(f, b)`,
  },
  {
    what: 'a flood of files',
    requirement: 'S2-SBX-1',
    label: 'files',
    source: `const b = Buffer.alloc(1 << 20); for (let i = 0; ; i++) require('node:fs').writeFileSync('f' + i, b)`,
  },
  {
    what: 'a flood of files in /dev/shm',
    requirement: 'S2-SBX-1',
    label: 'denied',
    source: `for (let i = 0; ; i++) require('node:fs').writeFileSync('/dev/shm/f' + i, Buffer.alloc(1 << 20))`,
  },
  {
    what: 'TCP to this machine',
    requirement: 'S2-SBX-1 S2-SBX-3',
    label: 'network',
    counter: 'seccomp',
    source: `require('node:net').connect(${argument.port}, '127.0.0.1').end('secret')`,
  },
  {
    what: 'UDP',
    requirement: 'S2-SBX-3',
    label: 'network',
    counter: 'seccomp',
    source: `require('node:dgram').createSocket('udp4').send('secret', ${argument.port}, '127.0.0.1')`,
  },
  {
    what: 'DNS',
    requirement: 'S2-SBX-3',
    label: 'network',
    counter: 'seccomp',
    source: `require('node:dns').lookup('secret.example.com', (e) => { throw e })`,
  },
  {
    what: 'DNS without the system',
    requirement: 'S2-SBX-3',
    label: 'network',
    counter: 'seccomp',
    source: `const r = new (require('node:dns').Resolver)(); r.setServers(['127.0.0.1:' + ${argument.port}]); r.resolve4('secret.example.com', () => {})`,
  },
  {
    what: 'an abstract socket of the machine',
    requirement: 'S2-SBX-1',
    label: 'network',
    counter: 'seccomp',
    source: `require('node:net').connect({ path: '\\0' + ${argument.name} }).end('secret')`,
  },
  { what: 'a read of /etc', requirement: 'S2-SBX-1', label: 'denied', source: read(`'/etc/passwd'`) },
  { what: "a read of the worker's key", requirement: 'S2-SBX-1', label: 'denied', source: read(argument.key) },
  {
    what: "a read of the worker's environment",
    requirement: 'S2-SBX-1',
    label: 'denied',
    source: read(`'/proc/' + ${argument.pid} + '/environ'`),
  },
  {
    what: "a search of every process's environment",
    requirement: 'S2-SBX-1',
    label: 'denied',
    source: `const fs = require('node:fs'); let found = ''
      for (const pid of fs.readdirSync('/proc').filter(Number)) { try { found += fs.readFileSync('/proc/' + pid + '/environ') } catch {} }
      process.stdout.write(found); process.exit(found.includes('ASSAY_SECRET') ? 0 : 1)`,
  },
  {
    what: 'a signal to the worker',
    requirement: 'S2-SBX-1',
    label: 'denied',
    source: `process.kill(Number(${argument.pid}), 'SIGTERM')`,
  },
  {
    what: 'a signal to the parent',
    requirement: 'S2-SBX-1',
    label: 'denied',
    source: `process.kill(process.ppid, 'SIGKILL'); setTimeout(() => process.exit(1), 100)`,
  },
  {
    what: 'a write to the programs of the system',
    requirement: 'S2-SBX-1',
    label: 'denied',
    source: `require('node:fs').writeFileSync('/usr/bin/escape', '')`,
  },
  { what: 'a mount', requirement: 'S2-SBX-1', label: 'denied', shell: 'mount -t tmpfs none /tmp' },
  { what: 'a user namespace', requirement: 'S2-SBX-1', label: 'denied', shell: 'unshare -U true' },
]
