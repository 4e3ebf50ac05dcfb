'use client'
import { type Hex, isHash } from 'viem'
import { Address } from '../components/Address'
import { Amount } from '../components/Amount'
import { CopyHex } from '../components/CopyHex'
import { Empty } from '../components/Empty'
import { JobTable } from '../components/JobTable'
import { Link } from '../components/Link'
import { Loading } from '../components/Loading'
import { Page } from '../components/Page'
import { Panel } from '../components/Panel'
import { Problem } from '../components/Problem'
import { SetupBadge } from '../components/SetupBadge'
import { Stat, Stats } from '../components/Stat'
import { Time } from '../components/Time'
import { useModel } from '../hooks/useModel'
import { useRoute } from '../hooks/useRoute'
import { shortText } from '../shortText'

/** One model: what it is, what it costs, who can forge it, and what it was asked. */
export function ModelView() {
  const { query } = useRoute()
  const id = query.get('id')?.toLowerCase()
  if (id === undefined || !isHash(id)) {
    return (
      <Page title="Model" offline>
        <Empty
          title={id === undefined ? 'No model is named' : 'This is no model’s id'}
          action={
            <Link to="/models/" className="button-quiet">
              See all models
            </Link>
          }
        >
          A model’s page has its id in the address, 0x and 64 digits.
        </Empty>
      </Page>
    )
  }
  return (
    <Page
      title="Model"
      lead={<CopyHex hex={id} what="model id" />}
      actions={
        <Link to="/" query={{ model: id }} className="button-main">
          Ask it
        </Link>
      }
    >
      <Described key={id} modelId={id} />
    </Page>
  )
}

function Described({ modelId }: { modelId: Hex }) {
  const { data, error, refetch } = useModel(modelId)
  if (error) return <Problem what="The model cannot be read." error={error} onRetry={() => refetch()} />
  if (!data) return <Loading what="Reading the model from the chain" />
  const { model, manifest } = data
  return (
    <div className="grid gap-4">
      <Panel
        title={shortText(manifest.name, 80)}
        actions={<SetupBadge kind={model.setup.kind} contributions={model.setup.contributions} />}
      >
        <p className="max-w-[70ch] text-quiet leading-relaxed [overflow-wrap:anywhere]">
          {shortText(manifest.description, 2000)}
        </p>
        <Stats>
          <Stat
            name="Right answers"
            note={manifest.accuracy && `of ${manifest.accuracy.samples.toLocaleString('en')} samples`}
          >
            {manifest.accuracy ? `${(manifest.accuracy.exact * 100).toFixed(1)} %` : 'not measured'}
          </Stat>
          <Stat name="Price from">
            <Amount wei={model.floorPrice} />
          </Stat>
          <Stat name="Royalty">{model.royaltyBps / 100} %</Stat>
          <Stat name="Equations proved">{manifest.constraints.toLocaleString('en')}</Stat>
        </Stats>
        <p className="text-quiet text-sm">
          Published by <Address hex={model.owner} what="the owner’s address" /> <Time at={model.registeredAt} />,
          licence {shortText(manifest.license, 60)}.
        </p>
      </Panel>
      <Panel title="Recent jobs">
        <JobTable filter={{ modelId }} pageSize={10} pageable />
      </Panel>
    </div>
  )
}
