import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { safeInteger } from './columns.js';

/** `storing`: its file may not be there yet. `given-up`: its file is to be removed. */
export type UploadState = 'storing' | 'ready' | 'given-up';

@Entity('uploads')
// The collector and the count of waiting uploads ask for few rows of many.
@Index('uploads_unused', ['uploaderId', 'createdAt'], {
  where: "links = 0 OR state <> 'ready'",
})
export class UploadEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Index('uploads_conversation')
  @Column('integer', { name: 'conversation_id' })
  conversationId!: number;

  @Column('text', { name: 'uploader_id' })
  uploaderId!: string;

  @Column('text')
  name!: string;

  @Column('text', { name: 'mime_type' })
  mimeType!: string;

  @Column('bigint', { transformer: safeInteger })
  size!: number;

  @Column('integer', { nullable: true })
  width!: number | null;

  @Column('integer', { nullable: true })
  height!: number | null;

  @Column('double precision', { nullable: true })
  duration!: number | null;

  @Column('boolean', { name: 'has_thumbnail' })
  hasThumbnail!: boolean;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('text')
  state!: UploadState;

  /** Messages that name it: counted by triggers of `messages`. */
  @Column('integer', { default: 0 })
  links!: number;
}
