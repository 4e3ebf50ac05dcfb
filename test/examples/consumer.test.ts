import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const starter = join(root, 'examples/consumer')
const forgeVersion = '1.7.1'

describe('the starter for contracts that ask models', () => {
  let folder: string
  const at = (name: string) => join(folder, name)

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'assay-starter-'))
  })

  after(() => rmSync(folder, { recursive: true, force: true }))

  it('behavior: its tests pass under Hardhat', async () => {
    const hardhat = join(root, 'node_modules/hardhat/dist/src/cli.js')
    const solidity = await run(process.execPath, { args: [hardhat, 'test', 'solidity'], cwd: starter })
    const flows = await run(process.execPath, { args: ['--test', 'test/DigitReader.test.ts'], cwd: starter })

    assert.match(solidity.text, /2 passing/, solidity.text)
    assert.equal(solidity.exitCode, 0, solidity.text)
    assert.equal(flows.exitCode, 0, flows.text)
  })

  it('behavior: its tests pass under Foundry', async () => {
    await installForge()
    const forge = at('forge/node_modules/.bin/forge')
    cpSync(starter, at('copy'), { recursive: true, filter: (path) => !/\/(node_modules|artifacts|cache)$/.test(path) })
    for (const name of ['@assay/contracts', '@openzeppelin/contracts']) {
      mkdirSync(dirname(at(`copy/node_modules/${name}`)), { recursive: true })
      symlinkSync(join(root, 'node_modules', name), at(`copy/node_modules/${name}`))
    }

    const { exitCode, text } = await run(forge, {
      args: ['test', '--offline', '--use', writeCompiler()],
      cwd: at('copy'),
    })

    assert.equal(exitCode, 0, text)
    assert.match(text, /2 tests passed, 0 failed/)
  })

  /** Foundry's packages on npm carry its programs. */
  async function installForge(): Promise<void> {
    mkdirSync(at('forge'))
    writeFileSync(at('forge/package.json'), '{"private":true}')
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', `@foundry-rs/forge@${forgeVersion}`]
    const { exitCode, text } = await run('npm', { args, cwd: at('forge') })
    assert.equal(exitCode, 0, text)
  }

  /** Foundry takes a compiler by its path; npm's is a module. */
  function writeCompiler(): string {
    const path = at('solc')
    const module = JSON.stringify(join(root, 'node_modules/solc/index.js'))
    writeFileSync(
      path,
      `#!${process.execPath}
const { readFileSync, writeSync } = require('node:fs')
const solc = require(${module})
if (process.argv.includes('--version')) console.log('Version: ' + solc.version())
else writeSync(1, solc.compile(readFileSync(0, 'utf8')))
`,
    )
    chmodSync(path, 0o755)
    return path
  }
})

async function run(
  program: string,
  { args, cwd }: { args: string[]; cwd: string },
): Promise<{ exitCode: number; text: string }> {
  // The runner of these tests tells its children to report to it, which theirs are not to do.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const PATH = `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`
  const child = spawn(program, args, { cwd, env: { ...env, PATH } })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      text += data
    })
  }
  const [exitCode] = await once(child, 'close')
  return { exitCode, text }
}
