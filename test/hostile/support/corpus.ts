import { readdirSync, readFileSync } from 'node:fs';
import type { Bytes } from './bytes.js';

const FOLDER = new URL('../corpus/', import.meta.url);

/** How an answer over HTTP must read. */
export interface HttpExpectation {
  /** Of each response, in order; where several will do, a list of them. */
  readonly statuses: readonly (number | readonly number[])[];
  /** Of the last response: `code` of a problem, or of GraphQL's first error. */
  readonly code?: string;
  /** Stands in the last response. */
  readonly has?: string;
}

/** How a socket must answer: with these, in order, and nothing else; or by ending. */
export interface SocketExpectation {
  /** Of each answer the code where it is an error, else what kind it is. */
  readonly answers?: readonly string[];
  /**
   * The close code; 1005 where the close frame has none, 1006 where there is no close frame. A list
   * where it depends on how the bytes were cut on their way.
   */
  readonly close?: number | readonly number[];
}

interface Input {
  /** Says what is wrong with it; unique in its door. */
  readonly name: string;
  /** Why the expectation is what it is, where that is no matter of course. */
  readonly why?: string;
}

/** The connection is reset as soon as this is written: nothing can be answered. */
interface Reset {
  readonly send: Bytes;
  readonly expect: 'reset';
}

export type HttpInput = Input &
  (Reset | { readonly send: Bytes; readonly expect: HttpExpectation });

/** `at`: the path to connect to, where the door has several. */
export type SocketInput = Input & { readonly at?: string } & (
    Reset | { readonly send: Bytes; readonly expect: SocketExpectation }
  );

/** What is sent on a socket as one text, or several. */
export type TextInput = Input & {
  readonly at?: string;
  readonly texts: readonly Bytes[];
  readonly expect: SocketExpectation;
};

/** Presented at each door that takes tokens: `ok`, or the code that it is refused with. */
export type TokenInput = Input & { readonly token: Bytes; readonly expect: string };

export const doors = (): string[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length));

/** Each with its name first, as `it.each` wants it. */
export function corpus<I extends Input>(door: string): (readonly [string, I])[] {
  const inputs = JSON.parse(readFileSync(new URL(`${door}.json`, FOLDER), 'utf8')) as I[];
  return inputs.map((input) => [input.name, input]);
}
