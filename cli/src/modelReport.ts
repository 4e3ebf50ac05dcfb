import type { CheckedModel } from '@assay/circuits/checkModel'
import type { ProverChoice } from '@assay/circuits/chooseProver'
import { type FloatGraph, floatOperatorName } from '@assay/circuits/floatGraph'
import type { ModelReport } from '@assay/circuits/reportModel'
import type { PrecisionResult } from '@assay/circuits/searchPrecision'
import { estimateJobGas, type JobGas } from '@assay/sdk/jobGas'
import type { Manifest } from '@assay/sdk/manifest'
import { type AssuranceFit, fitAssurances } from './assuranceFit.ts'
import { facts, table } from './output.ts'

type Findings = { report: ModelReport; found: PrecisionResult | undefined; prover: ProverChoice }

/** What `model check` says, for machines. */
export function checkReport({ float, quantized, graphId, signals, measured }: CheckedModel, findings: Findings) {
  const { report, found } = findings
  return {
    supported: true,
    graphId,
    operators: operatorsOf(float),
    input: { ...signals.input, scale: quantized.inputScale, ...(quantized.inputGrid && { grid: quantized.inputGrid }) },
    output: { ...signals.output, scale: quantized.outputScale },
    accuracy: measured?.accuracy,
    measured,
    ...report,
    proving: provingOf(findings),
    gas: estimateJobGas(report.cost),
    assurances: assurancesOf(findings),
    search: found,
  }
}

/** What `model check` says, for a person. */
export function checkText(checked: CheckedModel, findings: Findings): string {
  const { report, found } = findings
  const { cost, layers } = report
  const proving = provingOf(findings)
  const rows = layers.map(({ name, operator, constraints, error }) => [
    ...[name, operator, constraints.toLocaleString('en'), error === undefined ? '' : percent(error)],
  ])
  const shared = [
    ['(input)', 'range checks', report.inputConstraints.toLocaleString('en'), ''],
    ['(signals)', 'packing, commitment, binding', report.signalConstraints.toLocaleString('en'), ''],
  ]
  return [
    facts([
      ...checkFacts(checked),
      [
        'constraints',
        `${cost.constraints.toLocaleString('en')}, ${cost.headroom.toLocaleString('en')} below the next power of two`,
      ],
      ['proving key', `${(cost.zkeyBytes / 2 ** 20).toFixed(1)} MB`],
      [
        'one proof',
        `about ${(proving.ms / 1000).toFixed(1)} s of processor time and at most ${proving.mb} MB, by ${proving.prover}`,
      ],
      ...gasFacts(estimateJobGas(cost)),
      ...assurancesOf(findings).map(({ assurance, fits, why }): [string, string] => [
        assurance,
        `${fits ? 'fits' : 'does not fit'}: ${why}`,
      ]),
      ...(found ? searchFacts(found) : []),
    ]),
    '',
    table(['NODE', 'OPERATOR', 'CONSTRAINTS', 'ERROR'], [...rows, ...shared]),
  ].join('\n')
}

/** One proof with the prover in use: processor time as measured on this project's machine, and a bound on memory. */
function provingOf({ report: { cost }, prover: { kind } }: Findings) {
  return kind === 'native'
    ? { prover: kind, ms: cost.nativeProvingMs, mb: cost.nativeProvingMb, threads: cost.threads }
    : { prover: kind, ms: cost.provingMs, mb: cost.provingMb, threads: cost.threads }
}

function assurancesOf(findings: Findings): AssuranceFit[] {
  return fitAssurances(findings.report.cost, provingOf(findings).ms)
}

function gasFacts({
  register,
  request,
  claim,
  submit,
  submitBatched,
  answer,
  finalize,
  defend,
}: JobGas): [string, string][] {
  const k = (gas: number) => `${(gas / 1000).toFixed(0)}k`
  return [
    ['gas, once', `about ${k(register)} to register`],
    [
      'gas, proved job',
      `${k(request)} to request, ${k(claim)} to claim, ${k(submit)} to submit (${k(submitBatched)} in a batch of 32)`,
    ],
    ['gas, optimistic', `${k(answer)} to answer, ${k(finalize)} to finalize, ${k(defend)} to defend`],
  ]
}

function searchFacts({ setting, start, trials, verified, loss }: PrecisionResult): [string, string][] {
  const { nodes, ...bits } = setting
  const own = Object.entries(nodes).map(([name, settings]) => `${name}: ${listOf(settings)}`)
  return [
    ['searched', `${trials} settings, from ${start.constraints.toLocaleString('en')} constraints`],
    ['found', [listOf(bits), ...own].join('; ')],
    ['its loss', `${lossText(loss)} where it was searched; elsewhere ${measureText(verified)}`],
  ]
}

function listOf(bits: Record<string, number | string | boolean>): string {
  return Object.entries(bits)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

/** Operators of a model with their nodes' names. */
export function operatorsOf(float: FloatGraph) {
  return float.nodes.map((node) => ({ name: node.name, op: floatOperatorName(node) }))
}

/** What a model is before any data says more. */
export function parseFacts(float: FloatGraph): [string, string][] {
  return [
    ['operators', float.nodes.map(floatOperatorName).join(' → ')],
    ['input', float.input.shape.join('×')],
    ['output', float.output.shape.join('×')],
    ['exact', 'not tried; name real inputs of the model with --calibration or --data'],
  ]
}

function checkFacts({ float, quantized, graphId, signals, measured }: CheckedModel): [string, string][] {
  const { input, output } = signals
  const scale = quantized.inputGrid ? 'a scale for each' : `scale ${quantized.inputScale}`
  return [
    ['operators', float.nodes.map(floatOperatorName).join(' → ')],
    ['input', `${input.count} values of ${input.bits} bits, ${scale}`],
    ['output', `${output.count} values of ${output.bits} bits, scale ${quantized.outputScale}`],
    ['graph', graphId],
    ['accuracy', measured === undefined ? 'not measured; name labelled data with --data' : measureText(measured)],
  ]
}

function measureText({ accuracy, error, difference, agreement }: NonNullable<CheckedModel['measured']>): string {
  if (accuracy) return accuracyText(accuracy)
  if (error) {
    return `mean squared error ${error.exact.toPrecision(4)} exact, ${error.float.toPrecision(4)} float, on ${error.samples} samples`
  }
  return `${agreement === undefined ? '' : `same class in ${percent(agreement)}, `}outputs differ by ${percent(difference)}`
}

/** Shares of right answers beside each other. */
export function accuracyText({ samples, float, exact }: NonNullable<Manifest['accuracy']>): string {
  return `${(exact * 100).toFixed(2)} % exact, ${(float * 100).toFixed(2)} % float, on ${samples} samples`
}

/** A loss of a search in words. */
export function lossText(loss: number): string {
  return `a loss of ${percent(loss)}`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`
}
