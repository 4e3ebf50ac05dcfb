// Builds the native prover where there is a Rust toolchain: `npm run build:native`.
import { spawnSync } from 'node:child_process'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'

const folder = join(import.meta.dirname, '../circuits/native')
// Where rustup installs it, whether or not a shell has been told.
const path = [process.env.PATH ?? '', join(homedir(), '.cargo/bin')].join(delimiter)
const { status, error } = spawnSync('cargo', ['build', '--release', '--locked'], {
  cwd: folder,
  stdio: 'inherit',
  env: { ...process.env, PATH: path },
})
if (error !== undefined) {
  console.error(
    'There is no cargo; install Rust 1.85 or newer (https://rustup.rs). Until then snarkjs makes the proofs.',
  )
} else if (status === 0) {
  console.log('The native prover is built; workers use it from their next start on.')
} else {
  console.error('The native prover was not built, for the reason above; snarkjs makes the proofs.')
}
process.exitCode = status ?? 1
