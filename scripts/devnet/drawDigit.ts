const width = 28
const ink = 0.35

/**
 * Draws a 28×28 digit as 14 lines of half blocks, two rows of pixels a line.
 * @param pixels row-major, 0 (paper) to 1 (ink)
 */
export function drawDigit(pixels: ArrayLike<number>): string[] {
  const isInk = (row: number, column: number) => (pixels[row * width + column] ?? 0) >= ink
  return Array.from({ length: width / 2 }, (_, line) =>
    Array.from({ length: width }, (_, column) => {
      const [upper, lower] = [isInk(2 * line, column), isInk(2 * line + 1, column)]
      if (upper) return lower ? '█' : '▀'
      return lower ? '▄' : ' '
    }).join(''),
  )
}
