import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeLocalPhase1 } from './makeLocalPhase1.ts'
import { newZkey } from './newZkey.ts'
import type { Phase1Source } from './phase1.ts'
import { domainPower } from './qap.ts'
import type { R1cs } from './r1cs.ts'
import type { SnarkjsLimits } from './runSnarkjs.ts'

/** A folder with a phase-1 file and a circuit's first key, to which nobody has contributed. */
export type FakeCeremony = {
  folder: string
  phase1: Phase1Source
  zkeyPath: string
  limits: SnarkjsLimits
  /** Path of a file in the folder. */
  at: (name: string) => string
  remove: () => void
}

/** For tests: begins a setup on a phase-1 file of 16 rows, or as many more as the circuit needs. */
export async function fakeCeremony(r1cs: R1cs): Promise<FakeCeremony> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-ceremony-'))
  const at = (name: string) => join(folder, name)
  const limits = { memoryMb: 1024, wallSeconds: 120, threads: 1 }
  const phase1: Phase1Source = { path: at('local.ptau'), trust: 'local' }
  await makeLocalPhase1({ power: Math.max(4, domainPower(r1cs)), outPath: phase1.path, limits })
  const zkeyPath = at('first.zkey')
  await newZkey({ r1cs, phase1, outPath: zkeyPath, limits })
  return { folder, phase1, zkeyPath, limits, at, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
