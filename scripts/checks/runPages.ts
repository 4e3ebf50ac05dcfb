/** Pages whose `sh` blocks test/readme runs, in this order, on one devnet; the first block of each starts it. */
export const runPages = [
  'README.md',
  'docs/requester.md',
  'docs/consumer.md',
  'docs/operator.md',
  'docs/model-owner.md',
] as const
