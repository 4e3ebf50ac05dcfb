// Program: serves a directory of content until it is told to stop.
//   node worker/src/contentMain.ts --directory <path> --port <number> [--max-add-bytes <number>]
import { parseArgs } from 'node:util'
import { startContentStore } from './contentStore.ts'

const usage = 'Usage: node worker/src/contentMain.ts --directory <path> --port <number> [--max-add-bytes <number>]'

try {
  const { values } = parseArgs({
    options: { directory: { type: 'string' }, port: { type: 'string' }, 'max-add-bytes': { type: 'string' } },
  })
  const { directory, port, 'max-add-bytes': maxAddBytes } = values
  if (directory === undefined || port === undefined) throw new Error(usage)
  const store = await startContentStore({
    directory,
    port: integerOf('--port', port, 65_535),
    ...(maxAddBytes !== undefined && {
      maxAddBytes: integerOf('--max-add-bytes', maxAddBytes, Number.MAX_SAFE_INTEGER),
    }),
  })
  process.stdout.write(
    `${JSON.stringify({ msg: 'content store ready', apiUrl: store.apiUrl, gatewayUrl: store.gatewayUrl })}\n`,
  )
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void store.close().then(() => process.exit(0)))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

function integerOf(flag: string, text: string, max: number): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > max)
    throw new Error(`${flag} is ${JSON.stringify(text)}; it takes a whole number up to ${max}.`)
  return value
}
