import { commandLineInvalid } from '../diagnostics/catalogue/shape.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { locateNative, NATIVE_NAMES } from '../native/locate.ts';
import { nativeFolder } from '../native/native-folder.ts';
import {
  BACKEND_NAMES,
  type BackendName,
  type BackendOptions,
} from '../tensor/backend.ts';
import { err, ok, type Result } from '../util/result.ts';
import { argumentSpan } from './argument-span.ts';

/** A backend that is on this machine, and what its workers have to know. */
export interface ChosenBackend {
  readonly backend: BackendName;
  readonly backendOptions: BackendOptions;
}

/**
 * The backend that `--backend` means; `auto` takes the first there is.
 *
 * @param environment the variables of this process.
 */
export function chooseBackend(
  name: string,
  environment: NodeJS.ProcessEnv,
): Result<ChosenBackend, readonly Diagnostic[]> {
  const backend =
    BACKEND_NAMES.find((known) => known === name) ?? BACKEND_NAMES[0];
  const native = NATIVE_NAMES.find((known) => known === backend);
  if (native === undefined) return ok({ backend, backendOptions: {} });
  const installation = locateNative(native, nativeFolder(environment));
  if (installation === undefined) {
    return err([
      commandLineInvalid(
        `The backend "${native}" is not installed on this machine.`,
        argumentSpan(`--backend ${native}`),
        `pipeline backend install ${native} fetches and builds it.`,
      ),
    ]);
  }
  return ok({ backend, backendOptions: { installation } });
}
