import { onTwoNodes } from './support/two-nodes.js';

onTwoNodes('typing', () => import('../dialects/typing.spec.ts?apart'));
onTwoNodes('reactions', () => import('../dialects/reactions.spec.ts?apart'));
onTwoNodes('changes', () => import('../dialects/changes.spec.ts?apart'));
onTwoNodes('presence', () => import('../dialects/presence.spec.ts?apart'));
onTwoNodes('monitoring', () => import('../dialects/monitoring.spec.ts?apart'));
