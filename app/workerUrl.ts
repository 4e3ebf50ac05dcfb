import { serviceUrl } from './settings.ts'

/** Where the reader's worker answers is kept in this browser, by its operator. */
const keyOf = (operator: string) => `assay.worker.${operator.toLowerCase()}`

/** The address of a worker's status server that the reader named; undefined where none was, or the browser forbids storage. */
export function readWorkerUrl(operator: string): string | undefined {
  try {
    return serviceUrl(localStorage.getItem(keyOf(operator)))
  } catch {
    return undefined
  }
}

/** Keeps the address for later visits, or forgets it. Where the browser forbids storage it is good for this visit only. */
export function writeWorkerUrl(operator: string, url: string | undefined): void {
  try {
    if (url === undefined) localStorage.removeItem(keyOf(operator))
    else localStorage.setItem(keyOf(operator), url)
  } catch {
    // As said above.
  }
}
