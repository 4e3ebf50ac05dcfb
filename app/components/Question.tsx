import type { JobInput } from '../hooks/useJobInput'
import type { ImageSize } from '../inputImage'
import { InputImage } from './InputImage'

/** The image that a job asked about; a blank while it is fetched, and a dash when it could not be had. */
export function Question({ input, size, missing }: { input: JobInput | undefined; size: ImageSize; missing: boolean }) {
  return (
    <figure className="grid justify-items-center gap-2">
      {input ? (
        <InputImage shades={input.shades} size={size} label="The image that was asked about" />
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
