import { z } from 'zod'
import { configSchema, oneOf, queueRule, queueShape, whole } from './configSchema.ts'

const { dataDir, sandbox, prover, http, log, content, admission, limits } = configSchema.shape
const { kuboUrls, gatewayUrls, cacheBytes, embedded } = content.unwrap().shape
const { memoryMb, wallSeconds } = limits.unwrap().shape
const { maxInputBytes, maxModelBytes } = admission.unwrap().shape

/** An executor's configuration file. Each setting's description is its line in docs/executor-config.md, which is written from here. */
export const executorSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9._-]{0,100}$/)
    .meta({ takes: 'up to 100 letters, digits, dots, hyphens and underscores' })
    .default('')
    .describe('What the fleet calls this executor; its own among all. Empty: the name of the machine with a number.'),
  dataDir: dataDir.describe('What the executor keeps: model files and downloads. All of it can be fetched again.'),
  queue: z
    .strictObject({
      kind: oneOf(['redis', 'file'])
        .default('redis')
        .describe('Where jobs come from: `redis`, or `file` on the machine that signs.'),
      ...queueShape,
    })
    .refine(queueRule.holds, queueRule.otherwise)
    .prefault({}),
  content: z
    .strictObject({
      embedded: z.strictObject({ directory: embedded.unwrap().shape.directory }).prefault({}),
      gatewayUrls: gatewayUrls.describe(
        'Trustless gateways, asked in this order for models and inputs; every block is checked against its CID.',
      ),
      kuboUrls,
      cacheBytes,
    })
    .prefault({}),
  limits: z
    .strictObject({
      slots: whole(1, 64).default(1).describe('Jobs computed at the same time.'),
      memoryMb,
      wallSeconds,
      maxInputBytes,
      maxModelBytes,
      stopSeconds: whole(1).default(60).describe('Time that a stop leaves to jobs that run; then they are given back.'),
    })
    .prefault({}),
  sandbox,
  prover,
  http,
  log,
})

/** Settings that are paths: relative ones in the file start at its folder, those in the environment at the current one. */
export const executorPathSettings: readonly string[] = [
  'dataDir',
  'queue.file',
  'queue.urlFile',
  'content.embedded.directory',
]
