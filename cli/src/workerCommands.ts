import type { Command } from 'commander'
import { addKeyCommands } from './keyCommands.ts'
import { addWorkerInitCommand } from './workerInitCommand.ts'
import { addWorkerStatusCommand } from './workerStatusCommand.ts'

/** Adds `assay worker …`. */
export function addWorkerCommands(program: Command, signal: AbortSignal): void {
  const worker = program.command('worker').description('answer jobs for pay')
  addWorkerInitCommand(worker, signal)
  addKeyCommands(worker, signal)

  worker
    .command('start')
    .description('run the worker until Ctrl-C')
    .addHelpText('after', '\nExample: assay worker start --config worker.yaml')
    .requiredOption('--config <file>', "the worker's configuration (YAML)")
    .action(async ({ config }: { config: string }) => {
      // Loaded on demand: no other command needs the daemon.
      const [{ loadConfig }, { startWorker }] = await Promise.all([
        import('@assay/worker/config'),
        import('@assay/worker/daemon'),
      ])
      await runUntil(signal, startWorker(loadConfig(config, process.env)))
    })

  worker
    .command('execute')
    .description('compute and prove for a worker on another machine, until Ctrl-C')
    .addHelpText('after', '\nExample: assay worker execute --config executor.yaml')
    .requiredOption('--config <file>', "the executor's configuration (YAML)")
    .action(async ({ config }: { config: string }) => {
      const [{ loadExecutorConfig }, { startExecutor }] = await Promise.all([
        import('@assay/worker/config'),
        import('@assay/worker/startExecutor'),
      ])
      await runUntil(signal, startExecutor(loadExecutorConfig(config, process.env)))
    })

  addWorkerStatusCommand(worker, signal)
}

/** Lets something run until the signal, and then waits until it has stopped. */
async function runUntil(signal: AbortSignal, started: Promise<{ stop: () => Promise<void> }>): Promise<void> {
  const running = await started
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  }
  await running.stop()
}
