import { digitPixels, type Stroke } from './digitPixels'

/** What stands on the pad: strokes of the person, or a real handwritten digit that they picked. */
export type Drawing = { kind: 'strokes'; strokes: Stroke[] } | { kind: 'sample'; index: number; pixels: Float32Array }

/** A clean pad. */
export const blankDrawing: Drawing = { kind: 'strokes', strokes: [] }

/** The 28 × 28 pixels, from 0 to 1, that a drawing means; nothing for a clean pad. */
export function drawingPixels(drawing: Drawing): Float32Array | undefined {
  if (drawing.kind === 'sample') return drawing.pixels
  return drawing.strokes.length > 0 ? digitPixels(drawing.strokes) : undefined
}
