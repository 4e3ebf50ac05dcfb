/**
 * Runs slither over the contracts. `npm run analyze` installs it with pip into .cache/slither, so it needs Python 3.8 and a package index; not part of CI.
 * Writes the whole report to .cache/slither/report.txt, prints each kind of finding with its count, and exits 1 for a kind that docs/security.md
 * does not answer.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const version = '0.11.6'
const root = join(import.meta.dirname, '..')
const cache = join(root, '.cache/slither')
const tool = join(cache, 'venv/bin/slither')
const work = join(cache, 'work')

/** The compiler's output in the shape of Hardhat 2, which slither reads; slither cannot read the one of Hardhat 3. */
function writeBuildInfo() {
  rmSync(work, { recursive: true, force: true })
  mkdirSync(join(work, 'artifacts/build-info'), { recursive: true })
  cpSync(join(root, 'contracts'), join(work, 'contracts'), { recursive: true })
  rmSync(join(work, 'contracts/mocks'), { recursive: true })
  symlinkSync(join(root, 'node_modules/@openzeppelin'), join(work, '@openzeppelin'))
  writeFileSync(join(work, 'hardhat.config.js'), 'module.exports = {}\n')

  const read = (file: string) => ({ content: readFileSync(join(work, file), 'utf8') })
  const sources = Object.fromEntries(globSync('contracts/**/*.sol', { cwd: work }).map((file) => [file, read(file)]))
  const find = (file: string) => {
    const source = read(file)
    sources[file] = source
    return { contents: source.content }
  }
  const code = ['object', 'sourceMap'].flatMap((part) => [`evm.bytecode.${part}`, `evm.deployedBytecode.${part}`])
  const outputSelection = {
    '*': { '': ['ast'], '*': ['abi', 'evm.methodIdentifiers', 'metadata', 'userdoc', 'devdoc', ...code] },
  }
  const settings = { evmVersion: 'prague', metadata: { bytecodeHash: 'none' }, outputSelection }
  const input = { language: 'Solidity', sources, settings }
  // The compiler is CommonJS.
  const solc = createRequire(import.meta.url)('solc') as {
    compile(input: string, callbacks: { import(file: string): { contents: string } }): string
  }
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: find }))
  const info = {
    _format: 'hh-sol-build-info-1',
    id: 'slither',
    solcVersion: '0.8.37',
    solcLongVersion: '0.8.37',
    input,
    output,
  }
  writeFileSync(join(work, 'artifacts/build-info/slither.json'), JSON.stringify(info))
}

function main() {
  if (!existsSync(tool)) {
    process.stdout.write(`Installing slither ${version} into ${cache}.\n`)
    mkdirSync(cache, { recursive: true })
    execFileSync('python3', ['-m', 'venv', join(cache, 'venv')], { stdio: 'inherit' })
    execFileSync(join(cache, 'venv/bin/pip'), ['install', '-q', `slither-analyzer==${version}`], { stdio: 'inherit' })
  }
  process.stdout.write('Compiling for slither, half a minute.\n')
  writeBuildInfo()
  const args = ['.', '--hardhat-ignore-compile', '--hardhat-artifacts-directory', 'artifacts']
  const scope = ['--compile-force-framework', 'hardhat', '--filter-paths', '@openzeppelin']
  const quiet = ['--exclude-informational', '--exclude-optimization']
  const { stdout, stderr } = spawnSync(tool, [...args, ...scope, ...quiet], { cwd: work, encoding: 'utf8' })
  const report = stdout + stderr
  writeFileSync(join(cache, 'report.txt'), report)
  if (!/analyzed \(\d+ contracts/.test(report))
    throw new Error(`slither did not come to an end:\n${report.slice(-2_000)}`)

  const answered = readFileSync(join(root, 'docs/security.md'), 'utf8')
  for (const part of report.split('Detector: ').slice(1)) {
    const kind = part.slice(0, part.indexOf('\n'))
    const count = part
      .split('\n')
      .filter((line) => /^[A-Z].*\(contracts\//.test(line) || line.startsWith('Contract locking')).length
    const known = answered.includes(`\`${kind}\``)
    process.stdout.write(`${String(count).padStart(4)}  ${kind}${known ? '' : '  not answered in docs/security.md'}\n`)
    if (!known) process.exitCode = 1
  }
}

try {
  main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
