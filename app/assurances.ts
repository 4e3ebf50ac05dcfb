import type { Network } from '@assay/sdk/deployment'

/** An assurance that the page can ask for. */
export type AssuranceName = 'proof' | 'optimistic' | 'audit' | 'quorum'

/** What choosing an assurance means, in plain sentences. */
export const assuranceTexts: Record<AssuranceName, { name: string; text: string }> = {
  proof: {
    name: 'Proof',
    text: 'The contract takes the answer only together with a proof of it. It is final, and paid, at once.',
  },
  optimistic: {
    name: 'Optimistic',
    text: 'The worker answers without a proof, and anyone can challenge the answer for 10 minutes; then the worker has 10 minutes to prove it, or loses its bond to you and the challenger. Count on the answer only when that time is over.',
  },
  audit: {
    name: 'Audit',
    text: 'The worker answers without a proof, and the chain draws one answer in five. A drawn one is proved within 10 minutes, or the worker loses ten times the price, most of it to you. The others are never proved: they are right because a wrong one costs more than it earns.',
  },
  quorum: {
    name: 'Quorum',
    text: 'Three workers answer without seeing each other’s answers, which takes some 10 minutes. Two equal answers are final and share the price; who answered otherwise loses a bond. Nothing is proved, and two workers in one hand could agree on a wrong answer.',
  },
}

/** What is worth knowing of an assurance that few workers take. */
export const fewWorkersText =
  'Not every worker takes this assurance. If none does within 10 minutes, you take your money back.'

/** The assurances that this network's market lists and the page has terms for. */
export function offeredAssurances({ addresses }: Pick<Network, 'addresses'>): AssuranceName[] {
  const { optimisticAssurance, auditAssurance, quorumAssurance } = addresses
  return [
    'proof',
    ...(optimisticAssurance ? (['optimistic'] as const) : []),
    ...(auditAssurance ? (['audit'] as const) : []),
    ...(quorumAssurance ? (['quorum'] as const) : []),
  ]
}
