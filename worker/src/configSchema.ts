import { z } from 'zod'
import { parseTokenUri, TokenUriError } from './pkcs11Uri.ts'
import { hardCaps } from './sandbox/sandboxLimits.ts'

// Each kind of value says in words what it takes, for the lines about wrong keys and for docs/worker-config.md.
const path = z.string().min(1).meta({ takes: 'a path' })
const optionalPath = z.string().meta({ takes: 'a path, or nothing' })
const host = z.string().min(1).meta({ takes: 'a host name or an address' })
const httpUrls = z.array(z.url({ protocol: /^https?$/ })).meta({ takes: 'a list of http or https URLs' })
const httpUrl = urlOf(/^https?$/).meta({ takes: 'an http or https URL, or nothing' })
const origins = z
  .array(z.string().regex(/^https?:\/\/[^/]+$/))
  .meta({ takes: 'a list of origins: http or https, a host, and nothing after it' })
const websocketUrl = urlOf(/^wss?$/).meta({ takes: 'a ws or wss URL, or nothing' })
const port = whole(0, 65_535)
const positive = whole(1)
const wei = z
  .union([z.string().regex(/^\d{1,29}$/), z.number().int().nonnegative()])
  .transform((value) => BigInt(value))
  .meta({ takes: 'a whole number of wei' })
const address = z
  .string()
  .regex(/^(0x[0-9a-fA-F]{40})?$/)
  .meta({ takes: 'an address of 20 bytes in hex, or nothing' })
const modelId = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  // The pattern above is narrower than viem's Hex.
  .transform((text) => text as `0x${string}`)
const descriptor = z
  .number()
  .int()
  .max(1023)
  .refine((value) => value === 0 || value > 2, 'is no descriptor of a passphrase; set 0, or one from 3 to 1023')
  .meta({ takes: '0, or a descriptor from 3 to 1023' })
const pkcs11Uri = z
  .string()
  .superRefine((text, context) => {
    try {
      if (text !== '') parseTokenUri(text)
    } catch (error) {
      if (!(error instanceof TokenUriError)) throw error
      context.addIssue({ code: 'custom', message: error.fact })
    }
  })
  .meta({ takes: 'a PKCS#11 URI, or nothing' })
const credential = z
  .string()
  .regex(/^[^/]*$/)
  .meta({ takes: 'a name without slashes, or nothing' })
const redisUrl = urlOf(/^rediss?$/).meta({ takes: 'a redis or rediss URL, or nothing' })
const queueName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/)
  .meta({ takes: 'up to 64 letters, digits, dots, hyphens and underscores' })
const modelIds = z.array(modelId).meta({ takes: 'a list of model ids of 32 bytes in lower-case hex' })

/** Where a queue is and how it is used; the same for the machine that signs and for its executors. */
export const queueShape = {
  file: optionalPath
    .default('')
    .describe(
      'With `file`: the queue, an SQLite file that executors of this machine open too. Empty: `queue.sqlite` in `dataDir`.',
    ),
  url: redisUrl.default('').describe('With `redis`: where it is. A URL with a password belongs in `urlFile`.'),
  urlFile: optionalPath.default('').describe('With `redis`: a file of mode 0600 with its URL; counts before `url`.'),
  prefix: queueName.default('assay').describe('Name of the queue in Redis; one for each worker identity.'),
  leaseSeconds: whole(3, 3600)
    .default(30)
    .describe('An executor that is silent for this long loses its job to another. The same on all machines.'),
}

/** Redis needs a URL. */
export const queueRule = {
  holds: ({ kind, url, urlFile }: { kind: string; url: string; urlFile: string }) =>
    kind !== 'redis' || url !== '' || urlFile !== '',
  otherwise: { path: ['url'], message: 'is missing; set the URL of Redis, or urlFile' },
}

