import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encode, type ImageData } from 'fast-png'
import jpeg from 'jpeg-js'
import { encodeInput } from './encodeInput.ts'
import type { ManifestInput } from './manifest.ts'
import { decodeImage, imageValues } from './readImage.ts'
import { readInput } from './readInput.ts'

const grey: ManifestInput = { shape: [2, 2, 1], width: 1, lo: 0, bits: 8, scale: 8, kind: 'image' }
/** Red, green, blue, and a white that is half transparent. */
const pixels = { width: 2, height: 2, data: [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255, 255, 255, 128] }

function fakePng(overrides: Partial<ImageData> = {}): Uint8Array {
  return encode({ width: 2, height: 2, channels: 1, data: Uint8Array.of(0, 85, 170, 255), ...overrides })
}

describe('images', () => {
  it("behavior: one channel is Pillow's luma, three are colours, four keep alpha", () => {
    const luma = imageValues(pixels, { shape: [2, 2, 1], maxValue: 255 })
    const colours = imageValues(pixels, { shape: [2, 2, 3], background: [0, 0, 0], maxValue: 255 })
    const alpha = imageValues(pixels, { shape: [2, 2, 4] })

    assert.deepEqual([...luma], [76, 150, 29, 255])
    assert.deepEqual([...colours.slice(0, 3)], [255, 0, 0])
    assert.deepEqual([...colours.slice(9)], [128, 128, 128])
    assert.equal(alpha[15], 128 / 255)
  })

  const kinds: [string, Partial<ImageData>, number[]][] = [
    ['8-bit greys', {}, [0, 85, 170, 255]],
    ['16-bit greys', { depth: 16, data: Uint16Array.of(0, 0x5555, 0xaaaa, 0xffff) }, [0, 85, 170, 255]],
    ['packed greys of 2 bits', { depth: 2, data: Uint8Array.of(0b0001_0000, 0b1011_0000) }, [0, 85, 170, 255]],
    [
      'greys with alpha over white',
      { channels: 2, data: Uint8Array.of(0, 255, 85, 255, 170, 255, 0, 0) },
      [0, 85, 170, 255],
    ],
    [
      'a palette',
      {
        data: Uint8Array.of(0, 1, 2, 1),
        palette: [
          [0, 0, 0],
          [255, 0, 0],
          [255, 255, 255],
        ],
      },
      [0, 76, 255, 76],
    ],
  ]
  for (const [what, image, expected] of kinds) {
    it(`behavior: a PNG of ${what} has the pixels that were saved`, async () => {
      const values = await readInput({ image: fakePng(image), maxValue: 255 }, [2, 2, 1])

      assert.deepEqual(Array.from(values), expected)
    })
  }

  it('behavior: a JPEG is decoded, and pixels are 0…1 unless told', async () => {
    const { data } = jpeg.encode({ width: 8, height: 8, data: new Uint8Array(256).fill(255) }, 100)

    const values = await readInput({ image: data }, [8, 8, 1])

    assert.deepEqual(
      Array.from(values),
      Array.from({ length: 64 }, () => 1),
    )
  })

  it('behavior: another size is stretched by area, keeping the mean, when that was asked for', () => {
    const image = { width: 3, height: 2, data: [0, 90, 180, 30, 120, 210].flatMap((v) => [v, v, v, 255]) }

    const smaller = imageValues(image, { shape: [1, 2, 1], resize: 'area', maxValue: 255 })
    const larger = imageValues(image, { shape: [4, 6, 1], resize: 'area', maxValue: 255 })

    assert.ok([45, 165].every((value, index) => Math.abs((smaller[index] ?? 0) - value) < 1e-9))
    assert.deepEqual([...larger.slice(0, 6)].map(Math.round), [0, 0, 90, 90, 180, 180])
  })

  const refused: [string, () => Promise<unknown>, string][] = [
    ['another size', () => readInput({ image: pixels }, [28, 28, 1]), 'ImageSizeError'],
    ['a model that takes no image', () => readInput({ image: pixels, resize: 'area' }, [4]), 'ImageSizeError'],
    ['two channels', () => readInput({ image: pixels }, [2, 2, 2]), 'ImageSizeError'],
    [
      'pixels that are missing',
      () => readInput({ image: { ...pixels, data: [1, 2, 3] } }, [2, 2, 1]),
      'ImageInvalidError',
    ],
    ['another format', () => decodeImage(new TextEncoder().encode('GIF89a')), 'ImageInvalidError'],
    ['a PNG that is cut', () => decodeImage(fakePng().subarray(0, 60)), 'ImageInvalidError'],
    [
      'a PNG with a bit turned',
      () => decodeImage(fakePng().map((byte, at) => (at === 45 ? byte ^ 1 : byte))),
      'ImageInvalidError',
    ],
    ['a JPEG that is cut', () => decodeImage(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)), 'ImageInvalidError'],
    [
      'a PNG that would fill the memory',
      () => decodeImage(fakePng().map((byte, at) => (at >= 16 && at < 24 ? 0x7f : byte))),
      'ImageInvalidError',
    ],
  ]
  for (const [what, attempt, name] of refused) {
    it(`error: ${what} gives ${name}`, async () => {
      await assert.rejects(attempt(), { name })
    })
  }
})

