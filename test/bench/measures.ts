import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchCka } from './measures-cka.ts';
import { benchProbe } from './measures-probe.ts';
import { benchSeparation } from './measures-separation.ts';
import { pythonWith, PythonPeer } from './python.ts';

/** What is installed from the package index that pip is set up for. */
const REQUIREMENTS = ['scikit-learn', 'numpy'];

/** A part takes the peer, where there is one, and a folder for data. */
type Part = (peer: PythonPeer, folder: string) => Promise<void>;

const PARTS: Readonly<Record<string, Part>> = {
  probe: (peer, folder) =>
    benchProbe(peer, folder, { examples: 5000, width: 512, classes: 10 }, 3),
  cka: (peer, folder) => benchCka(peer, folder, 5),
  separation: (_, folder) => benchSeparation(folder, 131_072, 3),
  'probe-large': (peer, folder) =>
    benchProbe(
      peer,
      folder,
      { examples: 10_000, width: 2048, classes: 100 },
      1,
    ),
};

/** Parts that run when none is named; the others take many minutes. */
const USUAL = ['probe', 'cka', 'separation'];

/**
 * Times `probe`, `cka` and `separation` in turns with scikit-learn, NumPy and a pass over the bytes, one thread each.
 *
 * @param args names of parts.
 */
export async function benchMeasures(args: readonly string[]): Promise<void> {
  const unknown = args.find((name) => !Object.hasOwn(PARTS, name));
  if (unknown !== undefined) {
    console.error(
      `There is no part "${unknown}". Known: ${Object.keys(PARTS).join(', ')}.`,
    );
    process.exitCode = 2;
    return;
  }
  const python = await pythonWith(REQUIREMENTS, ['sklearn', 'numpy']);
  const peer = new PythonPeer(python, 'measures_peers.py');
  const folder = mkdtempSync(join(tmpdir(), 'penultimate-measures-'));
  try {
    const { sklearn, numpy } = await peer.ask<{
      readonly sklearn: string;
      readonly numpy: string;
    }>({ do: 'versions' });
    console.log(
      `${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.versions.node}, scikit-learn ${sklearn}, NumPy ${numpy}; one thread each, in turns, medians; load of the machine before ${(loadavg()[0] ?? 0).toFixed(1)}`,
    );
    for (const name of args.length > 0 ? args : USUAL)
      await PARTS[name]!(peer, folder);
  } finally {
    await peer.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
