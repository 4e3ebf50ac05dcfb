'use client'
import { useEffect } from 'react'
import { AskDigit } from '../components/AskDigit'
import { Intro } from '../components/Intro'
import { JobTable } from '../components/JobTable'
import { Link } from '../components/Link'
import { MarketBalance } from '../components/MarketBalance'
import { NetworkGate } from '../components/NetworkGate'
import { Panel } from '../components/Panel'
import { openPage, useRoute } from '../hooks/useRoute'

/** The start: what this is, a model to ask at once, and what others asked. */
export function HomeView() {
  const { query } = useRoute()
  useEffect(() => {
    document.title = 'Assay: answers from AI models, with proof'
    // Addresses of jobs looked like this before jobs had a page of their own.
    const id = /^#job=(0x[0-9a-f]{64})$/i.exec(window.location.hash)?.[1]
    if (id) openPage({ to: '/job/', query: { id } })
  }, [])
  return (
    <>
      <Intro />
      <NetworkGate>
        <AskDigit key={query.get('model')} preferred={query.get('model')?.toLowerCase()}>
          <MarketBalance />
          <Panel
            title="Recent jobs"
            actions={
              <Link to="/jobs/" className="text-quiet text-sm underline underline-offset-4 hover:text-ink">
                All jobs
              </Link>
            }
          >
            <JobTable pageSize={6} />
          </Panel>
        </AskDigit>
      </NetworkGate>
    </>
  )
}
