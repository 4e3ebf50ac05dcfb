import type { Hex } from 'viem'
import type { JobStatus } from './jobEvents.ts'
import { redactUrls } from './redactUrls.ts'

/** The job that a span is about. */
export type TracedJob = { jobId: Hex; modelId: Hex }

/** One trace for each job: a span for the job as a whole, and below it one for each stage that was tried. */
export type JobTrace = {
  /** Runs a stage inside its span; what it throws is recorded there and thrown on. */
  stage: <T>(of: TracedJob & { stage: string }, work: () => Promise<T>) => Promise<T>
  /** Ends the job's trace. */
  end: (of: TracedJob & { outcome: JobStatus; reason?: string | undefined }) => void
  /** Exports what has not been exported yet, and ends. */
  close: () => Promise<void>
}

/** Where traces go, and as what. */
export type TraceTarget = {
  /** OTLP over HTTP without the signal's path, like http://127.0.0.1:4318; empty: there are no traces. */
  otlpUrl: string
  chainId: number
  worker: string
  /** Hears of exports that failed. */
  onFailure?: (detail: string) => void
}

/** For how long an export is tried; so long a stop may wait for a collector that is away. */
const exportMs = 5000

/** Traces nothing. */
export const noTrace: JobTrace = { stage: (_of, work) => work(), end: () => undefined, close: async () => undefined }

/**
 * Opens the export of traces; OpenTelemetry is loaded only when there is somewhere to send them. The ids of a job's trace come from its
 * job id, so that all tries belong to one trace, before and after restarts. Source: OpenTelemetry specification 1.53, OTLP 1.7.
 */
export async function openJobTrace({ otlpUrl, chainId, worker, onFailure }: TraceTarget): Promise<JobTrace> {
  if (otlpUrl === '') return noTrace
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ])
  const failed = (message: string) => onFailure?.(redactUrls(message))
  const silent = () => undefined
  const diagnostics = { error: failed, warn: failed, info: silent, debug: silent, verbose: silent }
  api.diag.setLogger(diagnostics, { logLevel: api.DiagLogLevel.WARN, suppressOverrideMessage: true })

  const random = new sdk.RandomIdGenerator()
  /** The next span's own ids: set for the span of a job as a whole, and only while it is made. */
  let given: { traceId: string; spanId: string } | undefined
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'assay-worker',
      'assay.chain_id': chainId,
      'assay.worker': worker,
    }),
    // Whoever asks for traces wants every job; OTEL_TRACES_SAMPLER would break traces at restarts.
    sampler: new sdk.AlwaysOnSampler(),
    idGenerator: {
      generateTraceId: () => given?.traceId ?? random.generateTraceId(),
      generateSpanId: () => given?.spanId ?? random.generateSpanId(),
    },
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: `${otlpUrl.replace(/\/$/, '')}/v1/traces`, timeoutMillis: exportMs }),
      }),
    ],
  })
  const tracer = provider.getTracer('assay-worker')
  const begun = new Map<Hex, number>()

  return {
    stage: async ({ jobId, modelId, stage }, work) => {
      if (!begun.has(jobId)) begun.set(jobId, Date.now())
      const parent = { ...idsOf(jobId), traceFlags: api.TraceFlags.SAMPLED, isRemote: true }
      const span = tracer.startSpan(
        stage,
        { attributes: attributesOf({ jobId, modelId }) },
        api.trace.setSpanContext(api.ROOT_CONTEXT, parent),
      )
      try {
        return await work()
      } catch (error) {
        const message = redactUrls(error instanceof Error ? error.message : String(error))
        span.recordException({ name: error instanceof Error ? error.name : typeof error, message })
        span.setStatus({ code: api.SpanStatusCode.ERROR, message })
        throw error
      } finally {
        span.end()
      }
    },
    end: ({ jobId, modelId, outcome, reason }) => {
      const startTime = begun.get(jobId)
      // Nothing was tried in this run of the daemon, so there is nothing to hold together.
      if (startTime === undefined) return
      begun.delete(jobId)
      given = idsOf(jobId)
      const attributes = { ...attributesOf({ jobId, modelId }), 'assay.outcome': outcome }
      const span = tracer.startSpan('job', { startTime, root: true, attributes })
      given = undefined
      if (reason !== undefined) span.setAttribute('assay.reason', reason)
      if (outcome === 'failed' || outcome === 'slashed') span.setStatus({ code: api.SpanStatusCode.ERROR })
      span.end()
    },
    // What could not be exported is lost, and told; the daemon's stop goes on.
    close: () => provider.shutdown().catch((error: unknown) => failed(String(error))),
  }
}

/** A job id is a digest of 32 bytes: its first 16 name the trace, the next 8 the span of the job as a whole. */
function idsOf(jobId: Hex): { traceId: string; spanId: string } {
  return { traceId: jobId.slice(2, 34), spanId: jobId.slice(34, 50) }
}

function attributesOf({ jobId, modelId }: TracedJob) {
  return { 'assay.job_id': jobId, 'assay.model_id': modelId }
}
