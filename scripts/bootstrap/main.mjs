import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureNode } from './ensureNode.mjs'
import { ensurePackages } from './ensurePackages.mjs'
import { ensurePrograms } from './ensurePrograms.mjs'
import { BootstrapError } from './error.mjs'
import { withLock } from './lock.mjs'
import { runCommand } from './runCommand.mjs'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')

/**
 * Brings Node 24, the locked packages and (with `--system`) the programs that tests use, then runs the command and exits with its code.
 * @param {string[]} args `[--system] command [argument…]`
 */
export async function main(args) {
  const system = args[0] === '--system'
  const [command, ...rest] = system ? args.slice(1) : args
  try {
    if (command === undefined)
      throw new BootstrapError('No command to run: node scripts/bootstrap.mjs [--system] <command> [argument…].')
    const { binFolder, programs } = await withLock(path.join(root, '.cache/bootstrap.lock'), async () => {
      const node = await ensureNode(root)
      await ensurePackages(root, node)
      return { ...node, programs: system ? await ensurePrograms() : {} }
    })
    process.exitCode = await runCommand({ command, args: rest, env: { ...commandEnvironment(binFolder), ...programs } })
  } catch (error) {
    // A person who starts the project sees a sentence; a stack is for mistakes of this program only.
    console.error(error instanceof BootstrapError ? error.message : error)
    process.exitCode = 1
  }
}

/** @param {string} binFolder where Node and npm are */
function commandEnvironment(binFolder) {
  const env = { ...process.env }
  // What an outer `npm start` says of its own, older Node.
  for (const name of ['NODE', 'npm_execpath', 'npm_node_execpath', 'npm_config_local_prefix']) delete env[name]
  return {
    ...env,
    PATH: [path.join(root, 'node_modules/.bin'), binFolder, env.PATH].filter(Boolean).join(path.delimiter),
    NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE ?? path.join(root, '.cache/compiled'),
    NEXT_TELEMETRY_DISABLED: '1',
    ORT_DISABLE_TELEMETRY: '1',
  }
}
