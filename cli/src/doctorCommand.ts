import { readKeyContent } from '@assay/worker/keyFileContent'
import type { Command } from 'commander'
import { type Context, createContext, type GlobalOptions, globalOptions } from './context.ts'
import {
  type Check,
  checkChain,
  checkClock,
  checkContentApi,
  checkDeployment,
  checkDisk,
  checkGateway,
  checkNode,
  checkProver,
  type Finding,
  runChecks,
} from './doctorChecks.ts'
import { reportKey } from './keyReport.ts'
import { clean } from './output.ts'

type DoctorOptions = GlobalOptions & { artifacts: string; cache: string }

/** Not all is well on this machine and network. */
export class ChecksFailedError extends Error {
  override readonly name = 'ChecksFailedError'
  readonly failed: string[]

  constructor({ failed }: { failed: string[] }) {
    super(`Not all is well (${failed.join(', ')}); do what the lines with ✗ say and run the command again.`)
    this.failed = failed
  }
}

/** Adds `assay doctor`. */
export function addDoctorCommand(program: Command, signal: AbortSignal): void {
  program
    .command('doctor')
    .description('check chain, contracts, content services, key, clock, disk and programs, with what to do')
    .option('--artifacts <folder>', "Hardhat's artifacts, with which the contracts' code is compared", 'artifacts')
    .option('--cache <folder>', 'where keys of models are kept', '.cache/setup')
    .addHelpText('after', '\nEnds with 0 when all is well, otherwise with 1.\nExample: assay doctor --dev-account 1')
    .action(async (_options: object, command: Command) => {
      const context = createContext(command, signal)
      const findings = await examine(context, globalOptions<DoctorOptions>(command))
      const failed = findings.filter(({ ok }) => !ok).map(({ name }) => name)
      context.output.result({ ok: failed.length === 0, checks: findings }, findings.map(lineOf).join('\n'))
      if (failed.length > 0) throw new ChecksFailedError({ failed })
    })
}

/** What cannot be looked at without a network file, or a chain, is left out when that is missing: its line says why. */
async function examine(context: Context, options: DoctorOptions): Promise<Finding[]> {
  const { artifacts, cache } = options
  const findings = await runChecks([
    { name: 'node', look: () => checkNode() },
    { name: 'prover', look: () => checkProver(context.signal) },
    { name: 'disk', look: () => checkDisk(cache) },
    { name: 'network', look: () => `${options.network} describes ${context.network().name}` },
  ])
  if (!isWell(findings)('network')) return findings
  const network = context.network()
  const client = context.client()
  findings.push(
    ...(await runChecks([
      { name: 'content', look: () => checkContentApi(network, context.signal) },
      { name: 'gateway', look: () => checkGateway(network, context.signal) },
      keyCheck(context, options),
      { name: 'chain', look: () => checkChain(client, network) },
    ])),
  )
  if (!isWell(findings)('chain')) return findings
  return findings.concat(
    await runChecks([
      { name: 'contracts', look: () => checkDeployment(client, { network, artifacts }) },
      { name: 'clock', look: () => checkClock(client, network) },
    ]),
  )
}

function isWell(findings: readonly Finding[]): (name: string) => boolean {
  return (name) => findings.some((finding) => finding.name === name && finding.ok)
}

/** Opens the key that is named, and tells of it only what may be seen. */
function keyCheck(context: Context, options: DoctorOptions): Check {
  const { keyFile, keyPkcs11, keyRemote, devAccount } = options
  const isNamed = [keyFile, keyPkcs11, keyRemote, devAccount].some((source) => source !== undefined)
  if (!isNamed) return { name: 'key', look: () => 'none named, which is enough to read' }
  const kind = () => {
    if (keyPkcs11 !== undefined) return 'in a token'
    if (keyRemote !== undefined) return 'at a remote signer'
    if (keyFile === undefined) return "a local chain's account"
    const { format, mode } = reportKey({ file: keyFile, content: readKeyContent(keyFile) })
    return `${format} in ${keyFile}, mode ${mode}`
  }
  const look = async () => {
    const { account } = await context.signingClient()
    return `${account?.address} opens (${kind()})`
  }
  return { name: 'key', look }
}

function lineOf({ name, ok, detail }: Finding): string {
  return `${ok ? '✓' : '✗'} ${name.padEnd(9)}  ${clean(detail)}`
}
