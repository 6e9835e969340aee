import { addressKeyOf, ANONYMOUS, type Identity } from './model/identity.js';

/** The name by which the limiter counts conversations that somebody makes. */
export const NEW_ROOMS = 'rooms';

/** By what they are counted: the user, or the address of visitors without a token. */
export function roomMaker({ userId }: Identity): string {
  const address = addressKeyOf(userId);
  return address === null ? userId : `${ANONYMOUS}${address}`;
}
