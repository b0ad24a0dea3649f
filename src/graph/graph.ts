/** A directed graph as whoever asks sees it: its vertices, and what each of them leads to. */
export interface Graph<Id> {
  /** In an order that is kept wherever there is a choice. Read more than once. */
  readonly ids: Iterable<Id>;
  /** What an id leads to: what it waits for, where the graph is one of needs. May repeat itself. */
  next(id: Id): Iterable<Id>;
}
