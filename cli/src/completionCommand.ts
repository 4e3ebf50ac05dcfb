import { Argument, type Command } from 'commander'
import { type CompletionShell, completionScript, completionShells } from './completionScript.ts'

/** Adds `assay completion`. */
export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'whose completion').choices(completionShells))
    .description('print a script that completes commands and options; source it in the start file of your shell')
    .addHelpText(
      'after',
      '\nbash: source <(assay completion bash). zsh: the same, after compinit. fish: assay completion fish | source.\nExample: assay completion bash',
    )
    .action((shell: CompletionShell) => {
      process.stdout.write(completionScript(program, shell))
    })
}
