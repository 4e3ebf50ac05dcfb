import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { installLocked } from './npm.mjs'
import { step } from './step.mjs'

/**
 * Installs the packages of package-lock.json when they are not there, were left half-installed, or the lock has changed since.
 * @param {string} root the checkout
 * @param {{ node: string, npm: string }} toolchain
 */
export async function ensurePackages(root, { node, npm }) {
  const stamp = path.join(root, 'node_modules/.assay-lock')
  const lock = fs.readFileSync(path.join(root, 'package-lock.json'))
  // Packages with native parts differ by platform, so a checkout shared between two is installed anew.
  const wanted = `${process.platform}-${process.arch} ${createHash('sha256').update(lock).digest('hex')}\n`
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return

  await step('Installing the packages of package-lock.json', async () => {
    fs.rmSync(stamp, { force: true })
    await installLocked({ node, npm, folder: root, what: 'A package of package-lock.json' })
    fs.mkdirSync(path.dirname(stamp), { recursive: true })
    fs.writeFileSync(stamp, wanted)
  })
}
