import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { DevnetParts } from './startDevnet.ts'

const sources = [
  'app/**/*.{ts,tsx,css,svg,json,mjs,woff2}',
  'sdk/src/**/*.ts',
  'circuits/src/**/*.{ts,js}',
  'package-lock.json',
]
const notSources = ['app/out/**', 'app/.next/**', '**/node_modules/**', '**/*.test.*', 'app/next-env.d.ts']

/** Exports the page into `app/out` when its sources have changed since the last time. */
export async function buildApp({ root, processes }: Pick<DevnetParts, 'root' | 'processes'>): Promise<void> {
  const stamp = path.join(root, '.cache/app.sha256')
  const hash = hashSources(root)
  const built = existsSync(path.join(root, 'app/out/index.html')) && existsSync(stamp)
  if (built && readFileSync(stamp, 'utf8') === hash) return

  rmSync(stamp, { force: true })
  const cwd = path.join(root, 'app')
  const env = { NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' }
  await processes.run({ name: 'app', args: [path.join(root, 'node_modules/next/dist/bin/next'), 'build'], cwd, env })
  await processes.run({ name: 'app', args: [path.join(cwd, 'sealPage.ts')], cwd })
  mkdirSync(path.dirname(stamp), { recursive: true })
  writeFileSync(stamp, hash)
}

function hashSources(root: string): string {
  const hash = createHash('sha256')
  for (const file of globSync(sources, { cwd: root, exclude: notSources }).sort()) {
    hash.update(`${file}\0`).update(
      createHash('sha256')
        .update(readFileSync(path.join(root, file)))
        .digest(),
    )
  }
  return hash.digest('hex')
}
