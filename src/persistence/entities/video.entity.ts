import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('videos')
export class VideoEntity {
  @PrimaryColumn('text')
  id!: string;

  @Column('text')
  title!: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
