'use client'
import { type PointerEvent, useEffect, useRef } from 'react'
import type { Point, Stroke } from '../digitPixels'
import type { Drawing } from '../drawing'

const resolution = 640
const penWidth = 44

/** The touchstone: a pad to draw one digit on with mouse, pen or finger. */
export function DrawDigit({ drawing, onDraw }: { drawing: Drawing; onDraw: (drawing: Drawing) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const current = useRef<Stroke | undefined>(undefined)
  const strokes = drawing.kind === 'strokes' ? drawing.strokes : []
  const empty = drawing.kind === 'strokes' && strokes.length === 0

  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context) return
    context.clearRect(0, 0, resolution, resolution)
    if (drawing.kind === 'sample') paintSample(context, drawing.pixels)
    else for (const stroke of drawing.strokes) paintStroke(context, stroke)
  }, [drawing])

  const pointOf = (event: { clientX: number; clientY: number }): Point => {
    const box = canvas.current?.getBoundingClientRect()
    if (!box) return { x: 0, y: 0 }
    const inside = (value: number) => Math.max(0, Math.min(1, value))
    return { x: inside((event.clientX - box.left) / box.width), y: inside((event.clientY - box.top) / box.height) }
  }
  const start = (event: PointerEvent<HTMLCanvasElement>) => {
    if (event.button !== 0 || !event.isPrimary) return
    event.preventDefault()
    event.currentTarget.setPointerCapture(event.pointerId)
    current.current = [pointOf(event)]
    onDraw({ kind: 'strokes', strokes: [...strokes, current.current] })
  }
  const move = (event: PointerEvent<HTMLCanvasElement>) => {
    if (!current.current || !event.isPrimary) return
    const passed = event.nativeEvent.getCoalescedEvents?.() ?? []
    current.current = [...current.current, ...(passed.length > 0 ? passed : [event.nativeEvent]).map(pointOf)]
    onDraw({ kind: 'strokes', strokes: [...strokes.slice(0, -1), current.current] })
  }
  const end = () => {
    current.current = undefined
  }

  return (
    <div className="relative aspect-square w-full overflow-hidden rounded-lg bg-stone shadow-[inset_0_0_0_1px_var(--color-stone-line)]">
      <svg
        viewBox="0 0 100 100"
        className="pointer-events-none absolute inset-0 size-full stroke-stone-line"
        fill="none"
        aria-hidden="true"
      >
        <rect x="18" y="18" width="64" height="64" rx="3" strokeWidth="0.5" strokeDasharray="1.6 2.4" />
      </svg>
      {empty && <GhostDigit />}
      <canvas
        ref={canvas}
        width={resolution}
        height={resolution}
        role="img"
        aria-label={empty ? 'Empty drawing pad. Draw with mouse or finger, or use a sample digit below.' : 'Your digit'}
        className="absolute inset-0 size-full cursor-crosshair touch-none"
        onPointerDown={start}
        onPointerMove={move}
        onPointerUp={end}
        onPointerCancel={end}
      />
    </div>
  )
}

/** What to do, shown rather than said, until the first stroke. */
function GhostDigit() {
  return (
    <>
      <svg
        viewBox="0 0 100 100"
        className="pointer-events-none absolute inset-0 size-full"
        fill="none"
        aria-hidden="true"
      >
        <path
          d="M36 32h28L47 70"
          className="stroke-stone-line"
          strokeWidth="7"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      <p className="pointer-events-none absolute inset-x-0 bottom-5 text-center text-[#b9c4c8] text-sm">
        Draw a digit from 0 to 9 here
      </p>
    </>
  )
}

function paintStroke(context: CanvasRenderingContext2D, stroke: Stroke) {
  context.strokeStyle = '#f2c657'
  context.lineWidth = penWidth
  context.lineCap = 'round'
  context.lineJoin = 'round'
  context.beginPath()
  stroke.forEach(({ x, y }, index) => {
    if (index === 0) context.moveTo(x * resolution, y * resolution)
    context.lineTo(x * resolution, y * resolution)
  })
  context.stroke()
}

function paintSample(context: CanvasRenderingContext2D, pixels: Float32Array) {
  const cell = resolution / 28
  pixels.forEach((value, index) => {
    context.fillStyle = `rgb(242 198 87 / ${value})`
    context.fillRect((index % 28) * cell, Math.floor(index / 28) * cell, cell + 0.5, cell + 0.5)
  })
}
