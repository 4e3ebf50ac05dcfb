import type { DecodedPng } from 'fast-png'

/** An image of 8 bits a channel, red, green, blue and alpha, row by row; a canvas's ImageData is one. */
export type RgbaImage = { width: number; height: number; data: ArrayLike<number> }

/** How an image becomes a model's values. */
export type ImageOptions = {
  /** `area` stretches the image to the model's size, each new pixel the mean of the area it covers; without it another size is refused. */
  resize?: 'area'
  /** Colour under transparent pixels, 0…255 for red, green and blue; white unless told. Models of four channels take alpha as it is. */
  background?: readonly [number, number, number]
  /** Value of a full channel; 1 unless told. A model for pixels of 0…255 needs 255. */
  maxValue?: number
}

/** The bytes are no image that is read. */
export class ImageInvalidError extends Error {
  override readonly name = 'ImageInvalidError'

  constructor({ reason, cause }: { reason: string; cause?: unknown }) {
    super(`The image ${reason}; use a PNG or a JPEG of at most ${maxPixels} pixels.`, { cause })
  }
}

/** The image has another size than the model takes, or the model takes no image. */
export class ImageSizeError extends Error {
  override readonly name = 'ImageSizeError'
  readonly width: number
  readonly height: number

  constructor({ width, height, shape }: { width: number; height: number; shape: readonly number[] }) {
    super(
      `The image has ${width} × ${height} pixels and the model takes ${shape.join('×')} (rows, columns, channels); resize it, or let \`resize: 'area'\` do so.`,
    )
    this.width = width
    this.height = height
  }
}

const maxPixels = 2 ** 24
const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const jpegSignature = [0xff, 0xd8, 0xff]

/**
 * Decodes a PNG or JPEG file to 8 bits a channel. The decoders are loaded on demand; they are plain JavaScript, so every machine reads the
 * same pixels. Colour profiles and the camera's orientation are not applied.
 * @throws ImageInvalidError
 */
export async function decodeImage(bytes: Uint8Array): Promise<RgbaImage> {
  try {
    if (startsWith(bytes, pngSignature)) return await decodePng(bytes)
    if (startsWith(bytes, jpegSignature)) return await decodeJpeg(bytes)
  } catch (cause) {
    if (cause instanceof ImageInvalidError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ImageInvalidError({ reason: `cannot be decoded (${reason})`, cause })
  }
  throw new ImageInvalidError({ reason: 'is of another format' })
}

/**
 * An image as a model's values: rows, columns, channels. One channel is luma as Pillow's `L` has it (ITU-R 601, in whole steps), three are red, green
 * and blue, four have alpha too.
 * @param shape of the model's input: rows, columns and 1, 3 or 4 channels
 * @throws ImageSizeError
 */
export function imageValues(
  image: RgbaImage,
  { shape, resize, background = [255, 255, 255], maxValue = 1 }: ImageOptions & { shape: readonly number[] },
): Float64Array {
  const { width, height } = image
  const [rows = 0, columns = 0, channels = 1, ...rest] = shape
  const fits = rows === height && columns === width
  const known = rest.length === 0 && shape.length >= 2 && [1, 3, 4].includes(channels)
  if (!known || (!fits && resize !== 'area') || width * height === 0) {
    throw new ImageSizeError({ width, height, shape })
  }
  if (image.data.length !== 4 * width * height) {
    const reason = `has ${image.data.length} bytes for ${width} × ${height} pixels of four`
    throw new ImageInvalidError({ reason })
  }
  const planes = channelsOf(image, { channels, background })
  const sized = fits ? planes : resizeArea(planes, { width, height, rows, columns, channels })
  return sized.map((value) => (value / 255) * maxValue)
}

async function decodePng(bytes: Uint8Array): Promise<RgbaImage> {
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 24) throw new ImageInvalidError({ reason: 'ends inside its header' })
  checkPixels(header.getUint32(16), header.getUint32(20))
  const { decode, convertIndexedToRgb } = await import('fast-png')
  const png = decode(bytes, { checkCrc: true })
  if (png.palette !== undefined)
    return toRgba(png, { data: convertIndexedToRgb(png), channels: png.palette[0]?.length })
  // Greys of less than 8 bits are packed as a palette's indices are.
  if (png.depth < 8) {
    const levels = 2 ** png.depth
    const palette = Array.from({ length: levels }, (_, level) => [Math.round((level * 255) / (levels - 1))])
    // One number a colour makes one channel; the library's type is of three.
    return toRgba(png, { data: convertIndexedToRgb({ ...png, palette: palette as never }), channels: 1 })
  }
  const eight = png.depth === 16 ? Uint8Array.from(png.data, (value) => value >> 8) : png.data
  return toRgba(png, { data: eight, channels: png.channels })
}

