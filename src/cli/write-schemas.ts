import { mkdirSync, writeFileSync } from 'node:fs';
import { claimSchema } from '../claims/claim.ts';
import { emitPipelineSchema } from '../kind/emit-schema.ts';
import { Registry } from '../kind/registry.ts';
import { nodeKinds } from '../nodes/index.ts';

/** Writes `schemas/` anew; part of the build, run from the project's root. */
mkdirSync('schemas', { recursive: true });
writeFileSync(
  'schemas/pipeline.schema.json',
  JSON.stringify(
    emitPipelineSchema(new Registry(nodeKinds), claimSchema),
    null,
    2,
  ) + '\n',
);
