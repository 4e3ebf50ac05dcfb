import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ExactGraph, inputOf, nodeAt, weightAt } from '@assay/circuits/exactGraph'
import type { FloatConstant, FloatNode } from '@assay/circuits/floatGraph'
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { writeOnnx } from '../writeOnnx.ts'
import { listZoo, loadZoo } from '../zoo/loadZoo.ts'

type Runtime = { InferenceSession: typeof InferenceSession; Tensor: typeof Tensor }

/** A model under onnxruntime with one thread. */
export type FloatModel = {
  /** runs it on a batch of inputs prepared before; undefined for a model that takes one input at a time */
  run: (batch: number) => Promise<(() => Promise<unknown>) | undefined>
  release: () => Promise<void>
}

/**
 * The float model of an exact one: the zoo's file, the fixture's, or, where there is none, the dense layers of the exact graph
 * with its integers as real numbers.
 */
export async function loadFloatModel(name: string, graph: ExactGraph): Promise<FloatModel> {
  process.env.ORT_DISABLE_TELEMETRY = '1' // read when the library loads, so before the import
  const { InferenceSession, Tensor }: Runtime = await import('onnxruntime-node')
  const { onnx, shape, draw, outputs, type } = describeModel(name, graph)
  const session = await InferenceSession.create(onnx, {
    ...{ intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4, graphOptimizationLevel: 'all' },
  })
  const [inputName = ''] = session.inputNames
  const count = shape.reduce((product, length) => product * length, 1)
  return {
    async run(batch) {
      const dims = batch === 1 ? shape : [batch, ...shape.slice(1)]
      const numbers = Array.from({ length: batch * count }, (_, index) => draw(index % count))
      const data =
        type === 'int64'
          ? new Tensor('int64', BigInt64Array.from(numbers, BigInt), dims)
          : new Tensor('float32', Float32Array.from(numbers), dims)
      const names = outputs ?? [...session.outputNames]
      const once = () => session.run({ [inputName]: data }, names)
      try {
        const found = await once()
        return names.every((output) => batch === 1 || found[output]?.dims[0] === batch) ? once : undefined
      } catch (error) {
        if (batch === 1) throw error
        return undefined // the model's own shapes hold one input
      }
    },
    release: () => session.release(),
  }
}

type Description = {
  onnx: Uint8Array
  shape: number[]
  draw: (index: number) => number
  outputs?: string[]
  type: 'float32' | 'int64'
}

function describeModel(name: string, graph: ExactGraph): Description {
  if (listZoo().some((entry) => entry.name === name)) {
    const { onnx, inputShape, output, samples, inputType } = loadZoo(name)
    const values = samples[0]?.values ?? new Float32Array()
    return { onnx, shape: inputShape, outputs: [output], type: inputType, draw: (index) => values[index] ?? 0 }
  }
  const draw = (index: number) => (index % 16) / 15
  if (name.startsWith('mnist-')) {
    const file = join(import.meta.dirname, '../../test/fixtures/models', `${name}.onnx`)
    return { onnx: readFileSync(file), shape: [1, 1, 28, 28], type: 'float32', draw }
  }
  return { onnx: denseLayers(graph), shape: [1, inputOf(graph).count], type: 'float32', draw }
}

/** Gemm and Relu for each linear node. */
function denseLayers(graph: ExactGraph): Uint8Array {
  const constants = new Map<string, FloatConstant>()
  const nodes: FloatNode[] = []
  let input = 'input'
  for (const [index, node] of graph.nodes.entries()) {
    if (node.op !== 'linear') continue
    const isLast = index === graph.outputNode
    const shape = [1, node.count]
    const output = isLast ? 'scores' : `sum${index}`
    const values = (tensor: number) => Float32Array.from(weightAt(graph, tensor).values)
    constants.set(`weight${index}`, {
      ...{ shape: [node.count, node.window.run], type: 'float', values: values(node.weight) },
    })
    constants.set(`bias${index}`, { shape: [node.count], type: 'float', values: values(node.bias) })
    const inputs = [input, `weight${index}`, `bias${index}`]
    nodes.push({ op: 'gemm', name: `dense${index}`, inputs, output, shape, type: 'float' })
    if (isLast) break
    input = `hidden${index}`
    const relu = { name: `relu${index}`, inputs: [output], output: input, shape, type: 'float' as const }
    nodes.push({ op: 'unary', function: 'relu', alpha: 0, beta: 0, ...relu })
  }
  const ends = { input: inputOf(graph), output: nodeAt(graph, graph.outputNode) }
  return writeOnnx(
    {
      ...{ input: { name: 'input', shape: [1, ends.input.count], type: 'float' }, nodes, constants },
      output: { name: 'scores', shape: [1, ends.output.count], type: 'float' },
    },
    { name: 'dense', description: '' },
  )
}
