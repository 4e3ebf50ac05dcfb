import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where `npm run build:worker` leaves the daemon's code. */
export const bundleFolder = fileURLToPath(new URL('../dist', import.meta.url))

/** The repository's root, which the paths of {@link BundleFacts} start at. */
export const bundleRoot = fileURLToPath(new URL('../..', import.meta.url))

/** What a bundle was made of: own sources, and each package's description, which names its version. */
export type BundleFacts = { root: string; node: string; inputs: string[]; digest: string }

/** Digest of the files that a bundle was made of; throws when one is gone. */
export function digestInputs(root: string, inputs: readonly string[]): string {
  const digests = inputs.map((path) => `${path} ${hash('sha256', readFileSync(join(root, path)))}`)
  return hash('sha256', digests.join('\n'))
}

/**
 * Finds the daemon's code in one file, which loads in half the time.
 * @returns undefined where none was built, or where it is not made of exactly what is here: then the sources are run
 */
export function findBundle(folder: string = bundleFolder): string | undefined {
  try {
    // Nobody but the build writes this file.
    const facts = JSON.parse(readFileSync(join(folder, 'facts.json'), 'utf8')) as BundleFacts
    const isOfHere = facts.root === bundleRoot && facts.node === process.version
    return isOfHere && digestInputs(facts.root, facts.inputs) === facts.digest
      ? join(folder, 'runDaemon.mjs')
      : undefined
  } catch {
    return undefined
  }
}
