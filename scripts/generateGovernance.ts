/**
 * Writes docs/governance.md: who may call what on a market, after which delay, within which cap.
 * It deploys the market as deploy/parameters/example.json says on a chain in this process and asks its access manager, so the table says what stands
 * there and not what was meant. `node scripts/generateGovernance.ts` writes; with `--check` it writes nothing and exits 1 when the file is stale.
 */
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { network } from 'hardhat'
import { deployOn } from '../deploy/deploy.ts'
import { readParameters } from '../deploy/readParameters.ts'
import { type Role, roleFunctions, roles } from '../deploy/roles.ts'

/** One guarded function as the deployed access manager has it; `holders` are those who may call it, with what they wait. */
type Power = { name: string; contract: string; role: Role; holders: { name: string; delay: number }[] }

const root = join(import.meta.dirname, '..')
const outputPath = join(root, 'docs/governance.md')
const parametersPath = join(root, 'deploy/parameters/example.json')

/** Text of all Solidity sources under a folder. */
function sourcesOf(folder: string): string {
  return globSync(`${folder}/**/*.sol`, { cwd: root, exclude: ['**/mocks/**'] })
    .sort()
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n')
}

/** Names of the functions that carry a modifier. */
function functionsWith(modifier: string, source: string): string[] {
  const pattern = new RegExp(`function (\\w+)\\([^)]*\\)[^{;]*\\b${modifier}\\b[^{;]*\\{`, 'g')
  return [...source.matchAll(pattern)].map((match) => match[1] ?? '').sort()
}

/** First sentences of a function's `@notice`. */
function noticeOf(name: string, source: string): string {
  const declared = source.search(new RegExp(`\\n    function ${name}\\(`))
  const above = source.slice(0, declared).split('\n')
  const comment: string[] = []
  while (above.at(-1)?.trim().startsWith('///')) comment.unshift(above.pop()?.trim().slice(3).trim() ?? '')
  const text = comment.join(' ').split(/ ?@(?!notice)/)[0] ?? ''
  const notice = text
    .replace('@notice', '')
    .replace('Owner only.', '')
    .replaceAll(/\{(\w+)\}/g, '`$1`')
    .trim()
  if (notice === '')
    throw new Error(`The function ${name} has no @notice in contracts/interfaces or contracts/governance.`)
  return notice
}

/** The constant that caps the fee, in basis points. */
function readFeeCap(source: string): number {
  const cap = /constant MAX_FEE_BPS = ([\d_]+)/.exec(source)?.[1]
  if (cap === undefined) throw new Error('No contract holds MAX_FEE_BPS.')
  return Number(cap.replaceAll('_', ''))
}

/** Deploys the example and asks its access manager about each guarded function. */
async function readPowers(): Promise<{ powers: Power[]; adminDelay: number }> {
  const connection = await network.create({ network: 'default', override: { chainId: 31_337 } })
  try {
    const deployment = await deployOn(connection, parametersPath)
    const { ethers } = connection
    const manager = await ethers.getContractAt('AccessManager', deployment.accessManager)
    const [deployer] = await ethers.getSigners()
    const owner = readParameters(parametersPath).AssayOwner
    if (deployment.ownerAccount === undefined || owner === undefined || deployer === undefined) {
      throw new Error(`${parametersPath} names no owner account.`)
    }
    const accounts = {
      owner: deployment.ownerAccount,
      guardian: owner.guardian,
      PauseSwitch: deployment.pauseSwitch,
      'deploying account': deployer.address,
    }
    const delayOf = async (role: number | bigint, account: string): Promise<number | undefined> => {
      const [member, delay] = await manager.hasRole(role, account)
      return member ? Number(delay) : undefined
    }

    const powers: Power[] = []
    for (const { contract, name } of roleFunctions) {
      const target = contract === 'JobMarket' ? deployment.jobMarket : deployment.pauseSwitch
      const { interface: abi } = await ethers.getContractAt(contract, target)
      const selector = abi.getFunction(name)?.selector
      if (selector === undefined) throw new Error(`${contract} has no function ${name}.`)
      const id = await manager.getTargetFunctionRole(target, selector)
      const role = roleNamed(Number(id))
      const holders: Power['holders'] = []
      for (const [holder, account] of Object.entries(accounts)) {
        const delay = await delayOf(id, account)
        if (delay !== undefined) holders.push({ name: holder, delay })
      }
      powers.push({ name, contract, role, holders })
    }
    if ((await delayOf(roles.admin, deployer.address)) !== undefined) {
      throw new Error('The deploying account still administers the access manager.')
    }
    const adminDelay = await delayOf(roles.admin, deployment.ownerAccount)
    if (adminDelay === undefined) throw new Error('The owner account does not administer the access manager.')
    return { powers, adminDelay }
  } finally {
    await connection.close()
  }
}

