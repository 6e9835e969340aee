import type { ConversationId } from '../model/conversation.js';

/**
 * Which nodes have somebody in which live room. A room goes with the last lease: leases are taken
 * and given up under the room's lock, so that nobody comes into a room that is going.
 */
export abstract class RoomLeaseStore {
  /** For this node. False where there is no such room, or none any more. */
  abstract take(conversationId: ConversationId): Promise<boolean>;

  /** Keeps this node's leases; returns those of its rooms that are gone all the same. */
  abstract renew(conversationIds: readonly ConversationId[]): Promise<readonly ConversationId[]>;

  /**
   * Gives up this node's lease. Deletes the room with all its messages, and returns true, unless
   * another node has one or the room is kept for its first client.
   */
  abstract giveUp(conversationId: ConversationId): Promise<boolean>;

  /** Rooms that nobody has a lease for, and that are kept for nobody. */
  abstract abandoned(): Promise<readonly ConversationId[]>;
}
