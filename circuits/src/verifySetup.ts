import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { checkSetup, expectServes, SetupInvalidError, transcriptOf } from './checkSetup.ts'
import { checkZkey } from './checkZkey.ts'
import { chooseProver, type ProverKind } from './chooseProver.ts'
import { findChainFault } from './contributionChain.ts'
import { type DomainKind, domainKindOf } from './domain.ts'
import { ProcessFailedError } from './limitedProcess.ts'
import { derivesNatively, runNativeSetup } from './nativeSetup.ts'
import { defaultSetupLimits, zkeyBytesAtMost } from './newZkey.ts'
import { hashFile, type Phase1Source, readPhase1 } from './phase1.ts'
import { checkProverFits } from './prove.ts'
import { encodeR1cs, type R1cs } from './r1cs.ts'
import { runSnarkjs, type SnarkjsLimits } from './runSnarkjs.ts'
import type { SetupTranscript } from './setupTranscript.ts'
import { readContributionRecord } from './zkeyContributions.ts'

/** What {@link verifySetup} compares. */
export type VerifySetupOptions = {
  r1cs: R1cs
  phase1: Phase1Source
  zkeyPath: string
  limits?: SnarkjsLimits
  /** which program derives the circuit's first key; default: the native one where it was built, otherwise snarkjs */
  program?: ProverKind
}

/**
 * Checks a whole trusted setup (node only), so that nobody who made it need be believed: the phase-1 file is the ceremony's, the
 * key is of this circuit and this phase 1, every contribution follows the one before it, the beacon is what it says, and the
 * key's points are on their curves. The circuit's first key is derived again, in about the time that `newZkey` took, by a separate
 * program: the native one, beside which the pairings of the chain are checked here, or snarkjs (GPL-3.0), which checks them too.
 * @returns the transcript, to be published and hashed for the registry
 * @throws SetupInvalidError naming the fact; Phase1UnknownError, Phase1TooSmallError
 * @throws BinFileInvalidError, ZkeyInvalidError, ContributionInvalidError: a file is damaged
 * @throws VerificationKeySetupError nobody has contributed (and the other errors of a verification key)
 * @throws NativeProverMissingError the native program was asked for and is not there; ProverUnfitError: only that one knows the domain
 * @throws LimitExceededError, or the signal's reason
 */
export async function verifySetup(
  { r1cs, phase1, zkeyPath, limits = defaultSetupLimits, program }: VerifySetupOptions,
  signal?: AbortSignal,
): Promise<SetupTranscript> {
  const invalid = (fact: string) => new SetupInvalidError({ zkeyPath, fact })
  const zkeySha256 = await hashFile({ path: zkeyPath, algorithm: 'sha256' }, signal)
  const header = await checkZkey(zkeyPath, signal)
  const key = { zkeyPath, header, record: readContributionRecord(zkeyPath) }
  checkSetup(r1cs, key)
  const source = await readPhase1(phase1, signal)
  expectServes(source, r1cs)

  const r1csBytes = encodeR1cs(r1cs)
  const choice = await chooseProver(program)
  checkProverFits({ zkeyPath, header }, choice.kind)
  const { domainSize } = header
  const asked = { r1csBytes, phase1, zkeyPath, limits, outputBytes: zkeyBytesAtMost(r1cs) }
  if (choice.kind === 'native' && derivesNatively({ domainSize, power: source.power })) {
    const fault = findChainFault(key.record)
    if (fault !== undefined) throw invalid(fault)
    const domain = domainKindOf(domainSize) ?? 'power-of-two'
    await verifyNatively({ ...asked, program: choice.program, domain }, signal)
  } else {
    await verifyWithSnarkjs(asked, signal)
  }
  // All checks above are worth nothing if the file changed between them.
  if ((await hashFile({ path: zkeyPath, algorithm: 'sha256' }, signal)) !== zkeySha256) {
    throw invalid('its file changed while it was checked')
  }
  return transcriptOf({
    phase1: source,
    r1csSha256: createHash('sha256').update(r1csBytes).digest('hex'),
    zkeySha256,
    key,
  })
}

type Comparison = {
  r1csBytes: Uint8Array
  phase1: Phase1Source
  zkeyPath: string
  limits: SnarkjsLimits
  outputBytes: number
}

/** All but the chain of contributions. */
async function verifyNatively(
  { r1csBytes, zkeyPath, ...asked }: Comparison & { program: string; domain: DomainKind },
  signal?: AbortSignal,
): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), 'assay-setup-'))
  try {
    await writeFile(join(cwd, 'circuit.r1cs'), r1csBytes)
    await runNativeSetup({ ...asked, command: 'check-setup', r1cs: 'circuit.r1cs', zkeyPath, cwd }, signal)
  } catch (error) {
    if (!(error instanceof ProcessFailedError)) throw error
    const reason = error.stderr.replace(/^error: /, '').trim()
    throw new SetupInvalidError({ zkeyPath, fact: `the native program refuses it (${reason})` }, { cause: error })
  } finally {
    await rm(cwd, { recursive: true, force: true })
  }
}

async function verifyWithSnarkjs(
  { r1csBytes, phase1, zkeyPath, limits, outputBytes }: Comparison,
  signal?: AbortSignal,
): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), 'assay-setup-'))
  try {
    await writeFile(join(cwd, 'circuit.r1cs'), r1csBytes)
    const args = ['zkey', 'verify', 'circuit.r1cs', resolve(phase1.path), resolve(zkeyPath)]
    const { stdout } = await runSnarkjs({ args, cwd, outputBytes, limits }, signal)
    if (!new TextDecoder().decode(stdout).includes('ZKey Ok!')) {
      throw new SetupInvalidError({ zkeyPath, fact: 'snarkjs did not say that it is good' })
    }
  } catch (error) {
    if (!(error instanceof ProcessFailedError)) throw error
    throw new SetupInvalidError({ zkeyPath, fact: `snarkjs refuses it (${reasonOf(error)})` }, { cause: error })
  } finally {
    await rm(cwd, { recursive: true, force: true })
  }
}

/** What snarkjs says of a key it refuses: it writes `INVALID…` among other lines. */
function reasonOf({ stdout, stderr, message }: ProcessFailedError): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal colours are control characters.
  const text = `${stdout}\n${stderr}`.replace(/\u001b\[[0-9;]*m/g, '')
  return (/INVALID[^\n]*|[^\n]*not (?:identical|match)[^\n]*/.exec(text)?.[0] ?? message).trim().replace(/\.$/, '')
}
