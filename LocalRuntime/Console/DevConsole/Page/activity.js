// Connections, invocations and notices, live.

import { arrange, avatar, exactTime, h, milliseconds, oncePerFrame, setText } from "./dom.js";

const keptInvocations = 500;
const shownInvocations = 200;

export class Activity {
  #invocations = new Map();
  #connections = new Map();
  #notices = [];
  #shownNotices = "";
  #connectionCount = 0;
  #rows = { invocations: new Map(), connections: new Map() };
  #isPaused = false;
  #filter = "";
  #onSelect;
  #render = oncePerFrame(() => this.#draw());

  constructor({ onSelect }) {
    this.#onSelect = onSelect;
    const filter = document.getElementById("filter");
    filter.addEventListener("input", () => {
      this.#filter = filter.value.trim().toLowerCase();
      this.#drawInvocations();
    });
    const pause = document.getElementById("pause");
    pause.addEventListener("click", () => {
      this.#isPaused = !this.#isPaused;
      pause.setAttribute("aria-pressed", String(this.#isPaused));
      setText(pause, this.#isPaused ? "Resume" : "Pause");
      this.#render();
    });
  }

  // Calls `onState` with whether the runtime is reachable.
  start(onState) {
    const source = new EventSource("activity/stream");
    source.addEventListener("open", () => onState(true));
    source.addEventListener("error", () => {
      onState(false);
      // The browser does not reconnect after an error status, such as while the runtime is starting.
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.start(onState), 2_000);
    });
    source.addEventListener("snapshot", (event) => this.#replace(JSON.parse(event.data)));
    source.addEventListener("changes", (event) => this.#merge(JSON.parse(event.data)));
    this.#render();
  }

  #replace(snapshot) {
    this.#invocations = new Map(snapshot.invocations.map((invocation) => [invocation.id, invocation]));
    this.#connections = new Map(snapshot.connections.map((connection) => [connection.id, connection]));
    this.#connectionCount = snapshot.connectionCount;
    this.#notices = snapshot.notices;
    this.#render();
  }

  #merge(changes) {
    for (const invocation of changes.invocations) this.#invocations.set(invocation.id, invocation);
    for (const connection of changes.connections) {
      if (!this.#connections.has(connection.id)) this.#connectionCount += 1;
      this.#connections.set(connection.id, connection);
    }
    for (const { id } of changes.closed) {
      if (this.#connections.delete(id)) this.#connectionCount -= 1;
    }
    this.#notices = [...this.#notices, ...changes.notices].slice(-200);
    for (const id of this.#invocations.keys()) {
      if (this.#invocations.size <= keptInvocations) break;
      this.#invocations.delete(id);
    }
    this.#render();
  }

  // MARK: Drawing

  #draw() {
    this.#drawConnections();
    this.#drawNotices();
    if (!this.#isPaused) this.#drawInvocations();
  }

  #drawConnections() {
    setText(document.getElementById("connection-count"), String(this.#connectionCount));
    const rows = this.#rows.connections;
    const nodes = [...this.#connections.values()].reverse().map((connection) => {
      const row = this.#row(rows, connection.id, () => this.#makeConnection(connection));
      setText(row.traffic, `↓ ${connection.messagesIn}  ↑ ${connection.messagesOut}`);
      row.traffic.title = `${connection.messagesIn} received, ${connection.messagesOut} sent, last at ${exactTime(connection.lastActiveAt)}`;
      return row.node;
    });
    this.#forget(rows, this.#connections);
    const list = document.getElementById("connections");
    arrange(list, nodes.length ? nodes : [this.#empty(rows, "There are no WebSocket connections.")]);
  }

  #makeConnection(connection) {
    const name = connection.principal ?? connection.sourceIP;
    const traffic = h("span", { class: "traffic" });
    const close = h("button", {
      type: "button", class: "quiet danger", "aria-label": `Disconnect ${name}, ${connection.id}`,
      onclick: async () => {
        close.disabled = true;
        await fetch(`connections/${encodeURIComponent(connection.id)}`, { method: "DELETE" });
        close.disabled = false;
      },
    }, "Disconnect");
    const node = h("li", { class: "row connection", title: connection.userAgent ?? "" },
      avatar(name, "small"),
      h("span", { class: "main" }, h("strong", {}, name), h("code", {}, connection.id)),
      h("span", { class: "side" }, traffic, h("time", { title: "Connected since" }, exactTime(connection.connectedAt))),
      close);
    return { node, traffic };
  }

  #drawInvocations() {
    setText(document.getElementById("invocation-count"), String(this.#invocations.size));
    const words = this.#filter.split(/\s+/).filter(Boolean);
    const newestFirst = [...this.#invocations.values()].reverse();
    const matching = newestFirst.filter((invocation) => {
      const text = `${invocation.function} ${invocation.trigger} ${invocation.status} ${isCold(invocation) ? "cold" : "warm"} ${invocation.id}`;
      return words.every((word) => text.toLowerCase().includes(word));
    });
    const rows = this.#rows.invocations;
    const nodes = matching.slice(0, shownInvocations).map((invocation) => this.#invocationRow(rows, invocation));
    this.#forget(rows, this.#invocations);
    const hint = this.#invocations.size === 0
      ? "No function has run yet. Send a message or call a route."
      : "No invocation matches the filter.";
    arrange(document.getElementById("invocations"), nodes.length ? nodes : [this.#empty(rows, hint)]);
  }

  #invocationRow(rows, invocation) {
    const row = this.#row(rows, invocation.id, () => {
      const status = h("span", { class: "dot" });
      const badge = h("span", { class: "chip" }, "cold");
      const duration = h("span", { class: "duration" });
      const node = h("li", {},
        h("button", { type: "button", class: "row invocation", onclick: () => this.#onSelect(invocation.id) },
          status,
          h("span", { class: "main" }, h("strong", {}, invocation.function), h("span", { class: "trigger" }, invocation.trigger)),
          badge,
          h("span", { class: "side" }, duration, h("time", {}, exactTime(invocation.startedAt)))));
      return { node, status, badge, duration };
    });
    row.status.className = `dot ${invocation.status}`;
    row.status.title = statusLabels[invocation.status];
    row.badge.hidden = !isCold(invocation);
    row.badge.title = isCold(invocation) ? `Starting the process took ${milliseconds(invocation.initDuration)}` : "";
    setText(row.duration, invocation.status === "running" ? "running" : milliseconds(invocation.duration));
    row.node.classList.toggle("bad", ["failed", "timedOut", "throttled"].includes(invocation.status));
    return row.node;
  }

  #drawNotices() {
    const strip = document.getElementById("notices");
    const serious = [...this.#notices.filter((notice) => notice.level !== "info"), ...this.#failures()];
    strip.hidden = serious.length === 0;
    // Replacing the nodes on every update would swallow clicks on them.
    const signature = JSON.stringify(serious);
    if (strip.hidden || signature === this.#shownNotices) return;
    this.#shownNotices = signature;
    const newest = serious.at(-1);
    strip.className = `notices ${serious.some((notice) => notice.level === "error") ? "error" : "warning"}`;
    const others = serious.length > 1 ? h("span", { class: "count" }, `${serious.length - 1} more`) : null;
    strip.querySelector("summary").replaceChildren(...[h("span", { class: "text" }, newest.text), others].filter(Boolean));
    strip.querySelector("ol").replaceChildren(...serious.toReversed().map((notice) =>
      h("li", { class: notice.level }, h("time", {}, exactTime(notice.time)), h("span", {}, notice.text),
        notice.id ? h("button", { type: "button", onclick: () => this.#onSelect(notice.id) }, "Details") : null)));
  }

  // Functions whose last invocation failed, as notices. They disappear with the next success.
  #failures() {
    const latest = new Map();
    for (const invocation of this.#invocations.values()) {
      if (invocation.status !== "running") latest.set(invocation.function, invocation);
    }
    return [...latest.values()].filter((invocation) => ["failed", "timedOut"].includes(invocation.status)).map((invocation) => ({
      level: "error",
      time: invocation.startedAt,
      text: `${invocation.function} ${invocation.status === "failed" ? "failed" : "timed out"} the last time it ran (${invocation.trigger}).`,
      id: invocation.id,
    })).sort((one, other) => one.time - other.time);
  }

  #row(rows, id, make) {
    let row = rows.get(id);
    if (!row) rows.set(id, row = make());
    return row;
  }

  #forget(rows, kept) {
    for (const id of rows.keys()) if (!kept.has(id)) rows.delete(id);
  }

  #empty(rows, text) {
    return this.#row(rows, `empty ${text}`, () => ({ node: h("li", { class: "empty" }, h("p", {}, text)) })).node;
  }
}

export const statusLabels = {
  running: "Running", succeeded: "Succeeded", failed: "Failed", timedOut: "Timed out", throttled: "Throttled",
};

export function isCold(invocation) {
  return invocation.initDuration !== null && invocation.initDuration !== undefined;
}
