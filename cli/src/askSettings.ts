import { homedir } from 'node:os'
import { createInterface } from 'node:readline/promises'
import { parseSetting } from '@assay/worker/config'
import type { Setting } from '@assay/worker/configSettings'

/** A setting that somebody is asked for, and what Enter alone gives. */
export type Question = { setting: Setting; fallback: string }

/** Whoever was asked left instead. */
export class SettingsNotGivenError extends Error {
  override readonly name = 'SettingsNotGivenError'

  constructor() {
    super('Not every question was answered, so nothing was written; run the command again.')
  }
}

/**
 * Asks for settings one after the other; a wrong answer is told so and asked for again.
 * @returns values by key
 * @throws SettingsNotGivenError when the input ends or the signal comes
 */
export async function askSettings(
  questions: readonly Question[],
  { input, output, signal }: { input: NodeJS.ReadableStream; output: NodeJS.WritableStream; signal: AbortSignal },
): Promise<Map<string, unknown>> {
  // The iterator keeps what is typed, or pasted, ahead of its question.
  const lines = createInterface({ input, output, signal })
  lines.once('SIGINT', () => lines.close())
  const typed = lines[Symbol.asyncIterator]()
  const values = new Map<string, unknown>()
  try {
    for (const question of questions) {
      const { meaning, key } = question.setting
      output.write(`\n${meaning}\n`)
      lines.setPrompt(`${key} [${question.fallback}]: `)
      const ask = async () => {
        lines.prompt()
        const { done, value } = await typed.next()
        if (done === true) throw new SettingsNotGivenError()
        return value
      }
      values.set(key, await answerTo(question, { ask, output }))
    }
    return values
  } finally {
    lines.close()
  }
}

async function answerTo(
  { setting, fallback }: Question,
  { ask, output }: { ask: () => Promise<string>; output: NodeJS.WritableStream },
): Promise<unknown> {
  for (;;) {
    // No shell has read the line before.
    const text = (await ask()).trim().replace(/^~(?=\/)/, homedir())
    try {
      return parseSetting(setting, text === '' ? fallback : text)
    } catch (error) {
      output.write(`${error instanceof Error ? error.message : String(error)}\n`)
    }
  }
}
