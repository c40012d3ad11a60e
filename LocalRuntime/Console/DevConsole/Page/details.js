// One invocation in full, with a button to replay it.

import { isCold, statusLabels } from "./activity.js";
import { copyText, exactTime, h, jsonCode, milliseconds } from "./dom.js";

export class Details {
  #dialog = document.getElementById("details");
  #id = null;

  constructor() {
    // A click on the backdrop has the dialog as its target, a click inside has an inner element.
    this.#dialog.addEventListener("click", (event) => { if (event.target === this.#dialog) this.#dialog.close(); });
    this.#dialog.addEventListener("close", () => { this.#id = null; });
  }

  async show(id) {
    this.#id = id;
    const record = await this.#fetchRecord(id);
    if (this.#id !== id) return;
    this.#dialog.replaceChildren(h("div", { class: "sheet" }, ...(record.message ? this.#missing(record) : this.#content(record))));
    if (!this.#dialog.open) this.#dialog.showModal();
    // A running invocation still changes.
    if (record.status === "running") setTimeout(() => { if (this.#id === id) this.show(id); }, 500);
  }

  async #fetchRecord(id) {
    try {
      return await (await fetch(`invocations/${encodeURIComponent(id)}`)).json();
    } catch {
      return { message: "The runtime does not answer." };
    }
  }

  #missing(record) {
    return [this.#header("Invocation", []), h("p", { class: "empty" }, record.message)];
  }

  #header(title, buttons) {
    return h("header", {},
      h("h2", { id: "details-title", tabindex: "-1", autofocus: true }, title), ...buttons,
      h("button", { type: "button", class: "quiet", "aria-label": "Close", onclick: () => this.#dialog.close() }, "Close"));
  }

  #content(record) {
    const replay = h("button", { type: "button", class: "send", onclick: () => this.#replay(record, replay, problem) }, "Replay");
    const problem = h("p", { class: "problem", role: "alert", hidden: true });
    const facts = [
      ["Status", h("span", { class: "fact" }, h("span", { class: `dot ${record.status}` }), statusLabels[record.status])],
      ["Duration", milliseconds(record.duration) || "–"],
      ["Start", isCold(record) ? `cold, ${milliseconds(record.initDuration)}` : "warm"],
      ["At", exactTime(record.startedAt)],
      ["Process", record.processID ? String(record.processID) : "–"],
    ];
    return [
      this.#header(record.function, [replay]),
      h("p", { class: "trigger" }, record.trigger, " ", h("code", {}, record.id)),
      problem,
      h("dl", { class: "facts" }, facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
      h("p", { class: "nothing", hidden: !record.isAbridged }, "Event, response and log are no longer kept: newer invocations need the memory."),
      this.#block("Event", record.event),
      this.#block(record.status === "failed" || record.status === "timedOut" ? "Error" : "Response", record.response),
      this.#logs(record.logs ?? []),
    ];
  }

  #block(title, text) {
    const isEmpty = text === null || text === undefined || text === "";
    const copy = isEmpty ? null : h("button", { type: "button", class: "quiet", onclick: () => copyText(copy, text) }, "Copy");
    return h("section", {}, h("header", {}, h("h3", {}, title), copy),
      isEmpty ? h("p", { class: "nothing" }, "None") : h("pre", { tabindex: "0" }, jsonCode(text)),
      this.#innerDocument(text));
  }

  // The body of a proxy event or response is often JSON within a JSON string.
  #innerDocument(text) {
    try {
      const { body } = JSON.parse(text);
      if (typeof JSON.parse(body) !== "object") return [];
      return [h("h4", {}, "Body, decoded"), h("pre", { tabindex: "0" }, jsonCode(body))];
    } catch {
      return [];
    }
  }

  #logs(lines) {
    const copy = lines.length
      ? h("button", { type: "button", class: "quiet", onclick: () => copyText(copy, lines.map((line) => line.text).join("\n")) }, "Copy")
      : null;
    return h("section", {}, h("header", {}, h("h3", {}, "Logs"), copy),
      lines.length
        ? h("ol", { class: "logs" }, lines.map((line) => h("li", {}, h("time", {}, exactTime(line.time)), h("span", {}, line.text))))
        : h("p", { class: "nothing" }, "The function logged nothing."));
  }

  async #replay(record, button, problem) {
    button.disabled = true;
    try {
      const response = await fetch(`invocations/${encodeURIComponent(record.id)}/replay`, { method: "POST" });
      const answer = await response.json();
      if (!response.ok) throw new Error(answer.message);
      await this.show(answer.requestId);
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
    button.disabled = false;
  }
}
