import { armor, Decrypter, Encrypter } from 'age-encryption'

const armorHeader = '-----BEGIN AGE ENCRYPTED FILE-----'

/** What was given for a backup to be encrypted to is no public key of age. */
export class RecipientInvalidError extends Error {
  override readonly name = 'RecipientInvalidError'
  readonly recipient: string

  constructor(recipient: string, options?: ErrorOptions) {
    super(`${JSON.stringify(recipient)} is no recipient of age; take the line age1… that age-keygen prints.`, options)
    this.recipient = recipient
  }
}

/** A text holds no secret key of age that opens anything. */
export class IdentityInvalidError extends Error {
  override readonly name = 'IdentityInvalidError'

  constructor(options?: ErrorOptions) {
    super(
      'An identity file holds no line AGE-SECRET-KEY-1…; take a file as age-keygen wrote it, without a passphrase.',
      options,
    )
  }
}

/** No identity at hand opens the share, or it was changed. */
export class ShareSealedError extends Error {
  override readonly name = 'ShareSealedError'
  readonly identities: number

  constructor({ identities, cause }: { identities: number; cause?: unknown }) {
    super(
      `A share is encrypted and ${identities === 0 ? 'no identity is named' : `none of the ${identities} identities opens it, or it was changed`}; name the file of its recipient with --identity.`,
      { cause },
    )
    this.identities = identities
  }
}

/**
 * Encrypts a share's text to one recipient.
 * Source: https://age-encryption.org/v1
 * @returns the armored file
 * @throws RecipientInvalidError
 */
export async function sealShare(text: string, recipient: string): Promise<string> {
  return armor.encode(await encrypterTo(recipient).encrypt(text))
}

/**
 * Finds out whether a text is a recipient, before anything is written.
 * @throws RecipientInvalidError
 */
export function checkRecipient(recipient: string): void {
  encrypterTo(recipient)
}

/** The secret keys in the text of an identity file of age, one a line. */
export function identitiesIn(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim())
  const identities = lines.filter((line) => line !== '' && !line.startsWith('#'))
  if (identities.length === 0) throw new IdentityInvalidError()
  for (const identity of identities) decrypterOf([identity])
  return identities
}

/**
 * The text of a share, whether its file is encrypted or not.
 * @throws ShareSealedError, IdentityInvalidError
 */
export async function openShare(text: string, identities: readonly string[]): Promise<string> {
  if (!text.trimStart().startsWith(armorHeader)) return text
  if (identities.length === 0) throw new ShareSealedError({ identities: 0 })
  const decrypter = decrypterOf(identities)
  try {
    return await decrypter.decrypt(armor.decode(text), 'text')
  } catch (cause) {
    throw new ShareSealedError({ identities: identities.length, cause })
  }
}

function encrypterTo(recipient: string): Encrypter {
  const encrypter = new Encrypter()
  try {
    encrypter.addRecipient(recipient)
  } catch (cause) {
    throw new RecipientInvalidError(recipient, { cause })
  }
  return encrypter
}

function decrypterOf(identities: readonly string[]): Decrypter {
  const decrypter = new Decrypter()
  for (const identity of identities) {
    try {
      decrypter.addIdentity(identity)
    } catch {
      // Its cause could repeat a part of the secret.
      throw new IdentityInvalidError()
    }
  }
  return decrypter
}
