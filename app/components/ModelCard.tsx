import { formatDuration } from '../formatTime'
import type { ListedModel } from '../hooks/useModelList'
import type { ModelFigures } from '../modelFigures'
import { taskNames, taskOf } from '../modelTask'
import { shortHex, shortText } from '../shortText'
import { Amount } from './Amount'
import { Badge } from './Badge'
import { Link } from './Link'
import { SetupBadge } from './SetupBadge'

/** One model of the catalogue; the whole card leads to its page. */
export function ModelCard({
  listed: { modelId, model, manifest, unreadable },
  figures,
}: {
  listed: ListedModel
  /** What its recent jobs did; nothing while that is read, or when it was not asked. */
  figures?: ModelFigures | undefined
}) {
  return (
    <article className="sheet relative grid content-between gap-4 p-5 transition-colors hover:border-edge">
      <div className="grid min-w-0 content-start gap-1.5 [overflow-wrap:anywhere]">
        <h2 className="font-semibold text-lg leading-snug tracking-tight">
          <Link to="/model/" query={{ id: modelId }} className="after:absolute after:inset-0 after:rounded-lg">
            {manifest ? shortText(manifest.name, 60) : <span className="figures">{shortHex(modelId)}</span>}
          </Link>
        </h2>
        <p className={`line-clamp-3 text-sm leading-relaxed ${unreadable ? 'text-failed' : 'text-quiet'}`}>
          {unreadable ?? shortText(manifest?.description ?? '', 200)}
        </p>
      </div>
      <div className="grid gap-3">
        <dl className="grid grid-cols-3 gap-x-3 gap-y-2 border-line border-t pt-3 text-sm">
          <Fact name="Right answers">
            {manifest?.accuracy ? `${(manifest.accuracy.exact * 100).toFixed(1)} %` : '—'}
          </Fact>
          <Fact name={figures?.clearingPrice === undefined ? 'Price from' : 'Price lately'}>
            <Amount wei={figures?.clearingPrice ?? model.floorPrice} />
          </Fact>
          <Fact name="Royalty">{model.royaltyBps / 100} %</Fact>
          <Fact name="Time lately">
            {figures?.latencySeconds === undefined ? '—' : formatDuration(figures.latencySeconds)}
          </Fact>
          <Fact name="Answered">
            {figures?.fillRate === undefined ? '—' : `${Math.round(figures.fillRate * 100)} %`}
          </Fact>
          <Fact name="Task">
            <span className="font-sans text-sm tracking-normal">{manifest ? taskNames[taskOf(manifest)] : '—'}</span>
          </Fact>
        </dl>
        <p className="flex flex-wrap gap-2">
          <SetupBadge kind={model.setup.kind} contributions={model.setup.contributions} />
          {model.deprecated && <Badge why="Its owner has retired it: it takes no new jobs.">retired</Badge>}
        </p>
      </div>
    </article>
  )
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt className="text-quiet text-xs">{name}</dt>
      <dd className="figures">{children}</dd>
    </div>
  )
}
