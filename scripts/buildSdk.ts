/**
 * Builds the package that is published as @assay/sdk: `node scripts/buildSdk.ts [folder]`, sdk/dist unless told.
 * Plain modules and their types, one for each source file, with what they need of circuits beside them; nothing is bundled, so the
 * importer's bundler keeps what is used.
 */
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = join(import.meta.dirname, '..')

/** The sources do not compile into a package. */
export class SdkBuildError extends Error {
  override readonly name = 'SdkBuildError'

  constructor(reason: string) {
    super(`The SDK cannot be built: ${reason}`)
  }
}

/**
 * Compiles the SDK into a folder that `npm pack` and `npm publish` take.
 * @throws SdkBuildError
 */
export function buildSdk(folder: string): void {
  const modules = compile()
  const entries = [...modules.keys()].filter((path) => !path.startsWith('circuits/'))
  const reached = reach(entries, modules)
  rmSync(folder, { recursive: true, force: true })
  for (const path of reached) write(join(folder, path), modules.get(path) ?? '')
  const packages = [...reached].flatMap((path) =>
    specifiers(modules.get(path) ?? '').filter((each) => !isRelative(each)),
  )
  write(join(folder, 'package.json'), `${JSON.stringify(manifest(packages), null, 2)}\n`)
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  copyFileSync(join(root, 'sdk/README.md'), join(folder, 'README.md'))
}

/** JavaScript and types of sdk and circuits, by their path in the package. */
function compile(): Map<string, string> {
  const sources = globSync('sdk/src/**/*.ts', { cwd: root }).filter((path) => !path.endsWith('.test.ts'))
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config.config, include: [] }, ts.sys, root)
  const program = ts.createProgram(
    sources.map((path) => join(root, path)),
    {
      ...options,
      noEmit: false,
      declaration: true,
      rewriteRelativeImportExtensions: true,
      rootDir: root,
      outDir: root,
      types: ['node'],
      // Found through node_modules, circuits would count as a foreign package and not be compiled.
      paths: { '@assay/circuits/*': [join(root, 'circuits/src/*.ts')] },
    },
  )
  const faults = ts.getPreEmitDiagnostics(program)
  if (faults[0] !== undefined) throw new SdkBuildError(ts.flattenDiagnosticMessageText(faults[0].messageText, '\n'))
  const modules = new Map<string, string>()
  program.emit(undefined, (file, text) => {
    const path = packagePath(relative(root, file))
    if (path !== undefined) modules.set(path, relink(text, path))
  })
  return modules
}

/** Where a source file's output stands in the package; undefined for what is none of its parts. */
function packagePath(path: string): string | undefined {
  if (path.startsWith('sdk/src/')) return path.slice('sdk/src/'.length)
  return path.startsWith('circuits/src/') ? `circuits/${path.slice('circuits/src/'.length)}` : undefined
}

/** Imports of circuits become paths, and those of sources become those of modules; the compiler leaves both in types as they are. */
function relink(text: string, path: string): string {
  let linked = text
  for (const { fileName: name, pos } of importsOf(text).toReversed()) {
    const target = name.startsWith('@assay/circuits/') ? toPath(name, path) : name
    const link = isRelative(target) ? target.replace(/\.ts$/, '.js') : target
    // The position is that of the opening quote.
    linked = linked.slice(0, pos) + linked.slice(pos).replace(name, link)
  }
  return linked
}

function toPath(name: string, from: string): string {
  const path = posix.relative(posix.dirname(from), `circuits/${name.slice('@assay/circuits/'.length)}.js`)
  return path.startsWith('.') ? path : `./${path}`
}

/** Modules and types that the entries import, with the entries. */
function reach(entries: readonly string[], modules: ReadonlyMap<string, string>): Set<string> {
  const reached = new Set(entries)
  for (const path of reached) {
    const ending = path.endsWith('.d.ts') ? '.d.ts' : '.js'
    for (const name of specifiers(modules.get(path) ?? '').filter(isRelative)) {
      const target = posix.join(posix.dirname(path), name).replace(/\.js$/, ending)
      if (!modules.has(target)) throw new SdkBuildError(`${path} imports ${name}, which is no part of it.`)
      reached.add(target)
    }
  }
  return reached
}

function specifiers(text: string): string[] {
  return importsOf(text).map(({ fileName }) => fileName)
}

function importsOf(text: string): readonly ts.FileReference[] {
  return ts.preProcessFile(text, true, true).importedFiles
}

function isRelative(name: string): boolean {
  return name.startsWith('.')
}

/** The published package.json: what the workspace says, with the packages that the modules import. */
function manifest(names: readonly string[]): object {
  const own = readPackage('sdk')
  const versions: Record<string, string> = { ...readPackage('circuits').dependencies, ...own.dependencies }
  const packages = new Set(names.map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/')))
  const foreign = [...packages].filter((name) => !name.startsWith('node:') && !(name in peersOf(own))).sort()
  const dependencies = foreign.map((name) => {
    const version = versions[name]
    if (version === undefined) throw new SdkBuildError(`it imports ${name}, which no package.json names.`)
    return [name, version]
  })
  const { name, version, description, license, type, sideEffects, peerDependenciesMeta } = own
  return {
    ...{ name, version, description, license, type, sideEffects },
    exports: { './circuits/*': null, ...Object.fromEntries(Object.entries(own.exports).map(publishedExport)) },
    dependencies: Object.fromEntries(dependencies),
    peerDependencies: peersOf(own),
    peerDependenciesMeta,
  }
}

/** Whoever imports the package brings its own viem, as clients and errors of two copies are not the same. */
function peersOf({ dependencies, peerDependencies }: Package): Record<string, string> {
  return { viem: `^${dependencies.viem}`, ...peerDependencies }
}

function publishedExport([name, source]: [string, string]): [string, object] {
  const module = source.replace('./src/', './').replace(/\.ts$/, '')
  return [name, { types: `${module}.d.ts`, default: `${module}.js` }]
}

type Package = Record<'name' | 'version' | 'description' | 'license' | 'type', string> & {
  sideEffects: boolean
  exports: Record<string, string>
  dependencies: Record<string, string>
  peerDependencies: Record<string, string>
  peerDependenciesMeta: object
}

function readPackage(workspace: string): Package {
  return JSON.parse(readFileSync(join(root, workspace, 'package.json'), 'utf8'))
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildSdk(resolve(process.argv[2] ?? join(root, 'sdk/dist')))
