// A chat client for one user: token, WebSocket, HTTP and the state so far. It does not depend on the page, and on the
// runtime only for tokens.

import { upload } from "./files.js";

const heartbeatInterval = 30_000;
const answerTimeout = 10_000;
const longestDelay = 15_000;
const pageSize = 50;

export class ChatClient extends EventTarget {
  user;
  // "connecting", "online" or "offline".
  status = "offline";
  // The last problem in a sentence for the user; null without one.
  problem = null;
  conversations = new Map();
  activeID = null;

  #webSocketURL;
  #httpURL;
  #socket = null;
  #token = null;
  #isWanted = false;
  #failures = 0;
  #timers = new Map();

  constructor({ user, webSocketURL, httpURL }) {
    super();
    this.user = user;
    this.#webSocketURL = webSocketURL;
    this.#httpURL = httpURL.replace(/\/$/, "");
  }

  get active() { return this.conversations.get(this.activeID) ?? null; }

  // Conversations with the newest activity first.
  get sorted() {
    return [...this.conversations.values()].sort((one, other) => (other.latestAt ?? "").localeCompare(one.latestAt ?? ""));
  }

  // MARK: Connection

  start() {
    this.#isWanted = true;
    this.#failures = 0;
    this.#connect();
  }

  stop() {
    this.#isWanted = false;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#drop();
    this.#become("offline", null);
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
    // Whether messages and read marks in transit have arrived is unknown; sending both again is safe.
    for (const conversation of this.conversations.values()) {
      conversation.markedSeq = 0;
      for (const entry of conversation.outbox) entry.isSent = false;
    }
  }

