/** What a tensor's elements are. Booleans are 0 and 1; integers are whole numbers of at most 53 bits. */
export type ElementType = 'float' | 'integer' | 'boolean'

/**
 * A tensor by name, in ONNX's order of elements: the last dimension varies fastest (images are NCHW). The shape is whole,
 * with the batch; it is empty for a single number.
 */
export type FloatTensor = { name: string; shape: number[]; type: ElementType }

/** A tensor whose values the model holds. Floats are finite. Others may share the array: do not change it. */
export type FloatConstant = { shape: number[]; type: ElementType; values: Float32Array | Float64Array }

/** What all nodes have. Inputs name the graph's input, a constant, or an earlier node's output. */
type NodeBase = { name: string; inputs: string[]; output: string; shape: number[]; type: ElementType }

/**
 * A two-dimensional convolution of `[n, channels, height, width]`, as ONNX's Conv; one-dimensional ones become rows.
 * Inputs: x, weight (constant, `[out, in / group, kernel height, kernel width]`), bias (constant, `[out]`).
 */
export type FloatConv = NodeBase & {
  op: 'conv'
  kernel: [height: number, width: number]
  stride: [height: number, width: number]
  dilation: [height: number, width: number]
  /** zeros added around the input */
  pads: [top: number, left: number, bottom: number, right: number]
  group: number
}

/**
 * The transposed convolution: each element of the input adds the kernel, times itself, to the output, which starts as the
 * bias; `pads` are cut off the result (below 0, zeros are added). Weight: constant, `[in, out / group, kernel height, kernel width]`.
 */
export type FloatConvTranspose = Omit<FloatConv, 'op'> & { op: 'convTranspose' }

/**
 * A fully connected layer on the last dimension: `out = weight · in + bias`.
 * Inputs: x `[…, in]`, weight (constant, `[out, in]`), bias (constant, `[out]`).
 */
export type FloatGemm = NodeBase & { op: 'gemm' }

/** A matrix product as numpy's matmul, at least one operand computed: `[…, n, k] · […, k, m]`, leading dimensions broadcast. */
export type FloatMatMul = NodeBase & { op: 'matMul' }

/** Two operands element by element, shapes broadcast as in numpy. Division of integers truncates. `mod` has the divisor's sign. */
export type FloatBinary = NodeBase & { op: 'binary'; function: BinaryFunction }
export type BinaryFunction = 'add' | 'sub' | 'mul' | 'div' | 'min' | 'max' | 'pow' | 'mod' | 'fmod'

/** One function of each element; unaryFunctions.ts says which. `alpha` and `beta` are 0 where the function has none. */
export type FloatUnary = NodeBase & { op: 'unary'; function: UnaryFunction; alpha: number; beta: number }
export type UnaryFunction =
  | 'abs'
  | 'acos'
  | 'asin'
  | 'atan'
  | 'ceil'
  | 'celu'
  /** into alpha … beta, either of which may be infinite */
  | 'clip'
  | 'cos'
  | 'elu'
  | 'erf'
  | 'exp'
  | 'floor'
  | 'gelu'
  | 'geluTanh'
  | 'hardSigmoid'
  | 'hardSwish'
  | 'isNaN'
  | 'leakyRelu'
  | 'log'
  | 'mish'
  | 'neg'
  | 'not'
  /** x to the power alpha */
  | 'power'
  | 'reciprocal'
  | 'relu'
  /** half to even */
  | 'round'
  | 'selu'
  | 'sigmoid'
  | 'sign'
  | 'sin'
  | 'softplus'
  | 'softsign'
  | 'sqrt'
  | 'tan'
  | 'tanh'
  | 'thresholdedRelu'

/** `exp(x) / Σ exp(x)` along one axis. */
export type FloatSoftmax = NodeBase & { op: 'softmax'; axis: number }

/**
 * `(x - mean) / sqrt(variance + epsilon) · scale + bias` over the dimensions from `axis` on.
 * Inputs: x, scale, bias, both constant and of those dimensions.
 */
export type FloatLayerNorm = NodeBase & { op: 'layerNorm'; axis: number; epsilon: number }

/** Windows over `[n, channels, height, width]`; the output's shape says how many, so that the last may reach beyond the pads. */
type Pool = NodeBase & {
  kernel: [height: number, width: number]
  stride: [height: number, width: number]
  dilation: [height: number, width: number]
  pads: [top: number, left: number, bottom: number, right: number]
}

/** The greatest element of each window; what lies outside the input does not count. */
export type FloatMaxPool = Pool & { op: 'maxPool' }

/** The mean of each window: over its elements inside the input, or with `countPads` inside the padded input. */
export type FloatAveragePool = Pool & { op: 'averagePool'; countPads: boolean }

/** One number for all elements along `axes` (ascending). The shape says whether these dimensions stay, as 1. */
export type FloatReduce = NodeBase & { op: 'reduce'; function: 'sum' | 'mean' | 'max' | 'min' | 'prod'; axes: number[] }

