import fs from 'node:fs'
import path from 'node:path'
import { BootstrapError } from './error.mjs'
import { findNpm, installLocked } from './npm.mjs'
import { runQuietly } from './runQuietly.mjs'
import { step } from './step.mjs'

const neededNode = 24
// npm 10 under Node 24 dies on a large lock without download addresses: "Exit handler never called!".
const neededNpm = 11

/**
 * Finds a Node of version 24 or newer with its npm: the one that runs this program, or the one that scripts/node/package-lock.json pins.
 * npm has to run under the same Node: under an older one it silently leaves out packages that ask for a newer one.
 * @param {string} root the checkout
 * @returns {Promise<{ node: string, npm: string, binFolder: string }>} Node binary, npm-cli.js, folder for PATH
 * @throws {BootstrapError} there is neither
 */
export async function ensureNode(root) {
  const version = process.versions.node
  const own = { node: process.execPath, npm: findNpm(), binFolder: path.dirname(process.execPath) }
  const newEnough = Number(version.split('.')[0]) >= neededNode
  if (newEnough && Number(npmVersion(own.npm).split('.')[0]) >= neededNpm) return own

  const pins = path.join(root, 'scripts/node')
  const lock = fs.readFileSync(path.join(pins, 'package-lock.json'), 'utf8')
  const name = `node-${process.platform}-${process.arch}`
  const pinned = JSON.parse(lock).packages[`node_modules/${name}`]
  if (pinned === undefined || isMusl()) {
    if (newEnough) return own
    const place = `${process.platform}-${process.arch}${isMusl() ? ' with musl' : ''}`
    const brew = process.platform === 'darwin' ? ' or with `brew install node`' : ''
    throw new BootstrapError(
      `Assay needs Node ${neededNode} or newer; this is ${version} and npm has none for ${place}: install it from https://nodejs.org${brew} and run again.`,
    )
  }

  const folder = path.join(root, '.cache/node')
  const toolchain = toolchainOf(folder)
  const stamp = path.join(folder, '.assay-lock')
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === lock && fs.existsSync(toolchain.node)) return toolchain

  await step(
    `Installing Node ${pinned.version} into .cache/node (this machine has Node ${version}, npm ${npmVersion(own.npm)})`,
    async () => {
      const half = `${folder}.half`
      fs.rmSync(half, { recursive: true, force: true })
      fs.mkdirSync(half, { recursive: true })
      for (const file of ['package.json', 'package-lock.json'])
        fs.copyFileSync(path.join(pins, file), path.join(half, file))
      await installLocked({ node: process.execPath, npm: own.npm, folder: half, what: `Node ${pinned.version}` })
      linkPrograms(half, name)
      const { code, output } = await runQuietly(toolchainOf(half).node, ['--version'])
      if (code !== 0) {
        throw new BootstrapError(
          `Node ${pinned.version} from npm does not run here (${output.trim().split('\n')[0]}): install Node ${neededNode} or newer and run again.`,
        )
      }
      fs.writeFileSync(path.join(half, '.assay-lock'), lock)
      fs.rmSync(folder, { recursive: true, force: true })
      fs.renameSync(half, folder)
    },
  )
  return toolchain
}

/** @param {string} npm path of npm-cli.js */
function npmVersion(npm) {
  return JSON.parse(fs.readFileSync(path.join(path.dirname(npm), '../package.json'), 'utf8')).version
}

/** @param {string} folder */
function toolchainOf(folder) {
  const npm = path.join(folder, 'node_modules/npm/bin/npm-cli.js')
  return { node: path.join(folder, 'bin/node'), npm, binFolder: path.join(folder, 'bin') }
}

/**
 * Old versions of npm leave the link of `node` out of node_modules/.bin, so the folder for PATH is our own.
 * @param {string} folder
 * @param {string} name package that holds the Node binary
 */
function linkPrograms(folder, name) {
  const bin = path.join(folder, 'bin')
  fs.mkdirSync(bin)
  fs.symlinkSync(`../node_modules/${name}/bin/node`, path.join(bin, 'node'))
  fs.symlinkSync('../node_modules/npm/bin/npm-cli.js', path.join(bin, 'npm'))
  fs.symlinkSync('../node_modules/npm/bin/npx-cli.js', path.join(bin, 'npx'))
}

function isMusl() {
  return process.platform === 'linux' && process.report.getReport().header.glibcVersionRuntime === undefined
}
