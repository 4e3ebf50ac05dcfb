import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'

/** Who may import whom (DESIGN.md §6): one line for each folder, what it may import and what it may not. */
const rules: Record<string, { allowed: string[]; forbidden: string[] }> = {
  circuits: { allowed: [], forbidden: ['sdk', 'worker', 'cli', 'app'] },
  sdk: { allowed: ['circuits'], forbidden: ['worker', 'cli', 'app'] },
  worker: { allowed: ['sdk', 'circuits'], forbidden: ['cli', 'app'] },
  cli: { allowed: ['sdk', 'circuits', 'worker'], forbidden: ['app'] },
  app: { allowed: ['sdk'], forbidden: ['circuits', 'worker', 'cli'] },
  deploy: { allowed: ['sdk'], forbidden: ['circuits', 'worker', 'cli', 'app'] },
  scripts: { allowed: ['sdk', 'circuits'], forbidden: ['worker', 'cli', 'app'] },
  test: { allowed: ['circuits', 'sdk', 'worker', 'cli', 'app'], forbidden: [] },
}
const products = ['circuits', 'sdk', 'worker', 'cli', 'app', 'deploy']
const gpl = ['snarkjs', 'ffjavascript', 'circomlib', 'circomlibjs', 'circom2']

type Planted = { title: string; file: string; code: string; rejected: boolean }

const planted: Planted[] = []
function plant(
  folder: string,
  { test = false, ...rest }: { title: string; code: string; rejected: boolean; test?: boolean },
) {
  const source = hasSources(folder) ? `${folder}/src` : folder
  planted.push({ file: `${source}/planted${planted.length}${test ? '.test' : ''}.ts`, ...rest })
}
function hasSources(folder: string) {
  return !['deploy', 'scripts', 'test'].includes(folder)
}

for (const [folder, { allowed, forbidden }] of Object.entries(rules)) {
  const up = hasSources(folder) ? '../..' : '..'
  for (const other of [...allowed, ...forbidden]) {
    const rejected = forbidden.includes(other)
    const title = `${folder} ${rejected ? 'may not' : 'may'} import ${other}`
    plant(folder, { title, rejected, code: `import { x } from '@assay/${other}/x'\nx()\n` })
    plant(folder, { title, rejected, code: `import type { X } from '@assay/${other}'\nexport type Y = X\n` })
    plant(folder, { title, rejected, code: `import { x } from '${up}/${other}/src/x.ts'\nx()\n` })
    plant(folder, { title, rejected, code: `export { x } from '@assay/${other}/x'\n` })
    plant(folder, { title, rejected, code: `await import('@assay/${other}/x')\n` })
    plant(folder, { title, rejected, code: `import { x } from '@assay/${other}/x'\nx()\n`, test: true })
  }
}
for (const name of gpl) {
  const code = `import { x } from '${name}'\nx()\n`
  for (const folder of products)
    plant(folder, { title: `${name} (GPL) stays out of the product`, code, rejected: true })
  const title = `${name} (GPL) may be used by tests and scripts`
  for (const folder of ['scripts', 'test']) plant(folder, { title, code, rejected: false })
  plant('circuits', { title, code, rejected: false, test: true })
}
for (const folder of products) {
  const title = `${folder} may not import scripts or tests`
  plant(folder, { title, code: "import { x } from '../../scripts/x.ts'\nx()\n", rejected: true })
  plant(folder, { title, code: "import { x } from '../../test/x.ts'\nx()\n", rejected: true })
}

describe('import rules of biome.json', () => {
  const root = path.resolve(import.meta.dirname, '..')
  const folder = mkdtempSync(path.join(os.tmpdir(), 'assay-import-rules-'))
  let flagged = new Set<string>()

  before(() => {
    for (const file of ['biome.json', '.gitignore']) cpSync(path.join(root, file), path.join(folder, file))
    for (const { file, code } of planted) {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
      writeFileSync(path.join(folder, file), code)
    }
    const biome = path.join(root, 'node_modules/@biomejs/biome/bin/biome')
    const args = ['lint', '--only=style/noRestrictedImports', '--reporter=json', '--max-diagnostics=none', '.']
    const { stdout } = spawnSync(process.execPath, [biome, ...args], { cwd: folder, encoding: 'utf8' })
    // Biome's JSON reporter documents this shape; a missing field makes every assertion below fail.
    const report = JSON.parse(stdout) as { diagnostics: { category: string; location: { path: string } }[] }
    flagged = new Set(report.diagnostics.map(({ location }) => location.path))
  })
  after(() => rmSync(folder, { recursive: true }))

  for (const title of new Set(planted.map((file) => file.title))) {
    it(`behavior: ${title}`, () => {
      const files = planted.filter((file) => file.title === title)

      const wrong = files.filter(({ file, rejected }) => flagged.has(file) !== rejected)

      assert.deepEqual(wrong, [])
    })
  }
})
