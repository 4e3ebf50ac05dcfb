const parts = [
  [/^Building ABC/, 'Multiplying the constraints by the witness'],
  [/FFT_A/, 'Transforming A'],
  [/FFT_B/, 'Transforming B'],
  [/FFT_C/, 'Transforming C'],
  [/^Join/, 'Joining the three'],
  [/multiexp A/i, 'Summing the points of A'],
  [/multiexp B1/i, 'Summing the points of B'],
  [/multiexp B2/i, 'Summing the points of B, in the second group'],
  [/multiexp C/i, 'Summing the points of C'],
  [/multiexp H/i, 'Summing the points of H'],
] as const

/** What snarkjs is doing, from what it says; nothing where it says nothing new. */
export function provingPart(text: string): string | undefined {
  return parts.find(([pattern]) => pattern.test(text))?.[1]
}
