'use client'
import type { Model } from '@assay/sdk/getModel'
import { countOf, type Manifest } from '@assay/sdk/manifest'
import type { InputSource } from '@assay/sdk/readInput'
import { useState } from 'react'
import { formatCount } from '../formatCount'
import { useEncodedInput } from '../hooks/useEncodedInput'
import { openPage } from '../hooks/useRoute'
import { AskPanel } from './AskPanel'
import { DigitPreview } from './DigitPreview'
import { InputForm } from './InputForm'
import { MarketBalance } from './MarketBalance'
import { Panel } from './Panel'
import { Problem } from './Problem'

/** Asking one model: what it is asked, and what that costs. */
export function AskModel({ model, manifest }: { model: Model; manifest: Manifest }) {
  const { input } = manifest
  const [source, setSource] = useState<InputSource>()
  const { result, error } = useEncodedInput(input, source)
  const [rows = 0, columns = 0, channels = 1] = input.shape
  return (
    <div className="grid items-start gap-4 lg:grid-cols-2">
      <Panel title="Ask it">
        <InputForm input={input} onSource={setSource} />
        {error !== undefined && <Problem error={error} />}
        {result && input.kind === 'image' && channels === 1 && rows === columns && (
          <div className="flex items-center gap-3">
            <DigitPreview pixels={result.shades} side={columns} label="What the model sees" className="size-16" />
            <p className="text-sm leading-snug">
              What the model sees{' '}
              <span className="block text-quiet">
                {rows} × {columns} pixels
              </span>
            </p>
          </div>
        )}
        {result && !(input.kind === 'image' && channels === 1) && (
          <p role="status" className="text-quiet text-sm">
            Ready: {formatCount(countOf(input.shape))} values, as {formatCount(result.encoded.bytes.length)} bytes.
          </p>
        )}
      </Panel>
      <div className="grid min-w-0 gap-4">
        <Panel title="Pay">
          <AskPanel
            model={model}
            input={result?.encoded}
            missingInput={input.kind === 'image' ? 'Give it an image to ask' : 'Give it its values to ask'}
            onAsked={(jobId) => openPage({ to: '/job/', query: { id: jobId } })}
            onSigned={(order) => openPage({ to: '/model/', query: { id: model.modelId, order } })}
          />
        </Panel>
        <MarketBalance />
      </div>
    </div>
  )
}
