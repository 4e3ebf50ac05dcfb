import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'assay-service-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const unit = readFileSync(join(root, 'config/assay-worker.service'), 'utf8')
const quadlet = readFileSync(join(root, 'config/assay-worker.container'), 'utf8')
const profile = readFileSync(join(root, 'config/assay-worker.apparmor'), 'utf8')
const image = readFileSync(join(root, 'config/worker.Containerfile'), 'utf8')

/** Values of a key in a section of a unit file, in their order. */
function valuesOf(text: string, { section, key }: { section: string; key: string }): string[] {
  const values: string[] = []
  let current = ''
  for (const line of text.split('\n')) {
    current = /^\[(\w+)\]$/.exec(line)?.[1] ?? current
    if (current === section && line.startsWith(`${key}=`)) values.push(line.slice(key.length + 1))
  }
  return values
}

function run(program: string, args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  return { status, output: `${stdout}${stderr}` }
}

function fileOf(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** Where a program of Debian may be outside an ordinary user's PATH; a reason to skip where it cannot be had. */
function programOf(names: string[]): { program: string; skip: string | false } {
  const program = names.find((name) => existsSync(name))
  const isDebian = existsSync('/usr/bin/apt-get')
  if (program === undefined && isDebian) assert.fail(`${names[0]} is missing; npm test installs it as root.`)
  return { program: program ?? '', skip: program === undefined && `this system has no ${names[0]}` }
}

const systemd = programOf(['/usr/bin/systemd-analyze'])
const appArmor = programOf(['/usr/sbin/apparmor_parser', '/sbin/apparmor_parser'])
const stopSeconds: number = parse(readFileSync(join(root, 'config/worker.yaml'), 'utf8')).limits.stopSeconds

function exposed(text: string): { status: number | null; output: string } {
  const path = fileOf('assay-worker.service', text)
  return run(systemd.program, ['security', '--offline=yes', '--threshold=30', '--no-pager', path])
}

test('behavior: S3-SBX-2 the systemd unit is exposed by 3.0 at most', { skip: systemd.skip }, () => {
  const { status, output } = exposed(unit)

  assert.equal(status, 0, output)
})

test('error: S3-SBX-2 the unit without one of its walls is exposed by more', { skip: systemd.skip }, () => {
  for (const wall of [
    'CapabilityBoundingSet=',
    'NoNewPrivileges=yes',
    'SystemCallFilter=@system-service @mount sethostname',
  ]) {
    const { status, output } = exposed(unit.replace(`\n${wall}\n`, '\n'))

    assert.notEqual(status, 0, `${wall} ${output.slice(-100)}`)
  }
})

test('behavior: S3-SBX-2 the unit lets claimed jobs be finished and starts no wrong configuration again', () => {
  const [stop] = valuesOf(unit, { section: 'Service', key: 'TimeoutStopSec' })

  assert.ok(Number(stop) > stopSeconds)
  assert.deepEqual(valuesOf(unit, { section: 'Service', key: 'RestartPreventExitStatus' }), ['78'])
  // What the sandbox needs: without these the worker starts, on a weaker rung.
  assert.match(unit, /^Delegate=memory pids cpu$/m)
  for (const key of [
    'ProtectKernelTunables',
    'ProtectKernelLogs',
    'ProcSubset',
    'ProtectHostname',
    'RestrictNamespaces',
  ]) {
    assert.deepEqual(valuesOf(unit, { section: 'Service', key }), [], key)
  }
})

test('behavior: S3-SBX-2 the AppArmor profile compiles', { skip: appArmor.skip }, () => {
  const { status, output } = run(appArmor.program, ['-Q', '-K', join(root, 'config/assay-worker.apparmor')])

  assert.equal(status, 0, output)
  assert.match(unit, /^AppArmorProfile=-assay-worker$/m)
  assert.match(profile, /^profile assay-worker /m)
})

test('error: S3-SBX-2 a profile with a rule that is none does not compile', { skip: appArmor.skip }, () => {
  const path = fileOf('planted', profile.replace('pivot_root,', 'pivot_roof,'))

  const { status, output } = run(appArmor.program, ['-Q', '-K', path])

  assert.notEqual(status, 0, output)
})

test('behavior: S3-SBX-1 the container is an ordinary user with a read-only root, no capabilities and limits', () => {
  const container = (key: string) => valuesOf(quadlet, { section: 'Container', key })
  const [user] = container('User')

  assert.ok(Number(user) > 0)
  assert.match(container('UserNS')[0] ?? '', new RegExp(`^keep-id:uid=${user},`))
  assert.deepEqual(container('ReadOnly'), ['true'])
  assert.deepEqual(container('NoNewPrivileges'), ['true'])
  assert.deepEqual(container('DropCapability'), ['all'])
  assert.deepEqual(container('AddCapability'), [])
  // What the sandbox inside needs, and no more.
  assert.match(container('SeccompProfile')[0] ?? '', /seccomp\.json$/)
  assert.ok(container('PodmanArgs').includes('--security-opt=unmask=ALL'))
  assert.match(container('PodmanArgs').join(' '), /--memory=\d+g .*--cpus=\d/)
  assert.ok(Number(container('PidsLimit')[0]) > 0)
  assert.deepEqual(container('PublishPort'), ['127.0.0.1:9090:9090'])
})

test('behavior: S3-SBX-1 the container is checked, starts again after failures only, and is given time to stop', () => {
  const [stop, systemdStop] = [
    valuesOf(quadlet, { section: 'Container', key: 'StopTimeout' })[0],
    valuesOf(quadlet, { section: 'Service', key: 'TimeoutStopSec' })[0],
  ]

  assert.match(valuesOf(quadlet, { section: 'Container', key: 'HealthCmd' })[0] ?? '', /\/live/)
  assert.deepEqual(valuesOf(quadlet, { section: 'Container', key: 'HealthOnFailure' }), ['kill'])
  assert.deepEqual(valuesOf(quadlet, { section: 'Service', key: 'Restart' }), ['on-failure'])
  assert.deepEqual(valuesOf(quadlet, { section: 'Service', key: 'RestartPreventExitStatus' }), ['78'])
  assert.ok(Number(stop) > stopSeconds && Number(systemdStop) > Number(stop))
})

test('behavior: S3-SBX-1 the image is the operator’s own by its digest, and ends as a user without rights', () => {
  // What its head tells to do puts a digest here, and without that the name is none.
  assert.deepEqual(valuesOf(quadlet, { section: 'Container', key: 'Image' }), ['@IMAGE@'])
  assert.match(quadlet, /RepoDigests/)
  assert.deepEqual(valuesOf(quadlet, { section: 'Container', key: 'Pull' }), ['never'])
  const statements = image.split('\n').filter((line) => /^[A-Z]+ /.test(line))
  assert.match(statements[0] ?? '', /^FROM docker\.io\/library\/node:\d+\.\d+\.\d+-bookworm-slim/)
  assert.equal(statements.filter((line) => line.startsWith('USER ')).join(), 'USER node')
  // An entry point without a shell gets the signal that stops it.
  assert.match(statements.at(-1) ?? '', /^ENTRYPOINT \["node", "worker\/src\/main\.ts"/)
  assert.match(image, /npm ci --omit=dev/)
})
