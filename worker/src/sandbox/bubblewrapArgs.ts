import { existsSync, lstatSync, readlinkSync } from 'node:fs'

/** Where the files of a computation stand inside: the only place it can write to. */
export const scratchDirectory = '/tmp'

/** Descriptors that bubblewrap is given: for its report, and of the filter of system calls. */
const bubblewrapDescriptors = { status: 3, filter: 4 } as const

// Programs and libraries of the system. Neither /etc nor /home nor /sys nor anything else of the machine is there.
const systemPaths = ['/usr/bin', '/usr/lib', '/usr/lib64', '/bin', '/lib', '/lib64']

/**
 * Arguments of bubblewrap for one computation: namespaces of its own for everything, no network, nobody's user id, no
 * capabilities, an empty environment, a read-only root that holds the system's programs and what it may read, and files of its own
 * in memory. It dies with whoever started it, and all that it starts dies with it.
 * @param readable absolute paths, the same inside
 */
export function bubblewrapArgs({
  readable,
  fileBytes,
  filtered,
}: {
  readable: readonly string[]
  fileBytes: number
  filtered: boolean
}): string[] {
  const { status, filter } = bubblewrapDescriptors
  return [
    ...['--unshare-user', '--unshare-ipc', '--unshare-pid', '--unshare-net', '--unshare-uts', '--unshare-cgroup-try'],
    ...['--uid', '65534', '--gid', '65534', '--hostname', 'sandbox'],
    ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
    ...['--clearenv', '--setenv', 'PATH', '/usr/bin:/bin', '--setenv', 'HOME', scratchDirectory],
    ...systemPaths.flatMap(systemMount),
    ...['--proc', '/proc', '--dev', '/dev', '--remount-ro', '/dev'],
    ...['--size', String(fileBytes), '--tmpfs', scratchDirectory],
    ...readable.flatMap((path) => ['--ro-bind', path, path]),
    ...['--remount-ro', '/', '--chdir', scratchDirectory],
    ...['--json-status-fd', String(status)],
    ...(filtered ? ['--seccomp', String(filter)] : []),
    '--',
  ]
}

function systemMount(path: string): string[] {
  if (!existsSync(path)) return []
  return lstatSync(path).isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path]
}
