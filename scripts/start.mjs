// `npm start`: builds when needed, then runs the service in this very process, so that signals
// reach it and the time to ready is counted from the start.
import { entry } from './build-if-stale.mjs';

await import(entry);
