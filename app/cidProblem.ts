/** Why a text is no CID of a file as this market writes them (CIDv1, base32), in a sentence; undefined when it is, and while nothing is typed. */
export function cidProblem(typed: string): string | undefined {
  const text = typed.trim()
  if (text === '' || /^b[a-z2-7]{58}$/.test(text)) return undefined
  return 'This is no CID of version 1: it begins with b and has 59 letters, without ipfs://.'
}
