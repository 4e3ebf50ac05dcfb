import { randomBytes } from 'node:crypto'
import { mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type CeremonyRandom, ceremonyRandom } from './ceremonyRandom.ts'
import { chooseProver, type ProverKind } from './chooseProver.ts'
import { type Beacon, type Contribution, isContributionName } from './contributionRecord.ts'
import { contributeNatively } from './nativeContribution.ts'
import { defaultSetupLimits } from './newZkey.ts'
import { runSnarkjs, type SnarkjsLimits } from './runSnarkjs.ts'
import { readContributions } from './zkeyContributions.ts'

/** A contribution may not have this name. */
export class ContributionNameError extends Error {
  override readonly name = 'ContributionNameError'
  readonly given: string

  constructor(given: string) {
    super(`A contribution cannot be named ${JSON.stringify(given)}; use 1 to 64 printable characters.`)
    this.given = given
  }
}

/** A key's phase 2 has ended with a beacon, behind which nothing may follow. */
export class SetupSealedError extends Error {
  override readonly name = 'SetupSealedError'
  readonly zkeyPath: string

  constructor(zkeyPath: string) {
    super(`${zkeyPath} is sealed by a beacon and takes no more contributions; begin another setup to add one.`)
    this.zkeyPath = zkeyPath
  }
}

/** What snarkjs wrote is not the old key with one contribution more. */
export class ContributionFailedError extends Error {
  override readonly name = 'ContributionFailedError'
  readonly zkeyPath: string

  constructor(zkeyPath: string) {
    super(`No contribution was added to ${zkeyPath}; check the key with verifySetup and try again.`)
    this.zkeyPath = zkeyPath
  }
}

/** What {@link contribute} is told. */
export type ContributeOptions = {
  /** which program multiplies the points; default: the native one where it was built, otherwise snarkjs */
  program?: ProverKind
  /** the key as the last contributor left it; it is not changed */
  zkeyPath: string
  /** where the new key goes, in place of what is there */
  outPath: string
  /** 1 to 64 printable characters by which others know the contributor */
  name: string
  limits?: SnarkjsLimits
}

/**
 * Adds one contribution to a key's phase 2 by a separate program (node only), the native one or snarkjs (GPL-3.0): delta is multiplied by a
 * secret from the system's random source, which nobody keeps. One honest contributor is enough for the whole setup, so publish
 * the returned hash yourself: names are no part of what the key proves, hashes are.
 * @throws {@link ContributionNameError}, {@link SetupSealedError}, {@link ContributionFailedError}
 * @throws BinFileInvalidError, ContributionInvalidError: the key's record is damaged
 * @throws NativeProverMissingError the native program was asked for and is not there
 * @throws LimitExceededError, ProcessFailedError, or the signal's reason
 */
export async function contribute(options: ContributeOptions, signal?: AbortSignal): Promise<Contribution> {
  const { name } = options
  return addContribution(
    options,
    {
      args: (from, to) => ['zkey', 'contribute', from, to, `--name=${name}`],
      // On standard input, because other users of the machine read command lines. snarkjs adds 64 random bytes of its own.
      input: new TextEncoder().encode(`${randomBytes(64).toString('hex')}\n`),
      random: () => ceremonyRandom(randomBytes(32)),
    },
    signal,
  )
}

/**
 * How a contribution is added: snarkjs' arguments for an old and a new path and its standard input, and for the native program
 * where the secret comes from, and which beacon that is.
 */
export type ContributionCommand = {
  args: (from: string, to: string) => string[]
  input?: Uint8Array
  random: () => CeremonyRandom
  beacon?: Beacon
}

/**
 * Runs what adds one contribution, and takes its key only if it is the old one's record with one more.
 * The key appears at `outPath` whole or not at all.
 */
export async function addContribution(
  { zkeyPath, outPath, name, program, limits = defaultSetupLimits }: ContributeOptions,
  { args, input, random, beacon }: ContributionCommand,
  signal?: AbortSignal,
): Promise<Contribution> {
  if (!isContributionName(name)) throw new ContributionNameError(name)
  const before = readContributions(zkeyPath)
  if (before.contributions.at(-1)?.beacon !== undefined) throw new SetupSealedError(zkeyPath)
  const { size } = await stat(zkeyPath)
  const choice = await chooseProver(program)
  const cwd = await mkdtemp(join(dirname(resolve(outPath)), '.zkey-'))
  try {
    const made = join(cwd, 'new.zkey')
    const run = { cwd, outputBytes: size + 2 ** 20, limits }
    if (choice.kind === 'native') {
      const paths = { program: choice.program, zkeyPath: resolve(zkeyPath), outPath: made }
      await contributeNatively({ ...run, ...paths, name, random: random(), ...(beacon && { beacon }) }, signal)
    } else {
      await runSnarkjs({ ...run, args: args(resolve(zkeyPath), made), ...(input && { input }) }, signal)
    }
    const added = findAdded(before, made)
    if (added === undefined || added.name !== name) throw new ContributionFailedError(zkeyPath)
    await rename(made, outPath)
    return added
  } finally {
    await rm(cwd, { recursive: true, force: true })
  }
}

/** The contribution by which a key is ahead of a record; undefined when there is no such one. */
function findAdded(before: ReturnType<typeof readContributions>, zkeyPath: string): Contribution | undefined {
  let after: ReturnType<typeof readContributions>
  try {
    after = readContributions(zkeyPath)
  } catch (error) {
    // snarkjs reports some failures in words alone and writes nothing.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  const count = before.contributions.length
  const kept = before.contributions.every(({ hash }, index) => hash === after.contributions[index]?.hash)
  return kept && after.circuitHash === before.circuitHash && after.contributions.length === count + 1
    ? after.contributions[count]
    : undefined
}
