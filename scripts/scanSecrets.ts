// Program behind `npm run scan:secrets`: looks for keys in all files that git tracks or would add, and exits 1 when it finds one.
//   node scripts/scanSecrets.ts [--root <folder>]
// Finds private keys in PEM, of age and of BIP-32, words of BIP-39 in a row, and 32 bytes in hex on a line, or below one, that speaks of keys.
// The public accounts of Hardhat's chain are all that it lets pass.
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { developmentAccount, developmentMnemonic } from '@assay/sdk/developmentAccounts'
import { bytesToHex } from 'viem'
import { english } from 'viem/accounts'

type Finding = { file: string; line: number; kind: string }

/** The folder is no checkout, so nothing says which files are part of it. */
class NoCheckoutError extends Error {
  override readonly name = 'NoCheckoutError'

  constructor(root: string, options: ErrorOptions) {
    super(`git cannot list the files of ${root}; run this in a checkout, with git installed.`, options)
  }
}

const patterns: readonly { kind: string; pattern: RegExp }[] = [
  { kind: 'a private key in PEM', pattern: /-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----/ },
  { kind: 'a secret key of age', pattern: /AGE-SECRET-KEY-(PQ-)?1[0-9A-Z]{50}/ },
  { kind: 'an extended private key', pattern: /\b[xt]prv[1-9A-HJ-NP-Za-km-z]{100}/ },
]
const keyWord = /key|secret|seed|mnemonic|priv|\bsk\b/i
const hexOf32Bytes = /(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])/g
const wordsOfMnemonic = 12
/** Order of secp256k1: zero and what is not below it are no private keys. Source: SEC 2, 2.4.1. */
const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const words: ReadonlySet<string> = new Set(english)
const accountsOfChain = 20
const publicKeys: ReadonlySet<string> = new Set(
  Array.from({ length: accountsOfChain }, (_, index) => developmentKey(index)),
)

function developmentKey(index: number): string {
  const { privateKey } = developmentAccount({ chainId: 31_337, index }).getHdKey()
  return privateKey === null ? '' : bytesToHex(privateKey).slice(2)
}

/** Files that git tracks, and those that it does not ignore: a key is better found before it is committed. */
function filesOf(root: string): string[] {
  try {
    // Listing runs nothing of the checkout's, so it may belong to another user, as in many build machines.
    const safe = ['-c', `safe.directory=${root}`, '-c', 'core.fsmonitor=false']
    const args = [...safe, 'ls-files', '-z', '--cached', '--others', '--exclude-standard']
    const listed = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28, stdio: 'pipe' })
    return listed
      .split('\0')
      .filter((file) => file !== '' && statSync(path.join(root, file), { throwIfNoEntry: false })?.isFile())
  } catch (cause) {
    throw new NoCheckoutError(root, { cause })
  }
}

function findingsIn(file: string, bytes: Buffer): Finding[] {
  if (bytes.subarray(0, 8192).includes(0)) return []
  const lines = bytes.toString('utf8').split('\n')
  return lines.flatMap((text, index) => {
    const context = `${lines[index - 1] ?? ''}\n${text}`
    return kindsIn(text, context).map((kind) => ({ file, line: index + 1, kind }))
  })
}

function kindsIn(text: string, context: string): string[] {
  const kinds = patterns.filter(({ pattern }) => pattern.test(text)).map(({ kind }) => kind)
  if (keyWord.test(context) && (text.match(hexOf32Bytes) ?? []).some(mayBeSecret))
    kinds.push('32 bytes in hex beside a word for keys')
  if (hasMnemonic(text.replaceAll(developmentMnemonic, ''))) kinds.push('a mnemonic')
  return kinds
}

function mayBeSecret(hex: string): boolean {
  const number = BigInt(`0x${hex}`)
  return number > 0n && number < order && !publicKeys.has(hex.toLowerCase())
}

function hasMnemonic(text: string): boolean {
  let row = 0
  for (const word of text.toLowerCase().split(/[\s,'"`[\]]+/)) {
    if (word === '') continue
    row = words.has(word) ? row + 1 : 0
    if (row === wordsOfMnemonic) return true
  }
  return false
}

try {
  const { values } = parseArgs({
    options: { root: { type: 'string', default: path.resolve(import.meta.dirname, '..') } },
  })
  const files = filesOf(values.root)
  const findings = files.flatMap((file) => findingsIn(file, readFileSync(path.join(values.root, file))))
  // Where it stands is enough; the secret itself is not repeated.
  for (const { file, line, kind } of findings) process.stderr.write(`${file}:${line}: ${kind}\n`)
  process.stdout.write(`${files.length} files scanned, ${findings.length} secrets found\n`)
  if (findings.length > 0) {
    process.stderr.write(
      'Take them out, and out of the history when they were committed; a key that was pushed is lost, so replace it.\n',
    )
    process.exitCode = 1
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
