'use client'
import { useState } from 'react'
import { Button } from '../components/Button'
import { Empty } from '../components/Empty'
import { Field } from '../components/Field'
import { Loading } from '../components/Loading'
import { ModelCard } from '../components/ModelCard'
import { Page } from '../components/Page'
import { Problem } from '../components/Problem'
import { type ListedModel, useModelList } from '../hooks/useModelList'

/** The catalogue: every registered model, newest first. */
export function ModelsView() {
  return (
    <Page
      title="Models"
      lead="Published computations that anyone can ask. Each answer comes with the evidence its order demands."
    >
      <Catalogue />
    </Page>
  )
}

function Catalogue() {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useModelList()
  const [sought, setSought] = useState('')
  if (error && !data) return <Problem what="The models cannot be read." error={error} onRetry={() => refetch()} />
  if (!data) return <Loading what="Reading the models from the chain" rows={6} />
  const models = data.pages.flatMap((page) => page.models)
  if (models.length === 0 && !hasNextPage) {
    return (
      <Empty title="Nobody has published a model yet">
        Publish one with <code className="figures text-ink">assay publish</code>; it is listed here as soon as it is on
        chain.
      </Empty>
    )
  }
  const found = models.filter((listed) => matches(listed, sought))
  return (
    <div className="grid gap-4">
      <div className="max-w-md">
        <Field
          label="Search the models below"
          value={sought}
          onChange={setSought}
          type="search"
          inputMode="search"
          hint={`${found.length} of ${models.length}${hasNextPage ? ' read so far' : ''}`}
        />
      </div>
      <ul className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
        {found.map((listed) => (
          <li key={listed.modelId} className="grid">
            <ModelCard listed={listed} />
          </li>
        ))}
      </ul>
      {found.length === 0 && <Empty title="No model below has this in its name or description" />}
      {hasNextPage && (
        <Button pending={isFetchingNextPage ? 'Reading older blocks…' : undefined} onClick={() => fetchNextPage()}>
          Show older models
        </Button>
      )}
    </div>
  )
}

function matches({ modelId, model, manifest }: ListedModel, sought: string): boolean {
  const text = [modelId, model.owner, manifest?.name, manifest?.description].join(' ').toLowerCase()
  return sought
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
