'use client'
import { connectNetwork, type Network } from '@assay/sdk/deployment'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { getChainId } from 'viem/actions'
import { Button } from '../components/Button'
import { Field } from '../components/Field'
import { Loading } from '../components/Loading'
import { Page } from '../components/Page'
import { Panel } from '../components/Panel'
import { Problem } from '../components/Problem'
import { readNetworkFile } from '../hooks/useNetwork'
import { type ThemeChoice, useTheme } from '../hooks/useTheme'
import { ChainMismatchError, NodeUnreachableError } from '../networkErrors'
import { readSettings, type Settings, serviceUrl, settingNames, withSettings, writeSettings } from '../settings'

/** What the reader can choose: how the page looks, and which services it asks. Works while no network can be opened. */
export function SettingsView() {
  return (
    <Page
      title="Settings"
      lead="How the page looks, and which node of the chain and which content services it asks. What you choose is kept in this browser and sent nowhere."
      offline
    >
      <Panel title="Look">
        <Look />
      </Panel>
      <Panel title="Services">
        <Services />
      </Panel>
    </Page>
  )
}

const looks: readonly { choice: ThemeChoice; name: string }[] = [
  { choice: 'system', name: 'As the system' },
  { choice: 'light', name: 'Light' },
  { choice: 'dark', name: 'Dark' },
]

function Look() {
  const { choice, choose } = useTheme()
  return (
    <fieldset className="flex flex-wrap gap-2">
      <legend className="sr-only">Theme</legend>
      {looks.map((look) => (
        <label
          key={look.choice}
          className={`button-quiet has-focus-visible:outline-3 has-focus-visible:outline-brass has-focus-visible:outline-offset-2 ${choice === look.choice ? 'border-ink bg-sunken' : ''}`}
        >
          <input
            type="radio"
            name="theme"
            className="size-4 accent-brass outline-none"
            checked={choice === look.choice}
            onChange={() => choose(look.choice)}
          />
          {look.name}
        </label>
      ))}
    </fieldset>
  )
}

function Services() {
  const { data: file, error } = useQuery({
    queryKey: ['networkFile'],
    queryFn: ({ signal }) => readNetworkFile(signal),
  })
  if (error) return <Problem error={error} />
  return file ? <ServiceForm file={file} /> : <Loading what="Reading the network file" rows={3} />
}

const fields = {
  rpcUrl: { label: 'Chain (RPC)', why: 'A node of the chain: tells and sends everything.' },
  gatewayUrl: { label: 'IPFS gateway', why: 'Descriptions, inputs and models; every byte is checked against its CID.' },
  contentApiUrl: { label: 'IPFS upload', why: 'Takes your inputs when you ask: Kubo’s API.' },
} as const

function ServiceForm({ file }: { file: Network }) {
  const queries = useQueryClient()
  const [chosen, setChosen] = useState<Settings>(readSettings)
  const wrong = settingNames.filter((name) => chosen[name] !== undefined && serviceUrl(chosen[name]) === undefined)
  const { mutate, isPending, isSuccess, error } = useMutation({
    mutationFn: async (settings: Settings) => {
      await checkChain(withSettings(file, settings))
      writeSettings(settings)
      await queries.invalidateQueries()
    },
  })
  return (
    <div className="grid max-w-2xl gap-4">
      {settingNames.map((name) => (
        <Field
          key={name}
          label={fields[name].label}
          value={chosen[name] ?? ''}
          placeholder={file[name]}
          type="url"
          inputMode="url"
          hint={`${fields[name].why} Empty: ${file[name]}`}
          problem={wrong.includes(name) ? 'This is no http or https address.' : undefined}
          onChange={(value) =>
            setChosen(({ [name]: _, ...others }) => (value === '' ? others : { ...others, [name]: value }))
          }
        />
      ))}
      {error && <Problem what="Nothing was changed." error={error} />}
      <p role="status" className="text-proved text-sm empty:hidden">
        {isSuccess && 'Saved; the page reads from there now.'}
      </p>
      <Button
        disabled={wrong.length > 0}
        pending={isPending ? 'Asking the chain…' : undefined}
        onClick={() => mutate(chosen)}
      >
        Save services
      </Button>
      <p className="text-quiet text-sm leading-relaxed">
        This copy of the page may speak only to services that its publisher allowed (its Content-Security-Policy); a
        refused address looks like one that does not answer.
      </p>
    </div>
  )
}

/** @throws NodeUnreachableError, ChainMismatchError */
async function checkChain(network: Network): Promise<void> {
  const { rpcUrl, chainId } = network
  const actual = await getChainId(connectNetwork(network)).catch((cause: unknown) => {
    throw new NodeUnreachableError({ rpcUrl, cause })
  })
  if (actual !== chainId) throw new ChainMismatchError({ rpcUrl, expected: chainId, actual })
}
