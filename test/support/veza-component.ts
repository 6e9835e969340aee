import { runSample } from './documents.js';
import { Hooks } from './hooks.js';
import { chatComponentSource, type VezaWorld } from './veza-documents.js';

type Json = Record<string, unknown>;

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

/** Document 3's component, in use. */
export class RenderedChat {
  private readonly hooks = new Hooks();
  private readonly component: (props: Json) => Element;

  constructor(
    world: VezaWorld,
    private readonly props: { token: string; roomId: string },
  ) {
    const { useEffect, useState } = this.hooks;
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
  async shows(what: string, fits: () => boolean): Promise<void> {
    await this.hooks.shows(what, () => (fits() ? true : null));
  }

  unmount(): void {
    this.hooks.unmount();
  }

  private elements(): Element[] {
    return elementsOf(this.render());
  }

  private render(): Element {
    return this.hooks.render(() => this.component(this.props));
  }
}
