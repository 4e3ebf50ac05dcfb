import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { existingPassphrase, newPassphrase } from './passphraseOptions.ts'
import { promptPassphrase, type Terminal } from './promptPassphrase.ts'

/** A terminal at which somebody types; `raw` has each switch of its echo, `shown` what it prints. */
function fakeTerminal(...keys: string[]): { terminal: Terminal; raw: boolean[]; shown: string[] } {
  const raw: boolean[] = []
  const shown: string[] = []
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => raw.push(on) })
  for (const key of keys) input.write(key)
  return { terminal: { input, output: { write: (text) => shown.push(text) } }, raw, shown }
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString()

test('behavior: S2-KEY-4 a passphrase is typed without echo, and the terminal is put back', async () => {
  const { terminal, raw, shown } = fakeTerminal('correct ', 'horse\r')

  assert.equal(text(await promptPassphrase('Passphrase', terminal)), 'correct horse')

  assert.deepEqual(raw, [true, false])
  assert.deepEqual(shown, ['Passphrase: ', '\n'])
})

test('behavior: S2-KEY-4 backspace takes a whole character away, and Ctrl-U the line', async () => {
  const { terminal } = fakeTerminal('forget\x15h\u00e4\u20ac\x7f\x7f\x08\x08\x08\u20acx\x1b\n')

  assert.equal(text(await promptPassphrase('Passphrase', terminal)), '\u20acx')
})

test('error: S2-KEY-4 Ctrl-C, Ctrl-D and a terminal that goes away end the question and put the terminal back', async () => {
  for (const keys of ['half\x03', '\x04']) {
    const { terminal, raw } = fakeTerminal(keys)

    await assert.rejects(promptPassphrase('Passphrase', terminal), { name: 'PassphraseNotGivenError' })
    assert.deepEqual(raw, [true, false])
  }
  const input = Object.assign(new PassThrough(), { isTTY: true })
  input.end()
  await assert.rejects(promptPassphrase('Passphrase', { input, output: { write: () => undefined } }), {
    name: 'PassphraseNotGivenError',
  })
})

test('behavior: S2-KEY-4 a new passphrase is typed twice, also when both are pasted at once', async () => {
  const pasted = fakeTerminal('correct horse\ncorrect horse\n')

  assert.equal(text(await newPassphrase({}, pasted.terminal)), 'correct horse')

  assert.deepEqual(pasted.raw, [true, false, true, false])
})

test('error: S2-KEY-4 a new passphrase that is short or not repeated is refused', async () => {
  const differing = fakeTerminal('correct horse\ncorrect house\n')
  const short = fakeTerminal('horse\n')

  await assert.rejects(newPassphrase({}, differing.terminal), { name: 'PassphrasesDifferError' })
  await assert.rejects(newPassphrase({}, short.terminal), { name: 'PassphraseShortError', bytes: 5 })
})

test('error: S2-KEY-4 nobody is asked where there is no terminal', async () => {
  const terminal = { input: new PassThrough(), output: { write: () => assert.fail('it asked') } }

  await assert.rejects(existingPassphrase({ options: {} }, terminal), { name: 'PassphraseMissingError' })
})
