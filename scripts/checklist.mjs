// Every check but the tests.
import { failedChecks, passes } from './checks.mjs';

const isGood = (await passes('build')) && (await failedChecks()).length === 0;
process.exitCode = isGood ? 0 : 1;
