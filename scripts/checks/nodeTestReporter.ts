import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'

/**
 * Reporter for `node --test` that writes one JSON document: how many tests passed, failed and were skipped, and what the failures say.
 * Suites are no tests; a cancelled test failed.
 */
// biome-ignore lint/style/noDefaultExport: node --test loads a reporter's default export
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const failures: string[] = []
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue
    const { details, skip, todo } = event.data
    const failed = event.type === 'test:fail'
    if (details?.type === 'suite' && !failed) continue
    if (skip !== undefined || todo !== undefined) counts.skipped += 1
    else if (!failed) counts.passed += 1
    else {
      const error = 'error' in details ? details.error : undefined
      if (details.type === 'suite' && !isOwnFailure(error)) continue
      counts.failed += 1
      failures.push(`${event.data.name}: ${inspect(error instanceof Error ? (error.cause ?? error) : error)}`)
    }
  }
  yield JSON.stringify({ ...counts, failures })
}

/** Whether a suite failed by itself, in a hook or its body, and not only because a test in it failed. */
function isOwnFailure(error: unknown): boolean {
  return !(error instanceof Error && 'failureType' in error && error.failureType === 'subtestsFailed')
}
