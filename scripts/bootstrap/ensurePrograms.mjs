import fs from 'node:fs'
import path from 'node:path'
import { runQuietly } from './runQuietly.mjs'
import { step } from './step.mjs'

/** Programs outside npm that tests run: names in PATH or whole paths, what needs them, and how each system calls the package. */
const programs = [
  {
    names: [
      'chromium',
      'chromium-browser',
      'google-chrome',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ],
    why: 'browser tests',
    apt: 'chromium',
    brew: '--cask google-chrome',
    variable: 'CHROMIUM_PATH',
  },
  { names: ['protoc'], why: 'check of the generated ONNX reader', apt: 'protobuf-compiler', brew: 'protobuf' },
  { names: ['z3'], why: 'symbolic proofs', apt: 'z3', brew: 'z3' },
  { names: ['redis-server'], why: 'the queue of a fleet', apt: 'redis-server', brew: 'redis' },
  { names: ['promtool'], why: 'tests of the alert rules', apt: 'prometheus', brew: 'prometheus' },
  { names: ['faketime'], why: "chaos of the worker's clock", apt: 'faketime', brew: '', platform: 'linux' },
  { names: ['bwrap'], why: "the worker's sandbox", apt: 'bubblewrap', brew: '', platform: 'linux' },
  { names: ['softhsm2-util'], why: 'keys in a PKCS#11 token', apt: 'softhsm2', brew: 'softhsm' },
  { names: ['systemd-analyze'], why: "checks of the worker's unit", apt: 'systemd', brew: '', platform: 'linux' },
  {
    names: ['apparmor_parser', '/usr/sbin/apparmor_parser', '/sbin/apparmor_parser'],
    why: "checks of the worker's AppArmor profile",
    apt: 'apparmor',
    brew: '',
    platform: 'linux',
  },
].filter(({ platform }) => platform === undefined || platform === process.platform)

/**
 * Installs missing programs with apt-get when that is possible, and otherwise says in one line what is missing and how to get it.
 * @returns {Promise<Record<string, string>>} environment variables that say where programs are
 */
export async function ensurePrograms() {
  const missing = programs.filter(isMissing)
  if (missing.length > 0) await install(missing)
  const found = programs.map(({ names, variable }) => [variable, names.map(find).find(Boolean)])
  return Object.fromEntries(found.filter(([variable, file]) => variable && file && !process.env[variable]))
}

/** @param {typeof programs} missing */
async function install(missing) {
  const packages = missing.map(({ apt }) => apt)
  if (process.getuid?.() === 0 && find('apt-get') !== undefined) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    await step(`Installing ${packages.join(', ')} with apt-get`, async () => {
      await runQuietly('apt-get', ['update', '-qq'], { env })
      await runQuietly('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env })
    })
  }

  const still = missing.filter(isMissing)
  if (still.length === 0) return
  const what = still.map(({ names, why }) => `${names[0]} (${why})`).join(', ')
  const command =
    process.platform === 'darwin'
      ? still.map(({ brew }) => `brew install ${brew}`).join(' && ')
      : `sudo apt-get update && sudo apt-get install -y ${still.map(({ apt }) => apt).join(' ')}`
  console.error(`Missing: ${what}. Tests that use it fail or are skipped; get it with: ${command}`)
}

/** @param {{ names: string[] }} program */
function isMissing({ names }) {
  return !names.some(find)
}

/**
 * @param {string} name a name to look for in PATH, or a whole path
 * @returns {string | undefined} path of the program
 */
function find(name) {
  const folders = path.isAbsolute(name) ? [''] : (process.env.PATH ?? '').split(path.delimiter)
  return folders.map((folder) => path.join(folder, name)).find((file) => fs.existsSync(file))
}
