// Writes docs/operators.md: which ONNX operators can be read, and how their official test cases fare in floats and in integers.
//   node scripts/generateOperators.ts [--check | --names]
// --check writes nothing and fails when the page differs from what it should be; --names lists the operators.
import { readFileSync, writeFileSync } from 'node:fs'
import { isUnchanged, operators } from '@assay/circuits/operators/registry'
import { listOnnxCases, type OnnxCase } from './onnxCases.ts'
import { type ExactOutcome, exactTolerance, runExactCase } from './runExactCase.ts'
import { contradictoryCases, type OnnxOutcome, runOnnxCase } from './runOnnxCase.ts'

const page = new URL('../docs/operators.md', import.meta.url)

/** The set that an operator came with, where that is after the first that can be read. */
const since: Record<string, number> = {
  CastLike: 15,
  Gelu: 20,
  GroupNormalization: 18,
  HardSwish: 14,
  LayerNormalization: 17,
  Mish: 18,
  TreeEnsemble: 5,
}

/** What of an operator is read; the rest is refused by name. */
const forms: Record<string, string> = {
  AveragePool: 'one and two dimensions',
  BatchNormalization: 'inference; statistics constant',
  Constant: 'numbers and booleans',
  ConstantOfShape: 'shape constant',
  Conv: 'one and two dimensions; weight constant',
  ConvInteger: 'one and two dimensions; weight constant',
  ConvTranspose: 'one and two dimensions; weight constant',
  DequantizeLinear: 'one scale, or one for each element of an axis',
  Dropout: 'inference',
  Expand: 'shape constant',
  GlobalAveragePool: 'one and two dimensions',
  GlobalMaxPool: 'one and two dimensions',
  MaxPool: 'one and two dimensions; without positions',
  Pad: 'pads constant',
  QLinearConv: 'one and two dimensions; weight, scales and zero points constant',
  QLinearMatMul: 'scales and zero points constant',
  QuantizeLinear: 'to 8, 16 and 32 bits; one scale, or one for each element of an axis',
  Range: 'constant',
  Reshape: 'shape constant',
  Resize: 'nearest and linear, without antialias; scales or sizes constant',
  SVMClassifier: 'linear kernel, without Platt probabilities',
  SVMRegressor: 'linear kernel',
  Slice: 'bounds constant',
  Split: 'sizes constant',
  Tile: 'repeats constant',
  TopK: 'k = 1',
  TreeEnsemble: 'membership only before a leaf',
  ZipMap: 'gives the scores in the order of the classes',
}
const transforms = 'post_transform NONE, LOGISTIC or SOFTMAX'
for (const name of ['LinearClassifier', 'LinearRegressor', 'TreeEnsembleClassifier', 'TreeEnsembleRegressor']) {
  forms[name] = transforms
}
const constantAxes = Object.keys(operators.onnx).filter((name) => name.startsWith('Reduce') || /squeeze/i.test(name))
for (const name of constantAxes) forms[name] = 'axes constant'

type Result = { test: OnnxCase; outcome: OnnxOutcome; exact: ExactOutcome }

