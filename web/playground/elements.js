/** A copy of a `<template>`: its root element and its `data-part` elements by name. */
export function fromTemplate(id) {
  const root = document.getElementById(id).content.firstElementChild.cloneNode(true);
  const parts = {};
  for (const part of root.querySelectorAll('[data-part]')) parts[part.dataset.part] = part;
  return { root, parts };
}

export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/** Ids come as numbers or strings; only their text tells whether two are the same. */
export const isSame = (a, b) => String(a) === String(b);
