import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readIf } from './readIf.ts'
import { readLcov } from './readLcov.ts'

/** What forge reports of one `if` without `else` on the second line of a function of four lines. */
function gapsOf(body: string, { condition, taken, behind }: { condition: number; taken: number; behind: number }) {
  const source = ['    function f() {', `        if (a == b) ${body}`, '        run();', '    }']
  const rows = ['SF:A.sol', 'DA:1,9', `DA:2,${condition}`, `BRDA:2,0,0,${taken === 0 ? '-' : taken}`, `DA:3,${behind}`]
  return readLcov(`${rows.join('\n')}\nend_of_record\n`, () => source).flatMap(({ gaps }) => gaps)
}

describe('readLcov', () => {
  it('behavior: an `if` that was taken and passed by has no gap', () => {
    assert.deepEqual(gapsOf('revert Wrong(a);', { condition: 9, taken: 3, behind: 6 }), [])
    assert.deepEqual(gapsOf('a = b;', { condition: 9, taken: 3, behind: 9 }), [])
  })

  it('soundness: finds an `if` that was never taken', () => {
    assert.deepEqual(gapsOf('revert Wrong(a);', { condition: 9, taken: 0, behind: 9 }), [
      { line: 2, missing: 'branch' },
    ])
  })

  it('soundness: finds an `if` that was always taken', () => {
    assert.deepEqual(gapsOf('a = b;', { condition: 9, taken: 9, behind: 9 }), [{ line: 2, missing: 'else' }])
    assert.deepEqual(gapsOf('return a;', { condition: 9, taken: 9, behind: 0 }), [
      { line: 2, missing: 'else' },
      { line: 3, missing: 'line' },
    ])
  })

  it('soundness: a bare `return` is not taken because its condition ran', () => {
    assert.deepEqual(gapsOf('return;', { condition: 9, taken: 9, behind: 9 }), [{ line: 2, missing: 'branch' }])
    assert.deepEqual(gapsOf('return;', { condition: 9, taken: 9, behind: 5 }), [])
  })

  it('behavior: a flag as condition has the hits of its body', () => {
    assert.deepEqual(gapsOf('revert Paused();', { condition: 2, taken: 2, behind: 7 }), [])
  })

  it('behavior: counts both ways of an `if` with `else` as forge does', () => {
    const report = 'SF:A.sol\nDA:1,4\nBRDA:1,0,0,4\nBRDA:1,0,1,-\nend_of_record\n'

    assert.deepEqual(
      readLcov(report, () => ['        if (a) b();']),
      [
        {
          file: 'A.sol',
          lines: { hit: 1, total: 1 },
          branches: { hit: 1, total: 2 },
          gaps: [{ line: 1, missing: 'branch' }],
        },
      ],
    )
  })
})

describe('readIf', () => {
  const read = (...lines: string[]) => readIf(lines, lines.findIndex((line) => line.endsWith(') {')) + 1)

  it('behavior: a condition and a body of several lines', () => {
    const found = read(
      '    if (',
      '        a',
      '            || b',
      '    ) {',
      '        revert Wrong(',
      '            a',
      '        );',
      '    }',
      '    run();',
    )

    assert.deepEqual(found, { first: 1, next: 9, body: 'leaves' })
  })

  it('behavior: nothing stands behind the last statement of a block', () => {
    assert.deepEqual(read('    if (a) {', '        run();', '    }', '}'), { first: 1, next: undefined, body: 'stays' })
  })

  it('behavior: a block whose last statement returns leaves', () => {
    assert.deepEqual(
      read('    if (a) {', '        run();', '        return;', '    }', '', '    // Why.', '    stop();'),
      {
        first: 1,
        next: 7,
        body: 'leaves',
      },
    )
  })

  it('behavior: Yul', () => {
    assert.deepEqual(readIf(['    if iszero(valid) { break }', '    i := 1'], 1), { first: 1, next: 2, body: 'bare' })
  })
})
