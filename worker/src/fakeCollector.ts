import { createServer } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import { listen } from './listen.ts'

const attribute = z.object({
  key: z.string(),
  value: z.object({ stringValue: z.string().optional(), intValue: z.union([z.number(), z.string()]).optional() }),
})
const attributes = z
  .array(attribute)
  .default([])
  .transform((list) =>
    Object.fromEntries(list.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)])),
  )
const span = z.object({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z.string().optional(),
  name: z.string(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  attributes,
  events: z.array(z.object({ name: z.string(), attributes })).default([]),
  status: z.object({ code: z.number().optional(), message: z.string().optional() }).default({}),
})
const request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(z.object({ spans: z.array(span) })),
    }),
  ),
})

/** A span as the collector got it. */
export type CollectedSpan = z.infer<typeof span> & { resource: z.infer<typeof attributes> }

/** A collector of traces for tests: takes OTLP over HTTP with JSON, and checks its shape (opentelemetry-proto 1.7). */
export async function startFakeCollector() {
  const spans: CollectedSpan[] = []
  const wrong: string[] = []
  const settings = { status: 200 }
  const server = createServer(async (incoming, response) => {
    const pieces: Uint8Array[] = []
    for await (const piece of incoming) pieces.push(piece)
    const body = Buffer.concat(pieces)
    const text = (incoming.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString()
    const parsed = request.safeParse(JSON.parse(text))
    if (incoming.method !== 'POST' || incoming.url !== '/v1/traces') wrong.push(`${incoming.method} ${incoming.url}`)
    else if (!parsed.success) wrong.push(parsed.error.message)
    else if (settings.status === 200) {
      for (const { resource, scopeSpans } of parsed.data.resourceSpans) {
        for (const each of scopeSpans.flatMap((scope) => scope.spans))
          spans.push({ ...each, resource: resource.attributes })
      }
    }
    response.writeHead(settings.status, { 'content-type': 'application/json' }).end('{}')
  })
  return { ...(await listen(server, { host: '127.0.0.1', port: 0 })), spans, wrong, settings }
}
