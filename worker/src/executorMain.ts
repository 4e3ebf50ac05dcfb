// Program: an executor of a fleet, which computes and proves for a worker on another machine.
//   node worker/src/executorMain.ts --config executor.yaml
// Exit codes as the daemon's: 0 stopped, 1 could not start, 78 the configuration is wrong, 130 forced to stop by a second signal.
import { loadExecutorConfig } from './config.ts'
import { runProgram } from './runProgram.ts'
import { startExecutor } from './startExecutor.ts'

const usage = 'Usage: node worker/src/executorMain.ts --config <executor.yaml>'
await runProgram({ usage, load: loadExecutorConfig, start: (config) => startExecutor(config) })
