import { classicOperators } from './classic.ts'
import { convolutionOperators } from './convolution.ts'
import { elementwiseOperators } from './elementwise.ts'
import { generationOperators } from './generation.ts'
import { layoutOperators } from './layout.ts'
import { matrixOperators } from './matrix.ts'
import { normalizationOperators } from './normalization.ts'
import { quantizationOperators } from './quantization.ts'
import { reductionOperators } from './reduction.ts'
import { resamplingOperators } from './resampling.ts'
import type { Operator } from './site.ts'
import { treeOperators } from './trees.ts'

/** ONNX's operator sets, by what a model calls them; the standard one also goes by its full name. */
export const domains = { onnx: '', ml: 'ai.onnx.ml' } as const

/** Every operator that can be read, by domain and name. */
export const operators: Record<keyof typeof domains, Record<string, Operator>> = {
  onnx: {
    ...convolutionOperators,
    ...elementwiseOperators,
    ...generationOperators,
    ...layoutOperators,
    ...matrixOperators,
    ...normalizationOperators,
    ...quantizationOperators,
    ...reductionOperators,
    ...resamplingOperators,
  },
  ml: { ...classicOperators, ...treeOperators },
}

/** The operator of a node, undefined where it is not supported. */
export function findOperator({ domain, opType }: { domain: string; opType: string }): Operator | undefined {
  const set = domain === domains.ml ? operators.ml : domain === '' || domain === 'ai.onnx' ? operators.onnx : {}
  return Object.hasOwn(set, opType) ? set[opType] : undefined
}

/** Operators whose meaning, as it is read here, has not changed from opset 9 to 13. */
const unchanged = new Set([
  ...[
    'Abs',
    'Add',
    'And',
    'ArgMax',
    'Cast',
    'Ceil',
    'Concat',
    'Constant',
    'ConstantOfShape',
    'Conv',
    'ConvTranspose',
    'Div',
  ],
  ...[
    'Equal',
    'Erf',
    'Exp',
    'Expand',
    'Flatten',
    'Floor',
    'Gather',
    'Gemm',
    'GlobalAveragePool',
    'GlobalMaxPool',
    'Greater',
  ],
  ...[
    'Identity',
    'LeakyRelu',
    'Less',
    'Log',
    'MatMul',
    'Max',
    'Mean',
    'Min',
    'Mul',
    'Neg',
    'Not',
    'Or',
    'PRelu',
    'Pow',
  ],
  ...[
    'Reciprocal',
    'Relu',
    'Reshape',
    'Shape',
    'Sigmoid',
    'Sign',
    'Sqrt',
    'Sub',
    'Sum',
    'Tanh',
    'Transpose',
    'Where',
    'Xor',
  ],
])

/** Whether a node of an operator set from 9 to 12 means what it does in 13. */
export function isUnchanged({ domain, opType }: { domain: string; opType: string }): boolean {
  return domain === domains.ml || unchanged.has(opType)
}
