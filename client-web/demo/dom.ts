/** The element of this id in index.html; throws if the page and the code disagree. */
export function byId<T extends Element>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`index.html has no ${type.name} #${id}`);
  return found;
}

interface Attributes {
  readonly class?: string;
  readonly text?: string;
  /** `data-…` attributes, in camelCase. */
  readonly data?: Readonly<Record<string, string>>;
  readonly children?: readonly (Node | string)[];
}

/** Makes an element. Text is always set as text, so nothing a peer sends is ever read as HTML. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (attributes.class !== undefined) element.className = attributes.class;
  if (attributes.text !== undefined) element.textContent = attributes.text;
  Object.assign(element.dataset, attributes.data);
  element.append(...(attributes.children ?? []));
  return element;
}

/** Sets `data-…` attributes, by which the styles and the tests tell states apart. Names in camelCase. */
export function setData(element: HTMLElement, data: Readonly<Record<string, string>>): void {
  Object.assign(element.dataset, data);
}

/** Sets the text only where it changed, so that selections and live regions are left alone. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
