import { execFile, execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'

/** One change of a source file: the first `from` in it becomes `to`. With `after`, the first one behind that text. */
export type Change = { file: string; from: string; to: string; after?: string }

/** What the tests said of changed contracts: `killed` by at least one failing test, by none, or the compiler refused them. */
export type Outcome = { verdict: 'killed' | 'survived' | 'not compiled'; failures: string[] }

/** A change names a text that its file does not hold, so it would change nothing. */
export class ChangeNotFoundError extends Error {
  override readonly name = 'ChangeNotFoundError'
  readonly file: string
  readonly from: string

  constructor({ file, from }: { file: string; from: string }) {
    super(`${file} does not hold \`${from}\`; bring the change in line with the source.`)
    this.file = file
    this.from = from
  }
}

const root = join(import.meta.dirname, '../..')
/** A changed loop may never end; the slowest tests take a minute. */
const testTimeoutMs = 300_000

/** Applies a change to a text. */
export function applyChange(text: string, { file, from, to, after }: Change): string {
  const start = after === undefined ? 0 : text.indexOf(after)
  const at = start < 0 ? -1 : text.indexOf(from, start)
  if (at < 0) throw new ChangeNotFoundError({ file, from })
  return text.slice(0, at) + to + text.slice(at + from.length)
}

/** Scratch copies of this checkout, in which contracts are changed and tested while the checkout stays as it is. */
export function openWorkbench({ copies = Math.max(1, Math.floor(availableParallelism() / 2)) } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'assay-mutation-'))
  const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n').filter(existingPart)
  const benches = Array.from({ length: copies }, (_, index) => join(folder, String(index)))
  for (const bench of benches) {
    for (const file of files) cpSync(join(root, file), join(bench, file))
    for (const built of ['artifacts', 'cache', 'types']) {
      if (existsSync(join(root, built))) cpSync(join(root, built), join(bench, built), { recursive: true })
    }
    symlinkSync(join(root, 'node_modules'), join(bench, 'node_modules'))
  }
  const idle = [...benches]

  return {
    /** How many changes can be tried at once. */
    copies,
    /** Tries changes together against test files; needs a copy that is idle. */
    async test(
      changes: Change[],
      { tests, env = {} }: { tests: string[]; env?: Record<string, string> },
    ): Promise<Outcome> {
      const bench = idle.pop()
      if (bench === undefined) throw new Error('Every copy of the workbench is in use.')
      const originals = new Map(changes.map(({ file }) => [file, readFileSync(join(root, file), 'utf8')]))
      try {
        for (const change of changes) {
          const path = join(bench, change.file)
          writeFileSync(path, applyChange(readFileSync(path, 'utf8'), change))
        }
        return await runTests(bench, tests, env)
      } finally {
        for (const [file, text] of originals) writeFileSync(join(bench, file), text)
        idle.push(bench)
      }
    },
    close: () => rmSync(folder, { recursive: true }),
  }
}

/** What Hardhat's build and the Solidity tests read. */
function existingPart(file: string): boolean {
  if (file === '' || !existsSync(join(root, file))) return false
  return /^(contracts|deploy|test\/contracts)\/|^(hardhat\.config\.ts|package\.json|tsconfig\.json)$/.test(file)
}

function runTests(bench: string, tests: string[], env: Record<string, string>): Promise<Outcome> {
  const cli = join(root, 'node_modules/hardhat/dist/src/cli.js')
  const options = { cwd: bench, env: { ...process.env, ...env }, maxBuffer: 2 ** 28, timeout: testTimeoutMs }
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, 'test', 'solidity', ...tests], options, (error, stdout, stderr) => {
      const output = stdout + stderr
      if (error === null) return resolve({ verdict: 'survived', failures: [] })
      if (error.killed === true) return resolve({ verdict: 'killed', failures: ['The tests came to no end.'] })
      const failures = [...output.matchAll(/^ {2}\d+\) (.+)\n\s+Error: (.+)/gm)].map(
        ([, test, why]) => `${test}: ${why}`,
      )
      // Anything but the compiler's own refusal is a failure of the tests, a crash too.
      resolve({ verdict: output.includes('Compilation failed') ? 'not compiled' : 'killed', failures })
    })
  })
}

/** Runs a job for each item, as many at once as there are copies, in order of the items. */
export async function forEachOf<Item>(
  items: Item[],
  copies: number,
  job: (item: Item, index: number) => Promise<void>,
) {
  const queue = items.entries()
  await Promise.all(
    Array.from({ length: copies }, async () => {
      for (const [index, item] of queue) await job(item, index)
    }),
  )
}
