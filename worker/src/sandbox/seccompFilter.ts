import { constants } from 'node:os'

/** Machines whose system calls are known here. */
export type Architecture = 'x64' | 'arm64'

const none = undefined

// Number on x86-64, number on 64-bit ARM (Linux: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h). What a
// Node process calls to compute, to read what it is shown, to write to its own files and pipes, and to start and await children.
// Not here, and so refused: mount and its kin, ptrace, bpf, perf, keys, modules, namespaces, io_uring, memfd_create, process_vm_*.
const allowed: Record<string, readonly [number | undefined, number | undefined]> = {
  read: [0, 63],
  write: [1, 64],
  open: [2, none],
  close: [3, 57],
  stat: [4, none],
  fstat: [5, 80],
  lstat: [6, none],
  poll: [7, none],
  lseek: [8, 62],
  mmap: [9, 222],
  mprotect: [10, 226],
  munmap: [11, 215],
  brk: [12, 214],
  rt_sigaction: [13, 134],
  rt_sigprocmask: [14, 135],
  rt_sigreturn: [15, 139],
  ioctl: [16, 29],
  pread64: [17, 67],
  pwrite64: [18, 68],
  readv: [19, 65],
  writev: [20, 66],
  access: [21, none],
  pipe: [22, none],
  select: [23, none],
  sched_yield: [24, 124],
  mremap: [25, 216],
  msync: [26, 227],
  mincore: [27, 232],
  madvise: [28, 233],
  dup: [32, 23],
  dup2: [33, none],
  pause: [34, none],
  nanosleep: [35, 101],
  getitimer: [36, 102],
  alarm: [37, none],
  setitimer: [38, 103],
  getpid: [39, 172],
  sendfile: [40, 71],
  shutdown: [48, 210],
  getsockname: [51, 204],
  getpeername: [52, 205],
  socketpair: [53, 199],
  setsockopt: [54, 208],
  getsockopt: [55, 209],
  sendto: [44, 206],
  recvfrom: [45, 207],
  sendmsg: [46, 211],
  recvmsg: [47, 212],
  execve: [59, 221],
  exit: [60, 93],
  wait4: [61, 260],
  kill: [62, 129],
  uname: [63, 160],
  fcntl: [72, 25],
  flock: [73, 32],
  fsync: [74, 82],
  fdatasync: [75, 83],
  truncate: [76, 45],
  ftruncate: [77, 46],
  getdents: [78, none],
  getcwd: [79, 17],
  chdir: [80, 49],
  fchdir: [81, 50],
  rename: [82, none],
  mkdir: [83, none],
  rmdir: [84, none],
  creat: [85, none],
  link: [86, none],
  unlink: [87, none],
  symlink: [88, none],
  readlink: [89, none],
  chmod: [90, none],
  fchmod: [91, 52],
  umask: [95, 166],
  gettimeofday: [96, 169],
  getrlimit: [97, 163],
  getrusage: [98, 165],
  sysinfo: [99, 179],
  times: [100, 153],
  getuid: [102, 174],
  getgid: [104, 176],
  geteuid: [107, 175],
  getegid: [108, 177],
  setpgid: [109, 154],
  getppid: [110, 173],
  getpgrp: [111, none],
  setsid: [112, 157],
  getgroups: [115, 158],
  getresuid: [118, 148],
  getresgid: [120, 150],
  getpgid: [121, 155],
  getsid: [124, 156],
  capget: [125, 90],
  rt_sigpending: [127, 136],
  rt_sigtimedwait: [128, 137],
  rt_sigqueueinfo: [129, 138],
  rt_sigsuspend: [130, 133],
  sigaltstack: [131, 132],
  statfs: [137, 43],
  fstatfs: [138, 44],
  getpriority: [140, 141],
  setpriority: [141, 140],
  sched_getparam: [143, 121],
  sched_getscheduler: [145, 120],
  sched_setscheduler: [144, 119],
  sched_get_priority_max: [146, 125],
  sched_get_priority_min: [147, 126],
  prctl: [157, 167],
  arch_prctl: [158, none],
  gettid: [186, 178],
  readahead: [187, 213],
  time: [201, none],
  futex: [202, 98],
  sched_setaffinity: [203, 122],
  sched_getaffinity: [204, 123],
  epoll_create: [213, none],
  getdents64: [217, 61],
  set_tid_address: [218, 96],
  restart_syscall: [219, 128],
  fadvise64: [221, 223],
  clock_gettime: [228, 113],
  clock_getres: [229, 114],
  clock_nanosleep: [230, 115],
  exit_group: [231, 94],
  epoll_wait: [232, none],
  epoll_ctl: [233, 21],
  tgkill: [234, 131],
  utimes: [235, none],
  waitid: [247, 95],
  openat: [257, 56],
  mkdirat: [258, 34],
  newfstatat: [262, 79],
  unlinkat: [263, 35],
  linkat: [265, 37],
  symlinkat: [266, 36],
  renameat: [264, 38],
  readlinkat: [267, 78],
  fchmodat: [268, 53],
  faccessat: [269, 48],
  pselect6: [270, 72],
  ppoll: [271, 73],
  set_robust_list: [273, 99],
  get_robust_list: [274, 100],
  splice: [275, 76],
  tee: [276, 77],
  utimensat: [280, 88],
  epoll_pwait: [281, 22],
  eventfd: [284, none],
  fallocate: [285, 47],
  timerfd_create: [283, 85],
  timerfd_settime: [286, 86],
  timerfd_gettime: [287, 87],
  eventfd2: [290, 19],
  epoll_create1: [291, 20],
  dup3: [292, 24],
  pipe2: [293, 59],
  preadv: [295, 69],
  pwritev: [296, 70],
  prlimit64: [302, 261],
  getcpu: [309, 168],
  renameat2: [316, 276],
  getrandom: [318, 278],
  execveat: [322, 281],
  membarrier: [324, 283],
  mlock: [149, 228],
  munlock: [150, 229],
  copy_file_range: [326, 285],
  preadv2: [327, 286],
  pwritev2: [328, 287],
  statx: [332, 291],
  rseq: [334, 293],
  pidfd_open: [434, 434],
  close_range: [436, 436],
  faccessat2: [439, 439],
  epoll_pwait2: [441, 441],
  pidfd_send_signal: [424, 424],
  pkey_mprotect: [329, 288],
  pkey_alloc: [330, 289],
  pkey_free: [331, 290],
}

