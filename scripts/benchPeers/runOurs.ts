import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measureProcess } from './measureProcess.ts'
import { type PeerMeasure, typical } from './peerMeasure.ts'

const program = join(import.meta.dirname, 'ourStep.ts')

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
    const proofs = []
    for (let run = 0; run < runs; run++) proofs.push(await step('prove'))
    const checks = []
    for (let run = 0; run < runs; run++) checks.push(await step('verify'))
    const facts: { zkeyPath: string; constraints: number } = JSON.parse(
      readFileSync(join(folder, 'facts.json'), 'utf8'),
    )
    const measure: PeerMeasure = {
      setup,
      prove: typical(proofs),
      verify: typical(checks),
      provingKeyBytes: statSync(facts.zkeyPath).size,
      verificationKeyBytes: statSync(join(folder, 'vk.bin')).size,
      proofBytes: statSync(join(folder, 'proof.bin')).size,
      size: `${facts.constraints.toLocaleString('en')} constraints`,
    }
    return measure
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
