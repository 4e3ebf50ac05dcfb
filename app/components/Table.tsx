import type { ReactNode } from 'react'

/** One column of a {@link Table}; `end` sets figures to the right. */
export type Column<Row> = { name: string; end?: boolean; cell: (row: Row) => ReactNode }

/**
 * Rows in columns; those of a long list that are off the screen are not laid out, and still read out and found; on a phone each row is a card with its columns' names before their values.
 * @param label names the table for those who cannot see it
 */
export function Table<Row>({
  label,
  columns,
  rows,
  keyOf,
}: {
  label: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  keyOf: (row: Row) => string
}) {
  return (
    <table aria-label={label} className="w-full text-sm max-md:block">
      <thead className="max-md:sr-only">
        <tr>
          {columns.map(({ name, end }) => (
            <th
              key={name}
              scope="col"
              className={`border-line border-b px-2 pb-2 font-medium text-quiet ${end ? 'text-right' : 'text-left'}`}
            >
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="max-md:block max-md:space-y-3">
        {rows.map((row) => (
          <tr
            key={keyOf(row)}
            className={`border-line border-b last:border-b-0 max-md:grid max-md:gap-2 max-md:pb-3 md:hover:bg-sunken ${rows.length > 30 ? 'max-md:lazy-row' : ''}`}
          >
            {columns.map(({ name, end, cell }) => (
              <td
                key={name}
                className={`min-w-0 max-md:flex max-md:items-baseline max-md:justify-between max-md:gap-4 md:px-2 md:py-3 ${end ? 'md:text-right' : ''}`}
              >
                <span aria-hidden="true" className="shrink-0 text-quiet md:hidden">
                  {name}
                </span>
                <span className="min-w-0 [overflow-wrap:anywhere]">{cell(row)}</span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
