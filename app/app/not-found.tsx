/** Shown by hosts that serve `404.html` for an address that names nothing. */
export default function NotFound() {
  return (
    <main className="mx-auto grid min-h-dvh max-w-xl content-center gap-4 p-6">
      <h1 className="font-semibold text-2xl tracking-tight">There is nothing at this address</h1>
      <p className="text-quiet leading-relaxed">Jobs and models are listed from the start page.</p>
      <a href="/" className="button-main justify-self-start">
        Go to the start page
      </a>
    </main>
  )
}
