/** Size of an image input. */
export type ImageSize = { height: number; width: number; channels: number }

/**
 * Rows, columns and channels of an image input's shape, channels last, with the leading ones that stand for a batch left out;
 * undefined for a shape that is no image.
 */
export function imageSize(shape: readonly number[]): ImageSize | undefined {
  const own = shape.slice(shape.findIndex((length, axis) => length !== 1 || axis >= shape.length - 2))
  const [height, width, channels = 1, ...rest] = own
  if (height === undefined || width === undefined || rest.length > 0) return undefined
  return [1, 3, 4].includes(channels) ? { height, width, channels } : undefined
}

/**
 * Shades from 0 to 1 as bytes for a canvas. One channel goes from the stone's colour to white, as the drawing pad has it.
 * @param shades row by row, channels last
 */
export function toRgba(shades: Float32Array, { height, width, channels }: ImageSize): Uint8ClampedArray<ArrayBuffer> {
  const rgba = new Uint8ClampedArray(height * width * 4)
  for (let pixel = 0; pixel < height * width; pixel += 1) {
    const shade = (channel: number) => shades[pixel * channels + channel] ?? 0
    const [red, green, blue] =
      channels === 1
        ? [20 + shade(0) * 235, 25 + shade(0) * 230, 27 + shade(0) * 228]
        : [shade(0) * 255, shade(1) * 255, shade(2) * 255]
    rgba.set([red, green, blue, channels === 4 ? shade(3) * 255 : 255], pixel * 4)
  }
  return rgba
}