describe('tables and tensors', () => {
  const row: ManifestInput = { shape: [3], width: 2, lo: -100, bits: 8, scale: 1, kind: 'tensor' }

  it('behavior: a row of a CSV text, a JSON tensor and plain values are the same input', async () => {
    const sources = [
      { csv: 'a,b,c\n9,9,9\n1,"-2.5",3\n', row: 1 },
      { csv: '1, -2.5, 3' },
      { json: [[1, -2.5, 3]] },
      [1, -2.5, 3],
      { exact: [2, -5, 6] },
      { exact: [2n, -5n, 6n] },
    ]

    const encoded = await Promise.all(sources.map((source) => encodeInput(row, source)))

    assert.equal(new Set(encoded.map(({ inputCommitment }) => inputCommitment)).size, 1)
    assert.deepEqual([...(encoded[0]?.values ?? [])], [2, -5, 6])
  })

  it('behavior: axes of one element count as none, and a flat array fits any shape', async () => {
    for (const json of [
      [
        [
          [0, 1],
          [2, 3],
        ],
      ],
      [
        [[0], [1]],
        [[2], [3]],
      ],
      [0, 1, 2, 3],
    ]) {
      assert.deepEqual(Array.from(await readInput({ json }, [2, 2, 1])), [0, 1, 2, 3])
    }
  })

  const refused: [string, () => Promise<unknown>, object][] = [
    [
      'channels first',
      () => readInput({ json: [[[1, 2]], [[3, 4]], [[5, 6]]] }, [1, 2, 3]),
      { name: 'TensorShapeError' },
    ],
    ['rows of unequal length', () => readInput({ json: [[1, 2], [3]] }, [3]), { name: 'TensorInvalidError' }],
    ['text in a tensor', () => readInput({ json: [1, '2'] }, [2]), { name: 'TensorInvalidError' }],
    ['no array', () => readInput({ json: 5 }, [1]), { name: 'TensorInvalidError' }],
    ['text in a row', () => readInput({ csv: '1,x,3' }, [3]), { name: 'CsvInvalidError', row: 0 }],
    ['a row that is not there', () => readInput({ csv: '1,2', row: 4 }, [2]), { name: 'CsvInvalidError', row: 4 }],
    ['a quote that is not closed', () => readInput({ csv: '1,"2' }, [2]), { name: 'CsvInvalidError' }],
    [
      'an integer beyond the model',
      () => encodeInput(row, { exact: [0, 156, 0] }),
      { name: 'InputRangeError', index: 1, value: 156 },
    ],
    [
      'an integer below the model',
      () => encodeInput(row, { exact: [-101n, 0n, 0n] }),
      { name: 'InputRangeError', index: 0 },
    ],
    ['half an integer', () => encodeInput(row, { exact: [0, 0, 0.5] }), { name: 'InputRangeError', index: 2 }],
    ['too many integers', () => encodeInput(row, { exact: [0, 0, 0, 0] }), { name: 'InputSizeError', actual: 4 }],
    ['a row of another length', () => encodeInput(grey, { csv: '1,2,3' }), { name: 'InputSizeError', actual: 3 }],
  ]
  for (const [what, attempt, error] of refused) {
    it(`error: ${what} is refused with its place`, async () => {
      await assert.rejects(attempt(), error)
    })
  }
})
