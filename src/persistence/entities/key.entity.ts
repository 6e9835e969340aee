import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A secret of the service's own. */
@Entity('keys')
export class KeyEntity {
  @PrimaryColumn('text')
  name!: string;

  @Column('bytea')
  value!: Buffer;
}
