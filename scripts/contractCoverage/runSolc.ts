// Program: the compiler from npm with the command line of a native one, as far as forge uses it: `--version`, and standard JSON from stdin to stdout.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

// The compiler is CommonJS.
const solc = createRequire(import.meta.url)('solc') as { version(): string; compile(input: string): string }

if (process.argv.includes('--standard-json')) writeFileSync(1, solc.compile(readFileSync(0, 'utf8')))
else {
  // forge reads the version up to the platform, which has to be one that it knows.
  const version = solc.version().replace('Emscripten.clang', 'Linux.g++')
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${version}\n`)
}
