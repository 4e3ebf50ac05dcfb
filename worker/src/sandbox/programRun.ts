import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SandboxLimits } from './sandboxLimits.ts'
import type { SandboxRun } from './sandboxProcess.ts'

/** Programs of this folder that run in the sandbox. */
export type ProgramName = 'inferenceProgram' | 'inspectProgram'

/**
 * A run of one of the worker's own programs: Node, the program, the code it imports, and the files it is to read.
 * @param run `files` are absolute paths, handed to it as its arguments, before the `options`
 */
export function programRun(
  name: ProgramName,
  { files, options = [], limits }: { files: string[]; options?: string[]; limits: SandboxLimits },
): SandboxRun {
  const program = fileURLToPath(new URL(`./${name}.ts`, import.meta.url))
  return {
    command: process.execPath,
    args: ['--no-warnings', program, ...files, ...options],
    readable: [...codePaths(), ...files],
    limits,
  }
}

let known: readonly string[] | undefined

/** Directories of code that programs in the sandbox import: the sources of worker and circuits, and every node_modules above them. */
export function codePaths(): readonly string[] {
  if (known !== undefined) return known
  const circuits = createRequire(import.meta.url).resolve('@assay/circuits/evaluate')
  const packages = [fileURLToPath(import.meta.url), circuits].map(packageFolder)
  const folders = packages.flatMap((folder) => [join(folder, 'src'), join(folder, 'package.json')])
  const modules = packages.flatMap((folder) => ancestors(folder).map((ancestor) => join(ancestor, 'node_modules')))
  known = [...new Set([...folders, ...modules])].filter((path) => existsSync(path))
  return known
}

function packageFolder(file: string): string {
  return ancestors(dirname(file)).find((folder) => existsSync(join(folder, 'package.json'))) ?? dirname(file)
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder)
  return parent === folder ? [folder] : [folder, ...ancestors(parent)]
}
