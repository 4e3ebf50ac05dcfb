import { isAbsolute } from 'node:path'

/** A key in a token, and the module that speaks to the token; what is undefined may be anything. */
export type TokenUri = {
  /** Absolute path of the PKCS#11 module, a shared library. */
  modulePath: string
  token?: string
  serial?: string
  manufacturer?: string
  model?: string
  slotId?: number
  /** Label of the key. */
  object?: string
  /** CKA_ID of the key, in hex. */
  id?: string
}

/** The text is no PKCS#11 URI that names a key and its module. The text may hold a PIN, so it is not repeated. */
export class TokenUriError extends Error {
  override readonly name = 'TokenUriError'
  readonly fact: string

  constructor(fact: string, options?: ErrorOptions) {
    super(
      `The PKCS#11 URI ${fact}; write one like pkcs11:token=assay;object=worker?module-path=/usr/lib/softhsm/libsofthsm2.so.`,
      options,
    )
    this.fact = fact
  }
}

const texts = ['token', 'serial', 'manufacturer', 'model', 'object'] as const
const isText = (name: string): name is (typeof texts)[number] => texts.some((text) => text === name)

/**
 * Reads a PKCS#11 URI that names a private key. An attribute that is not understood is refused, as leaving it out could name another key.
 * Source: RFC 7512
 * @throws TokenUriError
 */
export function parseTokenUri(text: string): TokenUri {
  const [, path, , query = ''] = /^pkcs11:([^?#]*)(\?([^#]*))?$/.exec(text) ?? []
  if (path === undefined) throw new TokenUriError('does not begin with pkcs11:, or has a fragment')
  let modulePath: string | undefined
  for (const [name, value] of attributesOf(query, '&')) {
    if (name === 'pin-value' || name === 'pin-source') {
      throw new TokenUriError(
        `has ${name}, but a PIN comes from where passphrases do (--passphrase-file, passphraseFile)`,
      )
    }
    if (name !== 'module-path') throw new TokenUriError(`has the unknown attribute ${name}`)
    modulePath = textOf(value)
  }
  if (modulePath === undefined || !isAbsolute(modulePath)) throw new TokenUriError('has no absolute module-path')
  const uri: TokenUri = { modulePath }
  for (const [name, value] of attributesOf(path, ';')) {
    if (isText(name)) uri[name] = textOf(value)
    else if (name === 'id') uri.id = bytesOf(value).toString('hex')
    else if (name === 'slot-id' && /^\d{1,15}$/.test(value)) uri.slotId = Number(value)
    else if (name !== 'type' || value !== 'private')
      throw new TokenUriError(`has the unknown attribute ${name}=${value}`)
  }
  if (uri.object === undefined && uri.id === undefined) throw new TokenUriError('names no key by object= or id=')
  return uri
}

function attributesOf(text: string, separator: string): Map<string, string> {
  const attributes = new Map<string, string>()
  for (const part of text.split(separator).filter((part) => part !== '')) {
    const [, name, value] = /^([a-z-]+)=(.*)$/.exec(part) ?? []
    if (name === undefined || value === undefined) throw new TokenUriError('has a part that is no name=value')
    if (attributes.has(name)) throw new TokenUriError(`has ${name} twice`)
    attributes.set(name, value)
  }
  return attributes
}

function textOf(value: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(value))
  } catch (cause) {
    throw new TokenUriError('has text that is not UTF-8', { cause })
  }
}

/** Percent-encoding gives bytes: an id may be any of them. */
function bytesOf(value: string): Buffer {
  if (/%(?![0-9a-fA-F]{2})/.test(value)) throw new TokenUriError('has a % without two hex digits')
  const parts = value.split(/(%[0-9a-fA-F]{2})/)
  return Buffer.concat(
    parts.map((part) => (part.startsWith('%') ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part))),
  )
}
