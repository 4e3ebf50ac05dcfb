import { setImmediate } from 'node:timers/promises'
import { checkProvingKey } from './checkProvingKey.ts'
import { openFileReader } from './fileReader.ts'
import type { ZkeyHeader } from './zkey.ts'

export { ZkeyInvalidError } from './checkProvingKey.ts'

/**
 * Checks a proving key's file as {@link checkProvingKey} does (node only).
 * @throws ZkeyInvalidError naming the fact
 * @throws BinFileInvalidError the file is cut short or no Groth16 zkey over BN254
 * @throws VerificationKeyLengthError, VerificationKeyPointError, VerificationKeySetupError: the verification key in it
 */
export async function checkZkey(zkeyPath: string, signal?: AbortSignal): Promise<ZkeyHeader> {
  const { read, fileLength, close } = openFileReader(zkeyPath)
  try {
    return await checkProvingKey({ name: zkeyPath, read, fileLength, pause: setImmediate }, signal)
  } finally {
    close()
  }
}
