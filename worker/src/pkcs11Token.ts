import { randomBytes } from 'node:crypto'
import { bytesToHex, type Hex } from 'viem'
import {
  TokenCallError,
  TokenCurveError,
  TokenKeyExistsError,
  TokenKeyMissingError,
  TokenKeyReadableError,
  TokenMissingError,
  TokenPinError,
} from './pkcs11Errors.ts'
import { type Attribute, cka, ckkEc, cko, loadPkcs11Module, type Pkcs11Module, type TokenInfo } from './pkcs11Module.ts'
import type { TokenUri } from './pkcs11Uri.ts'

/** A key in a token as far as it shows itself. */
export type TokenKey = {
  /** The token's label. */
  token: string
  /** The key's label and CKA_ID in hex. */
  label: string
  id: string
  /** Uncompressed point of secp256k1, 65 bytes. */
  publicKey: Hex
  /** Whether the token lets the key out wrapped by another key. */
  extractable: boolean
}

/** A token that is logged in to. */
export type Token = {
  /** The one key that the URI names. */
  key: () => TokenKey
  /** Signs a digest of 32 bytes with it; r and s, 32 bytes each, as the token made them. */
  sign: (digest: Uint8Array) => Uint8Array
  /** Makes a key of that name, which never leaves the token. */
  generate: () => TokenKey
}

/** DER of the object identifier 1.3.132.0.10. Source: SEC 2, appendix A.2.1 */
const secp256k1 = Buffer.from('06052b8104000a', 'hex')
const pinCodes = [
  'CKR_PIN_INCORRECT',
  'CKR_PIN_INVALID',
  'CKR_PIN_LEN_RANGE',
  'CKR_PIN_EXPIRED',
  'CKR_PIN_LOCKED',
  'CKR_USER_PIN_NOT_INITIALIZED',
]

/**
 * Opens the token that a URI names and logs in, once: a wrong PIN is counted by the token.
 * Everything throws the errors of pkcs11Errors.ts.
 * @param options.writes also lets keys be made
 */
export async function openToken(
  { uri, pin }: { uri: TokenUri; pin: Uint8Array },
  { writes = false }: { writes?: boolean } = {},
): Promise<Token> {
  const module = await loadPkcs11Module(uri.modulePath)
  const { slot, info } = findToken(module, uri)
  const session = module.openSession(slot, { writes })
  logIn(() => module.login(session, pin), info.label)
  const name = nameOf(uri)

  function findOne(kind: 'private' | 'public', template: readonly Attribute[]) {
    const found = module.find(session, [{ type: cka.class, value: cko[`${kind}Key`] }, ...template])
    const [object] = found
    if (object === undefined || found.length > 1)
      throw new TokenKeyMissingError({ key: name, kind, found: found.length })
    return object
  }

  function findPrivate() {
    const object = findOne('private', templateOf(uri))
    const keyType = module.read(session, { object, type: cka.keyType })
    if (keyType.readUInt32LE() !== ckkEc) throw new TokenCurveError({ key: name, curve: '' })
    const curve = module.read(session, { object, type: cka.ecParams })
    if (!curve.equals(secp256k1)) throw new TokenCurveError({ key: name, curve: curve.toString('hex') })
    if (!isTrue(module.read(session, { object, type: cka.sensitive }))) throw new TokenKeyReadableError({ key: name })
    return object
  }

  function key(): TokenKey {
    const object = findPrivate()
    const id = module.read(session, { object, type: cka.id })
    const point = module.read(session, { object: findOne('public', [{ type: cka.id, value: id }]), type: cka.ecPoint })
    return {
      token: info.label,
      label: module.read(session, { object, type: cka.label }).toString('utf8'),
      id: id.toString('hex'),
      publicKey: publicKeyOf(point, name),
      extractable: isTrue(module.read(session, { object, type: cka.extractable })),
    }
  }

  let signing: ReturnType<typeof findPrivate> | undefined
  return {
    key,
    sign: (digest) => {
      signing ??= findPrivate()
      return module.sign(session, { key: signing, digest })
    },
    generate: () => {
      const template = templateOf(uri)
      if (module.find(session, [{ type: cka.class, value: cko.privateKey }, ...template]).length > 0) {
        throw new TokenKeyExistsError({ key: name })
      }
      // The id is what ties the two halves together.
      const names = uri.id === undefined ? [...template, { type: cka.id, value: randomBytes(16) }] : template
      module.generateKeyPair(session, keyPairOf(names))
      return key()
    },
  }
}

function keyPairOf(names: readonly Attribute[]): { publicKey: Attribute[]; privateKey: Attribute[] } {
  const both: Attribute[] = [...names, { type: cka.token, value: true }]
  return {
    publicKey: [...both, { type: cka.ecParams, value: secp256k1 }, { type: cka.verify, value: true }],
    privateKey: [
      ...both,
      { type: cka.private, value: true },
      { type: cka.sensitive, value: true },
      { type: cka.extractable, value: false },
      { type: cka.sign, value: true },
    ],
  }
}

function findToken(module: Pkcs11Module, uri: TokenUri): { slot: number; info: TokenInfo } {
  const { token: label, serial, manufacturer, model, slotId } = uri
  const is = (wanted: string | number | undefined, actual: string | number) => wanted === undefined || wanted === actual
  const found = module
    .slotsWithToken()
    .map((slot) => ({ slot, info: module.tokenInfo(slot) }))
    .filter(({ slot, info }) => is(slotId, slot) && is(label, info.label) && is(serial, info.serial))
    .filter(({ info }) => is(manufacturer, info.manufacturer) && is(model, info.model))
  const [one] = found
  if (one !== undefined && found.length === 1) return one
  const asked = Object.entries({ token: label, serial, manufacturer, model, 'slot-id': slotId })
  const token = asked.flatMap(([name, value]) => (value === undefined ? [] : `${name}=${value}`)).join(';')
  throw new TokenMissingError({ token: token || 'present', found: found.length })
}

function logIn(login: () => void, token: string): void {
  try {
    login()
  } catch (error) {
    if (!(error instanceof TokenCallError)) throw error
    if (pinCodes.includes(error.code)) throw new TokenPinError({ token, code: error.code })
    if (error.code !== 'CKR_USER_ALREADY_LOGGED_IN') throw error
  }
}

function templateOf({ object, id }: TokenUri): Attribute[] {
  return [
    ...(object === undefined ? [] : [{ type: cka.label, value: Buffer.from(object) }]),
    ...(id === undefined ? [] : [{ type: cka.id, value: Buffer.from(id, 'hex') }]),
  ]
}

function nameOf({ object, id }: TokenUri): string {
  return [object === undefined ? [] : `object=${object}`, id === undefined ? [] : `id=${id}`].flat().join(';')
}

function isTrue(value: Buffer): boolean {
  return value[0] === 1
}

/** CKA_EC_POINT is the point in a DER octet string; some modules leave the string away. */
function publicKeyOf(point: Buffer, key: string): Hex {
  const bytes = point.length === 67 && point[0] === 0x04 && point[1] === 0x41 ? point.subarray(2) : point
  if (bytes.length !== 65 || bytes[0] !== 0x04) throw new TokenCurveError({ key, curve: point.toString('hex') })
  return bytesToHex(bytes)
}
