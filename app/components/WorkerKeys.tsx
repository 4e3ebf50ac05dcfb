'use client'
import type { Worker } from '@assay/sdk/getWorker'
import { lazy, type ReactNode, Suspense } from 'react'
import { isAddressEqual, zeroAddress } from 'viem'
import { formatClock, formatDuration } from '../formatTime'
import { shortText } from '../shortText'
import type { WorkerNote } from '../workerHistory'
import { formerSigners } from '../workerHistory'
import { Address } from './Address'
import { CopyHex } from './CopyHex'
import { Panel } from './Panel'

// What sends is loaded after what is read.
const KeyActions = lazy(async () => ({ default: (await import('./KeyActions')).KeyActions }))
const RevokeSigner = lazy(async () => ({ default: (await import('./KeyActions')).RevokeSigner }))
const CancelRecovery = lazy(async () => ({ default: (await import('./KeyActions')).CancelRecovery }))

/** Who acts for a worker: its keys, those that are on their way in or out, and what it says of itself. @param now unix seconds */
export function WorkerKeys({
  worker,
  notes,
  isOperator,
  now,
}: {
  worker: Worker
  notes: readonly WorkerNote[]
  isOperator: boolean
  now: number
}) {
  const { operator, signer, guardian, recoverySigner, recoverableAt, metadataCid } = worker
  const isSelf = isAddressEqual(operator, signer)
  return (
    <Panel title="Keys">
      <dl className="grid gap-3 text-sm">
        <Row name="Operator" why="names the signer, and owns what jobs earn">
          <Address hex={operator} what="the operator’s address" />
        </Row>
        <Row name="Signer" why="claims and answers">
          {isSelf ? 'the operator itself' : <Address hex={signer} what="the signer’s address" />}
        </Row>
        {formerSigners(notes, { now, worker }).map((former) => (
          <Row
            key={former.signer}
            name="Former signer"
            why={`accepted for another ${formatDuration(former.validUntil - now)}, until ${formatClock(former.validUntil, now)}`}
          >
            <span className="flex flex-wrap items-center gap-3">
              <Address hex={former.signer} what="the former signer’s address" />
              {isOperator && (
                <Suspense>
                  <RevokeSigner operator={operator} signer={former.signer} />
                </Suspense>
              )}
            </span>
          </Row>
        ))}
        <Row name="Guardian" why="the only account that stake leaves to, where there is one">
          {isAddressEqual(guardian, zeroAddress) ? 'none' : <Address hex={guardian} what="the guardian’s address" />}
        </Row>
        {recoverableAt > 0 && (
          <Row
            name="Recovery"
            why={
              recoverableAt > now
                ? `the guardian puts another signer in place; possible from ${formatClock(recoverableAt, now)} on`
                : 'the guardian puts another signer in place; anyone can finish it now'
            }
          >
            <span className="flex flex-wrap items-center gap-3">
              <Address hex={recoverySigner} what="the coming signer’s address" />
              {isOperator && (
                <Suspense>
                  <CancelRecovery operator={operator} />
                </Suspense>
              )}
            </span>
          </Row>
        )}
        <Row name="Description" why="what the worker says of itself, by its CID">
          {metadataCid === '' ? 'none' : <CopyHex hex={shortText(metadataCid, 80)} what="the description’s CID" />}
        </Row>
      </dl>
      {isOperator && (
        <Suspense>
          <KeyActions worker={worker} />
        </Suspense>
      )}
    </Panel>
  )
}

function Row({ name, why, children }: { name: string; why: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 border-line border-b pb-3 last:border-b-0 last:pb-0">
      <dt>
        <span className="font-medium">{name}</span> <span className="text-quiet">{why}</span>
      </dt>
      <dd>{children}</dd>
    </div>
  )
}
