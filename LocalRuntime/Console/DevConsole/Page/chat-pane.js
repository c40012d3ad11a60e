// The chat of one user.

import { ChatClient } from "./chat-client.js";
import { arrange, avatar, day, h, oncePerFrame, setText, shortTime } from "./dom.js";
import { attachmentNode, readableSize } from "./files.js";

const longestMessage = 4096;
const groupingTime = 5 * 60_000;

export class ChatPane {
  element;
  client = null;

  #addresses;
  #otherUser;
  #onStarted;
  #bubbles = new Map();
  #tabs = new Map();
  #shownConversation = null;
  // Whether to keep the last message in view when messages arrive or the size changes.
  #isAtEnd = true;
  #firstShown = Infinity;
  #render = oncePerFrame(() => this.#draw());
  #parts = {};

  // `otherUser` returns the user of the other pane. `onStarted` is called after a conversation was started here.
  constructor({ label, addresses, otherUser, onRenamed, onStarted }) {
    this.#addresses = addresses;
    this.#otherUser = otherUser;
    this.#onStarted = onStarted;
    this.element = this.#build(label, onRenamed);
    new ResizeObserver(() => { if (this.#isAtEnd) this.#scrollToEnd(); }).observe(this.#parts.messages);
    document.addEventListener("visibilitychange", () => this.client?.markRead());
  }

  get user() { return this.client.user; }

  become(user) {
    this.client?.stop();
    this.#bubbles.clear();
    this.#tabs.clear();
    this.#shownConversation = null;
    const client = new ChatClient({ user, ...this.#addresses });
    client.addEventListener("change", () => { if (client === this.client) this.#render(); });
    this.client = client;
    this.#parts.name.value = user;
    this.#parts.avatar.replaceChildren(avatar(user, "large"));
    client.start();
    this.#render();
  }

  // Opens the conversation with the other pane's user, so that the user can start typing at once.
  async openDirect() {
    if (this.#otherUser() !== this.user) await this.client.startDirect(this.#otherUser());
  }

  // MARK: Building

  #build(label, onRenamed) {
    const parts = this.#parts;
    parts.avatar = h("span", { class: "portrait" });
    parts.name = h("input", {
      class: "name", "aria-label": `${label}: user name`, maxlength: "128", spellcheck: "false", autocomplete: "off",
      onchange: () => {
        const name = parts.name.value.trim();
        if (name && name !== this.user) onRenamed(name);
        else parts.name.value = this.user;
      },
      onkeydown: (event) => { if (event.key === "Enter") parts.name.blur(); },
    });
    parts.status = h("span", { class: "status", role: "status" });
    parts.plug = h("button", { type: "button", class: "quiet", onclick: () => this.#togglePlug() });
    parts.tabs = h("div", { class: "tabs" });
    parts.add = h("button", {
      type: "button", class: "add", title: "New conversation", "aria-label": "New conversation", "aria-expanded": "false",
      onclick: () => this.#toggleStarter(),
    }, "+");
    parts.starter = this.#buildStarter();
    parts.problem = h("p", { class: "problem", role: "alert", hidden: true });
    parts.messages = h("ol", {
      class: "messages", role: "log", "aria-label": "Messages", tabindex: "0",
      onscroll: () => {
        const { scrollTop, scrollHeight, clientHeight } = parts.messages;
        this.#isAtEnd = scrollHeight - scrollTop - clientHeight < 80;
        if (scrollTop < 60) this.client?.loadEarlier();
      },
    });
    parts.text = h("textarea", {
      rows: "1", placeholder: "Write a message", "aria-label": "Message", enterkeyhint: "send",
      oninput: () => this.#updateComposer(),
      onkeydown: (event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
        event.preventDefault();
        this.#send();
      },
      onpaste: (event) => {
        if (event.clipboardData.files.length === 0) return;
        event.preventDefault();
        this.#sendFiles(event.clipboardData.files);
      },
    });
    parts.picker = h("input", {
      type: "file", multiple: true, hidden: true, onchange: () => {
        this.#sendFiles(parts.picker.files);
        parts.picker.value = "";
      },
    });
    parts.attach = h("button", {
      type: "button", class: "add", title: "Send files", "aria-label": "Send files", disabled: true,
      onclick: () => parts.picker.click(),
    }, "+");
    parts.left = h("span", { class: "left", "aria-live": "polite" });
    parts.send = h("button", { type: "submit", class: "send", disabled: true }, "Send");
    parts.composer = h("form", {
      class: "composer",
      onsubmit: (event) => { event.preventDefault(); this.#send(); },
    }, parts.attach, parts.picker, parts.text, parts.left, parts.send);

    return h("article", {
      class: "card pane", "aria-label": label,
      ondragover: (event) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        event.currentTarget.classList.add("target");
      },
      ondragleave: (event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) event.currentTarget.classList.remove("target");
      },
      ondrop: (event) => {
        event.currentTarget.classList.remove("target");
        if (event.dataTransfer.files.length === 0) return;
        event.preventDefault();
        this.#sendFiles(event.dataTransfer.files);
      },
    },
      h("header", {}, parts.avatar, h("div", { class: "identity" }, parts.name, parts.status), parts.plug),
      h("nav", { "aria-label": "Conversations" }, parts.tabs, parts.add),
      parts.starter, parts.problem, parts.messages, parts.composer);
  }

  #buildStarter() {
    const people = h("input", {
      class: "people-field", "aria-label": "People", placeholder: "People, separated by commas", autocomplete: "off",
      spellcheck: "false", oninput: () => update(),
    });
    const title = h("input", { "aria-label": "Group title", placeholder: "Title of the group", maxlength: "300" });
    const submit = h("button", { type: "submit", class: "send" }, "Start");
    const names = () => [...new Set(people.value.split(",").map((name) => name.trim()).filter(Boolean))];
    const update = () => {
      title.hidden = names().length < 2;
      title.required = !title.hidden;
    };
    update();
    return h("form", {
      class: "starter", hidden: true, "aria-label": "New conversation",
      onkeydown: (event) => { if (event.key === "Escape") this.#toggleStarter(); },
      onsubmit: async (event) => {
        event.preventDefault();
        const users = names();
        if (users.length === 0) return people.focus();
        this.#toggleStarter();
        if (users.length === 1) await this.client.startDirect(users[0]);
        else await this.client.startGroup(users, title.value.trim());
        people.value = "";
        title.value = "";
        update();
        this.#onStarted();
      },
    }, people, title, submit);
  }

  #toggleStarter() {
    const { starter, add } = this.#parts;
    starter.hidden = !starter.hidden;
    add.setAttribute("aria-expanded", String(!starter.hidden));
    if (!starter.hidden) starter.querySelector("input").focus();
  }

  #togglePlug() {
    if (this.client.status === "offline") this.client.start();
    else this.client.stop();
  }

  #send() {
    const text = this.#parts.text.value.trim();
    if (!text || !this.client.active || [...text].length > longestMessage) return;
    this.client.send(text);
    this.#parts.text.value = "";
    this.#updateComposer();
    this.#isAtEnd = true;
  }

  #sendFiles(files) {
    this.client.sendFiles([...files]);
    this.#isAtEnd = true;
  }

  #updateComposer() {
    const { text, left, send, attach } = this.#parts;
    const length = [...text.value.trim()].length;
    const remaining = longestMessage - length;
    setText(left, remaining < 200 ? String(remaining) : "");
    left.classList.toggle("over", remaining < 0);
    attach.disabled = !this.client?.active;
    send.disabled = length === 0 || remaining < 0 || !this.client?.active;
  }

  // MARK: Drawing

  #draw() {
    this.#drawStatus();
    this.#drawTabs();
    this.#drawMessages();
    this.#updateComposer();
  }

  #drawStatus() {
    const { status, plug, problem } = this.#parts;
    const label = { online: "online", connecting: "connecting…", offline: "offline" }[this.client.status];
    status.className = `status ${this.client.status}`;
    setText(status, label);
    setText(plug, this.client.status === "offline" ? "Go online" : "Go offline");
    setText(problem, this.client.problem ?? "");
    problem.hidden = !this.client.problem;
  }

  #drawTabs() {
    const nodes = this.client.sorted.map((conversation) => {
      let tab = this.#tabs.get(conversation.id);
      if (!tab) {
        const badge = h("span", { class: "badge" });
        const title = h("span", { class: "title" }, conversation.title);
        const node = h("button", {
          type: "button", onclick: () => this.client.open(conversation.id),
        }, avatar(conversation.title, conversation.isGroup ? "small group" : "small"), title, badge);
        tab = { node, badge };
        this.#tabs.set(conversation.id, tab);
      }
      const isActive = conversation.id === this.client.activeID;
      tab.node.setAttribute("aria-current", String(isActive));
      tab.node.title = conversation.isGroup ? conversation.participants.join(", ") : conversation.title;
      setText(tab.badge, conversation.unreadCount > 99 ? "99+" : String(conversation.unreadCount));
      tab.badge.hidden = conversation.unreadCount === 0;
      tab.badge.setAttribute("aria-label", `${conversation.unreadCount} unread`);
      return tab.node;
    });
    arrange(this.#parts.tabs, nodes);
  }

  #drawMessages() {
    const { messages } = this.#parts;
    const conversation = this.client.active;
    if (conversation?.id !== this.#shownConversation) {
      this.#shownConversation = conversation?.id ?? null;
      this.#bubbles.clear();
      this.#isAtEnd = true;
      this.#firstShown = Infinity;
    }
    if (!conversation || conversation.messages.size + conversation.outbox.length === 0) {
      return arrange(messages, [this.#emptyState(conversation)]);
    }

    const heightBelow = messages.scrollHeight - messages.scrollTop;
    const stored = [...conversation.messages.values()].sort((one, other) => one.seq - other.seq);
    const waiting = conversation.outbox.map((entry) => ({ ...entry, senderId: this.user, entry }));
    const nodes = [];
    let previous = null;
    let previousDate = null;
    for (const message of [...stored, ...waiting]) {
      const date = new Date(message.sentAt).toDateString();
      if (date !== previousDate) {
        nodes.push(this.#bubble(date, () => ({ node: h("li", { class: "day" }, day(message.sentAt)) })).node);
        previous = null;
        previousDate = date;
      }
      nodes.push(this.#drawBubble(conversation, message, previous));
      previous = message;
    }
    arrange(messages, nodes);
    if (this.#isAtEnd) this.#scrollToEnd();
    // Earlier messages were inserted above: keep the scroll position.
    else if (stored[0]?.seq < this.#firstShown) messages.scrollTop = messages.scrollHeight - heightBelow;
    this.#firstShown = stored[0]?.seq ?? Infinity;
  }

  #bubble(key, make) {
    let bubble = this.#bubbles.get(key);
    if (!bubble) this.#bubbles.set(key, bubble = make());
    return bubble;
  }

  #drawBubble(conversation, message, previous) {
    const isOwn = message.senderId === this.user;
    // The key does not change when a waiting message is stored, so its bubble is kept.
    const key = isOwn && message.tempMessageId ? `own ${message.tempMessageId}` : `seq ${message.seq}`;
    const bubble = this.#bubble(key, () => {
      const footer = h("footer");
      const author = conversation.isGroup && !isOwn ? h("strong", { class: "author" }, message.senderId) : null;
      const files = h("div", { class: "files" });
      const text = message.content ? h("p", { dir: "auto" }, message.content) : null;
      const node = h("li", {}, author, files, text, footer);
      return { node, files, footer };
    });
    this.#drawFiles(bubble, message);
    const continues = previous?.senderId === message.senderId
      && Date.parse(message.sentAt) - Date.parse(previous.sentAt) < groupingTime;
    bubble.node.className = ["bubble", isOwn ? "own" : "other", continues ? "continues" : "", message.entry ? "waiting" : "",
      message.failure ? "failed" : ""].join(" ");
    const state = this.#deliveryState(conversation, message, isOwn);
    const signature = JSON.stringify([message.sentAt, state]);
    if (bubble.signature !== signature) {
      bubble.signature = signature;
      const time = h("time", { datetime: message.sentAt, title: message.seq ? `seq ${message.seq}` : "" }, shortTime(message.sentAt));
      const retry = message.failure
        ? h("button", { type: "button", onclick: () => this.client.resend(conversation, message.entry) }, "Send again")
        : null;
      const ticks = state && h("span", { class: `ticks ${state.kind}`, title: state.label, role: "img", "aria-label": state.label }, state.mark);
      bubble.footer.replaceChildren(...[message.failure ? h("span", {}, message.failure) : time, ticks, retry].filter(Boolean));
    }
    return bubble.node;
  }

  // A progress bar during the upload, then the attachment as all participants see it.
  #drawFiles(bubble, message) {
    if (message.entry?.file) {
      const { file, progress } = message.entry;
      if (!bubble.progress) {
        bubble.progress = h("progress", { max: "1", "aria-label": `Uploading ${file.name}` });
        bubble.files.replaceChildren(h("span", { class: "file-chip" },
          h("span", { class: "file-name" }, file.name), h("span", { class: "file-size" }, readableSize(file.size)), bubble.progress));
      }
      bubble.progress.value = progress;
      return;
    }
    const attachments = message.attachments ?? [];
    const signature = attachments.map(({ fileId }) => fileId).join(" ");
    // Until the stored message arrives, keep showing the uploaded file.
    if (bubble.shownFiles === signature || (bubble.progress && attachments.length === 0)) return;
    bubble.shownFiles = signature;
    bubble.files.replaceChildren(...attachments.map(attachmentNode));
  }

  #deliveryState(conversation, message, isOwn) {
    if (!isOwn || message.failure) return null;
    if (message.entry) return { kind: "sending", mark: "○", label: "Sending" };
    const readers = this.client.readers(conversation, message);
    const others = Math.max(1, conversation.participantCount - 1);
    if (readers >= others) return { kind: "read", mark: "✓✓", label: "Read" };
    if (readers > 0) return { kind: "some", mark: "✓✓", label: `Read by ${readers} of ${others}` };
    return { kind: "sent", mark: "✓", label: "Sent" };
  }

  #emptyState(conversation) {
    const other = this.#otherUser();
    if (conversation) {
      return h("li", { class: "empty" }, h("p", {}, `No messages yet. Write something to ${conversation.title}.`));
    }
    if (this.client.status !== "online") return h("li", { class: "empty" }, h("p", {}, "Waiting for the connection."));
    if (other === this.user) {
      return h("li", { class: "empty" }, h("p", {}, `Both panes are ${other}. Rename one, or press + to start a conversation.`));
    }
    return h("li", { class: "empty" },
      h("p", {}, "No conversation is open."),
      h("button", { type: "button", class: "send", onclick: () => this.openDirect() }, `Write to ${other}`));
  }

  #scrollToEnd() {
    const { messages } = this.#parts;
    messages.scrollTop = messages.scrollHeight;
  }
}
