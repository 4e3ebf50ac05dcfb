/** The key file cannot be used. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError'
  readonly path: string

  constructor({ path, fact, cause }: { path: string; fact: string; cause?: unknown }) {
    super(`The key file ${path} ${fact}.`, { cause })
    this.path = path
  }
}

/** The bytes are not as many as a private key has. */
export class KeyLengthError extends Error {
  override readonly name = 'KeyLengthError'
  readonly bytes: number

  constructor(bytes: number) {
    super(`The private key has ${bytes} bytes; a key has 32, written as 64 hex digits.`)
    this.bytes = bytes
  }
}

/** Zero is no private key. */
export class KeyZeroError extends Error {
  override readonly name = 'KeyZeroError'

  constructor() {
    super('The private key is zero; make a new one with: assay worker key new.')
  }
}

/** The number is no private key of secp256k1. The key is not part of the message. */
export class KeyAboveOrderError extends Error {
  override readonly name = 'KeyAboveOrderError'

  constructor() {
    super('The private key is not below the order of secp256k1; make a new one with: assay worker key new.')
  }
}

/** The keystore holds another key than it says. */
export class KeyAddressError extends Error {
  override readonly name = 'KeyAddressError'
  readonly stated: string
  readonly actual: string

  constructor({ stated, actual }: { stated: string; actual: string }) {
    super(`The keystore says it is of ${stated}, but its key is of ${actual}; use an unchanged copy of the file.`)
    this.stated = stated
    this.actual = actual
  }
}

/** The passphrase does not open the keystore, or the keystore was changed: the cipher cannot tell which. */
export class PassphraseWrongError extends Error {
  override readonly name = 'PassphraseWrongError'
  readonly address: string

  constructor(address: string) {
    super(`The passphrase does not open the keystore of ${address}, or the file was changed; check both.`)
    this.address = address
  }
}

/** The text is no keystore that is understood, or one whose parameters are outside what is accepted. */
export class KeystoreFormatError extends Error {
  override readonly name = 'KeystoreFormatError'

  constructor(fact: string, options?: ErrorOptions) {
    super(`The keystore is not usable: ${fact}.`, options)
  }
}
