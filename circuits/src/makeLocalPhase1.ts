import { randomBytes } from 'node:crypto'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { defaultSetupLimits } from './newZkey.ts'
import { runSnarkjs, type SnarkjsLimits } from './runSnarkjs.ts'

/**
 * Makes a phase-1 file of this machine's own, with one contribution from the system's random source, prepared for phase 2
 * (node only): for trials and tests of the production path. 2^6 rows take two seconds, 2^12 a minute and a half.
 * Warning: whoever ran this could have kept the secret. Transcripts call such a file `local`.
 * @param power it serves circuits of up to 2^power rows
 * @throws LimitExceededError, ProcessFailedError, or the signal's reason
 */
export async function makeLocalPhase1(
  { power, outPath, limits = defaultSetupLimits }: { power: number; outPath: string; limits?: SnarkjsLimits },
  signal?: AbortSignal,
): Promise<void> {
  const cwd = await mkdtemp(join(dirname(resolve(outPath)), '.phase1-'))
  try {
    const outputBytes = 2 ** 20 + 2 ** power * 2048
    const run = (args: readonly string[], input?: Uint8Array) =>
      runSnarkjs({ args, cwd, outputBytes, limits, ...(input === undefined ? {} : { input }) }, signal)
    await run(['powersoftau', 'new', 'bn128', String(power), 'new.ptau'])
    // On standard input, because other users of the machine read command lines.
    const entropy = new TextEncoder().encode(`${randomBytes(64).toString('hex')}\n`)
    await run(['powersoftau', 'contribute', 'new.ptau', 'contributed.ptau', '--name=local'], entropy)
    await run(['powersoftau', 'prepare', 'phase2', 'contributed.ptau', 'prepared.ptau'])
    await rename(join(cwd, 'prepared.ptau'), outPath)
  } finally {
    await rm(cwd, { recursive: true, force: true })
  }
}
