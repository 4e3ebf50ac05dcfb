import { DigitPreview } from './DigitPreview'

/** Stands where the answer will be, or says why there is none. */
export function AnswerPending({ input, ended }: { input: Float32Array | undefined; ended: boolean }) {
  return (
    <div className="grid grid-cols-2 items-center gap-4 rounded-md bg-ground p-4 sm:p-6">
      <figure className="grid justify-items-center gap-2">
        {input ? (
          <DigitPreview pixels={input} label="The image that was asked about" className="w-full max-w-36" />
        ) : (
          <span className="block aspect-square w-full max-w-36 animate-waiting rounded-sm bg-sunken" />
        )}
        <figcaption className="text-quiet text-sm">Question</figcaption>
      </figure>
      <p className="text-center text-quiet text-sm leading-relaxed">
        {ended
          ? 'This job ended without an answer, and nobody was paid for it.'
          : 'The answer appears here as soon as the contract has accepted its proof.'}
      </p>
    </div>
  )
}
