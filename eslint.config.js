import tseslint from 'typescript-eslint';

/** The rooms that may talk to the outside world; everywhere else it is handed in (conventions, section 2). */
const OUTSIDE_WORLD = [
  {
    object: 'Math',
    property: 'random',
    message: 'Randomness comes from tensor/rng.ts, with a seed.',
  },
  {
    object: 'Date',
    property: 'now',
    message: 'The clock is read in cli/ and fingerprint/environment.ts only.',
  },
  {
    object: 'process',
    property: 'env',
    message:
      'The environment is read in cli/ and fingerprint/environment.ts only.',
  },
];

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'node_modules/',
      'cache/',
      'src/tensor/wasm/assembly/',
      'eslint.config.js',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Numbers in a message are what a message is for.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true },
      ],
      // A generic that names a result type at one place is how a table of kinds stays typed.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // `for (;;)` and `while (true)` say "until return" better than a flag.
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: true },
      ],
      'no-console': 'error',
      'no-restricted-properties': ['error', ...OUTSIDE_WORLD],
    },
  },
  {
    files: ['src/cli/**', 'src/terminal/**', 'test/bench/**'],
    rules: { 'no-console': 'off' },
  },
  {
    files: [
      'src/cli/**',
      'src/fingerprint/environment.ts',
      'src/tensor/rng.ts',
      'src/worker/main.ts',
      'test/**',
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    // Typed-array reads: the index is in range by construction, and a check would cost the inner loop.
    files: ['src/tensor/**', 'src/ops/**', 'src/data/**', 'test/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    // node:test's `test` and `describe` return promises that the runner awaits.
    files: ['test/**'],
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              name: ['test', 'describe', 'it', 'suite'],
              package: 'node:test',
            },
          ],
        },
      ],
    },
  },
);
