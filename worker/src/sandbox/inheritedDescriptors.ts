import { readdirSync, readFileSync } from 'node:fs'

const closedOnExec = 0o2000000

/**
 * Descriptors beyond the standard three that this process got from whoever started it, such as one with a passphrase: unlike all that
 * Node opens, they would be handed on to every program that it starts (Node itself sees to the first sixteen only). Empty where the
 * system does not say.
 */
export function inheritedDescriptors(): number[] {
  let names: string[]
  try {
    names = readdirSync('/proc/self/fdinfo')
  } catch {
    return []
  }
  return names.map(Number).filter((descriptor) => descriptor > 2 && !isClosedOnExec(descriptor))
}

function isClosedOnExec(descriptor: number): boolean {
  try {
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1]
    return (Number.parseInt(flags ?? '0', 8) & closedOnExec) !== 0
  } catch {
    // The one that listed the directory is closed by now.
    return true
  }
}
