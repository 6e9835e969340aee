import { Module } from '@nestjs/common';
import { CoreModule } from '../core/core.module.js';
import { MonitoringController } from './monitoring.controller.js';

@Module({ imports: [CoreModule], controllers: [MonitoringController] })
export class MonitoringModule {}
