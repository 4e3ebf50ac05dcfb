'use client'
import { isAddress } from 'viem'
import { JobTable } from '../components/JobTable'
import { Link } from '../components/Link'
import { Page } from '../components/Page'
import { Panel } from '../components/Panel'
import { openPage, useRoute } from '../hooks/useRoute'
import { useWalletState } from '../hooks/useWallet'

/** Every job of the market, or with `?requester=` those of one account, newest first. */
export function JobsView() {
  const { query } = useRoute()
  const wallet = useWalletState()
  const asked = query.get('requester')
  const requester = asked !== null && isAddress(asked, { strict: false }) ? asked : undefined
  const own = wallet.status === 'connected' ? wallet.address : undefined
  return (
    <Page
      title="Jobs"
      lead={
        requester
          ? 'What one account asked, newest first.'
          : 'What everybody asked, newest first. A job’s page shows its answer, who was paid, and lets you check it.'
      }
      actions={
        <>
          {requester && (
            <Link to="/jobs/" className="button-quiet">
              All jobs
            </Link>
          )}
          {own && !requester && (
            <button
              type="button"
              className="button-quiet"
              onClick={() => openPage({ to: '/jobs/', query: { requester: own } })}
            >
              Only mine
            </button>
          )}
        </>
      }
    >
      <Panel>
        <JobTable pageSize={20} pageable {...(requester && { filter: { requester } })} />
      </Panel>
    </Page>
  )
}