function render(results: Result[]): string {
  const count = (result: OnnxOutcome['result'], of = results) =>
    of.filter(({ outcome }) => outcome.result === result).length
  const countExact = (result: ExactOutcome['result'], of = results) =>
    of.filter(({ exact }) => exact.result === result).length
  const single = results.filter(({ test }) => test.operators.length === 1 && !test.name.includes('_expanded'))
  const row = (set: 'onnx' | 'ml', name: string) => {
    const own = single.filter(({ test }) => test.operators[0] === `${set}/${name}`)
    const passed = own.length === 0 ? '' : `${count('passed', own)} of ${own.length}`
    const tried = own.filter(({ exact }) => exact.result !== 'none')
    const near = tried.length === 0 ? '' : `${countExact('passed', tried)} of ${tried.length}`
    const { attributes = [] } = operators[set][name] ?? {}
    const first = since[name] ?? (set === 'ml' ? 1 : isUnchanged({ domain: '', opType: name }) ? 9 : 13)
    const versions = set === 'ml' ? `${first}–5` : `${first}–21`
    return `| ${name} | ${versions} | ${[...attributes].sort().join(', ')} | ${passed} | ${near} | ${forms[name] ?? ''} |`
  }
  const table = (set: 'onnx' | 'ml') => [
    '| operator | versions | attributes | cases | in integers | forms |',
    '|---|---|---|---|---|---|',
    ...Object.keys(operators[set])
      .sort()
      .map((name) => row(set, name)),
  ]
  const functions = results.filter((result) => !single.includes(result))
  const refused = results.filter(({ outcome }) => outcome.result === 'refused')
  const wrong = results.filter(({ outcome }) => outcome.result === 'wrong')
  return [
    '# Operators',
    '',
    '<!-- Written by scripts/generateOperators.ts; do not edit. -->',
    '',
    'Which operators of ONNX `parseOnnx` reads, in which versions of their sets and with which attributes. "Cases" are the official test',
    'cases of each operator in the package `onnx` 1.16.2, small ones of numbers and booleans, that `evaluateFloat` computes as expected, within',
    '1e-5. Each is tried with its first input computed and the others constant, with all inputs computed, and with none, so that it is',
    'folded. A case passes when every output is computed in one of these ways at least, and is right in all in which it is not refused.',
    `"In integers" are the cases whose exact graph, of inputs and values of up to 16 bits and calibrated on the case's own input, gives whole`,
    `numbers and booleans exactly, codes of a quantization within one step, and reals within 1/${1 / exactTolerance} of the greatest, or of 1. It takes`,
    'the variants with computed inputs; one of them has to be near, and none that is computed may be far.',
    'A model from opset 9 to 12 is read when its operators are those that set 13 left as they were.',
    '',
    `Of ${single.length} cases of one operator ${count('passed', single)} pass, ${count('refused', single)} are refused and ` +
      `${count('wrong', single)} are not as expected; of ${functions.length} cases of functions written out in other operators ` +
      `${count('passed', functions)}, ${count('refused', functions)} and ${count('wrong', functions)}.`,
    '',
    `Of all ${results.length} cases, ${countExact('passed')} pass in integers, ${countExact('refused')} are refused there, ${countExact('wrong')} are further off, and ` +
      `${countExact('none')} are refused by the importer or constant.`,
    '',
    '## Standard operators',
    '',
    ...table('onnx'),
    '',
    '## ai.onnx.ml',
    '',
    'ONNX has few cases of these; the tests in `circuits/src/operators` compare random models with onnxruntime.',
    '',
    ...table('ml'),
    '',
    '## Cases that are refused',
    '',
    ...refused.map(({ test, outcome }) => `- \`${test.name}\`: ${reasonOf(outcome)}`),
    '',
    '## Cases that are refused in integers',
    '',
    ...results.flatMap(({ test, exact }) =>
      exact.result === 'refused' ? [`- \`${test.name}\`: ${exact.reason}`] : [],
    ),
    '',
    '## Cases that are further off in integers',
    '',
    ...results.flatMap(({ test, exact }) => (exact.result === 'wrong' ? [`- \`${test.name}\`: ${exact.reason}`] : [])),
    '',
    '## Cases that are not as expected',
    '',
    'Their expected values wrap around where the operator’s text says that they saturate, as they do here and in onnxruntime.',
    '',
    ...wrong.map(({ test, outcome }) => `- \`${test.name}\`: ${reasonOf(outcome)}`),
    '',
  ].join('\n')
}

function reasonOf(outcome: OnnxOutcome): string {
  return outcome.result === 'passed' ? '' : outcome.reason
}

if (process.argv.includes('--names')) {
  for (const [set, names] of Object.entries(operators)) {
    for (const name of Object.keys(names)) process.stdout.write(`${set}/${name}\n`)
  }
} else {
  const results = listOnnxCases().map((test) => ({ test, outcome: runOnnxCase(test), exact: runExactCase(test) }))
  const unexplained = results.filter(
    ({ test, outcome }) => outcome.result === 'wrong' && !contradictoryCases.has(test.name),
  )
  const text = render(results)
  if (unexplained.length > 0) {
    process.stderr.write(`${unexplained.map(({ test, outcome }) => `${test.name}: ${reasonOf(outcome)}`).join('\n')}\n`)
    process.exitCode = 1
  } else if (!process.argv.includes('--check')) writeFileSync(page, text)
  else if (readFileSync(page, 'utf8') !== text) {
    process.stderr.write('docs/operators.md is not what the code does; run node scripts/generateOperators.ts.\n')
    process.exitCode = 1
  }
}
