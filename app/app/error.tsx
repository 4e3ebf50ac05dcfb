'use client'
import { Message } from '../components/Message'

/** Stands in for the page when a part of it broke; what was paid or asked is on the chain and not lost. */
export default function PageError({ error }: { error: Error }) {
  return (
    <main className="mx-auto grid min-h-dvh max-w-xl content-center gap-4 p-6">
      <h1 className="font-semibold text-2xl tracking-tight">A part of this page broke</h1>
      <p className="text-quiet leading-relaxed [overflow-wrap:anywhere]">
        <Message text={error.message} /> What you asked and paid is on the chain, and not lost.
      </p>
      <button type="button" className="button-main justify-self-start" onClick={() => window.location.reload()}>
        Load the page again
      </button>
    </main>
  )
}
