import { writeFileSync } from 'node:fs'
import type { PrecisionSetting } from '@assay/circuits/searchPrecision'
import { FileUnreadableError, readJson } from './readFiles.ts'

const maxBytes = 2 ** 20
const bitNames = ['weightBits', 'activationBits', 'tableBits', 'saturationBits'] as const

const saturations = ['never', 'auto', 'always'] as const

/** Writes the bits of a model and its nodes for {@link readSettings}. */
export function writeSettings(path: string, setting: PrecisionSetting): void {
  writeFileSync(path, `${JSON.stringify(setting, undefined, 2)}\n`)
}

/**
 * Reads the bits of a model and its nodes.
 * @throws FileUnreadableError
 */
export function readSettings(path: string): Partial<PrecisionSetting> {
  const { nodes = {}, saturation, perChannel, ...rest } = objectOf(readJson(path, maxBytes), { path, what: 'the file' })
  const found = saturations.find((one) => one === saturation)
  if ((saturation !== undefined && !found) || (perChannel !== undefined && typeof perChannel !== 'boolean')) {
    throw new FileUnreadableError({
      path,
      reason: `has a saturation other than ${saturations.join(', ')}, or a perChannel other than true, false`,
    })
  }
  const own = Object.entries(objectOf(nodes, { path, what: 'nodes' })).map(([name, bits]) => [
    name,
    bitsOf(objectOf(bits, { path, what: `node ${name.slice(0, 40)}` }), { path, names: bitNames }),
  ])
  return {
    ...bitsOf(rest, { path, names: ['inputBits', ...bitNames] }),
    ...(found && { saturation: found }),
    ...(perChannel === undefined ? {} : { perChannel }),
    nodes: Object.fromEntries(own),
  }
}

function objectOf(json: unknown, { path, what }: { path: string; what: string }): Record<string, unknown> {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return { ...json }
  throw new FileUnreadableError({
    path,
    reason: `has no names and bits in ${what}; write it with check --save-settings`,
  })
}

function bitsOf<Name extends string>(
  given: Record<string, unknown>,
  { path, names }: { path: string; names: readonly Name[] },
): Partial<Record<Name, number>> {
  const bits: Partial<Record<Name, number>> = {}
  for (const [key, value] of Object.entries(given)) {
    const name = names.find((one) => one === key)
    if (name === undefined || typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > 16) {
      const said = `${key.slice(0, 40)}: ${String(value).slice(0, 40)}`
      throw new FileUnreadableError({ path, reason: `says "${said}"; known are ${names.join(', ')} of 1 to 16` })
    }
    bits[name] = value
  }
  return bits
}
