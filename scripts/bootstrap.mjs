#!/usr/bin/env node
// Sets up a fresh clone, then runs a command in it:  node scripts/bootstrap.mjs [--system] <command> [argument…]
//
// It needs nothing but some Node and npm. This first file keeps to syntax that Node 12 can read, so that an old one gets a sentence.
const major = Number(process.versions.node.split('.')[0])

if (major < 18) {
  console.error(
    `Assay starts with Node 18 or newer, this is ${process.versions.node}: install one from https://nodejs.org and run again.`,
  )
  process.exitCode = 1
} else {
  import('./bootstrap/main.mjs').then((bootstrap) => bootstrap.main(process.argv.slice(2)))
}
