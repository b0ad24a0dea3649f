import type { LoggerInterface } from 'vega';
import type { JsonObject } from '../util/json.ts';
import { unreachable } from '../util/unreachable.ts';
import type { Drawing } from './drawing.ts';
import { linesSpec } from './lines.ts';
import { matrixSpec } from './matrix.ts';
import { scatterSpec } from './scatter.ts';
import { CONFIG, DARK_STYLE } from './theme.ts';

function specOf(drawing: Drawing): JsonObject {
  switch (drawing.type) {
    case 'scatter':
      return scatterSpec(drawing);
    case 'lines':
      return linesSpec(drawing);
    case 'matrix':
      return matrixSpec(drawing);
    default:
      return unreachable(drawing);
  }
}

/**
 * Draws a picture as SVG text: the same bytes for the same drawing on every machine. Loads the plotting library at the first
 * call.
 */
export async function drawFigure(drawing: Drawing): Promise<string> {
  const [vega, { compile }] = await Promise.all([
    import('vega'),
    import('vega-lite'),
  ]);
  const { title, notes } = drawing;
  const spec = {
    ...specOf(drawing),
    title: { text: title, subtitle: notes },
    config: CONFIG,
  };
  const compiled = compile(spec as unknown as Parameters<typeof compile>[0], {
    logger: strictLogger,
  });
  // With a canvas, where a machine has one, widths would be those of its fonts.
  (vega as unknown as TextMeasure).textMetrics.canvas(false);
  // Names of gradients and clips are counted through the life of the process.
  vega.resetSVGDefIds();
  const view = new vega.View(vega.parse(compiled.spec), {
    renderer: 'none',
    logger: strictLogger,
  });
  try {
    const svg = await view.toSVG();
    return `${svg.replace('>', `>${DARK_STYLE}`)}\n`;
  } finally {
    view.finalize();
  }
}

const unexpected = (what: string): never => {
  throw new Error(`Internal error: a picture could not be drawn: ${what}`);
};

/** The library would go on after an error, with half a picture. */
const strictLogger: LoggerInterface = {
  level: () => unexpected('a change of levels'),
  error: (...said: readonly unknown[]) =>
    unexpected(said.map(String).join(' ')),
  warn: () => strictLogger,
  info: () => strictLogger,
  debug: () => strictLogger,
};

/** A part of Vega that its types leave out. */
interface TextMeasure {
  readonly textMetrics: { canvas(isUsed: boolean): void };
}
