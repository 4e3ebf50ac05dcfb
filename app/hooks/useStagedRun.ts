import { useCallback, useEffect, useRef, useState } from 'react'

/** One stage that ended, and how long it took. */
export type DoneStage<Name extends string> = { name: Name; milliseconds: number }

/** How far a run of several stages is: which are over, which is under way and since when, and how it ended. */
export type StagedRun<Name extends string, Result> = {
  done: DoneStage<Name>[]
  /** `note` is what the stage says of itself, as it goes on. */
  now?: { name: Name; note?: string } | undefined
  /** The stage that failed is `now`. */
  error?: Error
  result?: Result
}

/** Told when a stage begins, and what there is to say of it. */
export type EnterStage<Name extends string> = (name: Name, note?: string) => void

/**
 * Runs what goes through stages, tells where it is, and ends it when the reader leaves.
 * @param work enters its stages one after the other
 */
export function useStagedRun<Name extends string, Result>(
  work: (enter: EnterStage<Name>, signal: AbortSignal) => Promise<Result>,
) {
  const [run, setRun] = useState<StagedRun<Name, Result>>()
  const stop = useRef<AbortController>(undefined)
  useEffect(() => () => stop.current?.abort(), [])

  const start = useCallback(async () => {
    stop.current?.abort()
    const controller = new AbortController()
    stop.current = controller
    const { signal } = controller
    const done: DoneStage<Name>[] = []
    let now: { name: Name; since: number } | undefined
    const endStage = () => {
      if (now) done.push({ name: now.name, milliseconds: performance.now() - now.since })
    }
    const show = (state: StagedRun<Name, Result>) => signal.aborted || setRun({ ...state, done: [...done] })
    setRun({ done: [] })
    try {
      const result = await work((name, note) => {
        if (now?.name !== name) {
          endStage()
          now = { name, since: performance.now() }
        }
        show({ done, now: { name, ...(note !== undefined && { note }) } })
      }, signal)
      endStage()
      show({ done, result })
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause))
      show({ done, ...(now && { now: { name: now.name } }), error })
    }
  }, [work])

  const running = run !== undefined && run.error === undefined && run.result === undefined
  const end = () => {
    stop.current?.abort()
    setRun(undefined)
  }
  return { run, running, start, stop: end }
}
