import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadMnist } from '../mnist.ts'
import { MeasuredRunFailedError, measureProcess } from './measureProcess.ts'
import { inSequence, type PeerMeasure, typical } from './peerMeasure.ts'
import { ezklVerifyGas } from './verifyGas.ts'

/** The pinned release of the Python package. */
export const ezklVersion = '23.0.5'

/** How often, how long and within how much memory EZKL's steps run. */
export type EzklOptions = { runs: number; wallSeconds: number; memoryMb: number }

const environment = join(import.meta.dirname, '../../.cache/ezkl')
const python = join(environment, 'bin/python')
const program = join(import.meta.dirname, 'ezklStep.py')
const installSeconds = 300
const calibrationCount = 20

/**
 * Installs EZKL's Python package into .cache/ezkl when it is not there yet.
 * @returns undefined, or a sentence that says why it can't be had
 */
export async function installEzkl(): Promise<string | undefined> {
  const probe = `import importlib.metadata as m, ezkl; assert m.version("ezkl") == "${ezklVersion}"`
  const check = { command: python, args: ['-c', probe], wallSeconds: installSeconds }
  try {
    if (existsSync(python)) {
      await measureProcess(check)
      return undefined
    }
  } catch {
    // Another release, or a broken environment: it is made again below.
  }
  try {
    const args = ['-m', 'venv', '--clear', environment]
    await measureProcess({ command: 'python3', args, wallSeconds: installSeconds })
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `ezkl==${ezklVersion}`]
    await measureProcess({ command: python, args: pip, wallSeconds: installSeconds })
    await measureProcess(check)
    return undefined
  } catch (error) {
    if (!(error instanceof MeasuredRunFailedError)) throw error
    return `EZKL ${ezklVersion} can't be had here (${error.said.replace(/\.$/, '')}).`
  }
}

/**
 * Measures EZKL on one ONNX model of 28×28 digits: settings, reference string and keys once, proving and verifying `runs`
 * times, each within `memoryMb`.
 * @throws MeasuredRunFailedError when a step fails
 */
export async function runEzkl(model: string, { runs, wallSeconds, memoryMb }: EzklOptions): Promise<PeerMeasure> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'))
  const bytesOf = (name: string) => statSync(join(folder, name)).size
  const step = async (name: string) => {
    try {
      return await measureProcess({
        command: python,
        args: [program, name, folder, model, String(memoryMb)],
        wallSeconds,
      })
    } catch (error) {
      if (!(error instanceof MeasuredRunFailedError)) throw error
      throw new MeasuredRunFailedError({ command: error.command, said: `step ${name}, ${error.said}` })
    }
  }
  try {
    writeInputs(folder)
    const setup = [await step('settings'), await step('srs'), await step('setup')]
    const proofs = []
    const answers = []
    for (let run = 0; run < runs; run++) {
      const witness = await step('witness')
      const proof = await step('prove')
      proofs.push(proof)
      answers.push(inSequence([witness, proof]))
    }
    const checks = []
    for (let run = 0; run < runs; run++) checks.push(await step('verify'))
    await step('contract')
    const proof: { proof: number[] } = JSON.parse(readFileSync(join(folder, 'proof.json'), 'utf8'))
    const settings: { run_args: { logrows: number }; num_rows: number } = JSON.parse(
      readFileSync(join(folder, 'settings.json'), 'utf8'),
    )
    return {
      setup: inSequence(setup),
      prove: typical(proofs),
      // Each call of its package reads the key from its file.
      again: typical(proofs),
      answer: typical(answers),
      verify: typical(checks),
      provingKeyBytes: bytesOf('pk.key'),
      verificationKeyBytes: bytesOf('vk.key'),
      proofBytes: proof.proof.length,
      onChain: await ezklVerifyGas(folder),
      size: `${settings.num_rows.toLocaleString('en')} rows, 2^${settings.run_args.logrows}`,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Training digits to calibrate on, and the held-out digit that is proved. */
function writeInputs(folder: string): void {
  const { train, heldOut } = loadMnist()
  const calibration = train.slice(0, calibrationCount).flatMap(({ pixels }) => [...pixels])
  const digit = heldOut.slice(0, 1).flatMap(({ pixels }) => [...pixels])
  writeFileSync(join(folder, 'calibration.json'), JSON.stringify({ input_data: [calibration] }))
  writeFileSync(join(folder, 'input.json'), JSON.stringify({ input_data: [digit] }))
}
