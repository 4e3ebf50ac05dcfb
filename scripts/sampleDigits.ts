import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadMnist } from './mnist.ts'

/**
 * Writes the page's sample digits: the first held-out digit of each label, whatever a model makes of it.
 * Run: node scripts/sampleDigits.ts
 */
const { heldOut } = loadMnist()
const samples = Array.from({ length: 10 }, (_, label) => {
  const digit = heldOut.find((candidate) => candidate.label === label)
  if (!digit) throw new Error(`No held-out digit shows a ${label}; check the split in scripts/mnist.ts.`)
  return { label, pixels: Buffer.from(digit.pixels.map((value) => Math.round(value * 255))).toString('base64') }
})
writeFileSync(join(import.meta.dirname, '..', 'app', 'sampleDigits.json'), `${JSON.stringify(samples, undefined, 2)}\n`)
