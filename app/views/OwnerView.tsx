'use client'
import { lazy, Suspense } from 'react'
import type { Address } from 'viem'
import { Amount } from '../components/Amount'
import { Button } from '../components/Button'
import { Empty } from '../components/Empty'
import { Loading } from '../components/Loading'
import { Page } from '../components/Page'
import { Panel } from '../components/Panel'
import { Problem } from '../components/Problem'
import { Stat, Stats } from '../components/Stat'
import { formatCount } from '../formatCount'
import { useModelFigures } from '../hooks/useModelFigures'
import type { ListedModel } from '../hooks/useModelList'
import { useOwnedModels } from '../hooks/useOwnedModels'
import { useRoute } from '../hooks/useRoute'
import { useWalletState } from '../hooks/useWallet'
import type { ModelFigures } from '../modelFigures'

const MarketBalance = lazy(async () => ({ default: (await import('../components/MarketBalance')).MarketBalance }))
const OwnedModel = lazy(async () => ({ default: (await import('../components/OwnedModel')).OwnedModel }))
const OfferedModel = lazy(async () => ({ default: (await import('../components/OwnedModel')).OfferedModel }))
const Ceremony = lazy(async () => ({ default: (await import('../components/Ceremony')).Ceremony }))

/** What the connected account published: what it earned, and what it can do with each model; and setups that are under way. */
export function OwnerView() {
  const wallet = useWalletState()
  const { query } = useRoute()
  return (
    <Page
      title="Model owner"
      lead="The models that you published. You earn a royalty of every answer that is paid; here you see what came in, withdraw it, hand a model over, or retire it. Setups that are under way have their place here too."
    >
      <div className="grid gap-4">
        {wallet.status === 'connected' ? (
          <Owned key={wallet.address} owner={wallet.address} />
        ) : (
          <Empty
            title="No account is connected"
            action={<Button onClick={wallet.askToConnect}>Connect a wallet</Button>}
          >
            Connect the account that registered your models to see them here.
          </Empty>
        )}
        <Suspense fallback={<Loading what="Loading the ceremony" rows={2} />}>
          <Ceremony key={query.get('ceremony')} cid={query.get('ceremony') ?? undefined} />
        </Suspense>
      </div>
    </Page>
  )
}

function Owned({ owner }: { owner: Address }) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useOwnedModels(owner)
  const owned = data?.pages.flatMap((page) => page.owned) ?? []
  const { data: figures } = useModelFigures(owned.map(({ modelId }) => modelId))
  if (error && !data) return <Problem what="The models cannot be read." error={error} onRetry={() => refetch()} />
  if (!data) return <Loading what="Reading the models from the chain" />
  const offered = data.pages.flatMap((page) => page.offered)
  return (
    <div className="grid gap-4">
      <Earned owned={owned} figures={figures} />
      <Suspense fallback={<Loading what="Loading" rows={3} />}>
        <MarketBalance from="Royalties and what came back from your jobs; the next job uses it first." />
        {offered.map((listed) => (
          <OfferedModel key={listed.modelId} listed={listed} />
        ))}
        {owned.map((listed) => (
          <OwnedModel key={listed.modelId} listed={listed} figures={figures?.get(listed.modelId)} />
        ))}
      </Suspense>
      {owned.length === 0 && !hasNextPage && (
        <Empty title="This account owns no model">
          Publish one with <code className="figures text-ink">assay model publish</code>, or accept one that you are
          offered.
        </Empty>
      )}
      {hasNextPage && (
        <Button pending={isFetchingNextPage ? 'Reading older blocks…' : undefined} onClick={() => fetchNextPage()}>
          Look in older blocks
        </Button>
      )}
    </div>
  )
}

function Earned({
  owned,
  figures,
}: {
  owned: readonly ListedModel[]
  figures: ReadonlyMap<string, ModelFigures> | undefined
}) {
  if (owned.length === 0 || !figures) return null
  const all = [...figures.values()]
  const answered = all.reduce((sum, one) => sum + one.answered, 0)
  return (
    <Panel title="Lately">
      <Stats>
        <Stat name="Royalties" note={`of ${formatCount(answered)} recent answers`}>
          <Amount wei={all.reduce((sum, one) => sum + one.royalty, 0n)} />
        </Stat>
        <Stat name="Jobs" note="requested in the last 20,000 blocks">
          {formatCount(all.reduce((sum, one) => sum + one.requests, 0))}
        </Stat>
        <Stat name="Models">{formatCount(owned.length)}</Stat>
      </Stats>
    </Panel>
  )
}
