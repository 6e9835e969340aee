import type { FrameClient } from './frame-client.js';
import { anError } from './live-shapes.js';
import { someone, type TestUser } from './tokens.js';

type Json = Record<string, unknown>;

export type Action = 'ban' | 'mute';

/** Of the service, or of the room: its owner is a user otherwise. */
export type Role = 'user' | 'moderator' | 'admin' | 'superuser' | 'owner';

export const withRole = (role: Role): TestUser => someone(role, role === 'owner' ? [] : [role]);

export const MAY_NOT_MODERATE = anError(
  'You do not have permission to moderate this room',
  'PERMISSION_DENIED',
);

/** Sanctions the user, for ever unless it says for how long; resolves with what all are told. */
export function sanction(
  client: FrameClient,
  action: Action,
  { id }: TestUser,
  minutes = 0,
): Promise<Json> {
  const data = { action, target_user_id: id, duration_minutes: minutes };
  client.send('moderation_action', data);
  const isIt = (told: Json) =>
    Object.entries(data).every(([field, value]) => told[field] === value);
  return client.next('moderation_action', isIt);
}

/** As `sanction`, where it is refused. */
export const refusedSanction = (
  client: FrameClient,
  action: Action,
  targetId: number | string,
): Promise<Json> => {
  const data = { action, target_user_id: targetId, duration_minutes: 0 };
  return client.request('moderation_action', data, 'error');
};
