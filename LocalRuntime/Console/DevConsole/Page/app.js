// Builds the page from the runtime's own description.

import { Activity } from "./activity.js";
import { ChatPane } from "./chat-pane.js";
import { Details } from "./details.js";
import { copyText, h, setText } from "./dom.js";
import { RawPane } from "./raw-pane.js";

const chatRoutes = {
  WEBSOCKET: ["send-message", "read-messages", "heartbeat"],
  HTTP: ["POST /conversation", "GET /conversations", "GET /conversations/{conversationId}/messages"],
};

const details = new Details();
const activity = new Activity({ onSelect: (id) => details.show(id) });
const health = document.getElementById("health");

let isComplete = false;

activity.start((isReachable) => {
  health.className = `health ${isReachable ? "online" : "offline"}`;
  setText(health, isReachable ? "running" : "not reachable");
  if (!isComplete) complete();
});

async function complete() {
  try {
    const response = await fetch("info");
    if (!response.ok || isComplete) return;
    const info = await response.json();
    isComplete = true;
    showAddresses(info);
    showClients(info);
  } catch {
    document.getElementById("people").replaceChildren(
      h("p", { class: "empty" }, "The runtime does not answer. This page updates as soon as it does."));
  }
}

// The page may have been opened as localhost while the runtime's addresses say 127.0.0.1, or the reverse. To a browser
// these are different hosts.
function onThisHost(address) {
  const url = new URL(address);
  if (url.port === location.port) url.hostname = location.hostname;
  return url.href;
}

function showAddresses(info) {
  setText(document.getElementById("template"), info.template ?? "");
  const addresses = [["WebSocket", info.webSocketURL], ["HTTP", info.httpURL], ["AWS services", info.servicesURL]];
  document.getElementById("addresses").append(...addresses.filter(([, address]) => address).map(([name, address]) => {
    const value = h("button", { type: "button", class: "address", title: "Copy", onclick: () => copyText(value, address) }, address);
    return h("div", {}, h("dt", {}, name), h("dd", {}, value));
  }));
}

function showClients(info) {
  const people = document.getElementById("people");
  const apis = info.apis.map((api) => ({ ...api, url: onThisHost(api.url) }));
  const speaksChat = (api) => chatRoutes[api.protocol]?.every((route) => api.routes.includes(route));
  const chatSocket = apis.find((api) => api.protocol === "WEBSOCKET" && speaksChat(api));
  const chatHTTP = apis.find((api) => api.protocol === "HTTP" && speaksChat(api));
  if (chatSocket && chatHTTP) return showChat(people, { webSocketURL: chatSocket.url, httpURL: chatHTTP.url });

  const sockets = apis.filter((api) => api.protocol === "WEBSOCKET");
  if (sockets.length > 0) {
    const panes = [["Client A", "alice"], ["Client B", "bob"]].map(([label, user]) => new RawPane({ label, apis: sockets, user }));
    return people.replaceChildren(...panes.map((pane) => pane.element));
  }
  people.replaceChildren(routesCard(apis));
}

function showChat(people, addresses) {
  const names = rememberedNames();
  const panes = ["First person", "Second person"].map((label, index) => new ChatPane({
    label,
    addresses,
    otherUser: () => names[1 - index],
    onRenamed: (name) => {
      names[index] = name;
      localStorage.setItem("names", JSON.stringify(names));
      panes[index].become(name);
      for (const pane of panes) pane.openDirect();
    },
    // The server announces a conversation with its first message only, so the other pane has to ask.
    onStarted: () => panes[1 - index].client.refresh(),
  }));
  people.replaceChildren(...panes.map((pane) => pane.element));
  panes.forEach((pane, index) => pane.become(names[index]));
  for (const pane of panes) pane.openDirect();
}

function rememberedNames() {
  const asked = new URLSearchParams(location.search);
  let names = [];
  try {
    names = JSON.parse(localStorage.getItem("names")) ?? [];
  } catch {
    // Not an entry of this page; use the defaults.
  }
  return [asked.get("a") || names[0] || "alice", asked.get("b") || names[1] || "bob"];
}

function routesCard(apis) {
  const routes = apis.flatMap((api) => api.routes.map((route) => h("li", {}, h("code", {}, route))));
  return h("article", { class: "card pane routes" },
    h("header", {}, h("h2", {}, "Routes")),
    routes.length
      ? h("ul", {}, routes)
      : h("p", { class: "empty" }, "This template has no API. Invoke its functions through the AWS services address above."));
}
