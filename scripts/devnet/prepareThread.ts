// Runs in a thread of its own, because compiling a circuit and making its keys would hold up everything else of the devnet.
import { readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { prepareModel } from '@assay/circuits/prepareModel'
import { loadMnist } from '../mnist.ts'

// prepareFixture.ts is the only one who starts this thread.
const { file, cacheFolder } = workerData as { file: string; cacheFolder: string }
const { train, heldOut } = loadMnist()

const prepared = await prepareModel({
  onnx: readFileSync(file),
  calibration: train.map(({ pixels }) => pixels),
  samples: heldOut.map(({ pixels, label }) => ({ values: pixels, label })),
  cacheFolder,
})
parentPort?.postMessage(prepared)
