import fs from 'node:fs'
import path from 'node:path'
import { BootstrapError } from './error.mjs'
import { findNpm, installLocked } from './npm.mjs'
import { runQuietly } from './runQuietly.mjs'
import { step } from './step.mjs'

const needed = 24

/**
 * Finds a Node of version 24 or newer with its npm: the one that runs this program, or the one that scripts/node/package-lock.json pins.
 * npm has to run under the same Node: under an older one it silently leaves out packages that ask for a newer one.
 * @param {string} root the checkout
 * @returns {Promise<{ node: string, npm: string, binFolder: string }>} Node binary, npm-cli.js, folder for PATH
 * @throws {BootstrapError} there is neither
 */
export async function ensureNode(root) {
  const version = process.versions.node
  if (Number(version.split('.')[0]) >= needed)
    return { node: process.execPath, npm: findNpm(), binFolder: path.dirname(process.execPath) }

  const pins = path.join(root, 'scripts/node')
  const lock = fs.readFileSync(path.join(pins, 'package-lock.json'), 'utf8')
  const name = `node-${process.platform}-${process.arch}`
  const pinned = JSON.parse(lock).packages[`node_modules/${name}`]
  if (pinned === undefined || isMusl()) {
    const place = `${process.platform}-${process.arch}${isMusl() ? ' with musl' : ''}`
    const brew = process.platform === 'darwin' ? ' or with `brew install node`' : ''
    throw new BootstrapError(
      `Assay needs Node ${needed} or newer; this is ${version} and npm has none for ${place}: install it from https://nodejs.org${brew} and run again.`,
    )
  }

  const folder = path.join(root, '.cache/node')
  const binFolder = path.join(folder, 'node_modules/.bin')
  const toolchain = {
    node: path.join(folder, 'node_modules', name, 'bin/node'),
    npm: path.join(folder, 'node_modules/npm/bin/npm-cli.js'),
    binFolder,
  }
  const stamp = path.join(folder, '.assay-lock')
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === lock && fs.existsSync(toolchain.node)) return toolchain

  await step(`Installing Node ${pinned.version} into .cache/node (this machine has ${version})`, async () => {
    const half = `${folder}.half`
    fs.rmSync(half, { recursive: true, force: true })
    fs.mkdirSync(half, { recursive: true })
    for (const file of ['package.json', 'package-lock.json'])
      fs.copyFileSync(path.join(pins, file), path.join(half, file))
    await installLocked({ node: process.execPath, npm: findNpm(), folder: half, what: `Node ${pinned.version}` })
    const { code, output } = await runQuietly(path.join(half, 'node_modules', name, 'bin/node'), ['--version'])
    if (code !== 0) {
      throw new BootstrapError(
        `Node ${pinned.version} from npm does not run here (${output.trim().split('\n')[0]}): install Node ${needed} or newer and run again.`,
      )
    }
    fs.writeFileSync(path.join(half, '.assay-lock'), lock)
    fs.rmSync(folder, { recursive: true, force: true })
    fs.renameSync(half, folder)
  })
  return toolchain
}

function isMusl() {
  return process.platform === 'linux' && process.report.getReport().header.glibcVersionRuntime === undefined
}
