/** A fenced block of a Markdown page: what stands behind its fence, the line of that fence, and its text. */
export type FencedBlock = { info: string; line: number; text: string }

/** The fenced blocks of a page, in their order; one that is not closed reaches to the end, as Markdown has it. */
export function fencedBlocks(page: string): FencedBlock[] {
  const blocks: FencedBlock[] = []
  let open: (FencedBlock & { fence: string }) | undefined
  for (const [index, line] of page.split('\n').entries()) {
    const fence = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line)
    if (open === undefined) {
      if (fence) open = { fence: fence[1] ?? '', info: (fence[2] ?? '').trim(), line: index + 1, text: '' }
    } else if (fence?.[1]?.startsWith(open.fence) && fence[2]?.trim() === '') {
      blocks.push({ info: open.info, line: open.line, text: open.text })
      open = undefined
    } else open.text += `${line}\n`
  }
  return open === undefined ? blocks : [...blocks, { info: open.info, line: open.line, text: open.text }]
}
