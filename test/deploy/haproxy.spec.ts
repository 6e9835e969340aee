import { behindProxy } from './support/behind-proxy.js';
import { HAPROXY } from './support/proxy.js';

behindProxy(HAPROXY);
