// Program behind `npm run lighthouse`: what Lighthouse says of every page, on a devnet with a settled job; exits 1 below a target.
//   npm run lighthouse -- [--app <url of a running devnet's app>] [--runs 3] [--page models]… [--profile mobile|desktop]
//                         [--json <file>] [--write]
// `--write` puts the table into docs/app.md. Lighthouse is installed into .cache/lighthouse from scripts/lighthouse/package-lock.json.
import { execFile } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { browserFlags, chromiumPath } from './browser.ts'
import {
  categories,
  type LighthouseReport,
  missedTargets,
  type PageScores,
  type Profile,
  profiles,
  scoresOf,
  scoreTable,
} from './lighthouseScores.ts'
import { openApp, pagesOf } from './openApp.ts'

const run = promisify(execFile)
const root = path.join(import.meta.dirname, '../..')
const pins = path.join(root, 'scripts/lighthouse')
const document = path.join(root, 'docs/app.md')
const marks = ['<!-- written by npm run lighthouse -- --write -->\n', '<!-- end of what it wrote -->'] as const

/** Installs what the lock names, once, and gives the path of Lighthouse's program. */
async function installLighthouse(): Promise<string> {
  const folder = path.join(root, '.cache/lighthouse')
  const lock = readFileSync(path.join(pins, 'package-lock.json'), 'utf8')
  const stamp = path.join(folder, '.assay-lock')
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    for (const file of ['package.json', 'package-lock.json'])
      copyFileSync(path.join(pins, file), path.join(folder, file))
    process.stdout.write('Installing Lighthouse into .cache/lighthouse …\n')
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder })
    writeFileSync(stamp, lock)
  }
  return path.join(folder, 'node_modules/lighthouse/cli/index.js')
}

/** How often a run is begun again where Lighthouse says that it lost the browser's trace, as happens on a busy machine. */
const mostAttempts = 5

async function audit(program: string, asked: { url: string; profile: Profile }): Promise<LighthouseReport> {
  for (let attempt = 1; ; attempt += 1) {
    const report = await auditOnce(program, asked)
    if (report.runtimeError === undefined || attempt === mostAttempts) return report
  }
}

async function auditOnce(
  program: string,
  { url, profile }: { url: string; profile: Profile },
): Promise<LighthouseReport> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'assay-lighthouse-'))
  const output = path.join(folder, 'report.json')
  try {
    await run(
      process.execPath,
      [
        program,
        url,
        '--quiet',
        '--no-enable-error-reporting',
        '--output=json',
        `--output-path=${output}`,
        `--only-categories=${categories.join(',')}`,
        `--chrome-flags=${browserFlags.join(' ')}`,
        ...(profile === 'desktop' ? ['--preset=desktop'] : []),
      ],
      { env: { ...process.env, CHROME_PATH: chromiumPath } },
    ).catch((error: unknown) => {
      // A run that failed writes its report too.
      if (!existsSync(output)) throw error
    })
    // The parts that are read are checked where they are.
    return JSON.parse(readFileSync(output, 'utf8')) as LighthouseReport
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Says which audits of a category cost it points, so that a page can be mended. */
function faultsOf({ audits }: LighthouseReport): string[] {
  return Object.entries(audits)
    .filter(([, { score, numericValue }]) => score !== null && score < 0.9 && numericValue === undefined)
    .map(([id, { title }]) => `    ${id}: ${title}`)
}

function write(rows: readonly PageScores[], runs: number): void {
  const text = readFileSync(document, 'utf8')
  const [before, rest] = text.split(marks[0])
  const after = rest?.split(marks[1])[1]
  if (before === undefined || after === undefined) throw new Error(`docs/app.md lacks the mark ${marks[0].trim()}.`)
  const [cpu] = os.cpus()
  const said = `Medians of ${runs} on ${cpu?.model.trim() ?? 'an unknown processor'}, ${os.availableParallelism()} threads, with a load of ${(os.loadavg()[0] ?? 0).toFixed(1)}; simulated throttling.`
  writeFileSync(document, `${before}${marks[0]}\n${said}\n\n${scoreTable(rows)}\n\n${marks[1]}${after}`)
}

const { values } = parseArgs({
  options: {
    app: { type: 'string' },
    runs: { type: 'string', default: '3' },
    page: { type: 'string', multiple: true },
    profile: { type: 'string', multiple: true },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})
const runs = Number(values.runs)
const program = await installLighthouse()
const { appUrl, stop } = await openApp(values.app)
const rows: PageScores[] = []
try {
  const pages = (await pagesOf(appUrl)).filter(([page]) => values.page?.includes(page) ?? true)
  for (const profile of profiles.filter((name) => values.profile?.includes(name) ?? true)) {
    for (const [page, address] of pages) {
      const reports: LighthouseReport[] = []
      while (reports.length < runs) reports.push(await audit(program, { url: `${appUrl}/${address}`, profile }))
      const row = scoresOf({ page, profile }, reports)
      rows.push(row)
      process.stdout.write(`${scoreTable([row]).split('\n').at(-1)}\n`)
      if (missedTargets([row]).length > 0) process.stdout.write(`${reports.slice(0, 1).flatMap(faultsOf).join('\n')}\n`)
    }
  }
} finally {
  await stop()
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`)
if (values.write) write(rows, runs)
const missed = missedTargets(rows)
process.stdout.write(missed.length === 0 ? 'Every target is reached.\n' : `${missed.join('\n')}\n`)
process.exitCode = missed.length === 0 ? 0 : 1
