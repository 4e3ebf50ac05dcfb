/** A CSV text has no such row of numbers. */
export class CsvInvalidError extends Error {
  override readonly name = 'CsvInvalidError'
  readonly row: number

  constructor({ row, reason, cause }: { row: number; reason: string; cause?: unknown }) {
    super(
      `Row ${row} of the CSV text ${reason}; write numbers with commas between them, and at most one row of headings.`,
      {
        cause,
      },
    )
    this.row = row
  }
}

/**
 * The numbers of one row of a CSV text (RFC 4180), counted from 0; a first row that holds no number is taken for headings and not counted.
 * The parser is loaded on demand.
 * @throws CsvInvalidError
 */
export async function readCsvRow(text: string, row = 0): Promise<number[]> {
  const { default: csv } = await import('papaparse')
  const { data, errors } = csv.parse<string[]>(text.trim(), { delimiter: ',', skipEmptyLines: true })
  const [fault] = errors
  if (fault !== undefined) throw new CsvInvalidError({ row, reason: `cannot be read (${fault.message})`, cause: fault })
  const rows = data[0]?.every((cell) => !isNumber(cell)) ? data.slice(1) : data
  const cells = rows[row]
  if (cells === undefined) throw new CsvInvalidError({ row, reason: `is not among its ${rows.length}` })
  return cells.map((cell, column) => {
    if (!isNumber(cell)) throw new CsvInvalidError({ row, reason: `has \`${cell.slice(0, 40)}\` in column ${column}` })
    return Number(cell)
  })
}

function isNumber(cell: string): boolean {
  return cell.trim() !== '' && Number.isFinite(Number(cell))
}
