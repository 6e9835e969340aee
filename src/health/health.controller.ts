import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { ReadinessService, type NodeState } from './readiness.service.js';

interface Readiness {
  /** `degraded`: it does its work, but without Redis. */
  readonly status: NodeState | 'degraded' | 'unavailable';
  readonly database: 'up' | 'down';
  /** Absent where the service has none. */
  readonly redis?: 'up' | 'down';
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
  @ApiResponse({ status: 200, description: 'Ready; or degraded, as long as Redis is away.' })
  @ApiResponse({
    status: 503,
    description: 'Starting, draining, without its database or behind it.',
  })
  async ready(@Res({ passthrough: true }) response: Response): Promise<Readiness> {
    const { state } = this.readiness;
    const isDatabaseUp = await this.readiness.isDatabaseUp();
    const { isRedisUp } = this.readiness;
    const isAble = isDatabaseUp && this.readiness.isCurrent;
    response.status(state === 'ready' && isAble ? 200 : 503);
    return {
      status: state === 'ready' ? ability(isAble, isRedisUp) : state,
      database: isDatabaseUp ? 'up' : 'down',
      ...(isRedisUp !== null && { redis: isRedisUp ? 'up' : 'down' }),
    };
  }
}

function ability(isAble: boolean, isRedisUp: boolean | null): Readiness['status'] {
  if (!isAble) return 'unavailable';
  return isRedisUp === false ? 'degraded' : 'ready';
}
