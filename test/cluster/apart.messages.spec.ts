import { onTwoNodes } from './support/two-nodes.js';

onTwoNodes('messages', () => import('../dialects/messages.spec.ts?apart'));
