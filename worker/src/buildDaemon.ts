// Puts the worker's code into few files, which start in half the time: `npm run build:worker`.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { type BundleFacts, bundleFolder, bundleRoot, digestInputs } from './daemonBundle.ts'

/** Packages that are loaded by those workers only that are configured to need them, and koffi, which is a library of the system. */
const external = ['koffi', 'bullmq', 'ioredis', 'kubo-rpc-client', '@opentelemetry/*']
const ownSource = /\/(worker|sdk|circuits)\/src\/.*\.ts$/

/** Programs of their own, and files beside a module, are found where the module's source is. */
const placed: Plugin = {
  name: 'placed',
  setup({ onLoad }) {
    onLoad({ filter: ownSource }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      return { contents: source.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)), loader: 'ts' }
    })
  },
}

/**
 * Builds the daemon into a folder below the repository; main.ts runs it from its next start on, for as long as nothing it was made of
 * changes.
 */
export async function buildDaemon(folder: string = bundleFolder): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  const { metafile } = await build({
    absWorkingDir: bundleRoot,
    entryPoints: ['worker/src/runDaemon.ts'],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // What is imported when it is needed stays apart, and nothing is there twice.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external,
    plugins: [placed],
    metafile: true,
    // Packages in CommonJS ask for Node's own modules by `require`.
    banner: {
      js: "import { createRequire as requireHere } from 'node:module'; const require = requireHere(import.meta.url);",
    },
    logLevel: 'error',
  })
  const inputs = inputsOf(Object.keys(metafile.inputs))
  const facts: BundleFacts = {
    root: bundleRoot,
    node: process.version,
    inputs,
    digest: digestInputs(bundleRoot, inputs),
  }
  await writeFile(join(folder, 'facts.json'), JSON.stringify(facts))
}

/** Own sources by themselves; of a package its package.json, since a version never changes. */
function inputsOf(bundled: readonly string[]): string[] {
  const packages = bundled.flatMap((path) => {
    const folder = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]
    return folder === undefined ? [] : [`${folder}/package.json`]
  })
  const own = bundled.filter((path) => ownSource.test(`/${path}`))
  return [...new Set([...own, ...packages])].sort()
}

if (import.meta.main) {
  await buildDaemon()
  console.log('The worker is built; it is used from its next start on, until a source or a package changes.')
}
