'use client'
import type { InputSource } from '@assay/sdk/readInput'
import { useId, useState } from 'react'
import { readText, sourceOfFile } from '../inputFiles'
import type { InputFormProps } from './InputForm'
import { Notice } from './Notice'

/** Largest file that the page opens: 32 MiB. */
const maxBytes = 2 ** 25

/** A file with the whole input: an image, or the values as CSV, JSON or .npy; values can be pasted too. */
export function FileForm({ input, onSource }: InputFormProps) {
  const id = useId()
  const [name, setName] = useState<string>()
  const [problem, setProblem] = useState<string>()
  const [text, setText] = useState('')
  const image = input.kind === 'image'

  const take = (read: () => InputSource | undefined) => {
    try {
      onSource(read())
      setProblem(undefined)
    } catch (error) {
      onSource(undefined)
      setProblem(error instanceof Error ? error.message : String(error))
    }
  }
  const open = async (file: File | undefined) => {
    if (!file) return
    setName(file.name)
    setText('')
    if (file.size > maxBytes) {
      onSource(undefined)
      setProblem(`The file has ${Math.round(file.size / 2 ** 20)} MiB; at most 32 MiB are opened.`)
      return
    }
    const bytes = new Uint8Array(await file.arrayBuffer())
    take(() => sourceOfFile({ name: file.name, bytes }))
  }

  return (
    <div className="grid gap-4">
      <label
        htmlFor={id}
        className="grid place-items-center gap-1 rounded-lg border border-edge border-dashed px-4 py-8 text-center hover:bg-sunken has-focus-visible:outline-3 has-focus-visible:outline-brass"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault()
          void open(event.dataTransfer.files[0])
        }}
      >
        <span className="font-medium">{name ?? (image ? 'Choose a picture' : 'Choose a file')}</span>
        <span className="text-quiet text-sm">{image ? 'PNG or JPEG' : 'CSV, JSON or .npy'}, or drop it here</span>
        <input
          id={id}
          type="file"
          className="sr-only"
          accept={image ? 'image/png,image/jpeg,.npy,.json' : '.csv,.json,.npy,text/csv,application/json'}
          onChange={(event) => void open(event.target.files?.[0])}
        />
      </label>
      {!image && (
        <label className="grid gap-1.5 text-sm">
          <span className="font-medium">Or paste the values</span>
          <textarea
            value={text}
            rows={4}
            spellCheck={false}
            placeholder="5.1, 3.5, 1.4, 0.2"
            className="figures w-full rounded-md border border-edge bg-ground px-3 py-2 text-sm placeholder:text-quiet"
            onChange={(event) => {
              setText(event.target.value)
              setName(undefined)
              take(() => readText(event.target.value))
            }}
          />
        </label>
      )}
      {problem && <Notice kind="failed">{problem}</Notice>}
    </div>
  )
}
