// Measures how long a resident prover of snarkjs takes, on the clock and in processor time, which other work disturbs least: `node scripts/bootstrap.mjs node scripts/measureProver.ts [model …]`. The coefficients of
// circuits/src/proverTime.ts are fitted to what it prints.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile } from '@assay/circuits/compile'
import { devSetup } from '@assay/circuits/devSetup'
import { readProvingKey } from '@assay/circuits/prove'
import { startResidentProver } from '@assay/circuits/residentProver'
import { computeWitness } from '@assay/circuits/witness'
import { loadExactModel } from './exactModels.ts'

const models = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'assay-measure-'))
const runs = 5
const ticksPerSecond = 100
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

for (const name of models.length > 0 ? models : ['logistic-regression', 'mnist-mlp', 'mnist-cnn', 'lenet5']) {
  const { graph, inputs } = loadExactModel(name)
  const zkeyPath = join(folder, `${name}.zkey`)
  const r1cs = compile(graph)
  const { zkey } = await devSetup(r1cs)
  writeFileSync(zkeyPath, zkey)
  const { wireCount, domainSize, coefficientCount } = readProvingKey(zkeyPath)
  for (const threads of [1, 2, 4]) {
    const prover = await startResidentProver({ zkeyPath, prover: 'snarkjs', limits: { threads } })
    const [times, processorTimes]: [number[], number[]] = [[], []]
    for (let run = 0; run <= runs; run++) {
      const input = inputs[run % inputs.length]
      if (!input) throw new RangeError(`the model ${name} has no inputs`)
      const { witness } = computeWitness(graph, { input, binding: BigInt(run + 1) })
      const [started, before] = [performance.now(), processorMs(prover.pid())]
      await prover.prove(witness)
      // the first proof also compiles
      if (run === 0) continue
      times.push(performance.now() - started)
      processorTimes.push(processorMs(prover.pid()) - before)
    }
    await prover.close()
    const milliseconds = Math.round(Math.min(...times))
    const processor = Math.round(Math.min(...processorTimes))
    const constraints = r1cs.constraints.length
    const zkeyBytes = zkey.length
    console.log(
      JSON.stringify({
        ...{ name, constraints, wireCount, domainSize, coefficientCount, zkeyBytes, threads, milliseconds, processor },
      }),
    )
  }
  rmSync(zkeyPath)
}

/** Processor time of a process and its threads, in milliseconds; 0 before it started. */
function processorMs(pid: number | undefined): number {
  if (pid === undefined) return 0
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond
}
