/** Lets the page draw and answer between pieces of a long check. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}
