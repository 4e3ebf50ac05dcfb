import { BaseError, webSocket } from 'viem'
import type { WorkerLogger } from './log.ts'
import { backoffMs, pause } from './retry.ts'

/** Tells when there may be something new on the chain. */
export type ChainPush = {
  /** Resolves at the next new block, after so many milliseconds, or when the signal is aborted, whichever is first. */
  next: (milliseconds: number, signal: AbortSignal) => Promise<void>
  /** Whether new blocks are announced now. */
  isOpen: () => boolean
  close: () => void
}

/** What announces new blocks: calls `onBlock` for each and `onEnd` once when it announces no more. */
export type Announcer = (handlers: { onBlock: () => void; onEnd: (error: unknown) => void }) => Promise<() => void>

/**
 * Waits for new blocks: pushed by an endpoint that offers it, polled otherwise. A push is a hint and nothing is read from it; when
 * the connection ends polling goes on and it is opened again after a growing pause.
 */
export function createChainPush(announcer: Announcer | undefined, logger: WorkerLogger): ChainPush {
  const closing = new AbortController()
  const waiting = new Set<AbortController>()
  let isOpen = false

  async function listen(announce: Announcer): Promise<void> {
    for (let attempt = 0; !closing.signal.aborted; attempt++) {
      const ended = Promise.withResolvers<unknown>()
      const stopped = () => ended.resolve(undefined)
      closing.signal.addEventListener('abort', stopped, { once: true })
      let stop: (() => void) | undefined
      try {
        stop = await announce({
          onBlock: () => {
            attempt = 0
            for (const block of waiting) block.abort()
          },
          onEnd: ended.resolve,
        })
        isOpen = true
        const err = await ended.promise
        if (!closing.signal.aborted) logger.warn({ msg: 'push ended; polling', err })
      } catch (err) {
        logger.warn({ msg: 'push not available; polling', err })
      }
      isOpen = false
      stop?.()
      closing.signal.removeEventListener('abort', stopped)
      await pause(backoffMs(attempt), closing.signal)
    }
  }

  if (announcer !== undefined) void listen(announcer)
  return {
    next: async (milliseconds, signal) => {
      const block = new AbortController()
      waiting.add(block)
      await pause(milliseconds, AbortSignal.any([signal, block.signal]))
      waiting.delete(block)
    },
    isOpen: () => isOpen,
    close: () => closing.abort(),
  }
}

/** Announces new blocks of an endpoint's `newHeads` subscription. */
export function announceHeads(url: string): Announcer {
  return async ({ onBlock, onEnd }) => {
    const transport = webSocket(url, { reconnect: false, retryCount: 0, timeout: 10_000 })({})
    const socket = await transport.value?.getRpcClient()
    if (transport.value === undefined || socket === undefined) throw new BaseError('The endpoint offers no push.')
    socket.socket.addEventListener('close', () => onEnd(new BaseError('The connection was closed.')))
    const { unsubscribe } = await transport.value.subscribe({
      params: ['newHeads'],
      onData: () => onBlock(),
      onError: onEnd,
    })
    return () => {
      void unsubscribe().catch(() => undefined)
      socket.close()
    }
  }
}
