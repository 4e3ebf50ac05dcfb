import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NetworkConnection } from 'hardhat/types/network'
import type { AssayDeployment } from './deploy.ts'

const folder = fileURLToPath(new URL('./addresses', import.meta.url))

/** No deployment is written down for a chain. */
export class DeploymentUnknownError extends Error {
  override readonly name = 'DeploymentUnknownError'
  readonly path: string

  constructor({ path: file }: { path: string }) {
    super(`There is no deployment in ${file}; deploy first, or name a file with --addresses.`)
    this.path = file
  }
}

/** Where the addresses of a chain's deployment are written down, unless a file is named. */
export async function addressBookPath(connection: NetworkConnection, named: string): Promise<string> {
  if (named !== '') return path.resolve(named)
  const chainId = Number(await connection.provider.request({ method: 'eth_chainId' }))
  return path.join(folder, `${chainId}.json`)
}

/**
 * Reads a deployment's addresses.
 * @throws DeploymentUnknownError when there is no such file
 */
export function readAddressBook(file: string): AssayDeployment {
  if (!existsSync(file)) throw new DeploymentUnknownError({ path: file })
  // Written by writeAddressBook or deploy.ts.
  return JSON.parse(readFileSync(file, 'utf8')) as AssayDeployment
}

/** Writes a deployment's addresses, as the sdk's network file takes them. */
export function writeAddressBook(file: string, deployment: AssayDeployment): void {
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(deployment, null, 2)}\n`)
}
