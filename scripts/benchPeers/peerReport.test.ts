import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inSequence, type PeerMeasure, typical } from './peerMeasure.ts'
import { peerSection, putSections } from './peerReport.ts'

/** A measure in round numbers. */
function fakeMeasure(overrides: Partial<PeerMeasure> = {}): PeerMeasure {
  const process = { seconds: 1, cpuSeconds: 1, peakBytes: 100e6 }
  return {
    setup: process,
    prove: process,
    answer: process,
    again: process,
    verify: process,
    provingKeyBytes: 2e6,
    verificationKeyBytes: 704,
    proofBytes: 256,
    onChain: { gas: 250_000, codeBytes: 5_589 },
    size: '4,984 constraints',
    ...overrides,
  }
}

describe('peerSection', () => {
  it('behavior: marks each ratio that was asked for as reached or missed', () => {
    const prove = { seconds: 12, cpuSeconds: undefined, peakBytes: 200e6 }

    const text = peerSection({ model: 'MLP', machine: 'a desk', ours: fakeMeasure(), ezkl: fakeMeasure({ prove }) })

    assert.match(text, /^\| prove, s \| 1\.00 \| 12\.00 \| 12× \| reached: ≥ 10× \|$/m)
    assert.match(text, /^\| prove, processor s \| 1\.00 \| – \| – \| {2}\|$/m)
    assert.match(text, /^\| prove, peak memory \| 100\.0 MB \| 200\.0 MB \| 2\.0× \| missed: ≥ 10× \|$/m)
  })

  it('behavior: a side that could not be measured is a sentence, and the other side stays', () => {
    const text = peerSection({
      model: 'LeNet-5',
      machine: 'a desk',
      ours: 'not measured: no MaxPool.',
      ezkl: fakeMeasure(),
    })

    assert.match(text, /^Ours: not measured: no MaxPool\.$/m)
    assert.match(text, /^\| proof, bytes \| – \| 256 \| – \| {2}\|$/m)
  })

  it('behavior: without either side there is no table', () => {
    const text = peerSection({
      model: 'LeNet-5',
      machine: 'a desk',
      ours: 'not measured: a.',
      ezkl: 'not measured: b.',
    })

    assert.equal(text, '### LeNet-5\n\nOn a desk.\n\nOurs: not measured: a.\n\nEZKL: not measured: b.')
  })
})

describe('putSections', () => {
  const mark = '<!-- tables -->'

  it('behavior: replaces a section in its place and adds a new one at the end', () => {
    const page = `# Page\n\n${mark}\n\n### A\n\nold\n\n### B\n\nkept\n`

    const changed = putSections(page, { mark, sections: ['### C\n\nadded', '### A\n\nnew'] })

    assert.equal(changed, `# Page\n\n${mark}\n\n### A\n\nnew\n\n### B\n\nkept\n\n### C\n\nadded\n`)
  })
})

describe('inSequence and typical', () => {
  const runs = [3, 1, 2].map((seconds) => ({ seconds, cpuSeconds: 2 * seconds, peakBytes: 10 * seconds }))

  it('behavior: steps add up, and the largest memory counts', () => {
    assert.deepEqual(inSequence(runs), { seconds: 6, cpuSeconds: 12, peakBytes: 30 })
  })

  it('behavior: of repeated runs the median counts', () => {
    assert.deepEqual(typical(runs), { seconds: 2, cpuSeconds: 4, peakBytes: 30 })
  })

  it('behavior: what one run lacks is not made up', () => {
    const measure = typical([...runs, { seconds: 1, cpuSeconds: undefined, peakBytes: undefined }])

    assert.deepEqual([measure.cpuSeconds, measure.peakBytes], [undefined, undefined])
  })
})
