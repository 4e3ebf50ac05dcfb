import type { Sandbox } from './createSandbox.ts'
import { SandboxFailedError } from './sandboxErrors.ts'
import type { SandboxProcess, SandboxRun } from './sandboxProcess.ts'

/** One of the worker's own programs that has loaded its files and answers request after request, each as one frame. */
export type ResidentProgram = {
  /**
   * Sends a request and waits for its answer, one at a time; each has the wall clock and the output that the limits allow. The process
   * does not survive an error or an abort: it throws SandboxViolationError, SandboxFailedError, SandboxSetupError or the signal's reason.
   */
  ask: (request: Uint8Array, signal: AbortSignal) => Promise<Uint8Array>
  isAlive: () => boolean
  /** Ends it, and resolves when its process tree is gone. */
  close: () => Promise<void>
}

// A process that answers for days ends by the clock of each answer and by its memory.
const cpuSecondsOfLife = 30 * 24 * 3600
const lengthBytes = 4

/**
 * Starts a program in the sandbox and waits until it says with an empty frame that it is ready.
 * @throws SandboxViolationError, SandboxFailedError, SandboxSetupError, the signal's reason
 */
export async function startResidentProgram(
  { sandbox, run }: { sandbox: Pick<Sandbox, 'start'>; run: SandboxRun },
  signal: AbortSignal,
): Promise<ResidentProgram> {
  const limits = { ...run.limits, cpuSeconds: cpuSecondsOfLife }
  const process = await sandbox.start({ ...run, limits }, signal)
  let alive = true
  const markEnded = () => {
    alive = false
  }
  process.result.then(markEnded, markEnded)
  const nextFrame = readFrames(process, run.limits.outputBytes)

  async function answer(asked: AbortSignal): Promise<Uint8Array> {
    const wallMs = run.limits.wallSeconds * 1000
    const clock = setTimeout(
      () => process.exceed('wall', { counter: 'milliseconds on the clock', value: wallMs }),
      wallMs,
    )
    // Whatever the reason of an abort is, it is thrown as it is.
    const stop = () => process.kill(asked.reason)
    asked.addEventListener('abort', stop)
    if (asked.aborted) stop()
    try {
      return await nextFrame()
    } finally {
      clearTimeout(clock)
      asked.removeEventListener('abort', stop)
    }
  }

  const ready = await answer(signal)
  if (ready.length > 0) {
    process.kill(new SandboxFailedError({ exitCode: 0, stderr: 'the program did not say that it was ready' }))
    await process.result
  }
  return {
    ask: (request, asked) => {
      const length = Buffer.alloc(lengthBytes)
      length.writeUInt32BE(request.length)
      process.stdin.write(length)
      process.stdin.write(request)
      return answer(asked)
    },
    isAlive: () => alive,
    close: async () => {
      process.kill(new Error('The program was not needed any more.'))
      await process.result.catch(() => {})
    },
  }
}

/** Cuts a process's output into frames behind their lengths; what is longer than allowed ends the process. */
function readFrames({ stdout, result, exceed }: SandboxProcess, outputBytes: number): () => Promise<Uint8Array> {
  let waiting: ReturnType<typeof Promise.withResolvers<Uint8Array>> | undefined
  let chunks: Uint8Array[] = []
  let received = 0
  let needed = lengthBytes
  const advance = () => {
    if (waiting === undefined || received < needed) return
    const bytes = Buffer.concat(chunks)
    chunks = [bytes]
    const length = bytes.readUInt32BE(0)
    if (length > outputBytes) return exceed('output', { counter: 'bytes announced', value: length })
    needed = lengthBytes + length
    if (received < needed) return
    const rest = bytes.subarray(needed)
    chunks = [rest]
    received = rest.length
    waiting.resolve(new Uint8Array(bytes.subarray(lengthBytes, needed)))
    waiting = undefined
    needed = lengthBytes
  }
  stdout.on('error', () => {})
  stdout.on('data', (chunk: Uint8Array) => {
    chunks.push(chunk)
    received += chunk.length
    advance()
  })
  let failure: { error: unknown } | undefined
  const end = (error: unknown) => {
    failure = { error }
    waiting?.reject(error)
  }
  result.then(
    () => end(new SandboxFailedError({ exitCode: 0, stderr: 'the program ended before it had answered' })),
    end,
  )
  return () => {
    const asked = Promise.withResolvers<Uint8Array>()
    waiting = asked
    advance()
    if (failure !== undefined) asked.reject(failure.error)
    return asked.promise
  }
}
