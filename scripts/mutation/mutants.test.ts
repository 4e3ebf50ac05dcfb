import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listMutants } from './mutants.ts'
import { applyChange, ChangeNotFoundError } from './workbench.ts'

const source = `contract C {
    // a < b is a comment
    function f(uint256 a) external nonReentrant {
        if (a > 1 || a == 0) revert Bad(a);
        total += a;
    }
}`

test('behavior: each operator, check, statement and lock gives a mutant of its own line', () => {
  const mutants = listMutants('C.sol', source)

  const found = mutants.map(({ line, operator }) => `${line} ${operator}`)
  assert.deepEqual(found.sort(), ['3 lock', '4 check', '4 logic', '4 relation', '4 relation', '5 statement'])
})

test('invariant: a mutant changes one line and no other', () => {
  for (const { line, change } of listMutants('C.sol', source)) {
    const [before, after] = [source.split('\n'), applyChange(source, change).split('\n')]
    const changed = before.flatMap((text, index) => (text === after[index] ? [] : [index + 1]))
    assert.deepEqual(changed, [line])
  }
})

test('error: a change whose text is not in the file is named', () => {
  const change = { file: 'C.sol', from: 'nothing', to: '' }

  assert.throws(
    () => applyChange(source, change),
    (error) => error instanceof ChangeNotFoundError && error.from === 'nothing',
  )
})
