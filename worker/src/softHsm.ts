import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A token in software for tests: SoftHSM of Debian's package softhsm2. It is where SOFTHSM2_CONF of this process then points. */
export type SoftHsm = {
  folder: string
  modulePath: string
  pin: string
  /** What the token is initialized with. */
  securityPin: string
  /** URI of a key in the token; others than the token's label where told. */
  uri: (object: string, token?: string) => string
  remove: () => void
}

const modulePaths = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib64/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
]
const label = 'assay'

/** Makes an empty token in a folder of its own. */
export function createSoftHsm(): SoftHsm {
  const modulePath = modulePaths.find((path) => existsSync(path))
  if (modulePath === undefined) throw new Error('SoftHSM is missing; install softhsm2 (npm test does it as root).')
  const folder = mkdtempSync(join(tmpdir(), 'assay-hsm-'))
  mkdirSync(join(folder, 'tokens'))
  const settings = [
    'objectstore.backend = file',
    'log.level = ERROR',
    `directories.tokendir = ${join(folder, 'tokens')}`,
  ]
  writeFileSync(join(folder, 'softhsm2.conf'), settings.join('\n'))
  process.env.SOFTHSM2_CONF = join(folder, 'softhsm2.conf')
  const [pin, securityPin] = ['271828', '31415926']
  execFileSync('softhsm2-util', ['--init-token', '--free', '--label', label, '--pin', pin, '--so-pin', securityPin])
  return {
    folder,
    modulePath,
    pin,
    securityPin,
    uri: (object, token = label) => `pkcs11:token=${token};object=${object}?module-path=${modulePath}`,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
