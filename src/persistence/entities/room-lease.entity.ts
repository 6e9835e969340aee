import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A node that has somebody in a live room. */
@Entity('room_leases')
export class RoomLeaseEntity {
  @PrimaryColumn('integer', { name: 'conversation_id' })
  conversationId!: number;

  @PrimaryColumn('uuid', { name: 'node_id' })
  nodeId!: string;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;
}
