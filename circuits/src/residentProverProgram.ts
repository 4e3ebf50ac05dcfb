// A program of its own, started by residentProver.ts and imported by nobody: it loads snarkjs (GPL-3.0), whose path it is given,
// keeps one proving key in memory and answers on its standard output each witness that comes on its standard input.
// Frames both ways: u32 length, little-endian, and as many bytes. In: a `.wtns` file. Out: JSON, first of all {"ready":true}.
import { readFileSync, statSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

// What snarkjs 0.7.6 exports, as far as it is used here.
type Snarkjs = {
  curves: { getCurveFromName: (name: string) => Promise<unknown> }
  groth16: { prove: (zkey: unknown, witness: unknown) => Promise<{ proof: unknown; publicSignals: unknown }> }
}

const send = process.stdout.write.bind(process.stdout)
// Whatever else is written must not fall between two frames.
process.stdout.write = process.stderr.write.bind(process.stderr)

const [, , modulePath = '', zkeyPath = ''] = process.argv
// The only module this program is given.
const snarkjs = (await import(pathToFileURL(modulePath).href)) as Snarkjs
// A Buffer holds less than 2^31 bytes everywhere; larger keys stay on disk, where the system caches them.
const zkey =
  statSync(zkeyPath).size < 2 ** 31 ? { type: 'mem', data: new Uint8Array(readFileSync(zkeyPath)) } : zkeyPath
// Starts the threads, and keeps the curve for every proof.
await snarkjs.curves.getCurveFromName('bn128')
reply({ ready: true })

let pending = Buffer.alloc(0)
const chunks: Buffer[] = []
let buffered = 0
let needed = 4
for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
  chunks.push(chunk)
  buffered += chunk.length
  while (buffered >= needed) {
    pending = Buffer.concat(chunks.splice(0))
    const length = pending.readUInt32LE(0)
    if (pending.length < 4 + length) {
      chunks.push(pending)
      needed = 4 + length
      break
    }
    const witness = new Uint8Array(pending.subarray(4, 4 + length))
    const rest = pending.subarray(4 + length)
    if (rest.length > 0) chunks.push(rest)
    buffered = rest.length
    needed = 4
    reply(await proveOne(witness))
  }
}
process.exit(0)

async function proveOne(witness: Uint8Array): Promise<object> {
  try {
    const { proof, publicSignals } = await snarkjs.groth16.prove(zkey, { type: 'mem', data: witness })
    return { proof, publicSignals }
  } catch (error) {
    // Out of memory ends the process: what it still holds is unknown, and its starter tells this end from others.
    if (error instanceof RangeError && /allocation|memory/i.test(error.message)) throw error
    return { error: error instanceof Error ? error.message : String(error) }
  }
}

function reply(answer: object): void {
  const body = Buffer.from(JSON.stringify(answer))
  const head = Buffer.alloc(4)
  head.writeUInt32LE(body.length)
  send(Buffer.concat([head, body]))
}