/** The worker's configuration file. Each setting's description is its line in docs/worker-config.md, which is written from here. */
export const configSchema = z.strictObject({
  networkFile: path.describe('Chain, contracts and gateway of the market, as `npm start` writes it.'),
  pkcs11Uri: pkcs11Uri
    .default('')
    .describe(
      'The signing key in a token that speaks PKCS#11 (RFC 7512, with `module-path`); counts before a remote signer and `keyFile`. The three `passphrase` settings then name its PIN.',
    ),
  keyFile: optionalPath.describe(
    'The signing key in a file of mode 0600: an encrypted keystore, or on the chains 31337 and 1337 also 64 hex digits. Empty with a token or a remote signer.',
  ),
  passphraseFile: optionalPath
    .default('')
    .describe(
      "The keystore's passphrase, or the token's PIN, in a file of mode 0600. Empty when the key file is not encrypted.",
    ),
  passphraseDescriptor: descriptor
    .default(0)
    .describe(
      'The passphrase on a descriptor that is open when the worker starts; counts before `passphraseFile`. 0: none.',
    ),
  passphraseCredential: credential
    .default('')
    .describe(
      'The passphrase in a credential of the systemd unit (`LoadCredential=`), by its name; counts before the other two.',
    ),
  signer: z
    .strictObject({
      url: httpUrl
        .default('')
        .describe("A remote signer that speaks Web3Signer's JSON-RPC; with one, `keyFile` is not used."),
      address: address.default('').describe('The account that the remote signer signs for.'),
    })
    .refine(({ url, address }) => url === '' || address !== '', {
      path: ['address'],
      message: 'is missing; set it to the account that the signer at signer.url signs for',
    })
    .prefault({}),
  dataDir: path.describe(
    'What the worker keeps: its store and the model cache. All of it can be rebuilt from the chain and the content service.',
  ),
  chain: z
    .strictObject({
      rpcUrls: httpUrls
        .default([])
        .describe("Endpoints that replace the network file's one, tried in this order. Empty: the network file's."),
      pollMs: positive.default(1000).describe('Milliseconds between two looks at the chain.'),
      logRange: positive.default(2000).describe('Blocks in one request for events.'),
      confirmations: positive
        .default(1)
        .describe('Blocks on top of a transaction, its own included, before it counts.'),
      replaceAfterSeconds: positive
        .default(60)
        .describe('A transaction that is not mined after this long is sent again with a higher fee.'),
      maxFeePerGasGwei: positive.default(500).describe('The most that a unit of gas may cost.'),
      pushUrl: websocketUrl
        .default('')
        .describe(
          'Websocket endpoint that announces new blocks; without one, or while it is away, the chain is polled.',
        ),
      breakerFailures: positive
        .default(5)
        .describe('An endpoint that failed this often in a row is left alone, and the next one is asked.'),
      breakerRecoverySeconds: positive.default(2).describe('For how long an endpoint is left alone.'),
      batchMax: whole(1, 64).default(8).describe('Answers that are handed in together, at most.'),
      batchWaitSeconds: whole(0).default(10).describe('For how long an answer waits for others that are under way.'),
      batchAboveGwei: whole(0).default(5).describe('Answers wait for others only while gas costs at least this.'),
    })
    .prefault({}),
  admission: z
    .strictObject({
      minPriceWei: wei
        .default(0n)
        .describe("Least price of a job; the worker waits while an order's price climbs to it."),
      models: modelIds.default([]).describe('Models to answer for. Empty: every registered one.'),
      minProveSeconds: positive.default(30).describe('Least time that an order must give from the claim.'),
      proveBeforeClaim: oneOf(['first', 'always'])
        .default('first')
        .describe(
          'When to prove an answer before its job is claimed: until one proof of the model has verified here, or for every job.',
        ),
      maxInputBytes: positive.default(16 * 1024 * 1024).describe('Largest input that is fetched.'),
      maxModelBytes: positive
        .default(512 * 1024 * 1024)
        .describe('Graph and proving key of a model together, at most.'),
    })
    .prefault({}),
  content: z
    .strictObject({
      embedded: z
        .strictObject({
          directory: optionalPath
            .default('')
            .describe('The store of this machine, asked before all other sources. Empty: `content` in `dataDir`.'),
          servePort: port
            .default(0)
            .describe(
              "Port of 127.0.0.1 on which programs and pages of this machine publish to the store and read from it (Kubo's API and a gateway). 0: none.",
            ),
        })
        .prefault({}),
      gatewayUrls: httpUrls
        .default([])
        .describe(
          "Trustless gateways that replace the network file's one, asked in this order; every block is checked against its CID.",
        ),
      kuboUrls: httpUrls
        .default([])
        .describe('RPC endpoints of Kubo nodes, asked after the embedded store and before the gateways.'),
      cacheBytes: positive
        .default(2 * 1024 * 1024 * 1024)
        .describe('Bytes of model files kept on disk; what was used least recently goes first.'),
    })
    .prefault({}),
  limits: z
    .strictObject({
      jobs: whole(1, 64)
        .default(1)
        .describe('Jobs worked on at the same time; with executors, those that they have together and that wait.'),
      memoryMb: whole(1, hardCaps.memoryMb).default(4096).describe('The most memory that a model may ask for.'),
      wallSeconds: whole(1, hardCaps.wallSeconds)
        .default(600)
        .describe('The most time that a model may ask for, and what proving may take.'),
      stopSeconds: positive.default(60).describe('Time that a stop leaves to claimed jobs.'),
    })
    .prefault({}),
  sandbox: z
    .strictObject({
      requireIsolation: oneOf(['limited', 'namespaced', 'isolated'])
        .default('limited')
        .describe('Refuse to start below this rung of the sandbox (docs/sandbox.md).'),
      warmProcesses: whole(0, 16)
        .default(1)
        .describe('Processes that stay with a loaded model for its next job. 0: each job has a process of its own.'),
      memoryMb: whole(0)
        .default(0)
        .describe("Memory for all computations together; jobs beyond it wait. 0: four fifths of the machine's."),
    })
    .prefault({}),
  prover: z
    .strictObject({
      processes: whole(0, 64)
        .default(0)
        .describe('Proofs made at the same time. 0: as many as there are processors for their threads.'),
      threads: whole(0, 64)
        .default(0)
        .describe('Threads of one proof. 0: the processors shared among the jobs, at most 4.'),
      memoryMb: whole(0)
        .default(1024)
        .describe(
          'Memory of native provers that stay with their keys, together; what was used least recently goes first. One may always run.',
        ),
      tableMb: whole(0, 4096)
        .default(64)
        .describe('Memory of a native prover for multiples of its key, which save a tenth to a fifth of each proof.'),
    })
    .prefault({}),
  queue: z
    .strictObject({
      kind: oneOf(['embedded', 'file', 'redis'])
        .default('embedded')
        .describe(
          'Who computes and proves: `embedded`, this process; `file`, executors of this machine; `redis`, executors of any machine (docs/operator.md).',
        ),
      ...queueShape,
    })
    .refine(queueRule.holds, queueRule.otherwise)
    .prefault({}),
  http: z
    .strictObject({
      host: host.default('127.0.0.1').describe('Where /live, /ready, /health, /status, /jobs and /metrics are served.'),
      port: port.default(9090).describe('Their port; 0 takes a free one.'),
      allowedOrigins: origins
        .default([])
        .describe('Pages that may read them in a browser, beside those of this machine: `https://app.example.org`.'),
    })
    .prefault({}),
  orders: z
    .strictObject({
      host: host.default('127.0.0.1').describe('Where signed orders are taken (`POST /orders`).'),
      port: port
        .default(0)
        .describe('Port on which signed orders are taken, for anyone who reaches it (docs/operator.md). 0: none.'),
      maxOpen: whole(1, 10_000).default(100).describe('Signed orders that wait for their claim, at most.'),
    })
    .prefault({}),
  log: z
    .strictObject({
      level: oneOf(['debug', 'info', 'warn', 'error']).default('info').describe('What is logged, and all above it.'),
    })
    .prefault({}),
  telemetry: z
    .strictObject({
      otlpUrl: httpUrl
        .default('')
        .describe(
          'Collector of OpenTelemetry traces, one for each job: OTLP over HTTP, without /v1/traces. Empty: OTEL_EXPORTER_OTLP_ENDPOINT, or none.',
        ),
    })
    .prefault({}),
})

/** Settings that are paths: relative ones in the file start at its folder, those in the environment at the current one. */
export const pathSettings: readonly string[] = [
  'networkFile',
  'keyFile',
  'passphraseFile',
  'dataDir',
  'content.embedded.directory',
  'queue.file',
  'queue.urlFile',
]

/** A whole number within bounds. */
export function whole(least: number, most = Number.MAX_SAFE_INTEGER) {
  const takes =
    most === Number.MAX_SAFE_INTEGER ? `a whole number of at least ${least}` : `a whole number from ${least} to ${most}`
  return z.number().int().min(least).max(most).meta({ takes })
}

/** One of some words. */
export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values).meta({ takes: `${values.slice(0, -1).join(', ')} or ${values.at(-1)}` })
}

function urlOf(protocol: RegExp) {
  return z.union([z.literal(''), z.url({ protocol })])
}
