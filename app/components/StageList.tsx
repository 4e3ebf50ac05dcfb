import type { StagedRun } from '../hooks/useStagedRun'
import { Mark, type Outcome } from './Mark'

/** A stage's title, and what happens in it. */
export type StageText = { title: string; why: string }

const spoken: Record<Outcome, string> = {
  held: ': done',
  failed: ': failed',
  skipped: '',
  running: ': under way',
  ahead: '',
}

/** The stages of a run in their order: done ones with their time, the one under way with what it says, and what is still ahead. */
export function StageList<Name extends string>({
  run,
  texts,
}: {
  run: StagedRun<Name, unknown>
  /** All stages, in their order. */
  texts: Readonly<Record<Name, StageText>>
}) {
  // Object.entries forgets that the keys are the names.
  const stages = Object.entries(texts) as [Name, StageText][]
  return (
    <ol className="grid max-w-2xl gap-3">
      {stages.map(([name, { title, why }]) => {
        const ended = run.done.find((stage) => stage.name === name)
        const outcome = ended ? 'held' : run.now?.name !== name ? 'ahead' : run.error ? 'failed' : 'running'
        return (
          <li key={name} data-stage={name} data-outcome={outcome} className="grid grid-cols-[20px_1fr] gap-x-3">
            <Mark outcome={outcome} />
            <div className="min-w-0">
              <p
                className={`flex justify-between gap-4 font-medium text-sm leading-5 ${outcome === 'failed' ? 'text-failed' : outcome === 'ahead' ? 'text-quiet' : ''}`}
              >
                <span>
                  {title}
                  <span className="sr-only">{spoken[outcome]}</span>
                </span>
                {ended && <span className="figures font-normal text-quiet">{formatSeconds(ended.milliseconds)}</span>}
              </p>
              <p className="mt-0.5 text-quiet text-sm leading-normal">
                {(outcome === 'running' && run.now?.note) || why}
              </p>
            </div>
          </li>
        )
      })}
    </ol>
  )
}

/** Seconds with one decimal. */
export function formatSeconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}
