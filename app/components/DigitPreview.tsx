'use client'
import { useEffect, useRef } from 'react'

/**
 * An image of the model's own pixels, enlarged without smoothing.
 * @param pixels values from 0 to 1, row by row
 * @param side pixels in a row
 * @param label what it shows; empty when the text beside it says so
 */
export function DigitPreview({
  pixels,
  side = 28,
  label,
  className = '',
}: {
  pixels: Float32Array
  side?: number
  label: string
  className?: string
}) {
  const canvas = useRef<HTMLCanvasElement>(null)

  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context) return
    const image = context.createImageData(side, side)
    pixels.forEach((value, index) => {
      const shade = Math.round(20 + value * 235)
      image.data.set([shade, Math.round(25 + value * 230), Math.round(27 + value * 228), 255], index * 4)
    })
    context.putImageData(image, 0, 0)
  }, [pixels, side])

  return (
    <canvas
      ref={canvas}
      width={side}
      height={side}
      role={label ? 'img' : 'presentation'}
      aria-label={label || undefined}
      className={`rounded-sm bg-stone outline outline-stone-line -outline-offset-1 [image-rendering:pixelated] ${className}`}
    />
  )
}
