import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'

/** Most bytes of JavaScript, compressed, that a page may start with: what is not needed for reading is loaded on demand. */
export const budgetBytes = 250_000

/** The catalogue is where most people arrive, so it is lighter; the pages that draw, watch and decode are heavier. */
const budgets: Readonly<Record<string, number>> = {
  'models/index.html': 240_000,
  'index.html': 275_000,
  'job/index.html': 275_000,
}

/** JavaScript that one exported page starts with, in bytes after gzip. */
export type PageWeight = { page: string; bytes: number }

/** A page starts with more JavaScript than the budget. */
export class PageTooHeavyError extends Error {
  override readonly name = 'PageTooHeavyError'
  readonly page: string
  readonly bytes: number

  constructor({ page, bytes }: PageWeight) {
    super(
      `${page} starts with ${bytes} bytes of JavaScript, and may with ${budgetOf(page)}; load a part of it on demand.`,
    )
    this.page = page
    this.bytes = bytes
  }
}

/**
 * Weighs every page of an export that was made relocatable (app/relocatePage.ts names each page's scripts in one list).
 * @param folder the export, `app/out`
 */
export function weighPages(folder: string): PageWeight[] {
  const sizes = new Map<string, number>()
  const sizeOf = (file: string) => {
    const size = sizes.get(file) ?? gzipSync(readFileSync(path.join(folder, file))).length
    sizes.set(file, size)
    return size
  }
  return globSync('{index.html,*/index.html}', { cwd: folder })
    .sort()
    .flatMap((page) => {
      const list = /for\(const s of (\[[^\]]*\])\)/.exec(readFileSync(path.join(folder, page), 'utf8'))?.[1]
      if (list === undefined) return []
      // The list is written as JSON by relocatePage.
      const scripts = JSON.parse(list) as string[]
      return [{ page, bytes: scripts.reduce((sum, script) => sum + sizeOf(script), 0) }]
    })
}

/** @throws PageTooHeavyError for the first page above the budget; Error when there is no page to weigh */
export function assertLight(weights: readonly PageWeight[]): void {
  if (weights.length === 0)
    throw new Error('No page names its scripts; export the app again, or see app/relocatePage.ts.')
  const heavy = weights.find(({ page, bytes }) => bytes > budgetOf(page))
  if (heavy) throw new PageTooHeavyError(heavy)
}

function budgetOf(page: string): number {
  return budgets[page.split(path.sep).join('/')] ?? budgetBytes
}
