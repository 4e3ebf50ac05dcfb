import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type CompletionShell, completionScript } from './completionScript.ts'
import { createProgram } from './main.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-completion-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const program = createProgram(new AbortController().signal)
writeFileSync(join(folder, 'digit.json'), '[]')

function run(shell: string, script: string): string {
  const { stdout, stderr, error } = spawnSync(shell, ['-c', script], { encoding: 'utf8', cwd: folder })
  assert.equal(error, undefined)
  assert.equal(stderr, '')
  return stdout
}

const has = (shell: string) => spawnSync(shell, ['--version']).error === undefined

function scriptFor(shell: CompletionShell): string {
  const path = join(folder, `completion.${shell}`)
  writeFileSync(path, completionScript(program, shell))
  return path
}

/** What bash offers after words, the last of which is under the cursor. */
function bash(...words: string[]): string[] {
  const list = ['assay', ...words].map((word) => `'${word}'`).join(' ')
  const lines = [
    `source ${scriptFor('bash')}`,
    // As an interactive bash does at the key: the function that `complete` knows, with the words in its variables.
    `spec=$(complete -p assay)`,
    `[[ $spec =~ -F\\ ([a-z_]+) ]] && COMP_WORDS=(${list}) COMP_CWORD=${words.length} && "\${BASH_REMATCH[1]}"`,
    `printf '%s\\n' "\${COMPREPLY[@]}"`,
  ]
  return run('bash', lines.join('\n')).split('\n').filter(Boolean)
}

test('behavior: bash completes commands, sub-commands and options, with the global ones', () => {
  assert.deepEqual(bash('mo'), ['model'])
  const subCommands = bash('order', '').filter((word) => !word.startsWith('--'))
  assert.deepEqual(subCommands, ['sign', 'post', 'show', 'relay', 'cancel'])
  assert.deepEqual(bash('worker', 'key', 'ro'), ['rotate'])
  assert.deepEqual(bash('job', 'request', '--max'), ['--max-price'])
  assert.deepEqual(bash('job', 'request', '--js'), ['--json'])
  assert.deepEqual(bash('--network', 'x.json', 'job', 'li'), ['list'])
})

test('behavior: bash completes a fixed choice of values, and leaves other values and arguments to names of files', () => {
  assert.deepEqual(bash('model', 'check', '--range', ''), ['minMax', 'percentile', 'mse'])
  assert.deepEqual(bash('completion', 'z'), ['zsh'])
  assert.deepEqual(bash('job', 'request', '--input', 'dig'), [])
  assert.match(run('bash', `source ${scriptFor('bash')}; complete -p assay`), /-o default/)
})

test('soundness: what is typed is compared and never run', () => {
  const planted = join(folder, 'planted')

  assert.deepEqual(bash('job', `$(touch ${planted})`, `\`touch ${planted}\``), [])
  assert.equal(spawnSync('test', ['-e', planted]).status, 1)
})

test('invariant: every command of the tree is completed, with each of its options', () => {
  const script = completionScript(program, 'bash')
  const walk = (command: typeof program, path: string): void => {
    for (const child of command.commands) {
      const line = script.split('\n').find((each) => each.includes(`'${path} ${child.name()}') follow=`))
      for (const { long } of child.options)
        assert.ok(line?.includes(` ${long}`) || line?.includes(`'${long}`), `${path} ${child.name()} ${long}`)
      walk(child, `${path} ${child.name()}`)
    }
  }
  walk(program, 'assay')
})

test('behavior: zsh takes the script', { skip: !has('zsh') && 'there is no zsh' }, () => {
  const out = run(
    'zsh',
    `compdef() { print -r -- $1 $2 }; source ${scriptFor('zsh')}; follow=; _assay_follow show job show; print -r -- $follow`,
  )

  assert.match(out, /^_assay assay\n.*--json/)
})

test('behavior: fish completes sub-commands', { skip: !has('fish') && 'there is no fish' }, () => {
  const out = run('fish', `source ${scriptFor('fish')}; complete -C 'assay order '`)

  assert.match(out, /^relay\t/m)
  assert.doesNotMatch(out, /^withdraw/m)
})
