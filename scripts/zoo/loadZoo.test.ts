import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { listZoo, loadZoo, type ZooModel, ZooModelUnknownError } from './loadZoo.ts'

process.env.ORT_DISABLE_TELEMETRY = '1' // read when the library loads, so before the import
const { InferenceSession, Tensor } = await import('onnxruntime-node')

const folder = join(import.meta.dirname, '../../test/fixtures/zoo')
const bytesAllowed = 6e6

describe('loadZoo', () => {
  it('error: names the model it does not know', () => {
    assert.throws(
      () => loadZoo('vgg16'),
      (error) => error instanceof ZooModelUnknownError && error.model === 'vgg16',
    )
  })

  it('invariant: the zoo stays small, and each file in it belongs to an entry', () => {
    const entries = listZoo()

    const files = readdirSync(folder)
    const known = new Set(['README.md', 'zoo.json', ...entries.flatMap(({ file, data }) => [file, data.file])])

    assert.deepEqual(
      files.filter((file) => !known.has(file)),
      [],
    )
    const bytes = files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
    assert.ok(bytes <= bytesAllowed, `${bytes} bytes`)
  })

  for (const { name } of listZoo()) {
    it(`behavior: ${name} is as good under onnxruntime as its entry says`, async () => {
      const model = loadZoo(name)

      const measured = await measure(model)

      if (model.task === 'classification') {
        // Another release of the runtime may round a near tie the other way.
        const tolerance = 2 / model.samples.length
        assert.ok(Math.abs(measured - (model.floatAccuracy ?? Number.NaN)) <= tolerance, `accuracy ${measured}`)
      } else {
        assert.ok(Math.abs(measured / (model.floatError ?? Number.NaN) - 1) < 0.01, `error ${measured}`)
      }
    })
  }
})

/** Share of right answers of a classifier, else the mean squared error, on the held-out samples one by one. */
async function measure({ path, inputShape, inputType, output, task, samples }: ZooModel): Promise<number> {
  const session = await InferenceSession.create(path, { intraOpNumThreads: 1, interOpNumThreads: 1 })
  const [inputName = ''] = session.inputNames
  let total = 0
  for (const { values, label } of samples) {
    const input =
      inputType === 'int64'
        ? new Tensor('int64', BigInt64Array.from([...values].map(BigInt)), inputShape)
        : new Tensor('float32', values, inputShape)
    const answers = await session.run({ [inputName]: input }, [output])
    const answer = Array.from((answers[output]?.data ?? []) as ArrayLike<number | bigint>, Number)
    if (task === 'classification') total += classOf(answer) === label ? 1 : 0
    else {
      const target = task === 'reconstruction' ? [...values] : [label]
      total += answer.reduce((sum, value, at) => sum + (value - (target[at] ?? 0)) ** 2, 0) / answer.length
    }
  }
  await session.release()
  return total / samples.length
}

/** A classifier of tables answers with the label itself, a network with a score for each class. */
function classOf(answer: number[]): number {
  return answer.length === 1 ? (answer[0] ?? -1) : answer.indexOf(Math.max(...answer))
}