const column = { x64: 0, arm64: 1 } as const
const auditArchitecture = { x64: 0xc000003e, arm64: 0xc00000b7 } as const
const numbers = {
  socket: { x64: 41, arm64: 198 },
  clone: { x64: 56, arm64: 220 },
  clone3: { x64: 435, arm64: 435 },
} as const
const forks = { x64: [57, 58], arm64: [] } as const
// Numbers from here on are the x32 calls, which would slip past a list of x86-64's.
const x32Bit = 0x40000000

const newNamespaces = 0x7e020000
const cloneThread = 0x00010000

const action = {
  allow: 0x7fff0000,
  kill: 0x80000000,
  refuse: 0x00050000 | constants.errno.EPERM,
  unknown: 0x00050000 | constants.errno.ENOSYS,
} as const

// Classic BPF (linux/filter.h) on struct seccomp_data: number at 0, architecture at 4, first argument's low half at 16.
const op = { load: 0x20, equal: 0x15, greater: 0x25, atLeast: 0x35, anyBit: 0x45, end: 0x06 } as const
const at = { number: 0, architecture: 4, argument: 16 } as const

type Instruction = { code: number; yes?: number; no?: number; value: number }

/** Whether a filter can be made for this machine. */
export function filteredArchitecture(name: string): Architecture | undefined {
  return name === 'x64' || name === 'arm64' ? name : undefined
}

/**
 * A seccomp filter as `struct sock_filter`s in the order of bytes of the machine, for bubblewrap's `--seccomp`: a list of allowed
 * calls, and EPERM for all others. Making a socket of any family kills the process with SIGSYS; nothing else does, so the signal
 * is evidence. clone3 hides its flags in memory and is said not to exist; clone may not make namespaces.
 * @param processes false forbids new processes; threads stay allowed
 */
export function seccompFilter(architecture: Architecture, { processes }: { processes: boolean }): Uint8Array {
  const own = column[architecture]
  const calls = Object.values(allowed).flatMap((pair) => pair[own] ?? [])
  if (processes) calls.push(...forks[architecture])
  const program: Instruction[] = [
    { code: op.load, value: at.architecture },
    { code: op.equal, yes: 1, value: auditArchitecture[architecture] },
    { code: op.end, value: action.kill },
    { code: op.load, value: at.number },
    { code: op.atLeast, no: 1, value: x32Bit },
    { code: op.end, value: action.refuse },
    ...when(numbers.socket[architecture], [{ code: op.end, value: action.kill }]),
    ...when(numbers.clone3[architecture], [{ code: op.end, value: action.unknown }]),
    ...when(numbers.clone[architecture], [
      { code: op.load, value: at.argument },
      { code: op.anyBit, no: 1, value: newNamespaces },
      { code: op.end, value: action.refuse },
      ...(processes
        ? []
        : [
            { code: op.anyBit, yes: 1, value: cloneThread },
            { code: op.end, value: action.refuse },
          ]),
      { code: op.end, value: action.allow },
    ]),
    ...rangesOf(calls).flatMap(([first, last]) => [
      { code: op.atLeast, no: 2, value: first },
      { code: op.greater, yes: 1, value: last },
      { code: op.end, value: action.allow },
    ]),
    { code: op.end, value: action.refuse },
  ]
  return assemble(program)
}

/** The instructions, passed over unless the call has this number. */
function when(number: number, then: Instruction[]): Instruction[] {
  return [{ code: op.equal, no: then.length, value: number }, ...then]
}

/** Runs of numbers that follow one another, in order. */
function rangesOf(values: readonly number[]): [number, number][] {
  const ranges: [number, number][] = []
  for (const value of [...new Set(values)].sort((a, b) => a - b)) {
    const open = ranges.at(-1)
    if (open !== undefined && open[1] === value - 1) open[1] = value
    else ranges.push([value, value])
  }
  return ranges
}

function assemble(program: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.alloc(program.length * 8)
  for (const [index, { code, yes = 0, no = 0, value }] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8)
    bytes.writeUInt8(yes, index * 8 + 2)
    bytes.writeUInt8(no, index * 8 + 3)
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4)
  }
  return bytes
}
