// Writes the repository's split of the MNIST digits for programs that are not TypeScript:  node scripts/zoo/exportMnist.ts <file>
//
// Layout: 9,000 training digits, then 1,000 held out, each 784 grey values of one byte and one byte with the digit it shows.
import { writeFileSync } from 'node:fs'
import { loadMnist } from '../mnist.ts'

const [file, ...rest] = process.argv.slice(2)
if (file === undefined || rest.length > 0) {
  console.error('Usage: node scripts/zoo/exportMnist.ts <file>')
  process.exit(2)
}
const { train, heldOut } = loadMnist()
// The package rounds grey / 255 to three decimals, so the byte comes back exactly.
const records = [...train, ...heldOut].map(({ pixels, label }) => [
  ...pixels.map((grey) => Math.round(grey * 255)),
  label,
])
writeFileSync(file, Uint8Array.from(records.flat()))
