import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { network } from 'hardhat'
import { bytesToHex, encodeFunctionData, type Hex, hexToBigInt, keccak256, parseAbi } from 'viem'
import { compileSolidity } from './compileSolidity.ts'

/** A verifier contract with the calls that prepare it, and the one whose answer must be true. */
type VerifierCalls = { code: Hex; prepare: Hex[]; verify: Hex }

/** What verifying one proof on chain takes. */
export type VerifyGas = {
  /** of the whole transaction that verifies */
  gas: number
  /** bytes of the deployed verifier; above 24,576 a public chain refuses it */
  codeBytes: number
}

/** A verifier contract refused the proof that its own prover made. */
export class ProofRefusedError extends Error {
  override readonly name = 'ProofRefusedError'

  constructor() {
    super('The verifier contract refused the proof; measure again with --runs 1 and look at the proof.')
  }
}

const proofWords = 8
const gasLimit = '0xe4e1c0'
const ourAbi = parseAbi([
  'function storeKey(bytes key) returns (bytes32)',
  'function verify(bytes32 keyHash, uint256[8] proof, uint256[] signals) view returns (bool)',
])

/** Gas of our contract for the proof in a folder of ourStep.ts. */
export function ourVerifyGas(folder: string): Promise<VerifyGas> {
  const path = 'contracts/ProofVerifier.sol'
  const source = readFileSync(join(import.meta.dirname, '../..', path), 'utf8')
  const key = readFileSync(join(folder, 'vk.bin'))
  const proof = readFileSync(join(folder, 'proof.bin'))
  const signals: string[] = JSON.parse(readFileSync(join(folder, 'signals.json'), 'utf8'))
  const words = Array.from({ length: proofWords }, (_, word) =>
    hexToBigInt(bytesToHex(proof.subarray(32 * word, 32 * word + 32))),
  )
  // Eight, by the line above.
  const proofArgument = words as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint]
  const args = [keccak256(key), proofArgument, signals.map(BigInt)] as const
  return measureGas({
    code: compileSolidity({ contract: 'ProofVerifier', path, source }),
    prepare: [encodeFunctionData({ abi: ourAbi, functionName: 'storeKey', args: [bytesToHex(key)] })],
    verify: encodeFunctionData({ abi: ourAbi, functionName: 'verify', args }),
  })
}

/** Gas of the contract that EZKL writes for a key, for the proof in a folder of ezklStep.py. */
export function ezklVerifyGas(folder: string): Promise<VerifyGas> {
  const source = readFileSync(join(folder, 'verifier.sol'), 'utf8')
  return measureGas({
    code: compileSolidity({ contract: 'Halo2Verifier', path: 'verifier.sol', source }),
    prepare: [],
    verify: bytesToHex(readFileSync(join(folder, 'calldata.bin'))),
  })
}

async function measureGas({ code, prepare, verify }: VerifierCalls): Promise<VerifyGas> {
  const connection = await network.create({ network: 'default', override: { allowUnlimitedContractSize: true } })
  try {
    const { provider } = connection
    const accounts = await provider.request({ method: 'eth_accounts' })
    const [from] = accounts as Hex[]
    const send = async (transaction: { to?: Hex; data: Hex }) => {
      const hash = await provider.request({
        method: 'eth_sendTransaction',
        params: [{ from, gas: gasLimit, ...transaction }],
      })
      // The network mines at once, so there is a receipt.
      return (await provider.request({ method: 'eth_getTransactionReceipt', params: [hash] })) as {
        contractAddress: Hex
        gasUsed: Hex
        status: Hex
      }
    }
    const { contractAddress: to } = await send({ data: code })
    for (const data of prepare) await send({ to, data })
    const answer = await provider.request({
      method: 'eth_call',
      params: [{ from, to, data: verify, gas: gasLimit }, 'latest'],
    })
    if (hexToBigInt(answer as Hex) !== 1n) throw new ProofRefusedError()
    const { gasUsed } = await send({ to, data: verify })
    const deployed = await provider.request({ method: 'eth_getCode', params: [to, 'latest'] })
    return { gas: Number(gasUsed), codeBytes: ((deployed as Hex).length - 2) / 2 }
  } finally {
    await connection.close()
  }
}
