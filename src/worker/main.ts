import { nodeKinds } from '../nodes/index.ts';
import { serveNodes } from './serve-nodes.ts';

serveNodes(nodeKinds);
