import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listMutants } from './mutants.ts'
import { applyChange, ChangeNotFoundError } from './workbench.ts'

const source = `contract C {
    // a < b is a comment
    uint256 public constant MOST = 7;

    function f(uint256 a, uint256 b) external nonReentrant returns (uint256 c) {
        if (a > MOST || b == 0) {
            revert Bad("a > 1");
        }
        uint256 d = g(a, b);
        total += d;
        emit Added(
            a
        );
        assembly {
            c := add(d, b)
        }
    }

    function h(bool a) external pure returns (bool) {
        if (!a) return true;
        return a;
    }
}`

test('behavior: each operator, number, condition, argument, statement and modifier gives mutants', () => {
  const found = listMutants('C.sol', source).map(({ line, operator, from, to }) => {
    return `${line} ${operator}: ${from.replace(/\s+/g, ' ').trim()} > ${to.trim()}`.trim()
  })

  assert.deepEqual(found.sort(), [
    '10 arithmetic: += > -=',
    '10 statement: total += d; >',
    '11 statement: emit Added( a ); >',
    '15 assembly: add( > sub(',
    '15 statement: c := add(d, b) >',
    '20 condition: !a > false',
    '20 condition: !a > true',
    '20 negation: ! >',
    '20 value: true > false',
    '21 return: return a; >',
    '3 number: 7 > 6',
    '3 number: 7 > 8',
    '5 modifier: nonReentrant >',
    '6 condition: a > MOST || b == 0 > false',
    '6 logic: || > &&',
    '6 number: 0 > 1',
    '6 relation: == > !=',
    '6 relation: > > >=',
    '9 swap: a, b > b, a',
  ])
})

test('invariant: a mutant changes what it names, and nothing before or after', () => {
  for (const { from, to, change } of listMutants('C.sol', source)) {
    const changed = applyChange(source, change)

    const start = change.from.length - from.length
    assert.equal(changed, source.slice(0, start) + to + source.slice(start + from.length))
  }
})

test('error: a change whose text is not in the file is named', () => {
  const change = { file: 'C.sol', from: 'nothing', to: '' }

  assert.throws(
    () => applyChange(source, change),
    (error) => error instanceof ChangeNotFoundError && error.from === 'nothing',
  )
})
