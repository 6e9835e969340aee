import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { ReadinessService, type NodeState } from './readiness.service.js';

interface Readiness {
  readonly status: NodeState | 'unavailable';
  readonly database: 'up' | 'down';
}

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: ReadinessService) {}

  @Get('live')
  @ApiOperation({ summary: 'The process answers.' })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @ApiOperation({ summary: 'This node should be given work.' })
  @ApiResponse({ status: 200, description: 'Ready.' })
  @ApiResponse({ status: 503, description: 'Starting, draining, or without its database.' })
  async ready(@Res({ passthrough: true }) response: Response): Promise<Readiness> {
    const { state } = this.readiness;
    const isDatabaseUp = await this.readiness.isDatabaseUp();
    const isReady = state === 'ready' && isDatabaseUp;
    response.status(isReady ? 200 : 503);
    return {
      status: state === 'ready' && !isDatabaseUp ? 'unavailable' : state,
      database: isDatabaseUp ? 'up' : 'down',
    };
  }
}