  async #connect() {
    this.#drop();
    this.#become("connecting", this.problem);
    let token;
    try {
      token = await this.#freshToken();
    } catch (error) {
      return this.#retryLater(error.message);
    }
    if (!this.#isWanted || this.#socket) return;
    const socket = new WebSocket(`${this.#webSocketURL}?Authorization=${encodeURIComponent(token)}`);
    this.#socket = socket;
    let didOpen = false;
    socket.addEventListener("open", () => {
      if (socket !== this.#socket) return;
      didOpen = true;
      this.#failures = 0;
      this.#become("online", null);
      this.#after("heartbeat", heartbeatInterval, () => this.#beat());
      this.#renewLater();
      this.refresh();
    });
    socket.addEventListener("message", (event) => {
      if (socket === this.#socket) this.#receive(event.data);
    });
    socket.addEventListener("close", (event) => {
      if (socket !== this.#socket) return;
      this.#drop();
      // The token may have been the reason, so the next attempt uses a new one.
      if (!didOpen) this.#token = null;
      const reason = event.reason || (didOpen ? `closed with code ${event.code}` : "the handshake was refused");
      this.#retryLater(`Not connected: ${reason}.`);
    });
  }

  #retryLater(problem) {
    if (!this.#isWanted) return;
    this.#cancel("heartbeat");
    this.#cancel("answer");
    this.#cancel("renewal");
    const ceiling = Math.min(longestDelay, 500 * 2 ** this.#failures++);
    this.#become("connecting", problem);
    this.#after("reconnect", ceiling * (0.5 + Math.random() / 2), () => this.#connect());
  }

  #beat() {
    this.#post({ action: "heartbeat", requestId: crypto.randomUUID() });
    this.#after("heartbeat", heartbeatInterval, () => this.#beat());
    // A lost network does not close the socket; a missing answer is the only sign.
    this.#after("answer", answerTimeout, () => {
      this.#drop();
      this.#retryLater("Not connected: no answer to a heartbeat.");
    });
  }

  // The connection lives no longer than its token, unless it is extended by a new one.
  #renewLater() {
    this.#after("renewal", Math.max(1000, (this.#token?.goodUntil ?? 0) - Date.now()), async () => {
      await this.#trying(async () => this.#post({ action: "authenticate", token: await this.#freshToken() }));
      if (this.#socket) this.#renewLater();
    });
  }

  #post(frame) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  async #freshToken() {
    if (this.#token && this.#token.goodUntil > Date.now()) return this.#token.text;
    const response = await fetch("token", { method: "POST", body: JSON.stringify({ user: this.user }) });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.message ?? "The token issuer returned no token.");
    this.#token = { text: answer.token, goodUntil: Date.now() + (answer.expiresIn - 60) * 1000 };
    return answer.token;
  }

  async #request(method, path, body) {
    const token = await this.#freshToken();
    const headers = { Authorization: `Bearer ${token}` };
    if (body) headers["Content-Type"] = "application/json";
    const response = await fetch(this.#httpURL + path, { method, headers, body: body && JSON.stringify(body) });
    if (response.status === 401) this.#token = null;
    const answer = await response.json().catch(() => null);
    if (!response.ok) {
      const error = new Error(answer?.message ?? `${method} ${path} failed with status ${response.status}.`);
      throw Object.assign(error, { status: response.status });
    }
    return answer;
  }

  // MARK: Conversations

  // Updates the list of conversations and fetches missed messages of those that were opened.
  async refresh() {
    await this.#trying(async () => {
      for (const item of await this.#request("GET", "/conversations?limit=100")) this.#merge(item);
      this.#changed();
      for (const conversation of this.conversations.values()) {
        if (conversation.messages.size > 0) await this.#catchUp(conversation);
      }
      if (this.active && !this.active.isLoaded) await this.#load(this.active);
      for (const conversation of this.conversations.values()) this.#pump(conversation);
      this.markRead();
    });
  }

  async open(id) {
    this.activeID = id;
    this.#changed();
    await this.#trying(async () => {
      if (!this.conversations.has(id)) await this.#learn(id);
      const conversation = this.conversations.get(id);
      if (!conversation.isLoaded) await this.#load(conversation);
      this.markRead();
    });
  }

  async startDirect(user) {
    await this.#start({ recipientIdArr: [user], isGroup: false });
  }

  async startGroup(users, title) {
    await this.#start({ recipientIdArr: users, title, isGroup: true });
  }

  async #start(request) {
    await this.#trying(async () => {
      const { conversationId } = await this.#request("POST", "/conversation", request);
      await this.open(conversationId);
    });
  }

  async loadEarlier() {
    const conversation = this.active;
    if (!conversation?.isLoaded || conversation.isLoadingEarlier || conversation.messages.size === 0) return;
    const first = Math.min(...conversation.messages.keys());
    if (first <= 1) return;
    conversation.isLoadingEarlier = true;
    await this.#trying(async () => {
      this.#store(conversation, await this.#page(conversation, `before=${first}&limit=${pageSize}`));
      this.#changed();
    });
    conversation.isLoadingEarlier = false;
  }

  async #learn(id) {
    this.#merge(await this.#request("GET", `/conversations/${encodeURIComponent(id)}`));
    this.#changed();
  }

  async #load(conversation) {
    this.#store(conversation, await this.#page(conversation, `limit=${pageSize}`));
    conversation.isLoaded = true;
    this.#changed();
  }

  // Fetches the messages after the first gap, page by page.
  async #catchUp(conversation) {
    for (;;) {
      const messages = await this.#page(conversation, `after=${this.#lastWithoutGap(conversation)}&order=asc&limit=100`);
      this.#store(conversation, messages);
      this.#changed();
      // A page of large messages is shorter than its limit.
      if (messages.length === 0 || this.#lastWithoutGap(conversation) >= conversation.lastSeq) return;
    }
  }

  #lastWithoutGap(conversation) {
    let seq = Math.min(...conversation.messages.keys());
    while (conversation.messages.has(seq + 1)) seq += 1;
    return seq;
  }

  #page(conversation, query) {
    return this.#request("GET", `/conversations/${encodeURIComponent(conversation.id)}/messages?${query}`);
  }

  #merge(item) {
    const known = this.conversations.get(item.conversationId);
    const conversation = known ?? {
      id: item.conversationId, lastSeq: 0, unreadCount: 0, latestContent: null, latestAt: null,
      messages: new Map(), outbox: [], cursors: new Map(), isLoaded: false, markedSeq: 0,
    };
    conversation.isGroup = item.isGroup;
    // A list names the first ones only.
    conversation.participants = item.participantIds ?? [];
    conversation.participantCount = item.participantCount ?? conversation.participants.length;
    conversation.title = item.title || item.participantId || "Conversation";
    conversation.latestAt ??= item.sentAt ?? item.createdAt ?? null;
    if ((item.seq ?? 0) >= conversation.lastSeq && item.unreadCount !== undefined) {
      conversation.lastSeq = item.seq ?? 0;
      conversation.unreadCount = item.unreadCount;
      conversation.latestContent = item.latestContent;
      conversation.latestAt = item.sentAt ?? conversation.latestAt;
    }
    this.conversations.set(conversation.id, conversation);
    return conversation;
  }

  #store(conversation, messages) {
    for (const message of messages) {
      conversation.messages.set(message.seq, message);
      conversation.outbox = conversation.outbox.filter((entry) => !this.#isSame(entry, message));
      if (message.seq > conversation.lastSeq) {
        conversation.lastSeq = message.seq;
        conversation.latestContent = message.content || (message.attachments ?? []).map((file) => file.fileName).join(", ");
        conversation.latestAt = message.sentAt;
        if (message.senderId !== this.user) conversation.unreadCount += 1;
      }
    }
  }

  #isSame(entry, message) {
    return message.senderId === this.user && message.tempMessageId === entry.tempMessageId;
  }

  // MARK: Sending

  send(content) {
    const conversation = this.active;
    if (!conversation) return;
    conversation.outbox.push({
      tempMessageId: crypto.randomUUID(), content, sentAt: new Date().toISOString(), isSent: false, failure: null,
    });
    this.#pump(conversation);
    this.#changed();
  }

  // Uploads each file and sends it in its own message.
  sendFiles(files) {
    const conversation = this.active;
    if (!conversation) return;
    for (const file of files) {
      const entry = {
        tempMessageId: crypto.randomUUID(), content: "", sentAt: new Date().toISOString(), isSent: false, failure: null,
        file, progress: 0, attachments: [], isUploading: false,
      };
      conversation.outbox.push(entry);
      this.#upload(conversation, entry);
    }
    this.#changed();
  }

  async #upload(conversation, entry) {
    entry.isUploading = true;
    try {
      const fileId = await upload(entry.file, (...request) => this.#request(...request), (progress) => {
        entry.progress = progress;
        this.#changed();
      });
      entry.progress = 1;
      entry.attachments = [fileId];
    } catch (error) {
      entry.failure = error.message;
    }
    entry.isUploading = false;
    this.#pump(conversation);
    this.#changed();
  }

  // Sends the same tempMessageId again. If the first attempt did arrive, the message is not stored twice.
  resend(conversation, entry) {
    entry.failure = null;
    entry.isSent = false;
    if (entry.file && entry.attachments.length === 0) this.#upload(conversation, entry);
    this.#pump(conversation);
    this.#changed();
  }

  // Sends one message at a time: API Gateway processes the messages of a connection concurrently, in any order.
  #pump(conversation) {
    const entry = conversation.outbox.find((candidate) => !candidate.failure && !candidate.isUploading);
    if (!entry || entry.isSent) return;
    entry.isSent = this.#post({
      action: "send-message",
      requestId: entry.tempMessageId,
      tempMessageId: entry.tempMessageId,
      conversationId: conversation.id,
      content: entry.content,
      attachments: entry.attachments,
    });
    if (!entry.isSent) return;
    setTimeout(() => {
      if (entry.isSent && conversation.outbox.includes(entry)) this.#fail(conversation, entry, "No answer.");
    }, answerTimeout);
  }

  #fail(conversation, entry, failure) {
    entry.failure = failure;
    entry.isSent = false;
    this.#pump(conversation);
    this.#changed();
  }

  // Marks the open conversation as read if the page is visible.
  markRead() {
    if (document.visibilityState !== "visible") return;
    this.#after("read", 150, () => {
      const conversation = this.active;
      if (!conversation || conversation.unreadCount === 0 || conversation.markedSeq >= conversation.lastSeq) return;
      const frame = { action: "read-messages", conversationId: conversation.id, upToSeq: conversation.lastSeq };
      if (this.#post(frame)) conversation.markedSeq = conversation.lastSeq;
    });
  }

  // How many other participants have read an own message.
  readers(conversation, message) {
    let count = 0;
    for (const [user, seq] of conversation.cursors) {
      if (user !== message.senderId && seq >= message.seq) count += 1;
    }
    return Math.max(count, message.readBy ?? 0);
  }

  // MARK: Receiving

  #receive(text) {
    this.#cancel("answer");
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    switch (frame.type) {
      case "new-message": return this.#receiveMessage(frame);
      case "message-sent": return this.#receiveSent(frame);
      case "read-messages": return this.#receiveRead(frame.conversationId, frame.userId, frame.seq);
      case "messages-read": return this.#receiveRead(frame.conversationId, this.user, frame.seq);
      case "error": return this.#receiveError(frame);
      case "heartbeat": case "authenticated": return;
      default:
        // A frame without a type is from the gateway: the function failed, timed out or is missing.
        if (frame.message) this.#receiveError({ message: `${frame.message}.` });
    }
  }

  #receiveMessage(message) {
    const conversation = this.conversations.get(message.conversationId);
    if (!conversation) return this.refresh();
    const isNext = message.seq <= conversation.lastSeq + 1;
    this.#store(conversation, [message]);
    if (!isNext && conversation.isLoaded) this.#trying(() => this.#catchUp(conversation));
    this.#pump(conversation);
    if (conversation.id === this.activeID) this.markRead();
    this.#changed();
  }

  #receiveSent(reply) {
    const conversation = this.conversations.get(reply.conversationId);
    const entry = conversation?.outbox.find((candidate) => candidate.tempMessageId === reply.tempMessageId);
    if (!entry) return;
    this.#store(conversation, [{ ...reply, senderId: this.user, content: entry.content, attachments: [] }]);
    this.#pump(conversation);
    this.#changed();
  }

  #receiveRead(id, user, seq) {
    const conversation = this.conversations.get(id);
    if (!conversation) return;
    conversation.cursors.set(user, Math.max(seq, conversation.cursors.get(user) ?? 0));
    if (user === this.user && seq >= conversation.lastSeq) conversation.unreadCount = 0;
    // In a group, the read counts of the history and later cursors cannot be combined, so fetch the counts again.
    if (conversation.isGroup && conversation.isLoaded) {
      this.#after(`counts ${id}`, 300, () => this.#trying(() => this.#load(conversation)));
    }
    this.#changed();
  }

  #receiveError(error) {
    let isPlaced = false;
    for (const conversation of this.conversations.values()) {
      for (const entry of conversation.outbox) {
        if (entry.isSent && (!error.tempMessageId || error.tempMessageId === entry.tempMessageId)) {
          this.#fail(conversation, entry, error.message);
          isPlaced = true;
        }
      }
    }
    if (!isPlaced) this.#become(this.status, error.message);
  }

  // MARK: State changes

  async #trying(work) {
    try {
      await work();
      if (this.status === "online" && this.problem) this.#become("online", null);
    } catch (error) {
      this.#become(this.status, error.message);
    }
  }

  #become(status, problem) {
    this.status = status;
    this.problem = problem;
    this.#changed();
  }

  #changed() { this.dispatchEvent(new Event("change")); }

  #after(name, delay, run) {
    this.#cancel(name);
    this.#timers.set(name, setTimeout(run, delay));
  }

  #cancel(name) {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}
