import type { StageResult } from './runStage.ts'
import type { Stage } from './stages.ts'

/** Runs one stage and hands what it prints to `write`, piece by piece. */
export type StageRunner = (stage: Stage, write: (text: string) => void) => Promise<StageResult>

/**
 * Runs stages side by side, at most `lanes` at once, each after those of the given stages that it needs or follows. What they print comes
 * out whole and in the stages' order: that of the first stage which has not ended as it comes, that of later ones when their turn has come.
 * @returns the results in the order of the stages
 * @throws the first error of a runner, once the other lanes have ended
 */
export async function runStages(
  stages: readonly Stage[],
  lanes: number,
  run: StageRunner,
  write: (text: string) => void,
): Promise<StageResult[]> {
  const waiting = new Set(stages)
  const running = new Map<Stage, Promise<void>>()
  const results = new Map<Stage, StageResult>()
  const printed = new Map<Stage, string[]>(stages.map((stage) => [stage, []]))
  let front = 0
  let failure: { error: unknown } | undefined

  const show = () => {
    for (let stage = stages[front]; stage !== undefined; stage = stages[front]) {
      for (const text of printed.get(stage)?.splice(0) ?? []) write(text)
      if (!results.has(stage)) return
      front += 1
    }
  }
  const isReady = (stage: Stage) =>
    [...(stage.needs ?? []), ...(stage.follows ?? [])].every(
      (name) => !stages.some((other) => other.name === name && !results.has(other)),
    )
  const start = (stage: Stage) => {
    waiting.delete(stage)
    const ended = run(stage, (text) => {
      printed.get(stage)?.push(text)
      if (stages[front] === stage) show()
    }).then(
      (result) => {
        results.set(stage, result)
        show()
      },
      (error) => {
        failure ??= { error }
      },
    )
    running.set(
      stage,
      ended.finally(() => running.delete(stage)),
    )
  }

  while (waiting.size + running.size > 0) {
    for (const stage of waiting) {
      if (running.size < lanes && isReady(stage)) start(stage)
    }
    await Promise.race(running.values())
    if (failure !== undefined) {
      await Promise.all(running.values())
      throw failure.error
    }
  }
  return stages.flatMap((stage) => results.get(stage) ?? [])
}
