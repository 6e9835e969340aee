/** Part of what is sent, wherever text fits: no refusal may repeat it. */
export const MARKER = 'zq7marker';

/** What no client is ever told: SQL, stacks, names of our files. */
export const LEAK =
  /\b(SELECT|INSERT INTO|UPDATE|DELETE FROM) \w|\b(syntax|relation|constraint) "|violates |(?<!Syntax )Error: |\\n\s+at |\bat \S{1,200}:\d+:\d+|node_modules|\/dist\/src\//;

/** Lines that tell of what should not happen: errors of the log, and whatever is no line of it. */
export const NOT_LOGGED = /"level":"(error|fatal)"|unhandled|^(?!\{|HEAP_USED |$)/i;
