import { Logger } from '@nestjs/common';
import type { ChatError } from '../core/core.errors.js';
import { wireUserText } from '../core/model/wire-ids.js';
import type { Connection } from '../realtime/connection.js';

const logger = new Logger('Events');

/** What went wrong with whose event; never what was in it. */
export function logFailure(
  { dialect, identity, id }: Connection,
  eventName: string,
  { code, cause }: ChatError,
): void {
  const entry = {
    event: 'WS_ERROR',
    dialect: dialect.name,
    type: eventName,
    code,
    userId: wireUserText(identity.userId),
    connectionId: id,
  };
  if (code === 'INTERNAL') logger.error({ ...entry, error: cause });
  else logger.debug(entry);
}
