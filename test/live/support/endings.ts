import { RoomLeaseStore } from '../../../src/core/ports/room-lease-store.js';
import type { TestApp } from '../../support/app.js';
import { Changes } from '../../support/changes.js';

/** When an app's empty rooms end: the moments at which it is delicate to come back. */
export class Endings {
  private readonly begun = new Set<number>();
  private readonly over = new Set<number>();
  private readonly changes = new Changes();

  constructor(app: TestApp) {
    const store = app.get(RoomLeaseStore);
    const giveUp = store.giveUp.bind(store);
    store.giveUp = async (room) => {
      this.note(this.begun, room);
      const isOver = await giveUp(room);
      if (isOver) this.note(this.over, room);
      return isOver;
    };
  }

  /** Resolves as the room is being deleted, or as soon as it is, before anybody has heard of it. */
  reached(room: number, moment: 'begun' | 'over'): Promise<void> {
    return this.changes.until(`the end of room ${room}`, () => this[moment].has(room));
  }

  private note(rooms: Set<number>, room: number): void {
    rooms.add(room);
    this.changes.happened();
  }
}