/** Greys, greys with alpha and colours, as red, green, blue and alpha. */
function toRgba(
  { width, height }: Pick<DecodedPng, 'width' | 'height'>,
  { data, channels = 3 }: { data: ArrayLike<number>; channels?: number | undefined },
): RgbaImage {
  const rgba = new Uint8Array(4 * width * height)
  const grey = channels < 3
  const opaque = channels === 1 || channels === 3
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const from = pixel * channels
    for (let channel = 0; channel < 3; channel += 1) rgba[4 * pixel + channel] = data[from + (grey ? 0 : channel)] ?? 0
    rgba[4 * pixel + 3] = opaque ? 255 : (data[from + channels - 1] ?? 0)
  }
  return { width, height, data: rgba }
}

async function decodeJpeg(bytes: Uint8Array): Promise<RgbaImage> {
  const { default: jpeg } = await import('jpeg-js')
  return jpeg.decode(bytes, { useTArray: true, maxResolutionInMP: maxPixels / 1e6, maxMemoryUsageInMB: 512 })
}

function checkPixels(width: number, height: number): void {
  if (width * height > maxPixels) throw new ImageInvalidError({ reason: `has ${width} × ${height} pixels` })
}

function channelsOf(
  { width, height, data }: RgbaImage,
  { channels, background }: { channels: number; background: readonly [number, number, number] },
): Float64Array {
  const values = new Float64Array(width * height * channels)
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const at = 4 * pixel
    const alpha = data[at + 3] ?? 255
    const blend = (channel: 0 | 1 | 2) => {
      const value = data[at + channel] ?? 0
      return channels === 4 ? value : Math.round((value * alpha + background[channel] * (255 - alpha)) / 255)
    }
    const [red, green, blue] = [blend(0), blend(1), blend(2)]
    const luma = Math.floor((red * 19_595 + green * 38_470 + blue * 7_471 + 32_768) / 65_536)
    values.set(channels === 1 ? [luma] : [red, green, blue, alpha].slice(0, channels), pixel * channels)
  }
  return values
}

/** Each new pixel is the mean of the area that it covers, with the parts of pixels at its edges. */
function resizeArea(
  values: Float64Array,
  size: { width: number; height: number; rows: number; columns: number; channels: number },
): Float64Array {
  const { width, height, rows, columns, channels } = size
  const across = spans(width, columns)
  const down = spans(height, rows)
  const resized = new Float64Array(rows * columns * channels)
  const area = (width / columns) * (height / rows)
  down.forEach((ys, row) => {
    across.forEach((xs, column) => {
      for (const [y, tall] of ys) {
        for (const [x, wide] of xs) {
          for (let channel = 0; channel < channels; channel += 1) {
            const to = (row * columns + column) * channels + channel
            const value = values[(y * width + x) * channels + channel] ?? 0
            resized[to] = (resized[to] ?? 0) + (value * tall * wide) / area
          }
        }
      }
    })
  })
  return resized
}

/** For each of `to` equal parts of `from` pixels: the pixels it covers, and how much of each. */
function spans(from: number, to: number): [number, number][][] {
  return Array.from({ length: to }, (_, part) => {
    const [start, end] = [(part * from) / to, ((part + 1) * from) / to]
    const first = Math.floor(start)
    const last = Math.min(from - 1, Math.ceil(end) - 1)
    return Array.from({ length: last - first + 1 }, (__, index) => {
      const pixel = first + index
      return [pixel, Math.min(end, pixel + 1) - Math.max(start, pixel)] satisfies [number, number]
    })
  })
}

function startsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, index) => bytes[index] === byte)
}
