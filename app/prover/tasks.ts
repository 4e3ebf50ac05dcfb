/** What the page asks of the prover's program, in a worker of its own: bytes of files as snarkjs reads them. */
export type ProverTask = {
  /** how many it may start at once; one where its host forbids more */
  threads: number
  zkey: Uint8Array
} & (
  | { kind: 'contribute'; name: string; entropy: string }
  /** `hash` in hexadecimal, without 0x */
  | { kind: 'beacon'; name: string; hash: string; iterationsExp: number }
  | { kind: 'verify'; r1cs: Uint8Array; phase1: Uint8Array }
  | { kind: 'prove'; wtns: Uint8Array }
)

/** How the program answers each kind of task. */
export const answerKinds = {
  contribute: 'contributed',
  beacon: 'contributed',
  verify: 'verified',
  prove: 'proved',
} as const

/** What the program answers: that it began, what snarkjs says meanwhile, and at the end that it failed, or one of {@link answerKinds}. */
export type ProverAnswer =
  | { kind: 'started'; threads: number }
  | { kind: 'said'; text: string }
  | { kind: 'failed'; reason: string }
  | { kind: 'contributed'; zkey: Uint8Array }
  /** `fault` is what snarkjs has against the key; without one it holds */
  | { kind: 'verified'; fault?: string }
  | { kind: 'proved'; proof: unknown; publicSignals: unknown }
