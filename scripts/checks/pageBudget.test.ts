import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { assertLight, budgetBytes, PageTooHeavyError, weighPages } from './pageBudget.ts'

const folder = mkdtempSync(path.join(os.tmpdir(), 'assay-budget-'))
after(() => rmSync(folder, { recursive: true }))

/** An export whose page starts one script that cannot be compressed. */
function exportPage(bytes: number) {
  mkdirSync(path.join(folder, 'models'), { recursive: true })
  writeFileSync(path.join(folder, 'a.js'), randomBytes(bytes))
  writeFileSync(path.join(folder, 'models/index.html'), '<script>{for(const s of ["a.js"]){}}</script>')
}

test('error: a page above the budget is named with its weight', () => {
  exportPage(budgetBytes)

  assert.throws(
    () => assertLight(weighPages(folder)),
    (error) =>
      error instanceof PageTooHeavyError &&
      error.page === path.join('models', 'index.html') &&
      error.bytes > budgetBytes,
  )
})

test('behavior: a page within the budget passes', () => {
  exportPage(budgetBytes - 20_000)

  assertLight(weighPages(folder))
})

test('error: an export without a page to weigh is no success', () => {
  assert.throws(() => assertLight([]), /No page names its scripts/)
})
