import type { RunEvent } from '../engine/events.ts';

/** Shows a run to somebody: people at a terminal, people reading a log, programs. */
export interface Renderer {
  listen(event: RunEvent): void;
  /** Leaves the terminal as it should be; called once, after the last event or on interrupt. */
  close(): void;
}

/** Where a renderer writes. Results go to `output`, progress and messages for people to `messages`. */
export interface Streams {
  readonly output: NodeJS.WritableStream;
  readonly messages: NodeJS.WritableStream;
}
