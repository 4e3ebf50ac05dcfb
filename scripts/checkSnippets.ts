/** Type-checks the TypeScript in the pages that show the SDK, as a reader would paste it; exits 1 when some of it does not compile. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = join(import.meta.dirname, '..')
const pages = ['docs/sdk.md', 'sdk/README.md']

/**
 * What is wrong with the snippets (```ts) of Markdown pages: the page, the line there and the compiler's sentence.
 * @param texts of the pages by their names
 */
export function snippetFaults(texts: ReadonlyMap<string, string>): string[] {
  const snippets = new Map([...texts].flatMap(([page, text]) => snippetsOf(page, text)))
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
      const at = line + (file?.getLineAndCharacterOfPosition(start).line ?? 0)
      return `${page}:${at}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
    })
  })
}

/** Each snippet under the path of a file that is not there, beside the repository's own, with the line on which it begins. */
function snippetsOf(page: string, text: string): [string, { page: string; line: number; text: string }][] {
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match, index) => {
    const line = text.slice(0, match.index).split('\n').length + 1
    return [join(root, `sdk/src/${page.replaceAll('/', '_')}_${index}.ts`), { page, line, text: match[1] ?? '' }]
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const faults = snippetFaults(new Map(pages.map((page) => [page, readFileSync(join(root, page), 'utf8')])))
  for (const fault of faults) process.stderr.write(`${fault}\n`)
  if (faults.length > 0) process.exitCode = 1
}
