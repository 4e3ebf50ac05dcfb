import { TokenCallError, TokenModuleError } from './pkcs11Errors.ts'

/** Handle of a session or an object, and numbers of the module. */
type Handle = number | bigint

/** An attribute of an object: text and bytes as they are, numbers and truth values as C has them. */
export type Attribute = { type: number; value: Uint8Array | number | boolean }

/** What a token says of itself. */
export type TokenInfo = { label: string; manufacturer: string; model: string; serial: string }

/** A PKCS#11 module, as far as keys need it. Every function throws TokenCallError. */
export type Pkcs11Module = {
  slotsWithToken: () => number[]
  tokenInfo: (slot: number) => TokenInfo
  openSession: (slot: number, options: { writes: boolean }) => Handle
  login: (session: Handle, pin: Uint8Array) => void
  find: (session: Handle, template: readonly Attribute[]) => Handle[]
  read: (session: Handle, options: { object: Handle; type: number }) => Buffer
  generateKeyPair: (
    session: Handle,
    templates: { publicKey: readonly Attribute[]; privateKey: readonly Attribute[] },
  ) => void
  /** Signs a digest of 32 bytes; returns r and s, 32 bytes each. */
  sign: (session: Handle, options: { key: Handle; digest: Uint8Array }) => Buffer
}

// Numbers of the standard. Source: OASIS PKCS #11 2.40, pkcs11t.h
export const cka = {
  class: 0x000,
  token: 0x001,
  private: 0x002,
  label: 0x003,
  value: 0x011,
  keyType: 0x100,
  id: 0x102,
  sensitive: 0x103,
  sign: 0x108,
  verify: 0x10a,
  extractable: 0x162,
  ecParams: 0x180,
  ecPoint: 0x181,
} as const
export const cko = { publicKey: 2, privateKey: 3 } as const
export const ckkEc = 3
const ckm = { ecKeyPairGen: 0x1040, ecdsa: 0x1041 } as const
const ckf = { rwSession: 2, serialSession: 4 } as const
const ckuUser = 1
const codes: Readonly<Record<number, string>> = {
  5: 'CKR_GENERAL_ERROR',
  6: 'CKR_FUNCTION_FAILED',
  7: 'CKR_ARGUMENTS_BAD',
  17: 'CKR_ATTRIBUTE_SENSITIVE',
  18: 'CKR_ATTRIBUTE_TYPE_INVALID',
  48: 'CKR_DEVICE_ERROR',
  50: 'CKR_DEVICE_REMOVED',
  84: 'CKR_FUNCTION_NOT_SUPPORTED',
  112: 'CKR_MECHANISM_INVALID',
  160: 'CKR_PIN_INCORRECT',
  161: 'CKR_PIN_INVALID',
  162: 'CKR_PIN_LEN_RANGE',
  163: 'CKR_PIN_EXPIRED',
  164: 'CKR_PIN_LOCKED',
  179: 'CKR_SESSION_HANDLE_INVALID',
  224: 'CKR_TOKEN_NOT_PRESENT',
  226: 'CKR_TOKEN_WRITE_PROTECTED',
  256: 'CKR_USER_ALREADY_LOGGED_IN',
  257: 'CKR_USER_NOT_LOGGED_IN',
  258: 'CKR_USER_PIN_NOT_INITIALIZED',
}

/** Where a function stands in CK_FUNCTION_LIST, and its arguments in C. All return an unsigned long. */
const functions = {
  C_Initialize: [0, 'void *args'],
  C_GetSlotList: [4, 'uint8_t present, _Out_ unsigned long *list, _Inout_ unsigned long *count'],
  C_GetTokenInfo: [6, 'unsigned long slot, void *info'],
  C_OpenSession: [12, 'unsigned long slot, unsigned long flags, void *app, void *notify, _Out_ unsigned long *session'],
  C_Login: [18, 'unsigned long session, unsigned long user, void *pin, unsigned long length'],
  C_GetAttributeValue: [24, 'unsigned long session, unsigned long object, void *template, unsigned long count'],
  C_FindObjectsInit: [26, 'unsigned long session, void *template, unsigned long count'],
  C_FindObjects: [
    27,
    'unsigned long session, _Out_ unsigned long *objects, unsigned long max, _Out_ unsigned long *count',
  ],
  C_FindObjectsFinal: [28, 'unsigned long session'],
  C_SignInit: [42, 'unsigned long session, void *mechanism, unsigned long key'],
  C_Sign: [43, 'unsigned long session, void *data, unsigned long length, void *signature, _Inout_ unsigned long *size'],
  C_GenerateKeyPair: [
    59,
    'unsigned long session, void *mechanism, void *publicKey, unsigned long publicCount, void *privateKey, unsigned long privateCount, _Out_ unsigned long *publicHandle, _Out_ unsigned long *privateHandle',
  ],
} as const satisfies Record<string, readonly [number, string]>
type Name = keyof typeof functions
type Call = (...values: unknown[]) => number

/** koffi unloads a library whose object is collected, and functions that were found through pointers do not hold it. */
const loaded: unknown[] = []

const longBytes = 8
const maxObjects = 16
/** CK_TOKEN_INFO begins with label, manufacturer, model and serial number; the rest of it is numbers. */
const tokenInfoBytes = 208

/**
 * Loads a PKCS#11 module of this machine and initializes it. One process loads one module once.
 * @throws TokenModuleError, TokenCallError
 */
