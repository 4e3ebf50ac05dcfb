import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseOnnx } from '@assay/circuits/parseOnnx'
import { measureFloat } from '../../scripts/measureFloat.ts'
import { loadMnist } from '../../scripts/mnist.ts'
import { forward, makeBuffers, makeLayer, train } from '../../scripts/neuralNet.ts'
import { seededRandom } from '../../scripts/seededRandom.ts'
import { writeOnnx } from '../../scripts/writeOnnx.ts'

const files = ['mnist-mlp', 'mnist-cnn'].map((name) =>
  fileURLToPath(new URL(`../fixtures/models/${name}.onnx`, import.meta.url)),
)

describe('loadMnist', () => {
  it('behavior: splits the 10,000 digits into 9,000 and 1,000 that share no image', () => {
    const { train, heldOut } = loadMnist()

    const key = ({ pixels }: { pixels: Float32Array }) =>
      Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength).toString('latin1')
    const trained = new Set(train.map(key))
    assert.deepEqual([train.length, heldOut.length], [9_000, 1_000])
    assert.equal(heldOut.filter((digit) => trained.has(key(digit))).length, 0)
    assert.ok([...train, ...heldOut].every(({ pixels, label }) => pixels.length === 784 && label >= 0 && label <= 9))
  })

  it('invariant: the held-out digits are the same on each machine', () => {
    const labels = loadMnist()
      .heldOut.map(({ label }) => label)
      .join('')

    assert.equal(
      createHash('sha256').update(labels).digest('hex'),
      '633e1b957d24470ec59c59da2fd85245714dd7902af0b34c60d83d3569600856',
    )
  })
})

describe('committed models', () => {
  it('behavior: name the held-out digits under onnxruntime as often as promised', async () => {
    const [mlp, cnn] = await measureFloat(files, loadMnist().heldOut)

    assert.ok(mlp !== undefined && mlp.samples === 1_000 && mlp.correct >= 945, `${mlp?.correct} of 1,000`)
    assert.ok(cnn !== undefined && cnn.samples === 1_000 && cnn.correct >= 970, `${cnn?.correct} of 1,000`)
  })

  for (const file of files) {
    it(`invariant: reading and writing ${file.split('/').at(-1)} gives its bytes again`, () => {
      const bytes = readFileSync(file)
      const name = bytes.includes('mnist-mlp') ? 'mnist-mlp' : 'mnist-cnn'
      const layers = name === 'mnist-mlp' ? 'a perceptron with 64 hidden units' : 'two convolutions and a linear layer'

      const written = writeOnnx(parseOnnx(bytes), {
        name,
        description: `Handwritten digits, 28×28 grey values 0…1: ${layers}`,
      })

      assert.ok(Buffer.from(written).equals(bytes))
    })
  }
})

describe('train', () => {
  const samples = {
    count: 40,
    inputCount: 2,
    // the classes of exclusive or, which no single linear layer tells apart
    draw: (index: number, input: Float64Array) => {
      input.set([index & 1, (index >> 1) & 1])
      return (index & 1) ^ ((index >> 1) & 1)
    },
  }
  const training = {
    epochs: 200,
    batch: 4,
    rate: 0.02,
    weightDecay: 0,
    sumDecay: 0,
    dropout: 0,
    smoothing: 0,
    maxWeight: 4,
  }
  const trained = () => {
    const random = seededRandom(3)
    const layers = [
      makeLayer({ kind: 'dense', in: [2, 1, 1], out: [8, 1, 1] }, random),
      makeLayer({ kind: 'dense', in: [8, 1, 1], out: [2, 1, 1] }, random),
    ]
    train({ layers }, { samples, training, random, report: () => {} })
    return { layers }
  }

  it('behavior: learns exclusive or', () => {
    const network = trained()

    const answers = [0, 1, 2, 3].map((index) => {
      const [zero = 0, one = 0] = forward(network, makeBuffers(network), Float64Array.of(index & 1, index >> 1))
      return one > zero ? 1 : 0
    })
    assert.deepEqual(answers, [0, 1, 1, 0])
  })

  it('invariant: the same seed gives the same weights', () => assert.deepEqual(trained(), trained()))
})
