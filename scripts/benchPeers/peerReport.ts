import { availableParallelism, cpus, loadavg } from 'node:os'
import type { PeerMeasure } from './peerMeasure.ts'

/** One model as both provers took it; a sentence stands where one could not. */
export type Comparison = { model: string; machine: string; ours: PeerMeasure | string; ezkl: PeerMeasure | string }

type Row = {
  name: string
  value: (measure: PeerMeasure) => number | undefined
  show: (value: number) => string
  /** the least ratio EZKL : ours that is asked for */
  needed?: number
}

const rows: Row[] = [
  { name: 'setup, s', value: ({ setup }) => setup.seconds, show: seconds },
  { name: 'setup, processor s', value: ({ setup }) => setup.cpuSeconds, show: seconds },
  { name: 'setup, peak memory', value: ({ setup }) => setup.peakBytes, show: megabytes },
  { name: 'prove, s', value: ({ prove }) => prove.seconds, show: seconds, needed: 10 },
  { name: 'prove, processor s', value: ({ prove }) => prove.cpuSeconds, show: seconds },
  { name: 'prove, peak memory', value: ({ prove }) => prove.peakBytes, show: megabytes, needed: 10 },
  { name: 'prove again, s', value: ({ again }) => again.seconds, show: seconds },
  { name: 'prove again, processor s', value: ({ again }) => again.cpuSeconds, show: seconds },
  { name: 'prove again, peak memory', value: ({ again }) => again.peakBytes, show: megabytes },
  { name: 'input to proof, s', value: ({ answer }) => answer.seconds, show: seconds },
  { name: 'input to proof, processor s', value: ({ answer }) => answer.cpuSeconds, show: seconds },
  { name: 'input to proof, peak memory', value: ({ answer }) => answer.peakBytes, show: megabytes },
  { name: 'verify, s', value: ({ verify }) => verify.seconds, show: seconds },
  { name: 'verify, peak memory', value: ({ verify }) => verify.peakBytes, show: megabytes },
  { name: 'proving key', value: ({ provingKeyBytes }) => provingKeyBytes, show: megabytes, needed: 10 },
  { name: 'verification key, bytes', value: ({ verificationKeyBytes }) => verificationKeyBytes, show: whole },
  { name: 'proof, bytes', value: ({ proofBytes }) => proofBytes, show: whole },
  { name: 'verify on chain, gas', value: ({ onChain }) => onChain.gas, show: whole },
  { name: 'verifier contract, bytes', value: ({ onChain }) => onChain.codeBytes, show: whole },
]

/** The comparison of one model as a section of Markdown: a table, or the sentences that say why there is none. */
export function peerSection({ model, machine, ours, ezkl }: Comparison): string {
  const sentences = [
    ...(typeof ours === 'string' ? [`Ours: ${ours}`] : []),
    ...(typeof ezkl === 'string' ? [`EZKL: ${ezkl}`] : []),
  ]
  const sizes = ['circuit', sizeOf(ours), sizeOf(ezkl), '', '']
  const lines = rows.map((row) => {
    const [mine, theirs] = [ours, ezkl].map((side) => (typeof side === 'string' ? undefined : row.value(side)))
    const ratio = mine === undefined || theirs === undefined ? undefined : theirs / mine
    return [row.name, shown(mine, row), shown(theirs, row), ratioText(ratio), asked(ratio, row.needed)]
  })
  const table = [['', 'ours', 'EZKL', 'EZKL : ours', 'asked'], ['---', '--:', '--:', '--:', '---'], sizes, ...lines]
  const body = table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
  return [`### ${model}`, `On ${machine}.`, ...sentences, ...(sentences.length === 2 ? [] : [body])].join('\n\n')
}

/** The page with these sections in place of those of the same headings below `mark`; new ones stand at its end. */
export function putSections(page: string, { mark, sections }: { mark: string; sections: string[] }): string {
  const [head = '', tail = ''] = page.split(mark)
  const kept = new Map(splitSections(tail).map((section) => [headingOf(section), section]))
  for (const section of sections) kept.set(headingOf(section), section)
  return `${[`${head}${mark}`, ...kept.values()].join('\n\n')}\n`
}

function splitSections(text: string): string[] {
  return text
    .split(/^(?=### )/m)
    .map((section) => section.trim())
    .filter((section) => section !== '')
}

function headingOf(section: string): string {
  return section.split('\n')[0] ?? ''
}

/** The machine, how busy it is and the day: to be asked before measuring begins. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'an unknown processor'
  const load = (loadavg()[0] ?? 0).toFixed(1)
  const day = new Date().toISOString().slice(0, 10)
  return `${availableParallelism()} threads of ${model} with a load of ${load} before, Node ${process.versions.node}, ${day}`
}

function sizeOf(side: PeerMeasure | string): string {
  return typeof side === 'string' ? '–' : side.size
}

function shown(value: number | undefined, { show }: Row): string {
  return value === undefined ? '–' : show(value)
}

function ratioText(ratio: number | undefined): string {
  if (ratio === undefined) return '–'
  return `${ratio >= 100 ? ratio.toFixed(0) : ratio.toPrecision(2)}×`
}

function asked(ratio: number | undefined, needed: number | undefined): string {
  if (needed === undefined || ratio === undefined) return ''
  return `${ratio >= needed ? 'reached' : 'missed'}: ≥ ${needed}×`
}

function seconds(value: number): string {
  return value.toFixed(2)
}

function megabytes(value: number): string {
  return `${(value / 1e6).toFixed(1)} MB`
}

function whole(value: number): string {
  return value.toLocaleString('en')
}
