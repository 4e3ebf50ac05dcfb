'use client'
import type { Model } from '@assay/sdk/getModel'
import { useModelVersions } from '../hooks/useModelVersions'
import { Badge } from './Badge'
import { Loading } from './Loading'
import { ModelName } from './ModelName'
import { Problem } from './Problem'
import { SetupBadge } from './SetupBadge'
import { Table } from './Table'
import { Time } from './Time'

/** The versions of a model, newest first. */
export function ModelVersions({ model }: { model: Model }) {
  const { data, error, refetch } = useModelVersions(model)
  if (error) return <Problem what="The versions cannot be read." error={error} onRetry={() => refetch()} />
  if (!data) return <Loading what="Reading the versions" rows={1} />
  return (
    <Table
      label="Versions"
      rows={data}
      keyOf={({ modelId }) => modelId}
      columns={[
        { name: 'Version', cell: ({ modelId }) => <ModelName modelId={modelId} /> },
        {
          name: 'State',
          cell: ({ modelId, deprecated }) => (
            <span className="flex flex-wrap gap-2">
              {modelId === model.modelId && <Badge>this one</Badge>}
              {modelId === data[0]?.modelId && <Badge kind="proved">newest</Badge>}
              {deprecated && <Badge why="Its owner has retired it: it takes no new jobs.">retired</Badge>}
            </span>
          ),
        },
        {
          name: 'Setup',
          cell: ({ setup }) => <SetupBadge kind={setup.kind} contributions={setup.contributions} />,
        },
        { name: 'Registered', end: true, cell: ({ registeredAt }) => <Time at={registeredAt} /> },
      ]}
    />
  )
}
