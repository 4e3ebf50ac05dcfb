/** The parts of Lighthouse's report that are kept; scores from 0 to 1, `numericValue` in milliseconds (the shift has no unit). */
export type LighthouseReport = {
  runtimeError?: { code: string }
  categories: Record<string, { score: number | null }>
  audits: Record<string, { title: string; score: number | null; numericValue?: number }>
}

/** Lighthouse's emulated devices. */
export const profiles = ['mobile', 'desktop'] as const
export type Profile = (typeof profiles)[number]

/** Least score of each category, of 100. */
export const targets = { performance: 95, accessibility: 100, 'best-practices': 95 } as const
export type Category = keyof typeof targets

/** What one page scored in one profile: medians over the runs. Times in milliseconds. */
export type PageScores = {
  page: string
  profile: Profile
  scores: Record<Category, number>
  largestPaintMs: number
  blockedMs: number
  shift: number
}

/** Categories by name, in the order of tables. */
export const categories: readonly Category[] = ['performance', 'accessibility', 'best-practices']

/**
 * Medians of the runs of one page.
 * @throws Error when a report lacks a category or a metric, as after a crash of the browser
 */
export function scoresOf(
  { page, profile }: Pick<PageScores, 'page' | 'profile'>,
  reports: readonly LighthouseReport[],
): PageScores {
  const scoreOf = (category: Category) =>
    Math.round(
      100 * median(reports.map(({ categories: found }) => known(found[category]?.score, { page, what: category }))),
    )
  const metricOf = (audit: string) =>
    median(reports.map(({ audits }) => known(audits[audit]?.numericValue, { page, what: audit })))
  return {
    page,
    profile,
    scores: {
      performance: scoreOf('performance'),
      accessibility: scoreOf('accessibility'),
      'best-practices': scoreOf('best-practices'),
    },
    largestPaintMs: metricOf('largest-contentful-paint'),
    blockedMs: metricOf('total-blocking-time'),
    shift: metricOf('cumulative-layout-shift'),
  }
}

/** A sentence for each score that is below its target. */
export function missedTargets(rows: readonly PageScores[], judged: readonly Category[] = categories): string[] {
  return rows.flatMap(({ page, profile, scores }) =>
    judged
      .filter((category) => scores[category] < targets[category])
      .map((category) => `${page} (${profile}) has ${scores[category]} of ${targets[category]} for ${category}.`),
  )
}

/** The scores as a table for docs/app.md. */
export function scoreTable(rows: readonly PageScores[]): string {
  const head =
    '| page | profile | performance | accessibility | best practices | largest paint | blocked | layout shift |'
  const lines = rows.map(
    ({ page, profile, scores, largestPaintMs, blockedMs, shift }) =>
      `| ${page} | ${profile} | ${categories.map((category) => scores[category]).join(' | ')} | ${(largestPaintMs / 1000).toFixed(1)} s | ${Math.round(blockedMs)} ms | ${shift.toFixed(2)} |`,
  )
  return [head, '|---|---|---|---|---|---|---|---|', ...lines].join('\n')
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN
}

function known(value: number | null | undefined, { page, what }: { page: string; what: string }): number {
  if (typeof value !== 'number') throw new Error(`Lighthouse measured no ${what} of ${page}; run it again.`)
  return value
}
