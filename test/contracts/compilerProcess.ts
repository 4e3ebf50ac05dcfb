// The compiler in a process of its own: answers each standard JSON input with its output, in the order of the inputs.
import { createRequire } from 'node:module'

// The compiler is CommonJS.
const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string }

process.on('message', (input: string) => process.send?.(solc.compile(input)))
