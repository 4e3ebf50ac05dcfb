import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { estimateProof, type ProofSize, type ProofSpeed } from '@assay/circuits/estimateProof'
import type { Hex } from 'viem'
import { z } from 'zod'

/** How long models took on this machine with its prover. */
export type ComputeTimes = {
  /** Notes what inference and proof of a model took together, in milliseconds. */
  note: (modelId: Hex, ms: number) => void
  /** Notes what one proof took whose prover had its key in memory. */
  noteProof: (size: ProofSize, ms: number) => void
  /** By model, in milliseconds. */
  all: () => Record<Hex, number>
  /** The prover's speed here, by which a model's first proof is estimated. */
  speed: () => ProofSpeed
  /** Writes what is not on disk yet. */
  flush: () => void
}

const fileSchema = z.record(
  z.string(),
  z.object({ factor: z.number().positive(), models: z.record(z.string(), z.number().nonnegative()) }),
)

/** The latest counts for so much of an average. */
const latestShare = 0.3
const writeEveryMs = 10_000

/**
 * Opens the memory of how long models take: averages in which the latest counts for three tenths. They are kept by prover and threads,
 * as another prover has times of its own.
 * @param parts.path of the file; without one nothing is kept. A file that cannot be read is begun afresh
 */
export function openComputeTimes({
  path,
  kind,
  threads,
}: Omit<ProofSpeed, 'factor'> & { path?: string }): ComputeTimes {
  const kept = path === undefined ? {} : readKept(path)
  const name = `${kind} ${threads}`
  const own = kept[name] ?? { factor: 1, models: {} }
  let isMeasured = kept[name] !== undefined
  let writtenAt = Number.NEGATIVE_INFINITY
  let isDirty = false

  const mean = (known: number, latest: number) => known + latestShare * (latest - known)

  function flush(): void {
    if (path === undefined || !isDirty) return
    isDirty = false
    writtenAt = performance.now()
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(`${path}.new`, JSON.stringify({ ...kept, [name]: own }))
    renameSync(`${path}.new`, path)
  }

  function changed(): void {
    isDirty = true
    if (performance.now() - writtenAt >= writeEveryMs) flush()
  }

  return {
    note: (modelId, ms) => {
      own.models[modelId] = Math.round(mean(own.models[modelId] ?? ms, ms))
      changed()
    },
    noteProof: (size, ms) => {
      const factor = ms / Math.max(1, estimateProof(size, { kind, threads, factor: 1 }).warmMs)
      own.factor = isMeasured ? mean(own.factor, factor) : factor
      isMeasured = true
      changed()
    },
    // Only ids of models are noted.
    all: () => ({ ...own.models }) as Record<Hex, number>,
    speed: () => ({ kind, threads, factor: own.factor }),
    flush,
  }
}

function readKept(path: string): z.infer<typeof fileSchema> {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return {}
  }
}
