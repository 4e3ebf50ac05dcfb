// Builds the Kubo that tests of content run against, where there is Go and its module proxy: `npm run build:kubo`.
import { KuboNotBuiltError, makeKubo } from './buildKubo/makeKubo.ts'

try {
  console.log(`Kubo is built: ${makeKubo()}`)
} catch (error) {
  if (!(error instanceof KuboNotBuiltError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
