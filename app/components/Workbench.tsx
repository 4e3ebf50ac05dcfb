'use client'
import { useState } from 'react'
import { useHashJob } from '../hooks/useHashJob'
import { AskView } from './AskView'
import { ConnectDialog } from './ConnectDialog'
import { Header } from './Header'
import { Intro } from './Intro'
import { JobView } from './JobView'
import { MarketBalance } from './MarketBalance'
import { RecentJobs } from './RecentJobs'
import { WalletButton } from './WalletButton'

/** The page once the network is open: asking, or the job that the address names. */
export function Workbench() {
  const { jobId, openJob } = useHashJob()
  const [connecting, setConnecting] = useState(false)

  return (
    <>
      <Header>
        <WalletButton onConnect={() => setConnecting(true)} />
      </Header>
      <main>
        {jobId ? (
          <JobView key={jobId} jobId={jobId} onClose={() => openJob(undefined)} onConnect={() => setConnecting(true)} />
        ) : (
          <>
            <Intro />
            <AskView onConnect={() => setConnecting(true)} onAsked={openJob} />
          </>
        )}
        <MarketBalance />
        <RecentJobs current={jobId} />
      </main>
      <ConnectDialog open={connecting} onClose={() => setConnecting(false)} />
    </>
  )
}
