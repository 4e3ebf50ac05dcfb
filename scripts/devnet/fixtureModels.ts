/** A committed ONNX model that the devnet publishes. */
export type FixtureModel = { name: string; description: string; file: string }

/** The two models that scripts/trainModels.ts trains on real handwritten digits. */
export const fixtureModels: readonly FixtureModel[] = [
  {
    name: 'MNIST CNN',
    description: 'Reads a handwritten digit of 28×28 pixels with a small convolutional network.',
    file: 'test/fixtures/models/mnist-cnn.onnx',
  },
  {
    name: 'MNIST MLP',
    description: 'Reads a handwritten digit of 28×28 pixels with one hidden layer of 64 neurons.',
    file: 'test/fixtures/models/mnist-mlp.onnx',
  },
]
