/**
 * Checks every fenced block of the pages that people copy from; exits 1 when one is neither run nor type-checked nor marked as output.
 * - `ts`: compiles as a reader would paste it.
 * - `sh`: stands in a page whose commands test/readme runs, or names who runs it: `sh tested-by=<file>`, a file that names its commands.
 * - `text`: output, or a form; nobody copies it.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { type FencedBlock, fencedBlocks } from './checks/fencedBlocks.ts'
import { runPages } from './checks/runPages.ts'

const root = join(import.meta.dirname, '..')
const patterns = ['README.md', 'CONTRIBUTING.md', 'docs/*.md', 'sdk/README.md']

/**
 * What is wrong with the blocks of Markdown pages: the page, the line there, and a sentence.
 * @param texts of the pages by their names
 */
export function snippetFaults(texts: ReadonlyMap<string, string>): string[] {
  const blocks = [...texts].flatMap(([page, text]) => fencedBlocks(text).map((block) => ({ page, ...block })))
  const loose = blocks.flatMap(({ page, ...block }) => {
    const fault = faultOf(page, block)
    return fault === undefined ? [] : [`${page}:${block.line}: ${fault}`]
  })
  return [...loose, ...typeFaults(blocks.filter(({ info }) => info === 'ts'))]
}

function faultOf(page: string, { info, text }: FencedBlock): string | undefined {
  if (info === 'ts' || info === 'text') return undefined
  if (info === 'sh') {
    if (runPages.some((each) => each === page)) return undefined
    return 'Nobody runs these commands; add the page to scripts/checks/runPages.ts, or say who does: ```sh tested-by=<file>.'
  }
  const file = /^sh tested-by=(\S+)$/.exec(info)?.[1]
  if (file === undefined)
    return `The block is marked ${JSON.stringify(info)}; mark it ts, sh or, if it is output, text.`
  if (!existsSync(join(root, file))) return `The block is tested by ${file}, which is not there.`
  const tests = readFileSync(join(root, file), 'utf8')
  const missing = commandsOf(text).find((command) => !tests.includes(command))
  return missing === undefined ? undefined : `${file} does not run ${missing}.`
}

/** What a test that runs a command has to hold: the program behind an npm script, or the words of an `assay` command. */
function commandsOf(text: string): string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return text.split('\n').flatMap((line) => {
    const script = /^npm run (?:-s )?([\w:]+)/.exec(line)?.[1]
    if (script !== undefined) return [/\S+\.ts$/.exec(scripts[script] ?? '')?.[0] ?? `npm run ${script}`]
    const words = /^assay (?:--\S+ \S+ )*(\S+) (\S+)/.exec(line)
    if (words !== null) return [`'${words[1]}', '${words[2]}'`]
    const install = /^npm install (\S+)/.exec(line)?.[1]
    return install === undefined ? [] : [install]
  })
}

function typeFaults(blocks: (FencedBlock & { page: string })[]): string[] {
  const snippets = new Map(blocks.map((block, index) => [pathOf(block.page, index), block]))
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config.config, include: [] }, ts.sys, root)
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (path) => snippets.has(path) || fileExists(path)
  host.readFile = (path) => snippets.get(path)?.text ?? readFile(path)
  host.getSourceFile = (path, ...rest) => {
    const snippet = snippets.get(path)
    return snippet ? ts.createSourceFile(path, snippet.text, ts.ScriptTarget.Latest) : getSourceFile(path, ...rest)
  }
  const program = ts.createProgram([...snippets.keys()], options, host)
  return [...snippets].flatMap(([path, { page, line }]) => {
    const file = program.getSourceFile(path)
    return ts.getPreEmitDiagnostics(program, file).map(({ messageText, start = 0 }) => {
      const at = line + 1 + (file?.getLineAndCharacterOfPosition(start).line ?? 0)
      return `${page}:${at}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
    })
  })
}

/** A file that is not there, beside the repository's own. */
function pathOf(page: string, index: number): string {
  return join(root, `sdk/src/${page.replaceAll('/', '_')}_${index}.ts`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const pages = patterns.flatMap((pattern) => globSync(pattern, { cwd: root })).sort()
  const faults = snippetFaults(new Map(pages.map((page) => [page, readFileSync(join(root, page), 'utf8')])))
  for (const fault of faults) process.stderr.write(`${fault}\n`)
  if (faults.length > 0) process.exitCode = 1
}
