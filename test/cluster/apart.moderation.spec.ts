import { onTwoNodes } from './support/two-nodes.js';

onTwoNodes('removal', () => import('../dialects/removal.spec.ts?apart'));
onTwoNodes('sanctions', () => import('../dialects/sanctions.spec.ts?apart'));
onTwoNodes('bans everywhere', () => import('../dialects/bans-everywhere.spec.ts?apart'));
onTwoNodes('blocks', () => import('../dialects/blocks.spec.ts?apart'));
onTwoNodes('shadows', () => import('../dialects/shadows.spec.ts?apart'));
