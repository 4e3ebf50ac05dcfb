'use client'
import { countOf, type ManifestInput } from '@assay/sdk/manifest'
import type { InputSource } from '@assay/sdk/readInput'
import { lazy, Suspense } from 'react'
import { Loading } from './Loading'
import { Tabs } from './Tabs'

const DigitForm = lazy(async () => ({ default: (await import('./DigitForm')).DigitForm }))
const CameraForm = lazy(async () => ({ default: (await import('./CameraForm')).CameraForm }))
const FileForm = lazy(async () => ({ default: (await import('./FileForm')).FileForm }))
const RowForm = lazy(async () => ({ default: (await import('./RowForm')).RowForm }))

/** Most elements for which each has a field of its own. */
const mostFields = 64

/** What a model is asked, and a way to say it for each kind of input; nothing while it is not complete. */
export type InputFormProps = { input: ManifestInput; onSource: (source: InputSource | undefined) => void }

/** The form that a model's manifest asks for: an image drawn, photographed or opened, a row of values, or a file of them. */
export function InputForm({ input, onSource }: InputFormProps) {
  const props = { input, onSource }
  const count = countOf(input.shape)
  const image = input.kind === 'image'
  const tabs = [
    ...(image && count === 784 ? [{ name: 'Draw', content: <DigitForm {...props} /> }] : []),
    ...(image ? [{ name: 'Camera', content: <CameraForm {...props} /> }] : []),
    ...(!image && count <= mostFields ? [{ name: 'Row', content: <RowForm {...props} /> }] : []),
    { name: image ? 'Upload' : 'File or text', content: <FileForm {...props} /> },
  ]
  return (
    <Suspense fallback={<Loading what="Loading the form" rows={4} />}>
      <Tabs label="How to ask" tabs={tabs} onChange={() => onSource(undefined)} />
    </Suspense>
  )
}
