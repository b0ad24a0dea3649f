/** The part of the WebAssembly API that we use: it is typed in TypeScript's `dom` library alone, which we leave out. */
declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  interface Module {
    readonly exports?: never;
  }
  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>;
  }
  const Memory: new (pages: {
    readonly initial: number;
    readonly maximum: number;
  }) => Memory;
  const Module: {
    new (bytes: Uint8Array): Module;
    imports(module: Module): readonly {
      readonly module: string;
      readonly name: string;
      readonly kind: string;
    }[];
  };
  const Instance: new (
    module: Module,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => Instance;
  function validate(bytes: Uint8Array): boolean;
}
