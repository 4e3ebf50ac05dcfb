/** A point of the pad; both coordinates run from 0 to 1, left to right and top to bottom. */
export type Point = { x: number; y: number }

/** One uninterrupted movement of the pen. */
export type Stroke = Point[]

const side = 28
const boxSide = 20
const penRadius = 1.25
const softEdge = 0.6
/** Less than this share of the pad counts as this much, so that a dot is not blown up to fill the box. */
const leastExtent = 0.12

/**
 * Renders strokes as MNIST's makers did (LeCun et al. 1998): scaled into a 20 × 20 box with its aspect kept, then moved so that
 * the centre of mass stands in the middle of 28 × 28. The pen keeps its width whatever the size of the drawing.
 * @returns 784 values from 0 (stone) to 1 (pen), row by row; all zero for no strokes
 */
export function digitPixels(strokes: readonly Stroke[]): Float32Array {
  const points = strokes.flat()
  if (points.length === 0) return new Float32Array(side * side)

  const left = Math.min(...points.map((point) => point.x))
  const right = Math.max(...points.map((point) => point.x))
  const top = Math.min(...points.map((point) => point.y))
  const bottom = Math.max(...points.map((point) => point.y))
  const scale = (boxSide - 2 * penRadius) / Math.max(right - left, bottom - top, leastExtent)
  const place = (shiftX: number, shiftY: number) =>
    strokes.map((stroke) =>
      stroke.map(({ x, y }) => ({
        x: (x - (left + right) / 2) * scale + side / 2 + shiftX,
        y: (y - (top + bottom) / 2) * scale + side / 2 + shiftY,
      })),
    )

  const centre = centreOfMass(rasterise(place(0, 0)))
  const room = (side - boxSide) / 2
  const shift = (from: number) => Math.max(-room, Math.min(room, side / 2 - from))
  return rasterise(place(shift(centre.x), shift(centre.y)))
}

function rasterise(strokes: readonly Stroke[]): Float32Array {
  const pixels = new Float32Array(side * side)
  for (const stroke of strokes) {
    stroke.forEach((end, index) => {
      const start = stroke[index - 1] ?? end
      const reach = penRadius + softEdge
      const firstRow = Math.max(0, Math.floor(Math.min(start.y, end.y) - reach - 0.5))
      const lastRow = Math.min(side - 1, Math.ceil(Math.max(start.y, end.y) + reach))
      const firstColumn = Math.max(0, Math.floor(Math.min(start.x, end.x) - reach - 0.5))
      const lastColumn = Math.min(side - 1, Math.ceil(Math.max(start.x, end.x) + reach))
      for (let row = firstRow; row <= lastRow; row++) {
        for (let column = firstColumn; column <= lastColumn; column++) {
          const distance = distanceToSegment({ x: column + 0.5, y: row + 0.5 }, start, end)
          const cover = Math.max(0, Math.min(1, (penRadius + softEdge - distance) / (2 * softEdge)))
          const index = row * side + column
          pixels[index] = Math.max(pixels[index] ?? 0, cover)
        }
      }
    })
  }
  return pixels
}

function distanceToSegment(point: Point, start: Point, end: Point): number {
  const dx = end.x - start.x
  const dy = end.y - start.y
  const length = dx * dx + dy * dy
  const along =
    length === 0 ? 0 : Math.max(0, Math.min(1, ((point.x - start.x) * dx + (point.y - start.y) * dy) / length))
  return Math.hypot(point.x - start.x - along * dx, point.y - start.y - along * dy)
}

function centreOfMass(pixels: Float32Array): Point {
  let mass = 0
  let x = 0
  let y = 0
  pixels.forEach((value, index) => {
    mass += value
    x += value * ((index % side) + 0.5)
    y += value * (Math.floor(index / side) + 0.5)
  })
  return mass === 0 ? { x: side / 2, y: side / 2 } : { x: x / mass, y: y / mass }
}
