import en from 'zod/v4/locales/en.js'
import type * as z from 'zod/v4/mini'

// The sentences of zod's small build, which brings none of its own.
const { localeError } = en()

/** What is wrong with a value: the path of the first member that is, and why. */
export type SchemaFault = { path: string; reason: string; cause: unknown }

/**
 * Checks a value against a schema of zod's small build.
 * @param refuse makes the error to throw from what is wrong
 */
export function checkSchema<T>(
  { schema, value }: { schema: z.ZodMiniType<T>; value: unknown },
  refuse: (fault: SchemaFault) => Error,
): T {
  const parsed = schema.safeParse(value, { error: localeError })
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw refuse({
    path: issue?.path.join('.') || '(whole file)',
    reason: issue?.message ?? 'is invalid',
    cause: parsed.error,
  })
}
