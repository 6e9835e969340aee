import { behindProxy } from './support/behind-proxy.js';
import { NGINX } from './support/proxy.js';

behindProxy(NGINX);
