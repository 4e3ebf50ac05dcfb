import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const version = '1.7.1'
const root = join(import.meta.dirname, '../..')
const cache = join(root, '.cache/coverage')
const work = join(cache, 'work')

/** forge ended without a report, or with a test that failed. */
export class ForgeFailedError extends Error {
  override readonly name = 'ForgeFailedError'
  readonly output: string

  constructor(output: string) {
    const end = output.slice(-3_000)
    super(`forge did not come to a report. ${end.slice(Math.max(0, end.indexOf('Failing tests:')))}`)
    this.output = output
  }
}

/**
 * Runs the Solidity tests under forge with coverage. forge turns the optimizer off, so the tests of gas targets are left out; and the invariants, which
 * cover nothing else.
 * @returns an lcov report (geninfo(1)), its paths relative to the repository
 * @throws ForgeFailedError
 */
export function runForge(): string {
  const forge = installForge()
  prepareWork()
  const out = join(work, 'lcov.info')
  const leaveOut = ['--no-match-path', 'test/contracts/invariant/*', '--no-match-test', 'costsNoMoreThan']
  const args = ['coverage', '--report', 'lcov', '--report-file', out, '--color', 'never', '-j', '2', ...leaveOut]
  const { status, stdout, stderr } = spawnSync(forge, args, { cwd: work, encoding: 'utf8', maxBuffer: 2 ** 28 })
  const output = `${stdout ?? ''}${stderr ?? ''}`
  writeFileSync(join(cache, 'forge.log'), output)
  if (status !== 0 || !existsSync(out)) throw new ForgeFailedError(output)
  return readFileSync(out, 'utf8')
}

/** npm carries forge in a package for each platform; it is no dependency, because nothing but this program needs its 100 MB. */
function installForge(): string {
  const name = `@foundry-rs/forge-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`
  const forge = join(cache, 'node_modules', name, 'bin/forge')
  const packageFile = join(cache, 'node_modules', name, 'package.json')
  if (existsSync(packageFile) && JSON.parse(readFileSync(packageFile, 'utf8')).version === version) return forge
  process.stdout.write(`Installing forge ${version} into ${cache}.\n`)
  mkdirSync(cache, { recursive: true })
  const options = ['--prefix', cache, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--silent']
  execFileSync('npm', ['install', ...options, `${name}@${version}`], { stdio: 'inherit' })
  return forge
}

/** A copy of the contracts and their tests, which forge can write beside. What was compiled before stays. */
function prepareWork(): void {
  mkdirSync(join(work, 'test'), { recursive: true })
  for (const folder of ['contracts', 'test/contracts']) {
    rmSync(join(work, folder), { recursive: true, force: true })
    cpSync(join(root, folder), join(work, folder), { recursive: true, preserveTimestamps: true })
  }
  rmSync(join(work, 'node_modules'), { force: true })
  symlinkSync(join(root, 'node_modules'), join(work, 'node_modules'))
  rmSync(join(work, 'lcov.info'), { force: true })

  const solc = join(cache, 'solc')
  writeFileSync(solc, `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, 'runSolc.ts')}' "$@"\n`)
  chmodSync(solc, 0o755)
  // The gas limit lets tests keep running that hand all their gas to a call that reverts.
  const profile = [
    "src = 'contracts'",
    "test = 'test/contracts'",
    "libs = ['node_modules']",
    "remappings = ['@openzeppelin/=node_modules/@openzeppelin/']",
    'auto_detect_remappings = false',
    `solc = '${solc}'`,
    'offline = true',
    "evm_version = 'prague'",
    'gas_limit = 9000000000000000000',
  ]
  const fuzz = ['[fuzz]', 'runs = 64', "seed = '0x6173736179'"]
  writeFileSync(join(work, 'foundry.toml'), `${['[profile.default]', ...profile, ...fuzz].join('\n')}\n`)
}
