import type { RunEvent } from '../engine/events.ts';
import type { Renderer, Streams } from './renderer.ts';

/** An event as design section 9 has it, or null for what programs are not told. */
function jsonEvent(event: RunEvent): Record<string, unknown> | null {
  switch (event.type) {
    case 'run-started': {
      const { type, ...facts } = event;
      return { event: type, ...facts };
    }
    case 'node-started':
      return { event: event.type, node: event.node };
    case 'node-waiting': {
      const { id, ...program } = event.program;
      return { event: event.type, node: event.node, program: id, ...program };
    }
    case 'node-progress':
      return {
        event: event.type,
        node: event.node,
        ...event.progress,
        seconds: round(event.seconds),
      };
    case 'node-finished':
      return {
        event: event.type,
        node: event.node,
        outcome: event.outcome,
        key: event.key,
        seconds: round(event.seconds),
        reason: event.reason,
        ...(event.failure === null ? {} : { failure: event.failure }),
      };
    case 'run-estimated':
    case 'table-preview':
      return null;
    case 'warning':
      return { event: event.type, message: event.message };
    case 'scorecard':
      return { event: event.type, claims: event.claims };
    case 'run-finished': {
      const { type, seconds, ...counts } = event;
      return { event: type, ...counts, seconds: round(seconds) };
    }
  }
}

/** Milliseconds are as fine as a clock here means anything. */
const round = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/** One JSON object a line on standard output, nothing else. */
export function jsonLinesRenderer({ output }: Streams): Renderer {
  return {
    listen(event) {
      const object = jsonEvent(event);
      if (object !== null) output.write(`${JSON.stringify(object)}\n`);
    },
    close: () => undefined,
  };
}
