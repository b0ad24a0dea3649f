import type { Digest } from '../fingerprint/digest.ts';
import { timeOfDay } from '../fingerprint/environment.ts';
import { deferred, type Deferred } from '../util/deferred.ts';
import type { Json } from '../util/json.ts';
import {
  hasEnded,
  ownIdentity,
  type ProcessIdentity,
} from './process-identity.ts';
import type { Rows, SharedRows } from './shared-rows.ts';

/** A program that works on a cache, as others see it. */
export interface ProgramRow {
  readonly identity: ProcessIdentity;
  /** As it was called: `pipeline run a.yaml`. */
  readonly command: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** Counts up as long as the program is well. */
  readonly beat: number;
  /** When it was counted last, for people. ISO 8601, UTC. */
  readonly seen: string;
  /** What it says of itself, as of that beat. */
  readonly report: Json;
}

/** Who computes what is under a key. */
export interface Lease {
  readonly program: ProgramRow;
  /** What is computed, by its name there. */
  readonly what: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

interface LeaseRow {
  readonly program: string;
  readonly what: string;
  readonly since: string;
}

/** How a program came to an end without saying so. */
export interface LostProgram {
  readonly program: ProgramRow;
  /** Its process has ended for certain; else it gave no sign for too long. */
  readonly hasEnded: boolean;
}

/** Time between two signs of life. */
const BEAT_MS = 1000;
/** Time between two looks at what is waited for. */
const LOOK_MS = 100;
/** Without a sign for so long a program counts as lost, even if its process can't be proved to have ended. */
const EXPIRY_MS = 20_000;

const leaseName = (key: Digest): string => `lease ${key}`;
const programName = (id: string): string => `program ${id}`;

interface Awaited {
  readonly key: Digest;
  readonly gone: Deferred<undefined>;
}

/** A program that is waited for: how often it was looked at since its last sign of life. */
interface Watched {
  beat: number;
  looks: number;
}

/** What a program opens its leases with. */
export interface LeasesOptions {
  readonly rows: SharedRows;
  /** How the program was called. */
  readonly command: string;
  /** What the program says of itself, asked at each beat. */
  readonly report: () => Json;
  /** Told of programs that were found to have ended without a word, once each. */
  readonly lost?: (lost: LostProgram) => void;
  /** Told when others have taken this program for lost: it stood still for too long. */
  readonly wasTakenForLost?: () => void;
  /** For tests; the constants above where not given. */
  readonly expiryMs?: number;
  readonly beatMs?: number;
  readonly identity?: ProcessIdentity;
  readonly hasEnded?: (identity: ProcessIdentity) => boolean;
}

/**
 * Rights to compute what is under a key, one program at a time. Whoever doesn't get one can wait until it is free.
 *
 * A lease is free as soon as its program gives it back, is known to have ended, or has given no sign of life for the time
 * of expiry. That time is counted in looks of the one who waits, not by any clock: a clock that is set, a machine that
 * slept, or programs that were stopped together make nobody lost. A program that goes on after it was taken for lost
 * does no harm: what it computes is what the other one computes.
 */
export class Leases implements AsyncDisposable {
  readonly #options: LeasesOptions;
  readonly #rows: SharedRows;
  readonly #identity: ProcessIdentity;
  readonly #since = timeOfDay();
  readonly #hasEnded: (identity: ProcessIdentity) => boolean;
  readonly #beatTimer: NodeJS.Timeout;
  #lookTimer: NodeJS.Timeout | undefined;
  #beats = 0;
  readonly #awaited = new Set<Awaited>();
  readonly #watched = new Map<string, Watched>();

