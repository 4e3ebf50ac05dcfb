import { encodeProof, fromSnarkjsProof, type Proof } from '@assay/circuits/proof'
import type { Hex } from 'viem'
import { readContract } from 'viem/actions'
import { proofVerifierAbi } from './abi/proofVerifier.ts'
import type { Deployment, MarketClient } from './deployment.ts'

/** The chain's verifier, or what the proof says of itself, speaks against a proof. */
export class ProofRefusedError extends Error {
  override readonly name = 'ProofRefusedError'
  readonly reason: string

  constructor(reason: string) {
    super(`The proof is refused: ${reason}. Make it again, and do not hand it in.`)
    this.reason = reason
  }
}

/**
 * Asks the chain's verifier whether a proof holds for public signals, under a registered key, without a transaction.
 * @throws viem's ContractFunctionExecutionError when the chain knows no such key
 */
export async function holdsOnChain(
  client: MarketClient,
  {
    deployment,
    keyHash,
    proof,
    signals,
  }: { deployment: Pick<Deployment, 'addresses'>; keyHash: Hex; proof: Proof; signals: readonly bigint[] },
): Promise<boolean> {
  return readContract(client, {
    address: deployment.addresses.proofVerifier,
    abi: proofVerifierAbi,
    functionName: 'verify',
    args: [keyHash, encodeProof(proof), [...signals]],
  })
}

/** What snarkjs answers, unchecked. */
export type SnarkjsAnswer = { proof: unknown; publicSignals: unknown }

/**
 * The proof that snarkjs answered, if it says that it is of the expected public signals; whether it holds is another question.
 * @throws ProofRefusedError, ProofFormatError
 */
export function readProof(signals: readonly bigint[], { proof, publicSignals }: SnarkjsAnswer): Proof {
  const named = Array.isArray(publicSignals) ? publicSignals.map(String) : []
  if (named.length !== signals.length || signals.some((signal, at) => signal.toString() !== named[at])) {
    throw new ProofRefusedError('it is of other public signals than this question has')
  }
  return fromSnarkjsProof(proof)
}

/**
 * Takes what snarkjs answered for a proof only if it is of the expected public signals and the chain's verifier accepts it.
 * @param claim.answer as snarkjs answers, unchecked
 * @throws ProofRefusedError, ProofFormatError, and the errors of {@link holdsOnChain}
 */
export async function acceptProof(
  client: MarketClient,
  {
    answer,
    ...claim
  }: {
    deployment: Pick<Deployment, 'addresses'>
    keyHash: Hex
    signals: readonly bigint[]
    answer: SnarkjsAnswer
  },
): Promise<Proof> {
  const proof = readProof(claim.signals, answer)
  if (await holdsOnChain(client, { ...claim, proof })) return proof
  throw new ProofRefusedError("the chain's verifier says that it does not hold")
}
