import { onTwoNodes } from './support/two-nodes.js';

onTwoNodes('order', () => import('../dialects/order.spec.ts?apart'));
onTwoNodes('unmissed', () => import('../dialects/unmissed.spec.ts?apart'));
onTwoNodes('idempotency', () => import('../dialects/idempotency.spec.ts?apart'));
onTwoNodes('live rooms', () => import('../dialects/live-rooms.spec.ts?apart'));
onTwoNodes('live visitors', () => import('../dialects/live-visitors.spec.ts?apart'));
