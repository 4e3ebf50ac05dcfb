// For tests: witnesses as the native prover computes them from programs.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chooseProver } from './chooseProver.ts'
import type { ExactGraph } from './exactGraph.ts'
import { prepareWitness, type WitnessInput } from './witness.ts'
import { encodeProgramInput, witnessProgram } from './witnessProgram.ts'
import { encodeWitness } from './wtns.ts'

const choice = await chooseProver()

/** Why there are no such witnesses here, or false where there are. */
export const nativeWitnessMissing = choice.kind === 'native' ? false : choice.detail

/**
 * What the native prover answers to each input of a program: a `.wtns` file, or its error as JSON.
 * @throws Error when it refuses the program itself
 */
export function nativeWitnesses(program: Uint8Array, inputs: readonly WitnessInput[]): Buffer[] {
  if (choice.kind !== 'native') throw new Error(choice.detail)
  const folder = mkdtempSync(join(tmpdir(), 'assay-witness-'))
  try {
    const path = join(folder, 'program')
    writeFileSync(path, program)
    const input = Buffer.concat(inputs.map(encodeProgramInput).flatMap((bytes) => [lengthOf(bytes), bytes]))
    const { status, stdout, stderr } = spawnSync(choice.program, ['witness', path], { input, maxBuffer: 2 ** 30 })
    if (status !== 0) throw new Error(stderr.toString())
    return readFrames(stdout).slice(1)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Checks that the native prover computes the very bytes that `computeWitness` does; where it is not built, nothing is checked. */
export function checkNativeWitnesses(graph: ExactGraph, inputs: readonly WitnessInput[]): void {
  if (nativeWitnessMissing !== false) return
  const witnessOf = prepareWitness(graph)
  const made = nativeWitnesses(witnessProgram(graph), inputs)
  assert.equal(made.length, inputs.length)
  for (const [index, input] of inputs.entries()) {
    const expected = encodeWitness(witnessOf(input).witness)
    assert.ok(made[index]?.equals(expected), `the native witness of input ${index} is another`)
  }
}

function lengthOf({ length }: Uint8Array): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32LE(length)
  return head
}

function readFrames(bytes: Buffer): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const start = at + 4
    at = start + bytes.readUInt32LE(at)
    frames.push(bytes.subarray(start, at))
  }
  return frames
}
