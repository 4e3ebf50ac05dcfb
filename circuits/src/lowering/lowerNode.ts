import type { FloatNode, FloatNodeOf } from '../floatGraph.ts'
import { lowerArgMax } from './argMax.ts'
import { lowerBinary } from './binary.ts'
import { lowerCast } from './cast.ts'
import { lowerCompare } from './compare.ts'
import { isInside, tableOf } from './composite.ts'
import { lowerConv, lowerConvTranspose } from './conv.ts'
import { lowerGather } from './gather.ts'
import { lowerLayerNorm } from './layerNorm.ts'
import { lowerDequantizeLinear, lowerQuantizeLinear } from './linearCode.ts'
import { lowerTable } from './lookUp.ts'
import type { Lower, Lowering } from './lowering.ts'
import { lowerGemm, lowerMatMul } from './matrix.ts'
import { lowerMove } from './moves.ts'
import { lowerAveragePool, lowerMaxPool } from './pool.ts'
import { lowerReduce } from './reduce.ts'
import { lowerSoftmax } from './softmax.ts'
import { lowerTreeEnsemble } from './treeEnsemble.ts'
import { lowerUnary } from './unary.ts'
import { lowerWhere } from './where.ts'

/** How each operator of the float graph becomes exact nodes. */
export const lowerings: { [Op in FloatNode['op']]: Lower<FloatNodeOf<Op>> } = {
  argMax: lowerArgMax,
  averagePool: lowerAveragePool,
  binary: lowerBinary,
  cast: lowerCast,
  compare: lowerCompare,
  concat: lowerMove,
  conv: lowerConv,
  convTranspose: lowerConvTranspose,
  dequantizeLinear: lowerDequantizeLinear,
  expand: lowerMove,
  gather: lowerGather,
  gemm: lowerGemm,
  layerNorm: lowerLayerNorm,
  matMul: lowerMatMul,
  maxPool: lowerMaxPool,
  pad: lowerMove,
  quantizeLinear: lowerQuantizeLinear,
  reduce: lowerReduce,
  reshape: lowerMove,
  slice: lowerMove,
  softmax: lowerSoftmax,
  transpose: lowerMove,
  treeEnsemble: lowerTreeEnsemble,
  unary: lowerUnary,
  where: lowerWhere,
}

/**
 * Adds what a node computes, unless an earlier node's sum has done it or a table behind it will.
 * @throws QuantizeError
 */
export function lowerNode(lowering: Lowering, node: FloatNode): void {
  if (lowering.absorbed.has(node) || isInside(lowering, node)) return
  // The table's type says that each entry takes the nodes of its own operator, which is what it is asked with.
  const lower = (tableOf(lowering, node) ? lowerTable : lowerings[node.op]) as Lower<FloatNode>
  lowering.setPlace(node.output, lower(lowering, node))
}
