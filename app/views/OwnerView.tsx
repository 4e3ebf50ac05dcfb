'use client'
import type { Address } from 'viem'
import { Button } from '../components/Button'
import { Empty } from '../components/Empty'
import { Loading } from '../components/Loading'
import { ModelCard } from '../components/ModelCard'
import { Page } from '../components/Page'
import { Problem } from '../components/Problem'
import { useModelList } from '../hooks/useModelList'
import { useWalletState } from '../hooks/useWallet'

/** The models that the connected account registered. */
export function OwnerView() {
  const wallet = useWalletState()
  return (
    <Page title="Model owner" lead="What you published. You earn a royalty of every answer that is paid.">
      {wallet.status === 'connected' ? (
        <Owned owner={wallet.address} />
      ) : (
        <Empty title="No account is connected" action={<Button onClick={wallet.askToConnect}>Connect a wallet</Button>}>
          Connect the account that registered your models to see them here.
        </Empty>
      )}
    </Page>
  )
}

function Owned({ owner }: { owner: Address }) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useModelList({ owner })
  if (error && !data) return <Problem what="The models cannot be read." error={error} onRetry={() => refetch()} />
  if (!data) return <Loading what="Reading the models from the chain" />
  const models = data.pages.flatMap((page) => page.models)
  return (
    <div className="grid gap-4">
      {models.length === 0 && !hasNextPage && (
        <Empty title="This account has published no model">
          Publish one with <code className="figures text-ink">assay publish</code>.
        </Empty>
      )}
      <ul className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
        {models.map((listed) => (
          <li key={listed.modelId} className="grid">
            <ModelCard listed={listed} />
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <Button pending={isFetchingNextPage ? 'Reading older blocks…' : undefined} onClick={() => fetchNextPage()}>
          Look in older blocks
        </Button>
      )}
    </div>
  )
}
