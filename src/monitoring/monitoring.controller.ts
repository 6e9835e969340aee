import { Controller, Get, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SERVICE } from '../core/model/presence.js';
import { PresenceStore } from '../core/ports/presence-store.js';
import { AdminGuard, BearerGuard } from '../auth/caller.js';

interface ChatStats {
  total_connections: number;
  active_rooms: number;
  /** Connections joined, by conversation id. */
  rooms: Record<string, number>;
}

@ApiTags('monitoring')
@ApiBearerAuth()
@UseGuards(BearerGuard, AdminGuard)
@Controller('monitoring/chat')
export class MonitoringController {
  constructor(private readonly presence: PresenceStore) {}

  @Get('stats')
  @ApiOperation({ summary: 'Live connections and rooms, over all nodes. Admin.' })
  async stats(): Promise<ChatStats> {
    const occupancy = [...(await this.presence.occupancy())];
    const rooms = Object.fromEntries(occupancy.filter(([place]) => place !== SERVICE));
    return {
      total_connections: occupancy.find(([place]) => place === SERVICE)?.[1] ?? 0,
      active_rooms: Object.keys(rooms).length,
      rooms,
    };
  }
}
