import type { NodeId } from '../../core/ports/nodes.js';

/** Rings when the journal has grown: see `write_journal`. */
export const JOURNAL_CHANNEL = 'causerie_journal';

/** Rings when another node has applied what that one waits for: `<node> <entry>`. */
export const appliedChannel = (nodeId: NodeId): string => `causerie_applied_${nodeId}`;

/** Any constant: see `write_journal`. */
export const JOURNAL_LOCK = 0x6361_7574;
