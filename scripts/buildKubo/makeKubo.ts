import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The Kubo that the content suite is run against. Go's checksum database vouches for its source, its own `go.sum` for what it imports. */
export const kuboVersion = 'v0.43.0'

/** Where {@link makeKubo} puts the program. */
export const kuboPath = join(import.meta.dirname, '../../.cache/kubo', kuboVersion, 'ipfs')

/** This machine has not what Kubo is built with; the message is what is missing. */
export class KuboNotBuiltError extends Error {
  override readonly name = 'KuboNotBuiltError'
}

/**
 * Downloads Kubo's source from Go's module proxy; builds the program from it unless that was done before.
 * @returns the program's path
 * @throws {KuboNotBuiltError} without Go, with an older one, or where its module proxy refuses
 */
export function makeKubo(): string {
  if (existsSync(kuboPath)) return kuboPath
  const { error, stdout: found } = runGo(['env', 'GOVERSION'])
  if (error !== undefined) throw new KuboNotBuiltError('There is no Go.')
  if (!isNewEnough(found)) throw new KuboNotBuiltError(`Go 1.26.5 is needed, and here is ${found.trim()}.`)
  const fetched = runGo(['mod', 'download', '-json', `github.com/ipfs/kubo@${kuboVersion}`])
  if (fetched.status !== 0) {
    throw new KuboNotBuiltError(`Go's module proxy does not give Kubo ${kuboVersion}.`)
  }
  const folder = mkdtempSync(join(tmpdir(), 'assay-kubo-'))
  try {
    // Modules are read-only in Go's cache, and the proxy refuses the list of versions that `go install` asks for.
    const source = join(folder, 'source')
    cpSync(JSON.parse(fetched.stdout).Dir, source, { recursive: true })
    const program = join(folder, 'ipfs')
    const built = runGo(['build', '-trimpath', '-ldflags=-s -w', '-o', program, './cmd/ipfs'], source)
    if (/reading https?:|dial tcp|i\/o timeout/.test(built.stderr)) {
      throw new KuboNotBuiltError("Go's module proxy does not give all that Kubo imports.")
    }
    if (built.status !== 0) throw new Error(`Kubo ${kuboVersion} does not build: ${built.stderr.slice(-2000)}`)
    mkdirSync(join(kuboPath, '..'), { recursive: true })
    // Copied beside its place first: the temporary folder may be on another disk, and a half-written program must not be found.
    cpSync(program, `${kuboPath}.new`)
    renameSync(`${kuboPath}.new`, kuboPath)
    return kuboPath
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function isNewEnough(version: string): boolean {
  const [, major, minor, patch] = /^go(\d+)\.(\d+)(?:\.(\d+))?/.exec(version) ?? []
  return Number(major) === 1 && (Number(minor) > 26 || (Number(minor) === 26 && Number(patch ?? 0) >= 5))
}

function runGo(args: readonly string[], cwd?: string) {
  // Modules come from the proxy alone, and the Go that is installed is used as it is.
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOTOOLCHAIN: 'local', GOWORK: 'off' }
  return spawnSync('go', args, { cwd, env, encoding: 'utf8', maxBuffer: 2 ** 26 })
}
