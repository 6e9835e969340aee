import { Controller, Get, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Registry } from '../realtime/registry.js';
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
  constructor(private readonly registry: Registry) {}

  @Get('stats')
  @ApiOperation({ summary: 'Live connections and rooms. Admin.' })
  stats(): ChatStats {
    const rooms = Object.fromEntries(this.registry.occupancy());
    return {
      total_connections: this.registry.connectionCount,
      active_rooms: Object.keys(rooms).length,
      rooms,
    };
  }
}
