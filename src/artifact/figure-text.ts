import type { FigureField, FigureValue } from './figure.ts';
import { lengthOf, padEnd } from './table-blocks.ts';
import { visible } from '../util/visible.ts';
import { csvField } from './table-text.ts';

/** Longer data are cut for people, with their length said. */
const MAX_ROWS = 24;
const GAP = '  ';

/** What a figure shows, for people without a picture: its title, the first rows of its data, and what they are. */
export function figureToText(figure: FigureValue): string {
  const shown = [
    figure.columns,
    ...figure.rows.slice(0, MAX_ROWS).map((row) => row.map(shortField)),
  ].map((fields) => fields.map(visible));
  const widths = figure.columns.map((_, at) =>
    Math.max(...shown.map((fields) => lengthOf(fields[at] ?? ''))),
  );
  const more = figure.rows.length - MAX_ROWS;
  const lines = [
    ...shown.map((fields) =>
      fields
        .map((field, at) => padEnd(field, widths[at] ?? 0))
        .join(GAP)
        .trimEnd(),
    ),
    ...(more > 0 ? [`… ${more} more`] : []),
  ];
  return [
    ...(figure.title === '' ? [] : [visible(figure.title), '']),
    ...lines,
    '',
    ...figure.notes.map(visible),
    '',
  ].join('\n');
}

const shortField = (field: FigureField): string =>
  typeof field === 'number' && !Number.isInteger(field)
    ? String(Number(field.toPrecision(4)))
    : String(field ?? '');

/** The data as CSV (RFC 4180 with plain line feeds); what is missing is empty. */
export const figureToCsv = ({ columns, rows }: FigureValue): string =>
  [columns, ...rows]
    .map(
      (fields) =>
        `${fields.map((field) => csvField(String(field ?? ''))).join(',')}\n`,
    )
    .join('');
