import type { ConversationsService } from '../../core/conversations.service.js';
import type { DirectoryService } from '../../core/directory.service.js';
import { ChatError } from '../../core/core.errors.js';
import type { SendRequest } from '../../core/messages.service.js';
import { directWith } from '../../core/model/conversation-ref.js';
import type { Identity } from '../../core/model/identity.js';
import { toUserId } from '../../core/model/wire-ids.js';
import type { MessageData } from './veza.schemas.js';

type Place = SendRequest['conversation'];

interface Services {
  readonly directory: DirectoryService;
  readonly conversations: ConversationsService;
}

/** The room, or the conversation with the recipient: where both are named, they are the same. */
export async function placeOf(
  services: Services,
  identity: Identity,
  { room_id: room, recipient_id: recipient, is_private: isPrivate = false }: MessageData,
): Promise<Place> {
  if (recipient !== undefined) return withRecipient(services, identity, recipient, room);
  if (room === undefined) throw ChatError.invalid('room_id', 'must name a room');
  if (isPrivate && !isPrivateName(room)) await assertDirect(services, identity, room);
  return room;
}

async function withRecipient(
  { directory }: Services,
  identity: Identity,
  recipient: number | string,
  room: number | string | undefined,
): Promise<Place> {
  const { userId } = identity;
  const to = toUserId(recipient);
  if (to === userId) throw ChatError.invalid('recipient_id', 'must be another user');
  const names = [`private_${userId}_${to}`, `private_${to}_${userId}`];
  if (room === undefined || names.includes(String(room))) return directWith(to);
  const isOther =
    isPrivateName(room) ||
    (await directory.resolve(room, identity)) !== (await directory.findDirect(identity, to));
  if (isOther) throw ChatError.invalid('recipient_id', 'must be the other of the two in room_id');
  return directWith(to);
}

/** What is meant for one must not be told to a room. */
async function assertDirect(
  { directory, conversations }: Services,
  identity: Identity,
  room: number | string,
): Promise<void> {
  const id = await directory.resolve(room, identity);
  const { conversation } = await conversations.get(identity, id);
  if (!conversation.pair) throw ChatError.invalid('is_private', 'must be of a private room');
}

const isPrivateName = (room: number | string): boolean => String(room).startsWith('private_');
