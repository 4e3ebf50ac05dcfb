import { DigitPreview } from './DigitPreview'

/** The image that a job asked about; a blank while it is fetched, and a dash when it could not be had. */
export function Question({ input, missing }: { input: Float32Array | undefined; missing: boolean }) {
  return (
    <figure className="grid justify-items-center gap-2">
      {input ? (
        <DigitPreview pixels={input} label="The image that was asked about" className="w-full max-w-36" />
      ) : (
        <span
          className={`grid aspect-square w-full max-w-36 place-items-center rounded-sm border border-edge border-dashed text-quiet ${missing ? '' : 'animate-waiting'}`}
        >
          {missing && 'not available'}
        </span>
      )}
      <figcaption className="text-quiet text-sm">Question</figcaption>
    </figure>
  )
}
