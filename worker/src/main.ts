// Program: the worker daemon.
//   node worker/src/main.ts --config worker.yaml
// Exit codes: 0 stopped, 1 could not start, 78 the configuration is wrong or asks for more isolation than there is, or a token refused its PIN, 130 forced to stop by a second signal.
import { loadConfig } from './config.ts'
import { startWorker } from './daemon.ts'
import { runProgram } from './runProgram.ts'

const usage = 'Usage: node worker/src/main.ts --config <worker.yaml>'
await runProgram({ usage, load: loadConfig, start: (config) => startWorker(config) })
