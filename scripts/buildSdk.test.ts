import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import { buildSdk } from './buildSdk.ts'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'assay-package-'))
const project = join(folder, 'project')
const installed = join(project, 'node_modules/@assay/sdk')
/** The most that the entry may cost a page beside viem, compressed. */
const budgetBytes = 60_000

const sample = `import { explainError, hashOrder, listJobs, type Deployment, type JobOrder, type MarketClient } from '@assay/sdk'
import { encodeInput } from '@assay/sdk/encodeInput'
import { jobMarketAbi } from '@assay/sdk/abi/jobMarket'

export async function newest(client: MarketClient, deployment: Deployment): Promise<JobOrder | undefined> {
  const { jobs } = await listJobs(client, { deployment, limit: 1 })
  return jobs[0]?.order
}
const image = { shape: [1, 2, 1], width: 1, lo: 0, bits: 4, scale: 4, kind: 'image' } as const
const input = await encodeInput({ ...image, shape: [...image.shape] }, { csv: '0.5,0.25' })
console.log(JSON.stringify([input.cid, jobMarketAbi.length > 0, typeof hashOrder, explainError(new Error('said'))]))
`

describe('the package of the sdk', () => {
  before(() => {
    const built = join(folder, 'built')
    buildSdk(built)
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--offline', '--ignore-scripts', '--pack-destination', folder, built], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    )
    execFileSync('tar', ['-xzf', join(folder, packed.filename), '-C', folder])
    cpSync(join(folder, 'package'), installed, { recursive: true })
    const { dependencies } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
    // What the package names, and viem: nothing else can be imported from where it is installed.
    for (const name of [...Object.keys(dependencies), 'viem']) {
      mkdirSync(dirname(join(project, 'node_modules', name)), { recursive: true })
      symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name))
    }
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(project, 'sample.ts'), sample)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  const typesOf = (file: string) => {
    const flags = ['--noEmit', '--strict', '--target', 'es2024', '--module', 'nodenext', '--skipLibCheck']
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    try {
      execFileSync(process.execPath, [tsc, ...flags, file], { cwd: project, encoding: 'utf8' })
      return ''
    } catch (error) {
      // The compiler says what is wrong on its output and exits with another code than 0.
      return (error as { stdout: string }).stdout
    }
  }

  it('behavior: installed with viem and nothing else, it has types and runs', () => {
    assert.equal(typesOf('sample.ts'), '')
    const output = execFileSync(process.execPath, ['sample.ts'], { cwd: project, encoding: 'utf8' })

    const [cid, ...rest] = JSON.parse(output)
    assert.match(cid, /^bafkrei/)
    assert.deepEqual(rest, [true, 'function', 'said'])
  })

  it('soundness: its types are real: a wrong argument does not pass', () => {
    writeFileSync(join(project, 'wrong.ts'), sample.replace('limit: 1', "limit: 'one'"))

    assert.match(typesOf('wrong.ts'), /Type 'string' is not assignable to type 'number'/)
  })

  it('error: what it holds of circuits cannot be imported', () => {
    writeFileSync(join(project, 'inside.ts'), "import '@assay/sdk/circuits/verify'\n")

    assert.throws(() => execFileSync(process.execPath, ['inside.ts'], { cwd: project, stdio: 'pipe' }), /NOT_EXPORTED/)
  })

  it('invariant: a browser loads it without modules of Node, in less than 60 kB compressed beside viem', async () => {
    const { entryBytes, inputs } = await bundle('export * from "@assay/sdk"')

    assert.ok(entryBytes <= budgetBytes, `the entry has ${entryBytes} bytes; ${budgetBytes} are allowed`)
    const lazy = ['circuits/verify.js', 'circuits/points.js', 'fast-png', 'jpeg-js', 'papaparse', 'ipfs-unixfs']
    assert.deepEqual(
      inputs.filter((input) => lazy.some((part) => input.includes(part))),
      [],
    )
  })

  it('invariant: a page that uses one action carries a part of it', async () => {
    const { entryBytes } = await bundle('export { hashOrder } from "@assay/sdk"')

    assert.ok(entryBytes < 2_000, `one function has ${entryBytes} bytes`)
  })

  /** What an import costs a page at once, compressed: the entry and every chunk that it imports before it runs. */
  async function bundle(contents: string): Promise<{ entryBytes: number; inputs: string[] }> {
    const { metafile, outputFiles } = await build({
      stdin: { contents, resolveDir: project },
      absWorkingDir: project,
      outdir: join(folder, 'bundle'),
      bundle: true,
      splitting: true,
      write: false,
      metafile: true,
      minify: true,
      legalComments: 'none',
      format: 'esm',
      platform: 'browser',
      target: 'es2024',
      external: ['viem', 'viem/*'],
    })
    const chunks = staticChunks(metafile)
    const bytes = new Map(outputFiles.map(({ path, contents: output }) => [path.split('/').at(-1), output]))
    return {
      entryBytes: chunks.reduce((sum, path) => sum + gzipSync(bytes.get(path.split('/').at(-1)) ?? '').length, 0),
      inputs: chunks.flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {})),
    }
  }
})

function staticChunks({ outputs }: Metafile): string[] {
  const found = Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === '<stdin>')
  for (const path of found) {
    for (const { path: next, kind, external } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && !external && !found.includes(next)) found.push(next)
    }
  }
  return found
}
