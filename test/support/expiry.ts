import { DirectoryService } from '../../src/core/directory.service.js';
import { heldBack } from '../transport/support/held-back.js';
import type { TestApp } from './app.js';

/**
 * Keeps what `begin` sends under way until the moment is past: an event that names a conversation.
 * What is sent behind it waits for its turn, and gets it when the token has expired.
 */
export async function underWayUntil(
  app: TestApp,
  moment: number,
  begin: () => void,
): Promise<void> {
  const resolving = heldBack(app.get(DirectoryService), 'resolve');
  begin();
  await resolving.called;
  while (Date.now() <= moment) await new Promise(setImmediate);
  await resolving.release();
}
