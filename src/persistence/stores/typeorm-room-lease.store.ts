import type { DataSource } from 'typeorm';
import type { ConversationId } from '../../core/model/conversation.js';
import type { NodeId } from '../../core/ports/nodes.js';
import { RoomLeaseStore } from '../../core/ports/room-lease-store.js';
import { deleteConversation } from './delete-conversation.js';

/** A node that has not renewed its leases for this long has died. */
const LEASE_SECONDS = 30;

const EXPIRY = `clock_timestamp() + interval '${LEASE_SECONDS} seconds'`;
const UNEXPIRED = 'l.expires_at > clock_timestamp()';

const TAKE = `
  WITH room AS (
    UPDATE conversations SET kept_until = clock_timestamp() WHERE id = $1 AND type = 'live'
    RETURNING id
  )
  INSERT INTO room_leases (conversation_id, node_id, expires_at)
  SELECT id, $2, ${EXPIRY} FROM room
  ON CONFLICT (conversation_id, node_id) DO UPDATE SET expires_at = excluded.expires_at
  RETURNING conversation_id`;

const RENEW = `
  WITH rooms AS (
    SELECT id FROM conversations WHERE id = ANY ($1) AND type = 'live' ORDER BY id FOR KEY SHARE
  )
  INSERT INTO room_leases (conversation_id, node_id, expires_at)
  SELECT id, $2, ${EXPIRY} FROM rooms
  ON CONFLICT (conversation_id, node_id) DO UPDATE SET expires_at = excluded.expires_at
  RETURNING conversation_id`;

/** Of the room `$1`. */
const IS_KEPT = `
  SELECT type <> 'live' OR kept_until > clock_timestamp() OR EXISTS (
    SELECT 1 FROM room_leases l WHERE l.conversation_id = c.id AND ${UNEXPIRED}
  ) AS is_kept
  FROM conversations c WHERE c.id = $1`;

const ABANDONED = `
  SELECT c.id FROM conversations c
  WHERE c.type = 'live' AND c.kept_until <= clock_timestamp() AND NOT EXISTS (
    SELECT 1 FROM room_leases l WHERE l.conversation_id = c.id AND ${UNEXPIRED}
  )`;

export class TypeOrmRoomLeaseStore extends RoomLeaseStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly nodeId: NodeId,
  ) {
    super();
  }

  async take(conversationId: ConversationId): Promise<boolean> {
    return (await this.leased(TAKE, conversationId)).length > 0;
  }

  async renew(conversationIds: readonly ConversationId[]): Promise<readonly ConversationId[]> {
    const renewed = new Set(await this.leased(RENEW, conversationIds));
    return conversationIds.filter((id) => !renewed.has(id));
  }

  giveUp(conversationId: ConversationId): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      // Locked by a statement of its own: the next one sees the leases that others took before.
      await manager.query(`SELECT 1 FROM conversations WHERE id = $1 FOR UPDATE`, [conversationId]);
      await manager.query('DELETE FROM room_leases WHERE conversation_id = $1 AND node_id = $2', [
        conversationId,
        this.nodeId,
      ]);
      const [room] = await manager.query<{ is_kept: boolean }[]>(IS_KEPT, [conversationId]);
      if (!room || room.is_kept) return false;
      await deleteConversation(manager, conversationId);
      return true;
    });
  }

  async abandoned(): Promise<readonly ConversationId[]> {
    const rows = await this.dataSource.query<{ id: ConversationId }[]>(ABANDONED);
    return rows.map(({ id }) => id);
  }

  private async leased(
    statement: string,
    rooms: ConversationId | readonly ConversationId[],
  ): Promise<ConversationId[]> {
    const rows = await this.dataSource.query<{ conversation_id: ConversationId }[]>(statement, [
      rooms,
      this.nodeId,
    ]);
    return rows.map(({ conversation_id }) => conversation_id);
  }
}
