import { localChainIds } from '@assay/sdk/developmentAccounts'
import type { Address, LocalAccount } from 'viem'
import { openKeyFile } from './keyFile.ts'
import { accountOfKey } from './keyFileParse.ts'
import { type PassphraseSource, readPassphrase } from './keyFilePassphrase.ts'
import { parseTokenUri } from './pkcs11Uri.ts'
import { connectToken } from './signerPkcs11.ts'
import { type SigningPolicy, withPolicy } from './signerPolicy.ts'
import { connectRemoteSigner } from './signerRemote.ts'

/** Where the worker's key may be; the first that is given counts: PKCS#11 token, remote signer, key file, environment. */
export type SignerSources = {
  pkcs11Uri?: string
  remote?: { url: string; address: Address }
  keyFile?: string
  /** Of the keystore; of a token, its PIN. */
  passphrase?: PassphraseSource
}

/** No source of a key is configured, or the only one is not accepted here. */
export class SignerUnavailableError extends Error {
  override readonly name = 'SignerUnavailableError'

  constructor(fact: string) {
    super(`The worker has no key to sign with: ${fact}.`)
  }
}

/**
 * Opens the worker's account below its signing policy. A raw key in the environment (`ASSAY_PRIVATE_KEY`) counts last, only with
 * `ALLOW_ENV_KEY=1`, on a local chain and outside production: every process of the machine's user can read an environment.
 * @throws SignerUnavailableError, and what the source throws
 */
export async function openSigner(
  { sources, policy }: { sources: SignerSources; policy: SigningPolicy },
  environment: Record<string, string | undefined> = process.env,
): Promise<LocalAccount> {
  return withPolicy(await openAccount(sources, { chainId: policy.chainId, environment }), policy)
}

async function openAccount(
  { pkcs11Uri, remote, keyFile, passphrase }: SignerSources,
  { chainId, environment }: { chainId: number; environment: Record<string, string | undefined> },
): Promise<LocalAccount> {
  if (pkcs11Uri !== undefined) {
    if (passphrase === undefined) {
      throw new SignerUnavailableError(
        "the token's PIN is not given; set passphraseFile, passphraseDescriptor or passphraseCredential to where it is",
      )
    }
    const pin = readPassphrase(passphrase, environment)
    try {
      return await connectToken({ uri: parseTokenUri(pkcs11Uri), pin })
    } finally {
      pin.fill(0)
    }
  }
  if (remote !== undefined) return connectRemoteSigner(remote)
  if (keyFile !== undefined) {
    return openKeyFile(keyFile, {
      chainId,
      ...(passphrase !== undefined && { passphrase: () => readPassphrase(passphrase, environment) }),
    })
  }
  const raw = environment.ASSAY_PRIVATE_KEY
  if (raw === undefined)
    throw new SignerUnavailableError('set pkcs11Uri, a remote signer or keyFile in its configuration')
  if (environment.NODE_ENV === 'production') {
    throw new SignerUnavailableError('a raw key in the environment is not accepted with NODE_ENV=production')
  }
  if (environment.ALLOW_ENV_KEY !== '1' || !localChainIds.includes(chainId)) {
    throw new SignerUnavailableError(
      `a raw key in the environment needs ALLOW_ENV_KEY=1 and one of the chains ${localChainIds.join(' and ')}, this is ${chainId}`,
    )
  }
  if (!/^(0x)?([0-9a-fA-F]{2})*$/.test(raw)) throw new SignerUnavailableError('ASSAY_PRIVATE_KEY is not hex')
  return accountOfKey(Buffer.from(raw.replace(/^0x/, ''), 'hex'))
}
