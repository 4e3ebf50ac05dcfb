/** The bytes are not a readable ONNX file: another format, cut off, damaged or inconsistent in itself. */
export class OnnxFileError extends Error {
  override readonly name = 'OnnxFileError'
  readonly problem: string
  /** byte at which reading stopped, where that is known */
  readonly offset: number | undefined

  constructor({ problem, offset, cause }: { problem: string; offset?: number; cause?: unknown }) {
    const place = offset === undefined ? '' : ` at byte ${offset}`
    super(`This is not a readable ONNX file: ${problem}${place}; export or download the model again.`, { cause })
    this.problem = problem
    this.offset = offset
  }
}

/** The model uses something of ONNX, other than an operator, that Assay does not take. */
export class UnsupportedModelError extends Error {
  override readonly name = 'UnsupportedModelError'
  readonly what: string

  constructor({ what, remedy }: { what: string; remedy: string }) {
    super(`The model has ${what}; ${remedy}.`)
    this.what = what
  }
}

/** A node that the answer depends on is of an operator, or of a form of it, that cannot be made exact. */
export class UnsupportedOperatorError extends Error {
  override readonly name = 'UnsupportedOperatorError'
  readonly nodeName: string
  readonly operator: string
  readonly reason: string

  constructor({ nodeName, operator, reason }: { nodeName: string; operator: string; reason: string }) {
    super(`Node ${quote(nodeName)} (${shorten(operator)}) cannot be used: ${reason}.`)
    this.nodeName = nodeName
    this.operator = operator
    this.reason = reason
  }
}

/** A dimension other than the batch has no fixed length. */
export class DynamicShapeError extends Error {
  override readonly name = 'DynamicShapeError'
  readonly tensor: string
  /** its position, and its name where it has one */
  readonly dimension: string

  constructor({ tensor, dimension }: { tensor: string; dimension: string }) {
    super(
      `Tensor ${quote(tensor)} has no fixed ${shorten(dimension)}; export the model with fixed shapes, only the batch may vary.`,
    )
    this.tensor = tensor
    this.dimension = dimension
  }
}

/** The file is larger or more deeply nested than the caller allows. */
export class OnnxLimitError extends Error {
  override readonly name = 'OnnxLimitError'
  readonly what: string
  readonly actual: number
  readonly allowed: number

  constructor({ what, actual, allowed }: { what: string; actual: number; allowed: number }) {
    super(`The model has ${actual} ${what}, allowed are ${allowed}; use a smaller model or raise the limit.`)
    this.what = what
    this.actual = actual
    this.allowed = allowed
  }
}

/** A tensor's shape disagrees with its data or with the node that reads it. */
export class TensorShapeError extends Error {
  override readonly name = 'TensorShapeError'
  readonly tensor: string
  readonly actual: string
  readonly expected: string

  constructor({ tensor, actual, expected }: { tensor: string; actual: string; expected: string }) {
    super(`Tensor ${quote(tensor)} has ${actual}, but needs ${expected}; export the model again.`)
    this.tensor = tensor
    this.actual = actual
    this.expected = expected
  }
}

/** A weight is not a number or infinite, so no integer stands for it. */
export class WeightNotFiniteError extends Error {
  override readonly name = 'WeightNotFiniteError'
  readonly tensor: string
  readonly index: number
  readonly value: number

  constructor({ tensor, index, value }: { tensor: string; index: number; value: number }) {
    super(
      `Element ${index} of tensor ${quote(tensor)} is ${value}; weights must be finite, so train or export the model again.`,
    )
    this.tensor = tensor
    this.index = index
    this.value = value
  }
}

/** A name out of a file, made safe to print: quoted, control characters escaped, at most 80 characters. */
export function quote(name: string): string {
  return JSON.stringify(shorten(name))
}

function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
