import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { measureProcess, type ProcessMeasure } from './measureProcess.ts'
import { type PeerMeasure, typical } from './peerMeasure.ts'
import { ourVerifyGas } from './verifyGas.ts'

const program = join(import.meta.dirname, 'ourStep.ts')
const snarkjs = join(dirname(createRequire(import.meta.url).resolve('snarkjs')), 'cli.cjs')

/**
 * Measures ours on one ONNX model of 28×28 digits: setup once, proving and verifying `runs` times.
 * @throws MeasuredRunFailedError when a step fails, such as when the model cannot be quantized
 */
export async function runOurs(model: string, { runs, wallSeconds }: { runs: number; wallSeconds: number }) {
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'))
  const step = (name: string) =>
    measureProcess({ command: process.execPath, args: [program, name, folder, model], wallSeconds })
  try {
    const setup = await step('setup')
    const facts: { zkeyPath: string; constraints: number } = JSON.parse(
      readFileSync(join(folder, 'facts.json'), 'utf8'),
    )
    await step('witness')
    const inputs = [facts.zkeyPath, join(folder, 'witness.wtns')]
    const outputs = [join(folder, 'alone.json'), join(folder, 'public.json')]
    const args = [snarkjs, 'groth16', 'prove', ...inputs, ...outputs]
    const proofs = []
    for (let run = 0; run < runs; run++)
      proofs.push(await measureProcess({ command: process.execPath, args, wallSeconds }))
    const answers = []
    for (let run = 0; run < runs; run++) answers.push(await step('prove'))
    const { peakBytes } = await step('again')
    const again: ProcessMeasure = JSON.parse(readFileSync(join(folder, 'again.json'), 'utf8'))
    const checks = []
    for (let run = 0; run < runs; run++) checks.push(await step('verify'))
    const measure: PeerMeasure = {
      setup,
      prove: typical(proofs),
      answer: typical(answers),
      again: { ...again, peakBytes },
      verify: typical(checks),
      provingKeyBytes: statSync(facts.zkeyPath).size,
      verificationKeyBytes: statSync(join(folder, 'vk.bin')).size,
      proofBytes: statSync(join(folder, 'proof.bin')).size,
      onChain: await ourVerifyGas(folder),
      size: `${facts.constraints.toLocaleString('en')} constraints`,
    }
    return measure
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
