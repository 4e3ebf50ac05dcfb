const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']

/** Shows steps that run side by side. */
export type Progress = {
  /** Shows a step until its work is done, then its seconds. */
  track: (label: string, work: Promise<unknown>) => void
  /** Takes the moving line away. */
  end: () => void
}

/** One line for each finished step; on a terminal also a moving line with the steps under way. */
export function showProgress(stream: NodeJS.WriteStream): Progress {
  const underWay = new Map<string, number>()
  let frame = 0
  const clear = () => stream.isTTY && stream.write('\r\x1b[K')
  const draw = () => {
    if (!stream.isTTY || underWay.size === 0) return
    frame += 1
    const text = [...underWay].map(([label, started]) => `${label} ${secondsSince(started)}`).join(' · ')
    stream.write(`\r\x1b[K  ${frames[frame % frames.length]} ${text}`.slice(0, (stream.columns ?? 80) + 4))
  }
  const timer = setInterval(draw, 100)
  timer.unref()
  return {
    track: (label, work) => {
      const started = Date.now()
      underWay.set(label, started)
      const finish = (mark: string) => () => {
        if (!underWay.delete(label)) return
        clear()
        stream.write(`  ${mark} ${label.padEnd(40)} ${secondsSince(started).padStart(7)}\n`)
      }
      work.then(finish('✓'), finish('✗'))
    },
    end: () => {
      clearInterval(timer)
      underWay.clear()
      clear()
    },
  }
}

function secondsSince(started: number): string {
  return `${((Date.now() - started) / 1000).toFixed(1)} s`
}
