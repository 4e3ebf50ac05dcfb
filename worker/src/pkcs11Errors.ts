/** The module could not be loaded, or the package that loads it. */
export class TokenModuleError extends Error {
  override readonly name = 'TokenModuleError'
  readonly modulePath: string
  readonly fact: string

  constructor({ modulePath, fact }: { modulePath: string; fact: string }) {
    super(`The PKCS#11 module ${modulePath} cannot be used: ${fact}.`)
    this.modulePath = modulePath
    this.fact = fact
  }
}

/** No token, or more than one, is what the URI says. */
export class TokenMissingError extends Error {
  override readonly name = 'TokenMissingError'
  readonly token: string
  readonly found: number

  constructor({ token, found }: { token: string; found: number }) {
    super(`There are ${found} tokens that are ${token}; plug it in, or name exactly one with token= or serial=.`)
    this.token = token
    this.found = found
  }
}

/** The token does not take the PIN. It counts wrong ones and locks itself, so that a PIN is not tried again. */
export class TokenPinError extends Error {
  override readonly name = 'TokenPinError'
  readonly token: string
  readonly code: string

  constructor({ token, code }: { token: string; code: string }) {
    super(`The token ${token} refuses the PIN (${code}); check it before the next try, as tokens lock after a few.`)
    this.token = token
    this.code = code
  }
}

/** No key, or more than one, is what the URI says. */
export class TokenKeyMissingError extends Error {
  override readonly name = 'TokenKeyMissingError'
  readonly key: string
  readonly kind: 'private' | 'public'
  readonly found: number

  constructor({ key, kind, found }: { key: string; kind: 'private' | 'public'; found: number }) {
    super(
      `The token holds ${found} ${kind} keys that are ${key}; make one with: assay worker key new --pkcs11 <uri>, or name exactly one with object= and id=.`,
    )
    this.key = key
    this.kind = kind
    this.found = found
  }
}

/** A key of that name is in the token already. */
export class TokenKeyExistsError extends Error {
  override readonly name = 'TokenKeyExistsError'
  readonly key: string

  constructor({ key }: { key: string }) {
    super(`The token holds a key that is ${key} already and nothing was made; name another with object= or id=.`)
    this.key = key
  }
}

/** The key is of another kind than accounts have. */
export class TokenCurveError extends Error {
  override readonly name = 'TokenCurveError'
  readonly key: string
  /** DER of the curve in hex; empty for what is no key of an elliptic curve. */
  readonly curve: string

  constructor({ key, curve }: { key: string; curve: string }) {
    super(
      `The key ${key} is ${curve === '' ? 'of no elliptic curve' : `of the curve ${curve}`}; accounts need secp256k1.`,
    )
    this.key = key
    this.curve = curve
  }
}

/** The token would hand the key out. */
export class TokenKeyReadableError extends Error {
  override readonly name = 'TokenKeyReadableError'
  readonly key: string

  constructor({ key }: { key: string }) {
    super(`The token would give away the key ${key} in clear (CKA_SENSITIVE is false); make a new one in the token.`)
    this.key = key
  }
}

/** A function of the module failed. `code` is its return value by name, such as CKR_DEVICE_REMOVED. */
export class TokenCallError extends Error {
  override readonly name = 'TokenCallError'
  readonly call: string
  readonly code: string

  constructor({ call, code }: { call: string; code: string }) {
    super(`The token answered ${call} with ${code}; look at the device and its log.`)
    this.call = call
    this.code = code
  }
}

/** What the token signed is not of its own key. */
export class TokenSignatureError extends Error {
  override readonly name = 'TokenSignatureError'
  readonly address: string

  constructor({ address }: { address: string }) {
    super(`The token made a signature that is not of its key ${address}; it is broken, so do not use it.`)
    this.address = address
  }
}

/** The errors that cross from the token's process, by name; each is made of its own fields. */
export const tokenErrors = {
  TokenModuleError,
  TokenMissingError,
  TokenPinError,
  TokenKeyMissingError,
  TokenKeyExistsError,
  TokenCurveError,
  TokenKeyReadableError,
  TokenCallError,
} as const
