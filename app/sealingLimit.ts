import type { CeremonyRecord } from '@assay/sdk/ceremonyRecord'
import { maxBrowserKeyBytes, maxBrowserPhase1Power } from './prover/limits.ts'

type SealedParts = Pick<CeremonyRecord, 'phase1'> & {
  manifest: Pick<CeremonyRecord['manifest'], 'prover'>
  files: Record<keyof CeremonyRecord['files'], { bytes: number }>
}

/** Why a browser cannot seal a ceremony, in a sentence; the command line can. Undefined where it can. */
export function sealingLimit({ manifest, files, phase1 }: SealedParts): string | undefined {
  const largest = Math.max(files.zkey.bytes, files.graph.bytes, files.onnx.bytes)
  if (largest > maxBrowserKeyBytes) {
    const megabytes = (largest / 1e6).toFixed(2)
    return `One of its files has ${megabytes} MB, and a browser handles ${maxBrowserKeyBytes / 1e6} MB. Use the command below.`
  }
  if (manifest.prover === 'native') {
    return 'Only the native program knows the domain of this model’s key. Use the command below.'
  }
  if (phase1.power > maxBrowserPhase1Power) {
    return `The phase-1 file serves 2^${phase1.power} rows, and a browser handles one for 2^${maxBrowserPhase1Power}. Use the command below.`
  }
  return undefined
}
