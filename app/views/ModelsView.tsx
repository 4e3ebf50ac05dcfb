'use client'
import { useEffect, useState } from 'react'
import { Button } from '../components/Button'
import { Empty } from '../components/Empty'
import { Field } from '../components/Field'
import { Loading } from '../components/Loading'
import { ModelCard } from '../components/ModelCard'
import { Page } from '../components/Page'
import { Problem } from '../components/Problem'
import { Select } from '../components/Select'
import { useModelFigures } from '../hooks/useModelFigures'
import { type ListedModel, useModelList } from '../hooks/useModelList'
import { isSought, matches, type Sought, setupOptions, taskOptions } from '../modelSearch'

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

/** As many matches as a page has are looked for before the reader has to ask for more. */
const pageSize = 24

function Catalogue() {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useModelList({ pageSize })
  const [sought, setSought] = useState<Sought>({ text: '', task: 'any', setup: 'any' })
  const [wanted, setWanted] = useState(pageSize)
  const models = data?.pages.flatMap((page) => page.models) ?? []
  const found = models.filter((listed) => matches(listed, sought))
  const searching = isSought(sought) && found.length < wanted && hasNextPage && !error

  useEffect(() => {
    if (searching && !isFetchingNextPage) void fetchNextPage()
  }, [searching, isFetchingNextPage, fetchNextPage])

  if (error && !data) return <Problem what="The models cannot be read." error={error} onRetry={() => refetch()} />
  if (!data) return <Loading what="Reading the models from the chain" rows={6} />
  if (models.length === 0 && !hasNextPage) {
    return (
      <Empty title="Nobody has published a model yet">
        Publish one with <code className="figures text-ink">assay model publish</code>; it is listed here as soon as it
        is on chain.
      </Empty>
    )
  }
  const change = (part: Partial<Sought>) => {
    setSought({ ...sought, ...part })
    setWanted(pageSize)
  }
  return (
    <div className="grid gap-4">
      <div className="grid grid-cols-2 items-start gap-3 sm:grid-cols-[minmax(0,1fr)_auto_auto] max-sm:[&>:first-child]:col-span-2">
        <Field
          label="Search"
          value={sought.text}
          onChange={(text) => change({ text })}
          type="search"
          inputMode="search"
          hint={
            <span role="status">
              {searching
                ? `Looking in older models: ${found.length} found of ${models.length} read…`
                : `${found.length} shown of ${models.length}${hasNextPage ? ' read so far' : ''}`}
            </span>
          }
        />
        <Select label="Task" options={taskOptions} chosen={sought.task} onChoose={(task) => change({ task })} />
        <Select label="Setup" options={setupOptions} chosen={sought.setup} onChoose={(setup) => change({ setup })} />
      </div>
      {data.pages.map((page, index) => (
        <Cards
          // Pages come one after the other and stay where they are.
          key={String(index)}
          models={page.models}
          sought={sought}
        />
      ))}
      {found.length === 0 && !searching && (
        <Empty title="No model is like this">
          {hasNextPage ? 'None of those that were read.' : 'Try fewer words, or another task.'}
        </Empty>
      )}
      {error && <Problem what="Older models cannot be read." error={error} onRetry={() => fetchNextPage()} />}
      {hasNextPage && !error && (
        <Button
          pending={isFetchingNextPage ? 'Reading older blocks…' : undefined}
          onClick={() => {
            setWanted(found.length + pageSize)
            void fetchNextPage()
          }}
        >
          Show older models
        </Button>
      )}
    </div>
  )
}

/** One page of the catalogue, whose figures are read together. */
function Cards({ models, sought }: { models: readonly ListedModel[]; sought: Sought }) {
  const { data: figures } = useModelFigures(models.map(({ modelId }) => modelId))
  const found = models.filter((listed) => matches(listed, sought))
  if (found.length === 0) return null
  return (
    <ul className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
      {found.map((listed) => (
        <li key={listed.modelId} className={`grid ${found.length > 12 ? 'lazy-row' : ''}`}>
          <ModelCard listed={listed} figures={figures?.get(listed.modelId)} />
        </li>
      ))}
    </ul>
  )
}
