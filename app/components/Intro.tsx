const steps = [
  ['You ask', 'Your payment goes into escrow: a contract holds it, and nobody can take it out by hand.'],
  [
    'A worker answers',
    'An independent machine runs the model and makes a proof: mathematics that only holds for this model, this input, this answer.',
  ],
  ['The contract checks', 'It verifies the proof on chain. No valid proof, no payment: your money comes back.'],
  [
    'Everybody is paid',
    'The worker earns the price, the model’s owner a royalty, and you can check the proof again here.',
  ],
] as const

/** What this is, in one sentence, and how it works, in four. */
export function Intro() {
  return (
    <section className="grid gap-5 pt-6 pb-8 sm:pt-10">
      <h1 className="max-w-[26ch] font-semibold text-[2rem] leading-[1.08] tracking-[-0.03em] sm:text-[2.75rem] lg:max-w-none">
        Ask an AI model. Pay only if the answer comes with a proof.
      </h1>
      <p className="max-w-[62ch] text-lg text-quiet leading-relaxed">
        Assay is a market for AI answers that can be checked. Draw a digit: somebody’s machine reads it, and a contract
        pays them only after checking a mathematical proof that this model gave this answer.
      </p>
      <details className="group max-w-3xl lg:hidden">
        <summary className="font-medium text-quiet underline decoration-line underline-offset-4">How it works</summary>
        <Steps />
      </details>
      <div className="hidden lg:block">
        <Steps />
      </div>
    </section>
  )
}

function Steps() {
  return (
    <ol className="mt-4 grid gap-x-8 gap-y-4 lg:mt-0 lg:grid-cols-4">
      {steps.map(([title, text]) => (
        <li key={title} className="border-edge border-t pt-3">
          <h2 className="font-semibold text-[0.9375rem]">{title}</h2>
          <p className="mt-1 text-quiet text-sm leading-relaxed">{text}</p>
        </li>
      ))}
    </ol>
  )
}