function roleNamed(id: number): Role {
  for (const [role, known] of Object.entries(roles)) {
    // The keys of a constant are its names.
    if (known === id) return role as Role
  }
  throw new Error(`The access manager has a role ${id} that deploy/roles.ts does not name.`)
}

function duration(seconds: number): string {
  if (seconds === 0) return 'none'
  const [unit, size] = seconds % 86_400 === 0 ? ['day', 86_400] : ['hour', 3_600]
  const count = seconds / Number(size)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

async function render(): Promise<string> {
  const source = sourcesOf('contracts')
  const guarded = functionsWith('restricted', source)
  const named = roleFunctions.map((power) => power.name).sort()
  if (guarded.join() !== named.join()) {
    throw new Error(`Guarded in contracts: ${guarded.join(', ')}; named in deploy/roles.ts: ${named.join(', ')}.`)
  }
  const { powers, adminDelay } = await readPowers()
  const feeCap = readFeeCap(source)
  const limits: Record<string, string> = {
    setFeeBps: `at most ${feeCap / 100} % (\`MAX_FEE_BPS\` ${feeCap}), and an order's own \`maxFeeBps\`; a job keeps the fee it began with`,
    allowToken: 'new orders and deposits only; a balance can always be withdrawn',
    listAssurance: 'new orders only; jobs in flight keep their assurance',
    setPaused: 'new orders and claims only; no settlement and no exit',
    pauseMarket: 'can pause, cannot end a pause',
  }
  const documented = sourcesOf('contracts/interfaces') + sourcesOf('contracts/governance')
  const rows = powers.flatMap((power) =>
    power.holders.map(
      ({ name, delay }) =>
        `| \`${power.contract}.${power.name}\` | ${noticeOf(power.name, documented)} | ${power.role} | ${name} | ${duration(delay)} | ${limits[power.name]} |`,
    ),
  )
  const manager = readFileSync(
    join(root, 'node_modules/@openzeppelin/contracts/access/manager/AccessManager.sol'),
    'utf8',
  )
  const owner = readParameters(parametersPath).AssayOwner
  return [
    '<!-- Generated by scripts/generateGovernance.ts from the contracts and deploy/. Do not edit. -->',
    '',
    '# Governance',
    '',
    'Who can do what to a market, after which delay, within which cap. Delays are those of `deploy/parameters/example.json`, the example for a public',
    'network; on a local chain the deploying account holds every role without a delay.',
    '',
    '| function | what it does | role | held by | delay | cap |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    `The **owner** is an \`OwnerAccount\`: it acts when ${owner?.threshold} of its ${owner?.signers.length} signers sign (ERC-7913, EIP-712), and it alone`,
    'changes its signers. An action with a delay is scheduled in the access manager, seen by everybody, and then carried out within a week.',
    '',
    'The **guardian** pauses at once through `PauseSwitch`, and cancels what was scheduled for any role above but its own. It can carry nothing out.',
    '',
    `The owner also administers the access manager, after a delay of ${duration(adminDelay)}, the longest of all: ${functionsWith(
      'onlyAuthorized',
      manager,
    )
      .map((name) => `\`${name}\``)
      .join(', ')}.`,
    'So a delay above can be shortened only after this longer one. The deploying account is left with no role.',
    '',
    '## What no role can do',
    '',
    'These are all functions of the contracts that ask for a role. None of them moves a balance, an escrow, a stake or a bond, changes a job, or is read',
    'between a claim and its settlement. The contracts cannot be upgraded, the treasury cannot be changed, and nothing can be swept. Whatever the roles do',
    'together, a claimed job settles at the fee it began with, and everybody can withdraw (`test/contracts/governance.test.ts`).',
    '',
  ].join('\n')
}

const { values: flags } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
const text = await render()
const known = existsSync(outputPath) ? readFileSync(outputPath, 'utf8') : ''
if (!flags.check) {
  mkdirSync(join(root, 'docs'), { recursive: true })
  writeFileSync(outputPath, text)
} else if (text !== known) {
  process.stderr.write('docs/governance.md is stale; run `node scripts/generateGovernance.ts`.\n')
  process.exitCode = 1
}
