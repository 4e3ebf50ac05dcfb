'use client'
import type { Model } from '@assay/sdk/getModel'
import type { Manifest } from '@assay/sdk/manifest'
import { lazy, memo, Suspense, useDeferredValue } from 'react'
import { type Hex, isHash, zeroHash } from 'viem'
import { assuranceTexts, offeredAssurances } from '../assurances'
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
import { Tabs } from '../components/Tabs'
import { Time } from '../components/Time'
import { formatCount } from '../formatCount'
import { formatDuration } from '../formatTime'
import { useModel } from '../hooks/useModel'
import { useModelFigures } from '../hooks/useModelFigures'
import { useMarket } from '../hooks/useNetwork'
import { useRoute } from '../hooks/useRoute'
import { taskNames, taskOf } from '../modelTask'
import { shortText } from '../shortText'

const AskModel = lazy(async () => ({ default: (await import('../components/AskModel')).AskModel }))
const SignedOrder = lazy(async () => ({ default: (await import('../components/SignedOrder')).SignedOrder }))
const ManifestTable = lazy(async () => ({ default: (await import('../components/ManifestTable')).ManifestTable }))
const ModelVersions = lazy(async () => ({ default: (await import('../components/ModelVersions')).ModelVersions }))
const ModelCode = lazy(async () => ({ default: (await import('../components/ModelCode')).ModelCode }))

/** One model: what it is, what it costs, who can forge it, the form that asks it, and what it was asked. */
export function ModelView() {
  const { query, known } = useRoute()
  const id = query.get('id')?.toLowerCase()
  if (known && (id === undefined || !isHash(id))) {
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
  const order = query.get('order') ?? undefined
  return (
    <Page
      title="Model"
      lead={
        <>
          What it computes, what its answers cost, and who could forge them. Whoever has this address sees the same, and
          can ask it.
          <span className="block min-h-6">{id && <CopyHex hex={id} what="model id" />}</span>
        </>
      }
    >
      {id && isHash(id) && <Described key={id} modelId={id} order={order} />}
    </Page>
  )
}

function Described({ modelId, order }: { modelId: Hex; order: string | undefined }) {
  const { data, error, refetch } = useModel(modelId)
  // Rendered a little at a time, as it is much for a phone.
  const shown = useDeferredValue(data)
  if (error) return <Problem what="The model cannot be read." error={error} onRetry={() => refetch()} />
  if (!shown) return <Loading what="Reading the model from the chain" rows={12} />
  return <ModelPanels {...shown} order={order} />
}

type ModelPanelsProps = { model: Model; manifest: Manifest; order: string | undefined }

const ModelPanels = memo(function ModelPanels({ model, manifest, order }: ModelPanelsProps) {
  const { modelId } = model
  return (
    <div className="grid gap-4">
      <Summary model={model} manifest={manifest} />
      <Suspense fallback={<Loading what="Loading the form" rows={12} />}>
        {order !== undefined && <SignedOrder key={order} cid={order} />}
        {model.deprecated ? <Retired model={model} /> : <AskModel model={model} manifest={manifest} />}
      </Suspense>
      <Panel>
        <Suspense fallback={<Loading what="Loading" rows={3} />}>
          <Tabs
            label="About the model"
            tabs={[
              { name: 'Recent jobs', content: <JobTable filter={{ modelId }} pageSize={10} pageable /> },
              { name: 'Manifest', content: <ManifestTable model={model} manifest={manifest} /> },
              { name: 'Versions', content: <ModelVersions model={model} /> },
              { name: 'Code', content: <ModelCode model={model} manifest={manifest} /> },
            ]}
          />
        </Suspense>
      </Panel>
    </div>
  )
})

function Summary({ model, manifest }: { model: Model; manifest: Manifest }) {
  const { network } = useMarket()
  const { data } = useModelFigures([model.modelId])
  const figures = data?.get(model.modelId)
  const { accuracy } = manifest
  return (
    <Panel
      title={shortText(manifest.name, 80)}
      actions={<SetupBadge kind={model.setup.kind} contributions={model.setup.contributions} />}
    >
      <p className="max-w-[70ch] text-quiet leading-relaxed [overflow-wrap:anywhere]">
        {shortText(manifest.description, 2000)}
      </p>
      <Stats>
        <Stat name="Right answers" note={accuracy && `of ${formatCount(accuracy.samples)} samples`}>
          {accuracy ? `${(accuracy.exact * 100).toFixed(1)} %` : 'not measured'}
        </Stat>
        <Stat name="Price" note={figures?.clearingPrice === undefined ? 'at least' : 'median of recent answers'}>
          <Amount wei={figures?.clearingPrice ?? model.floorPrice} />
        </Stat>
        <Stat name="Time to answer" note={figures?.latencySeconds !== undefined && 'median'}>
          {figures?.latencySeconds === undefined ? 'not known' : formatDuration(figures.latencySeconds)}
        </Stat>
        <Stat name="Answered" note={figures?.fillRate !== undefined && 'of recent jobs'}>
          {figures?.fillRate === undefined ? 'not asked lately' : `${Math.round(figures.fillRate * 100)} %`}
        </Stat>
        <Stat name="Royalty">{model.royaltyBps / 100} %</Stat>
      </Stats>
      <p className="text-quiet text-sm">
        {taskNames[taskOf(manifest)]}. Assurance:{' '}
        {listed(offeredAssurances(network).map((assurance) => assuranceTexts[assurance].name.toLowerCase()))}. Published
        by <Address hex={model.owner} what="the owner’s address" /> <Time at={model.registeredAt} />.
      </p>
    </Panel>
  )
}

function Retired({ model }: { model: Model }) {
  const newer = model.supersededBy !== zeroHash
  return (
    <Empty
      title="Its owner has retired it"
      action={
        newer && (
          <Link to="/model/" query={{ id: model.supersededBy }} className="button-main">
            Go to the next version
          </Link>
        )
      }
    >
      It takes no new jobs. Those that were under way go on, and its answers can still be checked.
    </Empty>
  )
}

/** Choices in a sentence. */
function listed(names: string[]): string {
  const last = names.at(-1) ?? ''
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} or ${last}`
}