  private constructor(options: LeasesOptions) {
    this.#options = options;
    this.#rows = options.rows;
    this.#identity = options.identity ?? ownIdentity();
    this.#hasEnded = options.hasEnded ?? hasEnded;
    this.#beatTimer = setInterval(() => {
      try {
        this.beat();
      } catch {
        // The disk is full. Whoever needs this program's leases takes them in time; what it stores says why it can't.
      }
    }, options.beatMs ?? BEAT_MS);
    this.#beatTimer.unref();
  }

  /**
   * Enters this program among those that work on the cache, and clears away what ended ones have left. Closing it closes
   * the rows.
   *
   * @throws CacheError if the rows can't be written.
   */
  static open(options: LeasesOptions): Leases {
    const leases = new Leases(options);
    leases.#change((rows) => {
      rows.put(programName(leases.#identity.id), leases.#ownRow());
      for (const program of programsIn(rows)) {
        if (leases.#hasEnded(program.identity)) leases.#bury(rows, program);
      }
    });
    return leases;
  }

  /** The random part of this program's identity. */
  get id(): string {
    return this.#identity.id;
  }

  /** How this program was called. */
  get command(): string {
    return this.#options.command;
  }

  /** Whether no other program is entered beside this one. */
  get isAlone(): boolean {
    return this.#rows.look((rows) =>
      programsIn(rows).every(({ identity }) => identity.id === this.id),
    );
  }

  /** Takes a key for this program. Null if it has it now, else who has it. */
  take(key: Digest, what: string): Lease | null {
    return this.#change((rows) => {
      const lease = leaseIn(rows, key);
      if (lease !== null && lease.program.identity.id !== this.id) {
        if (!this.#hasEnded(lease.program.identity)) return lease;
        this.#bury(rows, lease.program);
      }
      const row: LeaseRow = { program: this.id, what, since: timeOfDay() };
      rows.put(leaseName(key), JSON.stringify(row));
      return null;
    });
  }

  /** Gives a key back. What another program has taken meanwhile stays with it. */
  release(key: Digest): void {
    this.#change((rows) => {
      if (leaseIn(rows, key)?.program.identity.id === this.id) {
        rows.remove(leaseName(key));
      }
    });
  }

  /** Resolves when a key that another program has is free; never once this is closed. */
  free(key: Digest): Promise<unknown> {
    const gone = deferred<undefined>();
    this.#awaited.add({ key, gone });
    this.#lookTimer ??= setInterval(() => {
      try {
        this.#look();
      } catch {
        // Whoever waits meets the error itself when it tries to take the key.
        this.#letGo([...this.#awaited]);
      }
    }, LOOK_MS);
    return gone.promise;
  }

  /** Gives a sign of life. */
  beat(): void {
    this.#beats++;
    const wasLost = this.#change((rows) => {
      const name = programName(this.id);
      const isMissing = rows.get(name) === undefined;
      rows.put(name, this.#ownRow());
      return isMissing;
    });
    if (wasLost) this.#options.wasTakenForLost?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#beatTimer);
    clearInterval(this.#lookTimer);
    try {
      this.#rows.change((rows) => {
        remove(rows, this.id);
      });
    } catch {
      // The disk is full: whoever comes next clears away what this one has left.
    } finally {
      await this.#rows[Symbol.asyncDispose]();
    }
  }

  #ownRow(): string {
    const row: ProgramRow = {
      identity: this.#identity,
      command: this.#options.command,
      since: this.#since,
      beat: this.#beats,
      seen: timeOfDay(),
      report: this.#options.report(),
    };
    return JSON.stringify(row);
  }

  /** Changes rows; those who hear of lost programs do so afterwards, when what they do can't undo the change. */
  #buried: LostProgram[] = [];
  #change<T>(action: (rows: Rows) => T): T {
    const value = this.#rows.change(action);
    const buried = this.#buried;
    this.#buried = [];
    for (const lost of buried) this.#options.lost?.(lost);
    return value;
  }

  #bury(rows: Rows, program: ProgramRow): void {
    remove(rows, program.identity.id);
    this.#buried.push({
      program,
      hasEnded: this.#hasEnded(program.identity),
    });
  }

  #look(): void {
    const lost = new Set<string>();
    const seen = new Map<string, ProgramRow>();
    const leases = this.#rows.look((rows) =>
      [...this.#awaited].map((awaited) => {
        const lease = leaseIn(rows, awaited.key);
        if (lease !== null) seen.set(lease.program.identity.id, lease.program);
        return { awaited, lease };
      }),
    );
    for (const [id, program] of seen) {
      if (this.#isLost(program)) lost.add(id);
    }
    for (const id of this.#watched.keys()) {
      if (!seen.has(id)) this.#watched.delete(id);
    }
    this.#letGo(
      leases
        .filter(({ lease }) => {
          const id = lease?.program.identity.id;
          return id === undefined || id === this.id || lost.has(id);
        })
        .map(({ awaited }) => awaited),
    );
  }

  #letGo(free: readonly Awaited[]): void {
    for (const awaited of free) {
      this.#awaited.delete(awaited);
      awaited.gone.resolve(undefined);
    }
    if (this.#awaited.size === 0) {
      clearInterval(this.#lookTimer);
      this.#lookTimer = undefined;
    }
  }

  /** Looks once more at a program; one that is lost has nothing any more afterwards. */
  #isLost(program: ProgramRow): boolean {
    const { id } = program.identity;
    const watched = this.#watched.get(id);
    if (watched?.beat === program.beat) watched.looks++;
    else this.#watched.set(id, { beat: program.beat, looks: 0 });
    const expiry = this.#options.expiryMs ?? EXPIRY_MS;
    const isSilent = (watched?.looks ?? 0) * LOOK_MS >= expiry;
    if (!isSilent && !this.#hasEnded(program.identity)) return false;
    return this.#change((rows) => {
      const now = programIn(rows, id);
      // A sign of life in the last moment.
      if (now !== null && now.beat !== program.beat) return false;
      this.#bury(rows, program);
      return true;
    });
  }
}

/** Programs that work on a cache, the eldest first. */
export function programsIn(
  rows: Pick<Rows, 'get' | 'names'>,
): readonly ProgramRow[] {
  return rows
    .names(programName(''))
    .flatMap((name) => parse<ProgramRow>(rows.get(name)) ?? [])
    .sort((a, b) => (a.since < b.since ? -1 : 1));
}

const programIn = (rows: Pick<Rows, 'get'>, id: string): ProgramRow | null =>
  parse(rows.get(programName(id)));

/** A lease whose program is not entered any more is none. */
function leaseIn(rows: Pick<Rows, 'get'>, key: Digest): Lease | null {
  const row = parse<LeaseRow>(rows.get(leaseName(key)));
  const program = row === null ? null : programIn(rows, row.program);
  return row === null || program === null ? null : { ...row, program };
}

/** Takes a program away with all that it has. */
function remove(rows: Rows, id: string): void {
  rows.remove(programName(id));
  for (const name of rows.names(leaseName('' as Digest))) {
    if (parse<LeaseRow>(rows.get(name))?.program === id) rows.remove(name);
  }
}

function parse<T>(text: string | undefined): T | null {
  return text === undefined ? null : (JSON.parse(text) as T);
}
