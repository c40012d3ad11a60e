// Helpers to build elements. Text is always inserted as text, never as markup.

export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

// Makes `nodes` the children of `parent` and moves as few as possible, so that focus and scroll position are kept.
export function arrange(parent, nodes) {
  let current = parent.firstChild;
  for (const node of nodes) {
    if (node === current) current = current.nextSibling;
    else parent.insertBefore(node, current);
  }
  while (current) {
    const next = current.nextSibling;
    current.remove();
    current = next;
  }
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Returns a function that schedules `render`, at most once a frame.
export function oncePerFrame(render) {
  let isScheduled = false;
  return () => {
    if (isScheduled) return;
    isScheduled = true;
    // A hidden page has no animation frames, but must stay up to date.
    const schedule = document.hidden ? (run) => setTimeout(run, 250) : requestAnimationFrame;
    schedule(() => {
      isScheduled = false;
      render();
    });
  };
}

const timeFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
const exactTimeFormat = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false,
});
const dayFormat = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export const shortTime = (time) => timeFormat.format(new Date(time));
export const exactTime = (time) => exactTimeFormat.format(new Date(time));
export const day = (time) => dayFormat.format(new Date(time));

export function milliseconds(value) {
  if (value === null || value === undefined) return "";
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  if (value >= 100) return `${Math.round(value)} ms`;
  return `${value.toFixed(value >= 10 ? 1 : 2)} ms`;
}

// One of six tones, always the same for the same name.
export function tone(name) {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + character.codePointAt(0)) >>> 0;
  return `tone-${sum % 6}`;
}

export function avatar(name, extra = "") {
  const initial = [...name.trim()][0] ?? "?";
  return h("span", { class: `avatar ${tone(name)} ${extra}`, "aria-hidden": "true" }, initial.toUpperCase());
}

// JSON text as a <code> element with highlighted syntax; other text unchanged.
export function jsonCode(text) {
  const code = h("code");
  let pretty;
  try {
    pretty = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    code.textContent = text;
    return code;
  }
  const pattern = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
  let end = 0;
  for (const match of pretty.matchAll(pattern)) {
    code.append(pretty.slice(end, match.index));
    const kind = match[2] ? "key" : match[1] ? "string" : /^[tfn]/.test(match[0]) ? "word" : "number";
    code.append(h("span", { class: kind }, match[1] ?? match[0]), match[2] ?? "");
    end = match.index + match[0].length;
  }
  code.append(pretty.slice(end));
  return code;
}

export async function copyText(button, text) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed";
  }
  setTimeout(() => { button.textContent = label; }, 1_200);
}
