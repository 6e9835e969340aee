import 'reflect-metadata';
import { Logger } from '@nestjs/common';

// What runs without an application would log in Nest's own way, in between the results.
Logger.overrideLogger(false);
