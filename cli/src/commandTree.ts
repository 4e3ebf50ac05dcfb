import type { Command } from 'commander'

/** A command that does something, with its place in the tree. */
export type Leaf = { path: string; command: Command }

/** Every command without sub-commands, in the order of the help. */
export function leavesOf(command: Command, path = command.name()): Leaf[] {
  if (command.commands.length === 0) return [{ path, command }]
  return command.commands.flatMap((child) => leavesOf(child, `${path} ${child.name()}`))
}

/** What `--help` prints. */
export function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: (piece) => {
      text += piece
    },
    getOutHelpWidth: () => 120,
  })
  command.outputHelp()
  return text
}

/** The line that `--help` gives as an example; undefined without one. */
export function exampleOf(command: Command): string | undefined {
  return /^Example: (assay .+)$/m.exec(helpOf(command))?.[1]
}
