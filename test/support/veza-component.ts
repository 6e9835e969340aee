import { runSample } from './documents.js';
import { within } from './patience.js';
import { chatComponentSource, type VezaWorld } from './veza-documents.js';

type Json = Record<string, unknown>;
type Effect = () => (() => void) | undefined;

interface Element {
  readonly type: unknown;
  readonly props: Json;
  readonly children: readonly unknown[];
}

/** What the document's component expects of its application's input. */
interface InputProps {
  onSend(content: string): void;
  onTyping(isTyping: boolean): void;
  readonly disabled: boolean;
}

const isElement = (node: unknown): node is Element =>
  typeof node === 'object' && node !== null && 'children' in node;

/** All elements of a tree, the outer before the inner. */
function elementsOf(node: unknown): Element[] {
  if (Array.isArray(node)) return node.flatMap(elementsOf);
  return isElement(node) ? [node, ...node.children.flatMap(elementsOf)] : [];
}

/** The text of a tree, as React shows it: booleans are nothing. */
function textIn(node: unknown): string {
  if (Array.isArray(node)) return node.map(textIn).join('');
  if (isElement(node)) return textIn(node.children);
  return typeof node === 'string' || typeof node === 'number' ? String(node) : '';
}

const MessageInput = Symbol('MessageInput');

/** Document 3's component in as much of React as it needs: state, effects after a render, elements. */
export class RenderedChat {
  private readonly slots: unknown[] = [];
  private readonly cleanups: (() => void)[] = [];
  private readonly watchers = new Set<() => void>();
  private effects: Effect[] = [];
  private cursor = 0;
  private readonly component: (props: Json) => Element;

  constructor(
    world: VezaWorld,
    private readonly props: { token: string; roomId: string },
  ) {
    const { useEffect, useState } = this;
    const React = {
      createElement: (type: unknown, given: Json | null, ...children: unknown[]): Element => ({
        type,
        props: given ?? {},
        children,
      }),
    };
    const { VezaChatClient } = world;
    const globals = { ...world.globals, React, useEffect, useState, VezaChatClient, MessageInput };
    this.component = runSample(chatComponentSource(), globals, 'Chat') as typeof this.component;
    this.render();
  }

  /** What it shows in elements of that class, each as one text. */
  texts(className: string): string[] {
    return this.elements()
      .filter(({ props }) => props.className === className)
      .map(textIn);
  }

  get input(): InputProps {
    const found = this.elements().find(({ type }) => type === MessageInput);
    if (!found) throw new Error('It shows no input');
    return found.props as unknown as InputProps;
  }

  /** Resolves once it shows that, now or after a change. */
  shows(what: string, fits: () => boolean): Promise<void> {
    return within(
      what,
      new Promise((resolve) => {
        const look = () => fits() && resolve();
        this.watchers.add(look);
        look();
      }),
    );
  }

  unmount(): void {
    for (const cleanup of this.cleanups.splice(0)) cleanup();
  }

  private elements(): Element[] {
    return elementsOf(this.render());
  }

  private render(): Element {
    this.cursor = 0;
    const tree = this.component(this.props);
    for (const effect of this.effects.splice(0)) this.cleanups.push(effect() ?? (() => undefined));
    return tree;
  }

  private slot(initial: unknown): number {
    const index = this.cursor++;
    if (!(index in this.slots)) this.slots[index] = initial;
    return index;
  }

  private readonly useState = (initial: unknown) => {
    const index = this.slot(initial);
    const set = (next: unknown) => {
      const change = next as (before: unknown) => unknown;
      this.slots[index] = typeof next === 'function' ? change(this.slots[index]) : next;
      for (const look of this.watchers) look();
    };
    return [this.slots[index], set];
  };

  private readonly useEffect = (effect: Effect, dependencies: readonly unknown[]) => {
    const index = this.slot(null);
    const before = this.slots[index] as readonly unknown[] | null;
    const isSame = before?.every((value, at) => value === dependencies[at]) ?? false;
    this.slots[index] = dependencies;
    if (!isSame) this.effects.push(effect);
  };
}
