import type { Command, Option } from 'commander'

/** Shells for which {@link completionScript} writes. */
export const completionShells = ['bash', 'zsh', 'fish'] as const

/** One of {@link completionShells}. */
export type CompletionShell = (typeof completionShells)[number]

/** What can follow at one place of the command line: the words of its command, sub-commands before options. */
type Place = {
  path: string
  words: { text: string; about: string }[]
  choices: { flag: string; values: string[] }[]
}

/**
 * A script that completes sub-commands, options and the values of options with a fixed choice, for one shell. It holds the whole command tree:
 * a shell that started this program at each press of the key would wait for it, and one that evaluates what is typed could run it.
 */
export function completionScript(program: Command, shell: CompletionShell): string {
  const places = placesOf(program, { path: program.name(), shared: program.options })
  if (shell === 'bash') return bashScript(program.name(), places)
  return shell === 'zsh' ? zshScript(program.name(), places) : fishScript(program.name(), places)
}

function placesOf(command: Command, { path, shared }: { path: string; shared: readonly Option[] }): Place[] {
  const help = command.createHelp()
  const children = help.visibleCommands(command).filter((child) => child.name() !== 'help')
  const own = help.visibleOptions(command)
  const options = [...own, ...shared.filter((option) => !own.some(({ long }) => long === option.long))]
  const words = [
    ...children.map((child) => ({ text: child.name(), about: child.description() })),
    ...options.flatMap(({ long, description }) => (long ? [{ text: long, about: description }] : [])),
  ]
  const choices = options.flatMap(({ long, argChoices }) =>
    long && argChoices ? [{ flag: long, values: argChoices }] : [],
  )
  const first = command.registeredArguments[0]?.argChoices ?? []
  const here = { path, words: [...first.map((text) => ({ text, about: '' })), ...words], choices }
  return [here, ...children.flatMap((child) => placesOf(child, { path: `${path} ${child.name()}`, shared }))]
}

/** The part that bash and zsh share: which command the words before the cursor lead to, and what can follow. */
function stepLines(name: string, places: readonly Place[]): string[] {
  return [
    `  local at=${name} word`,
    `  for word in "\${before[@]}"; do`,
    '    case "$at $word" in',
    ...places.slice(1).map(({ path }) => `      ${quoted(path)}) at=${quoted(path)} ;;`),
    '    esac',
    '  done',
    '  case "$at $last" in',
    ...places.flatMap(({ path, choices }) =>
      choices.map(
        ({ flag, values }) => `    ${quoted(`${path} ${flag}`)}) follow=${quoted(values.join(' '))}; return ;;`,
      ),
    ),
    '  esac',
    '  case "$at" in',
    ...places.map(
      ({ path, words }) => `    ${quoted(path)}) follow=${quoted(words.map(({ text }) => text).join(' '))} ;;`,
    ),
    '  esac',
  ]
}

function bashScript(name: string, places: readonly Place[]): string {
  return [
    `# Completion of ${name} for bash: source <(${name} completion bash)`,
    `_${name}_follow() {`,
    '  local last=$1',
    '  shift',
    '  local before=("$@")',
    ...stepLines(name, places),
    '}',
    `_${name}() {`,
    `  local follow= cur=\${COMP_WORDS[COMP_CWORD]}`,
    `  _${name}_follow "\${COMP_WORDS[COMP_CWORD-1]}" "\${COMP_WORDS[@]:1:COMP_CWORD-1}"`,
    '  COMPREPLY=($(compgen -W "$follow" -- "$cur"))',
    '}',
    '# Where no word fits, bash completes names of files.',
    `complete -o default -F _${name} ${name}`,
    '',
  ].join('\n')
}

function zshScript(name: string, places: readonly Place[]): string {
  return [
    `#compdef ${name}`,
    `# Completion of ${name} for zsh: source <(${name} completion zsh), after compinit`,
    `_${name}_follow() {`,
    '  local last=$1',
    '  shift',
    '  local before=("$@")',
    ...stepLines(name, places),
    '}',
    `_${name}() {`,
    '  local follow=',
    `  _${name}_follow "\${words[CURRENT-1]}" "\${(@)words[2,CURRENT-1]}"`,
    `  compadd -- \${(s: :)follow} || _files`,
    '}',
    `compdef _${name} ${name}`,
    '',
  ].join('\n')
}

function fishScript(name: string, places: readonly Place[]): string {
  const at = `__${name}_at`
  return [
    `# Completion of ${name} for fish: ${name} completion fish | source`,
    `function ${at}`,
    `  set -l at ${name}`,
    '  for word in (commandline -opc)[2..]',
    '    switch "$at $word"',
    ...places.slice(1).map(({ path }) => `      case ${quoted(path)}\n        set at ${quoted(path)}`),
    '    end',
    '  end',
    '  test "$at" = "$argv[1]"',
    'end',
    ...places.flatMap(({ path, words, choices }) =>
      words.map(({ text, about }) => {
        const values = choices.find(({ flag }) => flag === text)?.values
        const what = text.startsWith('--')
          ? `-l ${text.slice(2)}${values === undefined ? '' : ` -x -a ${quoted(values.join(' '))}`}`
          : `-a ${text}`
        return `complete -c ${name} -n ${quoted(`${at} "${path}"`)} ${what} -d ${quoted(about)}`
      }),
    ),
    '',
  ].join('\n')
}

/** A word of any of the shells, whatever it holds. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
