// Builds the native prover where there is a Rust toolchain: `npm run build:native`.
import { runCargo } from './buildNative/runCargo.ts'

const { status, error } = runCargo(['build', '--release', '--locked'], 'inherit')
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
