/** What the page asks of the prover's program, in a worker of its own: bytes of files as snarkjs reads them. */
export type ProverTask = {
  /** how many it may start at once; one where its host forbids more */
  threads: number
  zkey: Uint8Array
} & ({ kind: 'contribute'; name: string; entropy: string } | { kind: 'prove'; wtns: Uint8Array })

/** What the program answers: that it began, what snarkjs says meanwhile, and at the end one of the other three. */
export type ProverAnswer =
  | { kind: 'started'; threads: number }
  | { kind: 'said'; text: string }
  | { kind: 'failed'; reason: string }
  | { kind: 'contributed'; zkey: Uint8Array }
  | { kind: 'proved'; proof: unknown; publicSignals: unknown }