/** Position of the greatest element along one axis, the first of equals. The shape says whether the dimension stays, as 1. */
export type FloatArgMax = NodeBase & { op: 'argMax'; axis: number }

/** The same elements in the same order under another shape. */
export type FloatReshape = NodeBase & { op: 'reshape' }

/** Dimension i of the output is dimension `order[i]` of the input. */
export type FloatTranspose = NodeBase & { op: 'transpose'; order: number[] }

/** The inputs, of which some may be constant, one after the other along one axis. */
export type FloatConcat = NodeBase & { op: 'concat'; axis: number }

/** Element i of each dimension is element `start + i · step` of the input's; one start and step for each dimension. */
export type FloatSlice = NodeBase & { op: 'slice'; starts: number[]; steps: number[] }

/**
 * Elements picked by number along one axis: `out[a…, i…, b…] = data[a…, indices[i…], b…]`. Inputs: data, indices; either may be
 * constant. Constant indices are within the axis; a computed index below 0 counts from the axis' end.
 */
export type FloatGather = NodeBase & { op: 'gather'; axis: number }

/** Repeats the input into the output's shape, as numpy broadcasts. */
export type FloatExpand = NodeBase & { op: 'expand' }

/** The input with `value` around it: `before[i]` elements in dimension i, and as many after as the shape leaves. */
export type FloatPad = NodeBase & { op: 'pad'; before: number[]; value: number }

/** Inputs: condition, yes, no, of shapes that broadcast. */
export type FloatWhere = NodeBase & { op: 'where' }

/** 1 where the relation holds between two operands, else 0; shapes broadcast. */
export type FloatCompare = NodeBase & { op: 'compare'; relation: Relation }
export type Relation = 'equal' | 'less' | 'lessOrEqual' | 'greater' | 'greaterOrEqual'

/** To the node's type: integers truncate toward 0, booleans are x ≠ 0. */
export type FloatCast = NodeBase & { op: 'cast' }

/** A child of a branch: the branch of that number, or, below 0, the leaf of number `-1 - child`. */
export type TreeChild = number

/** An inner node of a tree: the row's element `feature` is compared with `threshold`. */
export type TreeBranch = {
  feature: number
  relation: 'lessOrEqual' | 'less' | 'equal'
  threshold: number
  yes: TreeChild
  no: TreeChild
}

/** Branches stand before their children. A tree of one leaf has the root -1. Leaves add weights to targets. */
export type Tree = { root: TreeChild; branches: TreeBranch[]; leaves: { target: number; weight: number }[][] }

/**
 * Decision trees over the rows of `[n, features]`, giving `[n, targets]`: for each target, the sum, least or greatest of the weights that
 * the leaves reached give it (0 without any), plus `base`. One number of `base` for each target.
 */
export type FloatTreeEnsemble = NodeBase & {
  op: 'treeEnsemble'
  trees: Tree[]
  aggregate: 'sum' | 'min' | 'max'
  base: number[]
}

/**
 * `clamp(round(x / scale) + zero, lo, hi)`, half to even. Inputs: x, scale, zero; the last two constant, of one element, or one for
 * each element of `axis`.
 */
export type FloatQuantizeLinear = NodeBase & { op: 'quantizeLinear'; axis: number; lo: number; hi: number }

/** `(x - zero) · scale`, inputs as {@link FloatQuantizeLinear}'s. */
export type FloatDequantizeLinear = NodeBase & { op: 'dequantizeLinear'; axis: number }

export type FloatNode =
  | FloatConv
  | FloatConvTranspose
  | FloatGemm
  | FloatMatMul
  | FloatBinary
  | FloatUnary
  | FloatSoftmax
  | FloatLayerNorm
  | FloatMaxPool
  | FloatAveragePool
  | FloatReduce
  | FloatArgMax
  | FloatReshape
  | FloatTranspose
  | FloatConcat
  | FloatSlice
  | FloatGather
  | FloatExpand
  | FloatPad
  | FloatWhere
  | FloatCompare
  | FloatCast
  | FloatTreeEnsemble
  | FloatQuantizeLinear
  | FloatDequantizeLinear

/** The node of one operator. */
export type FloatNodeOf<Op extends FloatNode['op']> = Extract<FloatNode, { op: Op }>

/**
 * A float model reduced to few operators: what the importer makes of ONNX's many. Nodes stand in topological order; the output is
 * a node's, and depends on the input. Each node has at least one computed operand, and every constant is read.
 */
export type FloatGraph = {
  input: FloatTensor
  output: FloatTensor
  constants: Map<string, FloatConstant>
  nodes: FloatNode[]
}

/** What a node does in one word, for a person: the function where its operator is one of many functions. */
export function floatOperatorName(node: FloatNode): string {
  if (node.op === 'unary' || node.op === 'binary' || node.op === 'reduce') return node.function
  return node.op === 'compare' ? node.relation : node.op
}
