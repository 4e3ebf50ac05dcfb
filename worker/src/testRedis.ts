import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from './freePort.ts'

/** A real Redis for tests; `pause` stops it from answering, `stop` ends it with all that it held. */
export type TestRedis = { url: string; pause: () => void; resume: () => void; stop: () => void }

/** Starts Redis in a directory, on a free port unless told; undefined when this machine has none. */
export async function startRedis(options: { directory: string; port?: number }): Promise<TestRedis | undefined> {
  const port = options.port ?? (await freePort())
  const server: ChildProcess = spawn(
    'redis-server',
    ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', options.directory],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const missing = once(server, 'error').then(() => 'missing' as const)
  const ready = (async () => {
    let output = ''
    for await (const piece of server.stdout ?? []) {
      output += piece
      if (output.includes('Ready to accept connections')) return 'ready' as const
    }
    return 'missing' as const
  })()
  if ((await Promise.race([ready, missing])) === 'missing') return undefined
  server.stdout?.resume()
  return {
    url: `redis://127.0.0.1:${port}`,
    pause: () => server.kill('SIGSTOP'),
    resume: () => server.kill('SIGCONT'),
    stop: () => server.kill('SIGKILL'),
  }
}
