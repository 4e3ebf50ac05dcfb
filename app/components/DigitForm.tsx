'use client'
import { useState } from 'react'
import { blankDrawing, type Drawing, drawingPixels } from '../drawing'
import { DrawDigit } from './DrawDigit'
import type { InputFormProps } from './InputForm'
import { SampleDigits } from './SampleDigits'

/** A pad to draw one digit on, and samples for those who cannot draw. */
export function DigitForm({ onSource }: InputFormProps) {
  const [drawing, setDrawing] = useState<Drawing>(blankDrawing)
  const change = (next: Drawing) => {
    setDrawing(next)
    onSource(drawingPixels(next))
  }
  return (
    <div className="grid gap-4">
      <DrawDigit drawing={drawing} onDraw={change} />
      <button
        type="button"
        className="button-quiet justify-self-start"
        disabled={drawing === blankDrawing}
        onClick={() => change(blankDrawing)}
      >
        Clear
      </button>
      <SampleDigits drawing={drawing} onPick={change} />
    </div>
  )
}
