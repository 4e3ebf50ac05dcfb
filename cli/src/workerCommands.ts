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
    .requiredOption('--config <file>', "the worker's configuration (YAML)")
    .action(async ({ config }: { config: string }) => {
      // Loaded on demand: no other command needs the daemon.
      const [{ loadConfig }, { startWorker }] = await Promise.all([
        import('@assay/worker/config'),
        import('@assay/worker/daemon'),
      ])
      const running = await startWorker(loadConfig(config, process.env))
      if (!signal.aborted) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      }
      await running.stop()
    })

  addWorkerStatusCommand(worker, signal)
}
