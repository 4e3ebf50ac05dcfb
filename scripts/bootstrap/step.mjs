const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/**
 * Shows one line for a step that takes a while, and its seconds when it is over. The line moves only on a terminal.
 * @template T
 * @param {string} label what is being done
 * @param {() => Promise<T>} work
 * @returns {Promise<T>} what `work` returned
 */
export async function step(label, work) {
  const { stderr } = process
  const started = Date.now()
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`
  let frame = 0
  const timer = stderr.isTTY
    ? setInterval(() => stderr.write(`\r${frames[frame++ % frames.length]} ${label} … ${seconds()} `), 100)
    : stderr.write(`- ${label} … `) && undefined
  let mark = '✗'
  try {
    const result = await work()
    mark = '✓'
    return result
  } finally {
    clearInterval(timer)
    stderr.write(stderr.isTTY ? `\r${mark} ${label} … ${seconds()} \n` : `${mark} ${seconds()}\n`)
  }
}
