import type { MigrationInterface, QueryRunner } from 'typeorm';

const up = [
  // As cheap to write as may be: a crash of the database may forget who wrote how much.
  `CREATE UNLOGGED TABLE "rate_limits" (
    "key" text NOT NULL,
    "points" integer NOT NULL,
    "expire" bigint NOT NULL,
    CONSTRAINT "rate_limits_pkey" PRIMARY KEY ("key")
  )`,
  `CREATE INDEX "rate_limits_expire" ON "rate_limits" ("expire")`,
];

const down = ['DROP TABLE "rate_limits"'];

export class RateLimits1700000900000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of up) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const statement of down) await queryRunner.query(statement);
  }
}
