import type { FloatGraph, FloatNode, UnaryFunction } from '../floatGraph.ts'
import { seededRandom } from '../sampleCircuits.ts'
import { floatGraph } from './checkFloatGraph.ts'

type Constants = Parameters<typeof floatGraph>[0]['constants']

const smooth: UnaryFunction[] = [
  'abs',
  'atan',
  'celu',
  'cos',
  'elu',
  'erf',
  'gelu',
  'geluTanh',
  'hardSigmoid',
  'hardSwish',
]
const others: UnaryFunction[] = [
  'leakyRelu',
  'mish',
  'neg',
  'relu',
  'selu',
  'sigmoid',
  'sin',
  'softplus',
  'softsign',
  'tanh',
]
/** Functions that jump, or have poles. */
const rough: UnaryFunction[] = ['ceil', 'exp', 'floor', 'log', 'reciprocal', 'round', 'sign', 'sqrt']

/** The tensors of a random graph have this shape. */
const shape = [1, 3, 4]
/** Dimensions whose elements are one for each of a row. */
const row = [1, 3, 1]

/**
 * For tests: a random graph of functions, attention, normalizations, reductions, comparisons and choices over a small input.
 * @param isRough whether functions jump and have poles too, so that a small error may become a great one
 */
export function randomFunctions(seed: number, { isRough = false }: { isRough?: boolean } = {}): FloatGraph {
  const random = seededRandom(seed)
  const below = (count: number) => Math.floor(random() * count)
  const pick = <T>(all: readonly [T, ...T[]] | readonly T[], first: T): T => all[below(all.length)] ?? first
  const nodes: FloatNode[] = []
  const constants: NonNullable<Constants> = {}
  const tensors = ['x']
  const tensor = () => pick(tensors, 'x')
  const constant = (size: number[], draw: () => number) => {
    const name = `k${Object.keys(constants).length}`
    constants[name] = { shape: size, values: Array.from({ length: size.reduce((a, b) => a * b, 1) }, draw) }
    return name
  }
  const weights = (size: number[]) => constant(size, () => 2 * random() - 1)
  const next = () => {
    const name = `t${nodes.length}`
    return { name, output: name, shape, type: 'float' } as const
  }
  const add = (node: FloatNode) => {
    nodes.push(node)
    return node.output
  }
  const keep = (node: FloatNode) => tensors.push(add(node))
  const reduce = (name: 'sum' | 'mean' | 'max' | 'min') =>
    add({ ...next(), op: 'reduce', function: name, axes: [2], inputs: [tensor()], shape: row })
  const steps: (() => void)[] = [
    () => {
      const name = pick([...smooth, ...others, ...(isRough ? rough : [])], 'tanh')
      keep({
        ...next(),
        op: 'unary',
        function: name,
        alpha: name === 'leakyRelu' ? 0.1 : 1,
        beta: 0.5,
        inputs: [tensor()],
      })
    },
    () => keep({ ...next(), op: 'softmax', axis: pick([1, 2], 2), inputs: [tensor()] }),
    () => {
      const axis = pick([1, 2], 2)
      const within = shape.slice(axis)
      const inputs = [tensor(), weights(within), weights(within)]
      keep({ ...next(), op: 'layerNorm', axis, epsilon: 0.1, inputs })
    },
    () => {
      const reduced = reduce(pick(['sum', 'mean', 'max', 'min'], 'sum'))
      keep({
        ...next(),
        op: 'binary',
        function: pick(['add', 'sub', 'max', 'min'], 'add'),
        inputs: [tensor(), reduced],
      })
    },
    () => {
      const [from, mask] = [tensor(), constant([3, 3], () => (random() < 0.3 ? -3.4e38 : 0))]
      const turned = add({ ...next(), op: 'transpose', order: [0, 2, 1], inputs: [from], shape: [1, 4, 3] })
      const products = add({ ...next(), op: 'matMul', inputs: [tensor(), turned], shape: [1, 3, 3] })
      const masked = add({ ...next(), op: 'binary', function: 'add', inputs: [products, mask], shape: [1, 3, 3] })
      const shares = add({ ...next(), op: 'softmax', axis: 2, inputs: [masked], shape: [1, 3, 3] })
      keep({ ...next(), op: 'matMul', inputs: [shares, from] })
    },
    () =>
      keep({
        ...next(),
        op: 'binary',
        function: pick(['add', 'sub', 'mul', 'max', 'min'], 'add'),
        inputs: [tensor(), tensor()],
      }),
    () =>
      keep({ ...next(), op: 'binary', function: pick(['add', 'mul', 'sub'], 'mul'), inputs: [tensor(), weights([4])] }),
    () => keep({ ...next(), op: 'gemm', inputs: [tensor(), weights([4, 4]), weights([4])] }),
  ]
  const jumps: (() => void)[] = [
    () => {
      const against = random() < 0.5 ? weights([4]) : tensor()
      const relation = pick(['less', 'greater', 'lessOrEqual', 'greaterOrEqual'] as const, 'less')
      const condition = add({ ...next(), op: 'compare', relation, inputs: [tensor(), against], type: 'boolean' })
      const sides = [random() < 0.3 ? weights([4]) : tensor(), random() < 0.3 ? weights([1]) : tensor()]
      keep({ ...next(), op: 'where', inputs: [condition, ...sides] })
    },
    () => {
      const position = add({ ...next(), op: 'argMax', axis: 2, inputs: [tensor()], shape: [1, 3], type: 'integer' })
      keep({ ...next(), op: 'gather', axis: 0, inputs: [weights([4, 4]), position] })
    },
    () => {
      const whole = add({ ...next(), op: 'cast', inputs: [tensor()], type: 'integer' })
      keep({ ...next(), op: 'cast', inputs: [whole] })
    },
    () => {
      const by = constant([4], () => 1 + below(3))
      keep({ ...next(), op: 'binary', function: pick(['mod', 'fmod', 'pow'], 'mod'), inputs: [tensor(), by] })
    },
  ]
  const all = isRough ? [...steps, ...jumps] : steps
  for (let left = 2 + below(6); left > 0; left--) pick(all, all[0])?.()
  return pruned(floatGraph({ input: { name: 'x', shape, type: 'float' }, constants, nodes }))
}

/** The graph of the nodes that its output needs. */
function pruned(graph: FloatGraph): FloatGraph {
  const needed = new Set([graph.output.name])
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (needed.has(node.output)) for (const name of node.inputs) needed.add(name)
    return needed.has(node.output)
  })
  const constants = new Map([...graph.constants].filter(([name]) => needed.has(name)))
  return { ...graph, nodes: nodes.reverse(), constants }
}