export async function loadPkcs11Module(modulePath: string): Promise<Pkcs11Module> {
  const { address, call } = await bind(modulePath)
  call('C_Initialize', null)

  // What a template points at lives as long as the template.
  const pointedAt = new WeakMap<Buffer, readonly Buffer[]>()

  /** CK_ATTRIBUTE[]: type, pointer and length of each. */
  function templateOf(attributes: readonly Attribute[]): Buffer {
    const values = attributes.map(({ value }) => bytesOf(value))
    const rows = attributes.map(({ type }, index) => [type, address(values[index]), values[index]?.length ?? 0])
    const template = longs(rows.flat())
    pointedAt.set(template, values)
    return template
  }
  const mechanism = (type: number) => longs([type, 0, 0])

  return {
    slotsWithToken: () => {
      const count = [0]
      call('C_GetSlotList', 1, null, count)
      const slots = new BigUint64Array(Number(count[0]))
      call('C_GetSlotList', 1, slots, count)
      return Array.from(slots.subarray(0, Number(count[0])), Number)
    },
    tokenInfo: (slot) => {
      const info = Buffer.alloc(tokenInfoBytes)
      call('C_GetTokenInfo', slot, info)
      const text = (start: number, end: number) => info.toString('utf8', start, end).trimEnd()
      return { label: text(0, 32), manufacturer: text(32, 64), model: text(64, 80), serial: text(80, 96) }
    },
    openSession: (slot, { writes }) => {
      const session: Handle[] = [0]
      call('C_OpenSession', slot, ckf.serialSession | (writes ? ckf.rwSession : 0), null, null, session)
      return session[0] ?? 0
    },
    login: (session, pin) => call('C_Login', session, ckuUser, Buffer.from(pin), pin.length),
    find: (session, attributes) => {
      call('C_FindObjectsInit', session, templateOf(attributes), attributes.length)
      const objects = new BigUint64Array(maxObjects)
      const count = [0]
      try {
        call('C_FindObjects', session, objects, maxObjects, count)
      } finally {
        call('C_FindObjectsFinal', session)
      }
      return Array.from(objects.subarray(0, Number(count[0])))
    },
    read: (session, { object, type }) => {
      const empty = longs([type, 0, 0])
      call('C_GetAttributeValue', session, object, empty, 1)
      const value = Buffer.alloc(Number(empty.readBigUInt64LE(2 * longBytes)))
      call('C_GetAttributeValue', session, object, longs([type, address(value), value.length]), 1)
      return value
    },
    generateKeyPair: (session, { publicKey, privateKey }) => {
      const templates = [publicKey, privateKey].flatMap((template) => [templateOf(template), template.length])
      call('C_GenerateKeyPair', session, mechanism(ckm.ecKeyPairGen), ...templates, [0], [0])
    },
    sign: (session, { key, digest }) => {
      call('C_SignInit', session, mechanism(ckm.ecdsa), key)
      const signature = Buffer.alloc(64)
      const size = [signature.length]
      call('C_Sign', session, Buffer.from(digest), digest.length, signature, size)
      return signature.subarray(0, Number(size[0]))
    },
  }
}

/** Finds the functions through C_GetFunctionList, the one name that every module exports. */
async function bind(modulePath: string) {
  const refuse = (fact: string) => new TokenModuleError({ modulePath, fact })
  // Only who has a token needs this package, and a machine that it has no build for does without.
  const koffi = await import('koffi').catch(() => {
    throw refuse('the optional package koffi is not installed; run npm ci without --omit=optional')
  })
  // CK_ULONG and pointers are read as 8 bytes below.
  if (koffi.sizeof('unsigned long') !== longBytes) throw refuse('it needs a system whose unsigned long has 64 bits')
  const list: unknown[] = [null]
  try {
    const library = koffi.load(modulePath)
    loaded.push(library)
    const getFunctionList = library.func('unsigned long C_GetFunctionList(_Out_ void **list)')
    if (getFunctionList(list) !== 0) throw new Error('C_GetFunctionList failed')
  } catch (cause) {
    throw refuse(cause instanceof Error ? (cause.message.split('\n')[0] ?? '').replace(/\.$/, '') : String(cause))
  }
  const bound = new Map<Name, Call>()
  const find = (name: Name): Call => {
    const known = bound.get(name)
    if (known !== undefined) return known
    const [index, args] = functions[name]
    // The list begins with a version of 2 bytes, padded to a pointer.
    const pointer: unknown = koffi.decode(list[0], longBytes * (index + 1), 'void *')
    const found: Call = koffi.decode(pointer, koffi.proto(`unsigned long ${name}(${args})`))
    bound.set(name, found)
    return found
  }
  return {
    address: (bytes: Buffer | undefined) => (bytes === undefined || bytes.length === 0 ? 0n : koffi.address(bytes)),
    call: (name: Name, ...values: unknown[]): void => {
      const code = find(name)(...values)
      if (code !== 0) throw new TokenCallError({ call: name, code: codes[code] ?? `0x${code.toString(16)}` })
    },
  }
}

function longs(values: readonly (number | bigint)[]): Buffer {
  const bytes = Buffer.alloc(values.length * longBytes)
  for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), index * longBytes)
  return bytes
}

function bytesOf(value: Attribute['value']): Buffer {
  if (typeof value === 'boolean') return Buffer.from([value ? 1 : 0])
  return typeof value === 'number' ? longs([value]) : Buffer.from(value)
}
