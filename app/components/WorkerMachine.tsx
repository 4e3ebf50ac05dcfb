'use client'
import { readWorkerStatus, type WorkerStatus } from '@assay/sdk/readWorkerStatus'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Address, isAddress, isAddressEqual } from 'viem'
import { serviceUrl } from '../settings'
import { readWorkerUrl, writeWorkerUrl } from '../workerUrl'
import { Button } from './Button'
import { Field } from './Field'
import { Loading } from './Loading'
import { MachineReport } from './MachineReport'
import { Notice } from './Notice'
import { Panel } from './Panel'
import { Problem } from './Problem'

/** How often the machine is asked while its report is shown. */
const pollMs = 4000

/** What the worker's machine says of itself, at the address that the reader names; asked from this browser, and kept in it. */
export function WorkerMachine({ operator }: { operator: Address }) {
  const [url, setUrl] = useState(() => readWorkerUrl(operator))
  const keep = (chosen: string | undefined) => {
    writeWorkerUrl(operator, chosen)
    setUrl(chosen)
  }
  return (
    <Panel
      title="Machine"
      actions={url !== undefined && <Button onClick={() => keep(undefined)}>Ask another address</Button>}
    >
      {url === undefined ? <AddressForm onChosen={keep} /> : <Machine url={url} operator={operator} />}
    </Panel>
  )
}

function AddressForm({ onChosen }: { onChosen: (url: string) => void }) {
  const [typed, setTyped] = useState('')
  const url = serviceUrl(typed.trim())
  return (
    <form
      className="grid max-w-xl gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        if (url !== undefined) onChosen(url)
      }}
    >
      <p className="text-quiet text-sm leading-relaxed">
        If the machine can be reached from this browser, it tells here how it is: its dependencies, its sandbox, what it
        works on, and what it declined.
      </p>
      <Field
        label="Address of its status server"
        value={typed}
        type="url"
        inputMode="url"
        placeholder="http://127.0.0.1:9090"
        hint="Kept in this browser, and asked from here alone."
        problem={typed.trim() !== '' && url === undefined ? 'This is no http or https address.' : undefined}
        onChange={setTyped}
      />
      <button type="submit" className="button-quiet justify-self-start" disabled={url === undefined}>
        Ask the machine
      </button>
    </form>
  )
}

function Machine({ url, operator }: { url: string; operator: Address }) {
  const {
    data: status,
    error,
    refetch,
  } = useQuery({
    queryKey: ['workerStatus', url],
    refetchInterval: pollMs,
    retry: false,
    queryFn: ({ signal }) => readWorkerStatus(url, signal),
  })
  if (error) {
    return (
      <div className="grid gap-3">
        <Problem error={error} onRetry={() => refetch()} />
        <p className="text-quiet text-sm leading-relaxed">
          A browser also needs leave from both sides: the worker’s setting{' '}
          <code className="figures">http.allowedOrigins</code> has to name this page’s address unless it is on the same
          machine, and this copy of the page may speak only to services that its publisher allowed.
        </p>
      </div>
    )
  }
  if (!status) return <Loading what="Asking the machine" rows={3} />
  return (
    <div className="grid gap-5">
      {isOther(status, operator) && (
        <Notice kind="caution">
          The machine at this address works for another operator than the one of this page.
        </Notice>
      )}
      <MachineReport status={status} />
    </div>
  )
}

function isOther({ account }: WorkerStatus, operator: Address): boolean {
  const address = account?.operator?.address
  return address !== undefined && !(isAddress(address, { strict: false }) && isAddressEqual(address, operator))
}
