// A generic WebSocket client, for APIs other than the chat.

import { arrange, exactTime, h, jsonCode, setText } from "./dom.js";

const frameLimit = 200;

export class RawPane {
  element;
  #socket = null;
  #frames = [];
  #parts = {};

  constructor({ label, apis, user }) {
    this.element = this.#build(label, apis, user);
    this.#draw();
  }

  #build(label, apis, user) {
    const parts = this.#parts;
    const id = `addresses-${label.replaceAll(" ", "-")}`;
    parts.url = h("input", { class: "url", "aria-label": "Address", list: id, value: apis[0].url, spellcheck: "false", autocomplete: "off" });
    parts.user = h("input", {
      class: "user", "aria-label": "User name for a token in ?Authorization=; empty for none", placeholder: "no token",
      value: user, spellcheck: "false", autocomplete: "off",
    });
    parts.status = h("span", { class: "status offline", role: "status" }, "not connected");
    parts.toggle = h("button", { type: "submit", class: "send" }, "Connect");
    parts.frames = h("ol", { class: "frames", role: "log", "aria-label": "Frames", tabindex: "0" });
    const route = apis[0].routes.find((key) => !key.startsWith("$")) ?? "hello";
    parts.text = h("textarea", {
      rows: "3", "aria-label": "Frame to send", spellcheck: "false",
      onkeydown: (event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        this.#send();
      },
    }, JSON.stringify({ action: route }));
    parts.send = h("button", { type: "submit", class: "send" }, "Send");

    return h("article", { class: "card pane raw", "aria-label": label },
      h("header", {}, h("h2", {}, label), parts.status),
      h("form", { class: "address", onsubmit: (event) => { event.preventDefault(); this.#toggle(); } },
        parts.url, h("datalist", { id }, apis.map((api) => h("option", { value: api.url }))),
        h("label", { class: "as" }, "as ", parts.user), parts.toggle),
      parts.frames,
      h("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); this.#send(); } }, parts.text, parts.send));
  }

  async #toggle() {
    if (this.#socket) return this.#socket.close(1000);
    try {
      const url = new URL(this.#parts.url.value);
      const user = this.#parts.user.value.trim();
      if (user) {
        const response = await fetch("token", { method: "POST", body: JSON.stringify({ user }) });
        const answer = await response.json();
        if (!response.ok) throw new Error(answer.message);
        url.searchParams.set("Authorization", answer.token);
      }
      this.#connect(new WebSocket(url));
    } catch (error) {
      this.#note(error.message);
    }
  }

  #connect(socket) {
    this.#socket = socket;
    let didOpen = false;
    socket.addEventListener("open", () => { didOpen = true; this.#draw(); });
    socket.addEventListener("message", (event) => {
      this.#record("in", typeof event.data === "string" ? event.data : `${event.data.size} bytes`);
    });
    socket.addEventListener("close", (event) => {
      this.#socket = null;
      this.#note(didOpen ? `Closed with code ${event.code}${event.reason ? `: ${event.reason}` : ""}.`
        : "The handshake was refused. See the invocations of $connect and its authorizer.");
    });
    this.#draw();
  }

  #send() {
    if (this.#socket?.readyState !== WebSocket.OPEN) return this.#note("Connect first.");
    this.#socket.send(this.#parts.text.value);
    this.#record("out", this.#parts.text.value);
  }

  #note(text) { this.#record("note", text); }

  #record(kind, text) {
    const mark = { in: "←", out: "→", note: "·" }[kind];
    const label = { in: "Received", out: "Sent", note: "Note" }[kind];
    this.#frames.push(h("li", { class: kind },
      h("span", { class: "mark", role: "img", "aria-label": label }, mark),
      h("pre", {}, kind === "note" ? text : jsonCode(text)), h("time", {}, exactTime(Date.now()))));
    if (this.#frames.length > frameLimit) this.#frames.shift();
    this.#draw();
    this.#parts.frames.scrollTop = this.#parts.frames.scrollHeight;
  }

  #draw() {
    const { status, toggle, frames } = this.#parts;
    const isOpen = this.#socket?.readyState === WebSocket.OPEN;
    status.className = `status ${isOpen ? "online" : this.#socket ? "connecting" : "offline"}`;
    setText(status, isOpen ? "connected" : this.#socket ? "connecting…" : "not connected");
    setText(toggle, this.#socket ? "Disconnect" : "Connect");
    const empty = [h("li", { class: "empty" }, h("p", {}, "Connect, then send a frame. Replies appear here."))];
    arrange(frames, this.#frames.length ? this.#frames : empty);
  }
}
