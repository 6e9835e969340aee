import { turns } from '../../persistence/support/race.js';
import type { TestApp } from '../../support/app.js';
import { range } from '../../support/chat-shapes.js';
import { integerIn, type Random } from '../../support/seeded-random.js';
import type { Endings } from './endings.js';
import { passBy, type Guest } from './guests.js';

/** At most so many turns of the event loop between two things that a guest does. */
const MAX_PAUSE = 60;
const MAX_WORDS = 2;
const MAX_PASSERS_BY = 2;
const MAX_SHOWN = 20;

/** When the next ones come: right after the others have left, or while the room ends. */
const MOMENTS = ['now', 'begun', 'over'] as const;

interface CrowdOptions {
  readonly app: TestApp;
  readonly slug: string;
  readonly guests: readonly Guest[];
  readonly random: Random;
  readonly endings: Endings;
}

/** Guests of one slug, and where they find themselves. */
export class Crowd {
  /** Every room that there was. */
  readonly rooms = new Set<number>();
  visits = 0;
  private readonly broken: string[] = [];
  private readonly inside = new Map<Guest, number>();
  private last: number | null = null;
  private words = 0;

  constructor(private readonly options: CrowdOptions) {}

  /** What must not be. */
  get breaches(): readonly string[] {
    return this.broken.slice(0, MAX_SHOWN);
  }

  /** So many guests, whoever, come and go in any order; resolves when all of them have left. */
  async wave(size: number): Promise<void> {
    await this.moment();
    const left = [...this.options.guests];
    const chosen = range(1, Math.min(size, left.length)).flatMap(() =>
      left.splice(this.upTo(left.length - 1), 1),
    );
    const { app, slug } = this.options;
    await Promise.all([
      ...chosen.map((guest) => this.visit(guest)),
      ...range(1, this.upTo(MAX_PASSERS_BY)).map(() => passBy(app, slug, this.upTo(MAX_PAUSE))),
    ]);
  }

  private async moment(): Promise<void> {
    const moment = MOMENTS[this.upTo(MOMENTS.length - 1)] ?? 'now';
    if (moment === 'now' || this.last === null) return;
    await this.options.endings.reached(this.last, moment);
  }

  private async visit(guest: Guest): Promise<void> {
    try {
      await this.pause();
      const room = await this.enter(guest);
      if (room === null) return;
      this.visits++;
      await this.pause();
      for (const _ of range(1, this.upTo(MAX_WORDS))) {
        const heardIn = await guest.say(`word ${++this.words} in ${this.options.slug}`);
        if (heardIn !== room) this.broken.push(`${guest.name} spoke in ${heardIn}, not ${room}`);
        await this.pause();
      }
      this.inside.delete(guest);
      await guest.leave();
    } catch (error) {
      this.inside.delete(guest);
      this.broken.push(String(error));
    }
  }

  private async enter(guest: Guest): Promise<number | null> {
    const before = [...this.inside];
    const room = await guest.enter(this.options.slug);
    if (room === null) {
      const hasStayed = before.some(([other, id]) => this.inside.get(other) === id);
      if (hasStayed) this.broken.push(`${guest.name} found no room where others are`);
      return null;
    }
    for (const [other, id] of this.inside) {
      if (id !== room) this.broken.push(`${guest.name} is in ${room}, ${other.name} in ${id}`);
    }
    this.inside.set(guest, room);
    this.rooms.add(room);
    this.last = room;
    return room;
  }

  private pause(): Promise<void> {
    return turns(this.options.random, MAX_PAUSE);
  }

  private upTo(max: number): number {
    return integerIn(this.options.random, 0, max);
  }
}
