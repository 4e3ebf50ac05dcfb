'use client'
import { acceptModel } from '@assay/sdk/acceptModel'
import { deprecateModel } from '@assay/sdk/deprecateModel'
import { offerModel } from '@assay/sdk/offerModel'
import { useState } from 'react'
import { getAddress, isAddressEqual, zeroAddress, zeroHash } from 'viem'
import { addressProblem } from '../addressProblem'
import type { ListedModel } from '../hooks/useModelList'
import { useMarket } from '../hooks/useNetwork'
import type { ModelFigures } from '../modelFigures'
import { shortHex, shortText } from '../shortText'
import { Address } from './Address'
import { Amount } from './Amount'
import { Badge } from './Badge'
import { Field } from './Field'
import { Link } from './Link'
import { Notice } from './Notice'
import { Panel } from './Panel'
import { SetupBadge } from './SetupBadge'
import { SnippetBlock } from './SnippetBlock'
import { Stat, Stats } from './Stat'
import { Tabs } from './Tabs'
import { TransactionButton } from './TransactionButton'

type OwnedProps = { listed: ListedModel; figures?: ModelFigures | undefined }

const nameOf = ({ modelId, manifest }: ListedModel) => (manifest ? shortText(manifest.name, 60) : shortHex(modelId))

/** A model of the reader's: what it earned lately, and what an owner can do with it. */
export function OwnedModel({ listed, figures }: OwnedProps) {
  const { modelId, model } = listed
  return (
    <Panel
      title={nameOf(listed)}
      actions={
        <span className="flex flex-wrap items-center gap-2">
          {model.deprecated && <Badge>retired</Badge>}
          {model.supersededBy !== zeroHash && <Badge>has a newer version</Badge>}
          <SetupBadge kind={model.setup.kind} contributions={model.setup.contributions} />
        </span>
      }
    >
      <Stats>
        <Stat name="Royalties lately" note={figures && `of ${figures.answered} answers`}>
          <Amount wei={figures?.royalty ?? 0n} />
        </Stat>
        <Stat name="Royalty">{model.royaltyBps / 100} %</Stat>
        <Stat name="Price from">
          <Amount wei={model.floorPrice} />
        </Stat>
      </Stats>
      <p className="text-quiet text-sm">
        Royalty and least price are part of a registration; publish a new version to change them.{' '}
        <Link to="/model/" query={{ id: modelId }} className="underline underline-offset-4">
          See its page
        </Link>
      </p>
      <Tabs
        label={`What to do with ${nameOf(listed)}`}
        tabs={[
          { name: 'New version', content: <NewVersion listed={listed} /> },
          { name: 'Hand over', content: <HandOver listed={listed} /> },
          { name: 'Retire', content: <Retire listed={listed} /> },
        ]}
      />
    </Panel>
  )
}

function NewVersion({ listed: { modelId, model } }: OwnedProps) {
  if (model.supersededBy !== zeroHash) {
    return (
      <p className="text-sm leading-relaxed">
        It has{' '}
        <Link to="/model/" query={{ id: model.supersededBy }} className="underline underline-offset-4">
          a newer version
        </Link>
        ; only the newest can be followed by another.
      </p>
    )
  }
  return (
    <div className="grid gap-3">
      <p className="text-quiet text-sm leading-relaxed">
        A new version is a model of its own that names this one. Publish it from a program with the SDK; this one goes
        on taking orders until you retire it.
      </p>
      <SnippetBlock
        language="TypeScript"
        code={`import { publishModel } from '@assay/sdk/publishModel'\n\nawait publishModel(client, { ...publication, supersedes: '${modelId}' })`}
      />
    </div>
  )
}

function HandOver({ listed: { modelId, model } }: OwnedProps) {
  const { network } = useMarket()
  const [typed, setTyped] = useState('')
  const to = typed.trim()
  const problem = addressProblem(typed)
  const offered = !isAddressEqual(model.offeredTo, zeroAddress)
  if (offered) {
    return (
      <div className="grid gap-3">
        <p className="text-sm leading-relaxed">
          It is offered to <Address hex={model.offeredTo} what="the address it is offered to" />, who becomes the owner
          by accepting it on this page. Until then it is yours.
        </p>
        <TransactionButton
          send={(client, options) => offerModel(client, { ...options, deployment: network, modelId, to: zeroAddress })}
        >
          Take the offer back
        </TransactionButton>
      </div>
    )
  }
  return (
    <div className="grid max-w-xl gap-3">
      <p className="text-quiet text-sm leading-relaxed">
        Whoever you offer it to becomes its owner by accepting, and earns the royalty of all that settles from then on.
      </p>
      <Field label="New owner" value={typed} onChange={setTyped} placeholder="0x…" problem={problem} />
      <TransactionButton
        blocked={to === '' ? 'Name the new owner first.' : problem}
        send={(client, options) => offerModel(client, { ...options, deployment: network, modelId, to: getAddress(to) })}
      >
        Offer it
      </TransactionButton>
    </div>
  )
}

function Retire({ listed }: OwnedProps) {
  const { network } = useMarket()
  const [sure, setSure] = useState(false)
  const { modelId, model } = listed
  if (model.deprecated) {
    return <p className="text-sm leading-relaxed">It is retired: it takes no new orders, and jobs under way go on.</p>
  }
  return (
    <div className="grid gap-3">
      <Notice kind="caution">
        Retiring cannot be undone: no new orders, for good. Jobs under way go on, and you earn their royalties.
      </Notice>
      <label className="flex min-h-11 items-center gap-3 text-sm">
        <input
          type="checkbox"
          checked={sure}
          className="size-4 accent-brass"
          onChange={(event) => setSure(event.target.checked)}
        />
        I want {nameOf(listed)} to take no new orders.
      </label>
      <TransactionButton
        blocked={sure ? undefined : 'Confirm it first.'}
        send={(client, options) => deprecateModel(client, { ...options, deployment: network, modelId })}
      >
        Retire it for good
      </TransactionButton>
    </div>
  )
}

/** A model that somebody offers to the reader. */
export function OfferedModel({ listed }: { listed: ListedModel }) {
  const { network } = useMarket()
  const { modelId, model } = listed
  return (
    <Panel title={`You are offered ${nameOf(listed)}`}>
      <p className="text-sm leading-relaxed">
        <Address hex={model.owner} what="the owner’s address" /> offers it to you. By accepting you become its owner and
        earn {model.royaltyBps / 100} % of every answer that settles from then on.
      </p>
      <TransactionButton
        kind="main"
        send={(client, options) => acceptModel(client, { ...options, deployment: network, modelId })}
      >
        Accept it
      </TransactionButton>
    </Panel>
  )
}
