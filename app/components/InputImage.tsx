'use client'
import { useEffect, useRef } from 'react'
import { type ImageSize, toRgba } from '../inputImage'

/** A model's image input, enlarged without smoothing where it is small. @param shades from 0 to 1, row by row, channels last */
export function InputImage({ shades, size, label }: { shades: Float32Array; size: ImageSize; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const { width, height } = size
  useEffect(() => {
    const rgba = toRgba(shades, size)
    canvas.current?.getContext('2d')?.putImageData(new ImageData(rgba, size.width, size.height), 0, 0)
  }, [shades, size])
  return (
    <canvas
      ref={canvas}
      width={width}
      height={height}
      role="img"
      aria-label={label}
      className={`w-full max-w-36 rounded-sm bg-stone outline outline-stone-line -outline-offset-1 ${width < 144 ? '[image-rendering:pixelated]' : ''}`}
    />
  )
}
