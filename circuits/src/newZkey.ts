import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { expectServes } from './checkSetup.ts'
import { chooseProver, type ProverKind } from './chooseProver.ts'
import { type DomainKind, domainKindOf, domainSizeOf } from './domain.ts'
import { derivesNatively, runNativeSetup } from './nativeSetup.ts'
import { type Phase1Source, readPhase1 } from './phase1.ts'
import type { Phase1 } from './phase1File.ts'
import { countSignals, domainPower, rowCountOf } from './qap.ts'
import { encodeR1cs, type R1cs } from './r1cs.ts'
import { runSnarkjs, type SnarkjsLimits } from './runSnarkjs.ts'
import { g1Bytes, g2Bytes } from './zkey.ts'

/** What one step of a setup may use unless the caller says otherwise. */
export const defaultSetupLimits: SnarkjsLimits = { memoryMb: 8192, wallSeconds: 6 * 3600 }

/** What {@link newZkey} is told. */
export type NewZkeyOptions = {
  r1cs: R1cs
  phase1: Phase1Source
  outPath: string
  /** whether the domain is a power of two, as snarkjs needs it (default), or the smallest that the native prover knows */
  domain?: DomainKind
  limits?: SnarkjsLimits
  /** which program derives the key; default: the native one where it was built, otherwise snarkjs */
  program?: ProverKind
}

/**
 * Starts the phase 2 of a circuit: a proving key from its constraints and a phase-1 file, made by the native program, or the same
 * bytes by snarkjs (GPL-3.0), as a separate program (node only); on a domain that is no power of two by the native program alone,
 * which computes the domain's Lagrange basis first. The key appears at `outPath` whole or not at all.
 * Warning: nobody has contributed yet, so anyone can forge proofs with the key; every tool here refuses it until `contribute`.
 * @returns what the phase-1 file is
 * @throws Phase1UnknownError, Phase1TooSmallError, BinFileInvalidError: the phase-1 file does not serve
 * @throws NativeProverMissingError the domain is no power of two, or it was asked for, and the native program is not there
 * @throws LimitExceededError, ProcessFailedError, or the signal's reason
 */
export async function newZkey(
  { r1cs, phase1, outPath, domain = 'power-of-two', limits = defaultSetupLimits, program }: NewZkeyOptions,
  signal?: AbortSignal,
): Promise<Phase1> {
  const found = await readPhase1(phase1, signal)
  expectServes(found, r1cs)
  const domainSize = domainSizeOf(rowCountOf(r1cs), domain)
  const choice = await chooseProver(domainKindOf(domainSize) === 'mixed' ? 'native' : program)
  const cwd = await mkdtemp(join(dirname(resolve(outPath)), '.zkey-'))
  try {
    await writeFile(join(cwd, 'circuit.r1cs'), encodeR1cs(r1cs))
    const run = { cwd, outputBytes: zkeyBytesAtMost(r1cs), limits }
    if (choice.kind === 'native' && derivesNatively({ domainSize, power: found.power })) {
      const files = { r1cs: 'circuit.r1cs', phase1, zkeyPath: join(cwd, 'new.zkey') }
      const { program } = choice
      await runNativeSetup({ ...run, ...files, program, command: 'first-key', domain }, signal)
    } else {
      const args = ['groth16', 'setup', 'circuit.r1cs', resolve(phase1.path), 'new.zkey']
      await runSnarkjs({ ...run, args }, signal)
    }
    await rename(join(cwd, 'new.zkey'), outPath)
  } finally {
    await rm(cwd, { recursive: true, force: true })
  }
  return found
}

/** A bound on the size of a circuit's zkey in bytes, with a megabyte for contributions. */
export function zkeyBytesAtMost(r1cs: R1cs): number {
  const terms = r1cs.constraints.reduce(
    (sum, { a, b }) => sum + a.wires.length + b.wires.length,
    countSignals(r1cs) + 1,
  )
  return 2 ** 20 + terms * 44 + r1cs.wireCount * (3 * g1Bytes + g2Bytes) + 2 ** domainPower(r1cs) * g1Bytes
}
