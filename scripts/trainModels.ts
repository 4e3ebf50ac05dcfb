// Trains the two example models on real MNIST digits and writes them as float ONNX files. Everything follows from fixed
// seeds: running it again gives the same bytes.
//
//   node scripts/trainModels.ts             trains both, writes test/fixtures/models/*.onnx
//   node scripts/trainModels.ts mlp|cnn     trains one
//   … --validate                            holds back 1,000 digits of the training split, prints the accuracy on them
//                                           and writes nothing: for choosing the settings below
//   node scripts/trainModels.ts --measure   accuracy of the committed files under onnxruntime on the held-out split
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Augmentation, augmentDigit } from './augmentDigit.ts'
import { measureFloat, printFloat } from './measureFloat.ts'
import { type Digit, loadMnist } from './mnist.ts'
import { forward, type LayerShape, makeBuffers, makeLayer, type Network, type Training, train } from './neuralNet.ts'
import { type Random, seededRandom } from './seededRandom.ts'
import { toFloatGraph } from './toFloatGraph.ts'
import { writeOnnx } from './writeOnnx.ts'

type Recipe = {
  description: string
  seed: number
  layers: LayerShape[]
  training: Training
  augmentation: Augmentation
}

const inputBits = 4
const validationCount = 1_000

const recipes: Record<'mlp' | 'cnn', Recipe> = {
  mlp: {
    description: 'Handwritten digits, 28×28 grey values 0…1: a perceptron with 64 hidden units',
    seed: 7,
    layers: [
      { kind: 'dense', in: [1, 28, 28], out: [64, 1, 1] },
      { kind: 'dense', in: [64, 1, 1], out: [10, 1, 1] },
    ],
    training: {
      epochs: 50,
      batch: 32,
      rate: 0.002,
      weightDecay: 0.01,
      sumDecay: 0.0002,
      dropout: 0.05,
      smoothing: 0.03,
      maxWeight: 127 / 128,
    },
    augmentation: { rotation: 0.2, scale: 0.1, shear: 0.12, shift: 1.5, elastic: 0.7, thickness: 0.6 },
  },
  cnn: {
    description: 'Handwritten digits, 28×28 grey values 0…1: two convolutions and a linear layer',
    seed: 11,
    layers: [
      { kind: 'conv', in: [1, 28, 28], out: [4, 12, 12], kernel: [5, 5], stride: [2, 2] },
      { kind: 'conv', in: [4, 12, 12], out: [16, 4, 4], kernel: [5, 5], stride: [2, 2] },
      { kind: 'dense', in: [16, 4, 4], out: [10, 1, 1] },
    ],
    training: {
      epochs: 50,
      batch: 32,
      rate: 0.003,
      weightDecay: 0.01,
      sumDecay: 0.0002,
      dropout: 0,
      smoothing: 0.03,
      maxWeight: 127 / 128,
    },
    augmentation: { rotation: 0.22, scale: 0.12, shear: 0.15, shift: 2, elastic: 0.8, thickness: 0.7 },
  },
}

async function main(args: string[]) {
  const unknown = args.find((arg) => !['mlp', 'cnn', '--validate', '--measure'].includes(arg))
  if (unknown !== undefined) {
    console.error(`There is no argument ${JSON.stringify(unknown)}; allowed are mlp, cnn, --validate and --measure.`)
    process.exitCode = 1
    return
  }
  const names = (['mlp', 'cnn'] as const).filter(
    (name) => args.includes(name) || !(args.includes('mlp') || args.includes('cnn')),
  )
  const files = names.map((name) =>
    fileURLToPath(new URL(`../test/fixtures/models/mnist-${name}.onnx`, import.meta.url)),
  )
  if (!args.includes('--measure')) {
    for (const [index, name] of names.entries())
      trainModel(name, args.includes('--validate') ? undefined : files[index])
  }
  if (!args.includes('--validate')) printFloat(await measureFloat(files, loadMnist().heldOut))
}

/** Trains one model and writes it to `file`; without a file, trains on less and prints the accuracy on the rest. */
function trainModel(name: 'mlp' | 'cnn', file: string | undefined) {
  const { seed, layers, training, augmentation, description } = recipes[name]
  const started = performance.now()
  const digits = loadMnist().train
  const random = seededRandom(seed)
  const network = { layers: layers.map((shape) => makeLayer(shape, random)) }
  const chosen = file === undefined ? digits.slice(validationCount) : digits
  const samples = {
    count: chosen.length,
    inputCount: 784,
    draw: (index: number, input: Float64Array) => {
      const digit = chosen[index]
      if (digit === undefined) throw new RangeError(`There is no digit ${index}.`)
      drawSample(digit, { input, augmentation, random })
      return digit.label
    },
  }
  const report = (epoch: number, loss: number) => {
    if (epoch % 10 === 0) console.log(`${name}: epoch ${epoch} of ${training.epochs}, loss ${loss.toFixed(4)}`)
  }
  train(network, { samples, training, random, report })
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  if (file === undefined) {
    const rest = digits.slice(0, validationCount)
    console.log(`${name}: ${correctOf(network, rest)} of ${rest.length} validation digits right, ${seconds} s`)
    return
  }
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, writeOnnx(toFloatGraph(network), { name: `mnist-${name}`, description }))
  console.log(`${name}: trained on ${digits.length} digits in ${seconds} s, wrote ${file}`)
}

type Drawing = { input: Float64Array; augmentation: Augmentation; random: Random }

/** Writes a variation of the digit into `input`, or one in eight times the digit itself, as precise as the exact graph. */
function drawSample({ pixels }: Digit, { input, augmentation, random }: Drawing) {
  if (random() < 0.125) input.set(pixels)
  else input.set(augmentDigit(pixels, { amount: augmentation, random }))
  roundInput(input)
}

function roundInput(input: Float64Array) {
  const steps = 2 ** inputBits
  for (let i = 0; i < input.length; i++)
    input[i] = Math.min(Math.floor((input[i] ?? 0) * steps + 0.5), steps - 1) / steps
}

function correctOf(network: Network, digits: Digit[]): number {
  const buffers = makeBuffers(network)
  return digits.filter(({ pixels, label }) => {
    const input = Float64Array.from(pixels)
    roundInput(input)
    const scores = forward(network, buffers, input)
    return scores.indexOf(Math.max(...scores)) === label
  }).length
}

await main(process.argv.slice(2))
