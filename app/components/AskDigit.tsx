'use client'
import { lazy, type ReactNode, Suspense, useMemo, useState } from 'react'
import { digitModels } from '../digitModels'
import { blankDrawing, type Drawing, drawingPixels } from '../drawing'
import { useEncodedInput } from '../hooks/useEncodedInput'
import { useModelList } from '../hooks/useModelList'
import { openPage } from '../hooks/useRoute'
import { DigitPreview } from './DigitPreview'
import { DrawDigit } from './DrawDigit'
import { Link } from './Link'
import { Loading } from './Loading'
import { ModelPicker } from './ModelPicker'
import { Problem } from './Problem'
import { SampleDigits } from './SampleDigits'
import { Step } from './Step'

/** Most models to choose from beside the pad. */
const mostShown = 3

const AskPanel = lazy(async () => ({ default: (await import('./AskPanel')).AskPanel }))

const blankPixels = new Float32Array(784)

/** Asking, from left to right: the model, the drawing, the payment; and `children` below the first two, which are shorter. */
export function AskDigit({ preferred, children }: { preferred: string | undefined; children: ReactNode }) {
  const { data, error, refetch } = useModelList()
  const [chosenId, setChosenId] = useState<string | undefined>(preferred)
  const [drawing, setDrawing] = useState<Drawing>(blankDrawing)

  const models = useMemo(() => data && digitModels(data.pages.flatMap((page) => page.models)), [data])
  const usable = models?.filter((listed) => listed.problem === undefined)
  const chosen = usable?.find((listed) => listed.modelId === chosenId) ?? usable?.[0]
  // The model that the address names stands first, and the rest of a long list is in the catalogue.
  const named = models?.filter(({ modelId }) => modelId === preferred) ?? []
  const shown = [...named, ...(models ?? []).filter(({ modelId }) => modelId !== preferred)].slice(0, mostShown)
  const pixels = useMemo(() => drawingPixels(drawing), [drawing])
  const { result: input, error: inputError } = useEncodedInput(chosen?.manifest?.input, pixels)
  const strokes = drawing.kind === 'strokes' ? drawing.strokes : []

  return (
    <div className="grid gap-4 md:grid-cols-2 xl:grid-cols-[1fr_1.05fr_1fr] xl:grid-rows-[auto_1fr]">
      <Step number={1} title="Choose a model">
        {error && <Problem what="The models cannot be read." error={error} onRetry={() => refetch()} />}
        {!models && !error && <Loading what="Reading the models from the chain" rows={6} />}
        {models?.length === 0 && (
          <p className="text-quiet text-sm leading-relaxed">
            Nobody has published a model here yet. Publish one with{' '}
            <code className="figures text-ink">assay publish</code>.
          </p>
        )}
        {models && <ModelPicker models={shown} chosen={chosen?.modelId} onChoose={setChosenId} />}
        {models && models.length > shown.length && (
          <Link to="/models/" className="mt-3 text-quiet text-sm underline underline-offset-4 hover:text-ink">
            See all models
          </Link>
        )}
      </Step>

      <Step number={2} title="Draw a digit">
        <div className="grid gap-4">
          <DrawDigit drawing={drawing} onDraw={setDrawing} />
          <div className="flex items-center gap-3">
            <DigitPreview pixels={input?.shades ?? blankPixels} label="What the model sees" className="size-16" />
            <p className="flex-1 text-sm leading-snug">
              What the model sees <span className="block text-quiet">28 × 28 pixels</span>
            </p>
            <div className="flex gap-2">
              <button
                type="button"
                className="button-quiet"
                disabled={strokes.length === 0}
                onClick={() => setDrawing({ kind: 'strokes', strokes: strokes.slice(0, -1) })}
              >
                Undo
              </button>
              <button
                type="button"
                className="button-quiet"
                disabled={pixels === undefined}
                onClick={() => setDrawing(blankDrawing)}
              >
                Clear
              </button>
            </div>
          </div>
          {inputError !== undefined && <Problem error={inputError} />}
          <SampleDigits drawing={drawing} onPick={setDrawing} />
        </div>
      </Step>

      <div className="grid min-w-0 md:col-span-2 xl:col-span-1 xl:row-span-2">
        <Step number={3} title="Pay and ask">
          {chosen ? (
            <Suspense fallback={<Loading what="Reading the price" rows={4} />}>
              <AskPanel
                key={chosen.modelId}
                model={chosen.model}
                input={input?.encoded}
                missingInput="Draw a digit to ask"
                onAsked={(jobId) => openPage({ to: '/job/', query: { id: jobId } })}
                onSigned={(order) => openPage({ to: '/model/', query: { id: chosen.modelId, order } })}
              />
            </Suspense>
          ) : (
            <p className="text-quiet text-sm leading-relaxed">
              The price is shown here, before you pay, as soon as a model is chosen.
            </p>
          )}
        </Step>
      </div>
      <div className="grid min-w-0 content-start gap-4 md:col-span-2">{children}</div>
    </div>
  )
}
