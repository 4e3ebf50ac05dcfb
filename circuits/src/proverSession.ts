import { tmpdir } from 'node:os'
import { type LimitedChild, ProcessFailedError, type startLimited } from './limitedProcess.ts'
import type { ProveLimits, ProverAnswer } from './prove.ts'

/** What a prover's program says in one frame, unchecked. */
export type SessionAnswer = ProverAnswer & { ready?: unknown; loaded?: unknown; verifies?: unknown }

/** One process that answers frame after frame. */
export type ProverSession = {
  child: LimitedChild
  hasEnded: () => boolean
  /** Resolves when it has said that it is ready. */
  ready: Promise<void>
  /** Sends a request and waits for the answer to it, one at a time; the process does not survive an abort or the clock. */
  ask: (request: Uint8Array, signal?: AbortSignal) => Promise<SessionAnswer>
}

/** A program, and the errors that its owner has for its failures. */
export type SessionProgram = {
  command: string
  args: string[]
  /** Files it reads, besides itself. */
  readable: string[]
  /** What it may use; seconds are for one answer. */
  limits: Required<ProveLimits>
  startProgram: typeof startLimited
  /** The error for a process that ended without having to, or that speaks otherwise than it should. */
  crashed: (reason: string, cause?: unknown) => Error
  /** The error for one that says it cannot begin. */
  refused: (answer: SessionAnswer & { error: string }) => Error
}

// Standard error of a process over its whole life; it writes no files.
const outputBytes = 2 ** 24
const frameBytesAtMost = 2 ** 16
// Reading a key of gigabytes takes some of them.
const startSeconds = 120
// The wall clock of each proof is watched from outside; this only ends a process that escaped its watcher.
const cpuSecondsOfLife = 30 * 24 * 3600

/** Starts a limited process that says `{"ready":true}` and then answers each frame with one: u32 length, little-endian, and the bytes, which are JSON. */
export async function startProverSession(program: SessionProgram): Promise<ProverSession> {
  const { command, args, readable, limits, startProgram, crashed, refused } = program
  const { memoryMb, wallSeconds, threads } = limits
  const child = await startProgram({
    ...{ command, args },
    cwd: tmpdir(),
    readable: [...readable, command],
    limits: { memoryMb, wallSeconds, cpuSeconds: cpuSecondsOfLife, outputBytes, threads },
  })
  const next = readFrames(child, crashed)
  let isOver = false
  const markEnded = () => {
    isOver = true
  }
  child.ended.then(markEnded, markEnded)
  const becomeReady = async () => {
    const answer = await withClock({ child, next }, startSeconds)
    if (answer.ready === true) return
    child.stop()
    const { error } = answer
    throw error === undefined ? crashed('its first words were not that it is ready') : refused({ ...answer, error })
  }
  const ready = becomeReady()
  // Whoever asks for an answer awaits it; until then nobody may.
  ready.catch(() => {})
  return {
    ...{ child, ready },
    hasEnded: () => isOver,
    ask: async (request, signal) => {
      const head = Buffer.alloc(4)
      head.writeUInt32LE(request.length)
      // Both in one call of the system, so that the process is woken once.
      child.stdin.cork()
      child.stdin.write(head)
      child.stdin.write(request)
      child.stdin.uncork()
      const stop = () => child.stop()
      signal?.addEventListener('abort', stop)
      try {
        return await withClock({ child, next }, wallSeconds)
      } catch (error) {
        signal?.throwIfAborted()
        throw error
      } finally {
        signal?.removeEventListener('abort', stop)
      }
    },
  }
}

/** The next frame, or the error that says why the process ended without one. */
async function withClock(
  { child, next }: { child: LimitedChild; next: () => Promise<SessionAnswer> },
  seconds: number,
): Promise<SessionAnswer> {
  const clock = setTimeout(() => child.stop('wall'), seconds * 1000)
  try {
    return await next()
  } finally {
    clearTimeout(clock)
  }
}

/**
 * Cuts a process's output into frames: u32 length, then JSON. A process that sends anything else is stopped.
 * @returns gives the next frame, one call at a time, or throws why there will be none
 */
function readFrames(child: LimitedChild, crashed: SessionProgram['crashed']): () => Promise<SessionAnswer> {
  const answers: SessionAnswer[] = []
  let waiting: { resolve: (answer: SessionAnswer) => void; reject: (error: unknown) => void } | undefined
  let broken: { error: unknown } | undefined
  let buffer = Buffer.alloc(0)
  const fail = (error: unknown) => {
    broken ??= { error }
    waiting?.reject(broken.error)
    waiting = undefined
    child.stop()
  }
  child.ended.then(
    () => fail(crashed('it ended by itself')),
    (cause) => fail(crashBehind(cause, crashed)),
  )
  child.stdout.on('error', () => {})
  child.stdout.on('data', (chunk: Uint8Array) => {
    buffer = Buffer.concat([buffer, chunk])
    while (broken === undefined && buffer.length >= 4) {
      const length = buffer.readUInt32LE(0)
      if (length > frameBytesAtMost) return fail(crashed(`it sent a frame of ${length} bytes`))
      if (buffer.length < 4 + length) return
      const answer = parseAnswer(buffer.subarray(4, 4 + length))
      if (answer === undefined) return fail(crashed('it sent a frame that is no JSON object'))
      buffer = buffer.subarray(4 + length)
      if (waiting === undefined) answers.push(answer)
      else waiting.resolve(answer)
      waiting = undefined
    }
  })
  return () => {
    const answer = answers.shift()
    if (answer !== undefined) return Promise.resolve(answer)
    if (broken !== undefined) return Promise.reject(broken.error)
    const { promise, resolve, reject } = Promise.withResolvers<SessionAnswer>()
    waiting = { resolve, reject }
    return promise
  }
}

/**
 * The error for a process that ended: its own failure is a crash, as is a kill by another program or by the system's memory
 * killer, which may have had other reasons. What its own limits ended, they will end again.
 */
function crashBehind(error: unknown, crashed: SessionProgram['crashed']): unknown {
  if (error instanceof ProcessFailedError) return crashed(error.message, error)
  const { cause } = error instanceof Error ? error : {}
  if (cause instanceof ProcessFailedError && cause.killedBy === 'SIGKILL') return crashed('it was killed', error)
  return error
}

function parseAnswer(bytes: Uint8Array): SessionAnswer | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (typeof value !== 'object' || value === null) return undefined
    const { ready, loaded, proof, publicSignals, verifies, error, kind } = value as Record<string, unknown>
    return {
      ready,
      loaded,
      proof,
      publicSignals,
      verifies,
      kind,
      ...(error === undefined ? {} : { error: String(error) }),
    }
  } catch {
    return undefined
  }
}
