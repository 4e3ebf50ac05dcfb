// Program: what main.ts starts, once compiled code is kept.
import { setFlagsFromString } from 'node:v8'
import { loadConfig } from './config.ts'
import { openSandbox } from './openSandbox.ts'
import { runProgram } from './runProgram.ts'

await runProgram({
  usage: 'Usage: node worker/src/main.ts --config <worker.yaml>',
  load: loadConfig,
  start: async (config) => {
    // Rungs are attacked by other processes, in the time that the rest of the code takes to load.
    const sandbox = openSandbox(config)
    // What it rejects with is thrown where it is awaited.
    sandbox.catch(() => undefined)
    const { startWorker } = await import('./daemon.ts')
    // By itself V8 lets a heap with 45 MB of live objects grow to several times that before it collects, on a machine with much memory,
    // which belongs to models here. Set before the code is loaded it would slow that down; limits of the heap cannot be set any more.
    setFlagsFromString('--optimize-for-size')
    // That alone collects the whole heap whenever it has grown by a third, every few seconds, and everything waits for its last part.
    setFlagsFromString('--heap-growing-percent=60')
    return startWorker(config, { sandbox })
  },
})
