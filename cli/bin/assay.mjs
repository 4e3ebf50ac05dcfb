#!/usr/bin/env node
import * as nodeModule from 'node:module'

// Plain JavaScript, so that an old Node can say what is wrong instead of failing to parse TypeScript.
const major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(
    `assay needs Node 24 or later and this is ${process.versions.node}; run \`npm start\` once, or install Node 24.`,
  )
  process.exitCode = 2
} else {
  // Starts a third of a second sooner from the second run on.
  nodeModule.enableCompileCache?.()
  try {
    const { runCli } = await import('../src/main.ts')
    process.exitCode = await runCli(process.argv.slice(2))
  } catch (error) {
    console.error(`assay cannot start, so run \`npm ci\`: ${String(error?.message ?? error).split('\n')[0]}`)
    process.exitCode = 1
  }
}
