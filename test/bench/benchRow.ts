import { loadavg } from 'node:os'

/** What a figure has to be, in its unit. */
export type Target = { atMost: number } | { atLeast: number }

/** One line of the table. */
export type BenchRow = {
  what: string
  /** In `unit`. */
  measured: number
  unit: 'ms' | 'MB' | 'MB per 100 jobs' | 'MB/s' | 'jobs/s'
  /** Absent for figures that are there to compare with. */
  target?: Target
  /** How the measurement stands beside another, or what its parts are. */
  beside: string
  /** Load average of the machine in the minute before the row was made. */
  load: number
}

/** A row that was just measured. */
export function measuredRow(row: Omit<BenchRow, 'load'>): BenchRow {
  return { ...row, load: loadavg()[0] ?? 0 }
}

/** Whether a row's figure is what it has to be; undefined when nothing is asked of it. */
export function isReached({ measured, target }: Pick<BenchRow, 'measured' | 'target'>): boolean | undefined {
  if (target === undefined) return undefined
  return 'atMost' in target ? measured <= target.atMost : measured >= target.atLeast
}

/** The value that a share of all values does not exceed: 0.5 is the median; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

/** Slope of the straight line through points with the least squares of distances; 0 of fewer than two. */
export function slopeOf(points: readonly { x: number; y: number }[]): number {
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanX, meanY] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))]
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0)
  return spread > 0 ? points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread : 0
}

/** The rows as a table in Markdown. */
export function tableOf(rows: readonly BenchRow[]): string {
  const lines = rows.map((row) => {
    const reached = isReached(row)
    const verdict = reached === undefined ? '' : reached ? 'reached' : 'missed'
    const figure = `${row.measured.toFixed(Math.abs(row.measured) < 10 ? 2 : 1)} ${row.unit}`
    return `| ${row.what} | ${figure} | ${targetText(row.target)} | ${verdict} | ${row.beside} | ${row.load.toFixed(1)} |`
  })
  return ['| what | measured | target | | beside | load |', '|---|--:|--:|---|---|--:|', ...lines].join('\n')
}

function targetText(target: Target | undefined): string {
  if (target === undefined) return ''
  return 'atMost' in target ? `≤ ${target.atMost}` : `≥ ${target.atLeast}`
}
