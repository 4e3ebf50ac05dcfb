import { createHash } from 'node:crypto'
import { copyFileSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { buildSync } from 'esbuild'
import { relocatePage } from './relocatePage.ts'

/**
 * Makes each exported page work below any path, and gives it a Content-Security-Policy that names its inline scripts by hash, so that
 * no other script runs. Run after `next build`. `ASSAY_CONNECT_SRC` replaces the sources that the page may fetch from beside its own
 * host: by default loopback only, which is where a devnet's chain and content service are; `https:` lets visitors choose their own.
 */
const out = join(import.meta.dirname, 'out')
const connect =
  process.env.ASSAY_CONNECT_SRC ?? 'http://127.0.0.1:* http://localhost:* ws://127.0.0.1:* ws://localhost:*'

// Browsers that know the hint compile the functions of a file while it arrives, beside the main thread, and not one by one as they are
// called: all that a page starts with is called, and a phone answers to its reader in half the time.
const hint = '//# allFunctionsCalledOnLoad\n'
for (const file of globSync('_next/static/chunks/**/*.js', { cwd: out })) {
  const path = join(out, file)
  const code = readFileSync(path, 'utf8')
  if (!code.startsWith(hint)) writeFileSync(path, hint + code)
}

for (const file of globSync('**/*.html', { cwd: out })) {
  const path = join(out, file)
  const exported = readFileSync(path, 'utf8').replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '')
  // A host answers any address with its 404 page, so that one alone knows nothing but the root.
  const isPage = file === 'index.html' || (file.endsWith('/index.html') && !/^(404|_not-found)\//.test(file))
  const html = isPage ? relocatePage(exported, dirname(file) === '.' ? './' : '../') : exported
  const inline = Array.from(html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g), ([, code]) =>
    hashOf(code ?? ''),
  )
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${[...new Set(inline)].join(' ')}`,
    "style-src 'self'",
    "font-src 'self'",
    "img-src 'self' data:",
    "worker-src 'self'",
    `connect-src 'self' ${connect}`,
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  // Browsers look for the encoding in the first kilobyte only, and the policy has to stand before all that it governs.
  const head = `<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">`
  writeFileSync(path, html.replace(/<meta charset="utf-8"\/?>/i, '').replace('<head>', head))
}

// What proves and contributes is a program of its own, in files that no page starts with: snarkjs, as it is published, with its licence.
const snarkjs = dirname(createRequire(import.meta.url).resolve('snarkjs'))
mkdirSync(join(out, 'prover'), { recursive: true })
copyFileSync(join(snarkjs, 'snarkjs.min.js'), join(out, 'prover/snarkjs.js'))
copyFileSync(join(snarkjs, '../COPYING'), join(out, 'prover/COPYING'))
buildSync({
  entryPoints: [join(import.meta.dirname, 'prover/program.ts')],
  outfile: join(out, 'prover/program.js'),
  bundle: true,
  format: 'iife',
})

function hashOf(code: string): string {
  return `'sha256-${createHash('sha256').update(code).digest('base64')}'`
}
