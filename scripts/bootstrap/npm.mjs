import fs from 'node:fs'
import path from 'node:path'
import { BootstrapError } from './error.mjs'
import { runQuietly } from './runQuietly.mjs'

/**
 * Finds npm's JavaScript entry, so that it can run under a Node of our choice.
 * @returns {string} path of `npm-cli.js`
 * @throws {BootstrapError} there is no npm
 */
export function findNpm() {
  const beside = path.join(path.dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js')
  const inPath = (process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, 'npm'))
  const found = [process.env.npm_execpath ?? '', beside, ...inPath]
    .filter((file) => file !== '' && fs.existsSync(file))
    .map((file) => fs.realpathSync(file))
    .find((file) => path.basename(file) === 'npm-cli.js')
  if (found === undefined)
    throw new BootstrapError(
      'npm was not found: install it next to Node (on Debian: apt-get install npm) and run again.',
    )
  return found
}

/**
 * Installs what a folder's package-lock.json names: nothing else, every archive checked against its hash, no install scripts.
 * @param {{ node: string, npm: string, folder: string, what: string }} options Node binary, npm-cli.js, folder of the lock, name for messages
 * @throws {BootstrapError} npm failed
 */
export async function installLocked({ node, npm, folder, what }) {
  const flags = [
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-progress',
    '--no-update-notifier',
    '--loglevel=error',
  ]
  const retries = ['--fetch-retries=3', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000']
  const env = { ...process.env, PATH: [path.dirname(node), process.env.PATH].filter(Boolean).join(path.delimiter) }
  // An outer `npm start` points its children at the project's folder.
  for (const name of ['npm_config_local_prefix', 'npm_config_prefix', 'npm_config_global_prefix']) delete env[name]
  const { code, output } = await runQuietly(node, [npm, 'ci', ...flags, ...retries], { cwd: folder, env })
  if (code === 0) return
  const unreachable =
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)\b/.exec(
      output,
    )
  if (unreachable !== null) {
    const registry = /https?:\/\/[^/\s]+\//.exec(output)?.[0] ?? 'https://registry.npmjs.org/'
    throw new BootstrapError(
      `${what} is missing and the npm registry ${registry} cannot be reached (${unreachable[1]}): connect, or set npm_config_registry, and run again.`,
    )
  }
  throw new BootstrapError(`${what} could not be installed; npm said:\n${lastLines(output)}`)
}

/** @param {string} output */
function lastLines(output) {
  const lines = output
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.includes('complete log of this run') && !line.startsWith('npm warn'))
  return lines.slice(0, 12).join('\n')
}
