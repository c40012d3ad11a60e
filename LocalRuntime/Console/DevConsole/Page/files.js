// Uploads files, and shows them in messages.

import { h } from "./dom.js";

const thumbnail = { width: 480, height: 360 };
const bytesType = "application/octet-stream";

// Creates a file through the HTTP API (`request`), uploads it as the response says, and returns its id. Calls
// `onProgress` with values from 0 to 1.
export async function upload(file, request, onProgress) {
  const { fileId, upload } = await announce(file, request);
  if (upload.method === "POST") await sendForm(upload, file, onProgress);
  else await sendParts(upload, file, onProgress);
  return fileId;
}

// A file without a type, or with one that is not accepted, is announced as binary.
async function announce(file, request) {
  const named = { size: file.size, fileName: file.name || undefined };
  try {
    return await request("POST", "/files", { ...named, contentType: file.type || bytesType });
  } catch (error) {
    if (error.status !== 400 || !file.type) throw error;
    return request("POST", "/files", { ...named, contentType: bytesType });
  }
}

async function sendForm({ url, fields }, file, onProgress) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file);
  await send("POST", url, form, (sent, total) => onProgress(sent / total));
}

async function sendParts({ parts, complete }, file, onProgress) {
  const etags = [];
  let start = 0;
  for (const part of parts) {
    const body = file.slice(start, start + part.size);
    const answer = await send("PUT", part.url, body, (sent) => onProgress((start + sent) / file.size));
    etags.push(`<Part><PartNumber>${part.partNumber}</PartNumber><ETag>${answer.getResponseHeader("ETag")}</ETag></Part>`);
    start += part.size;
  }
  const list = `<CompleteMultipartUpload>${etags.join("")}</CompleteMultipartUpload>`;
  const answer = await send(complete.method, complete.url, list, () => {});
  if (answer.responseText.includes("<Error>")) throw new Error("The parts of the upload could not be assembled.");
}

// `fetch` does not report upload progress.
function send(method, url, body, onProgress) {
  return new Promise((resolve, reject) => {
    const exchange = new XMLHttpRequest();
    exchange.open(method, url);
    exchange.upload.addEventListener("progress", (event) => onProgress(event.loaded, event.total || 1));
    exchange.addEventListener("load", () => {
      if (exchange.status >= 200 && exchange.status < 300) return resolve(exchange);
      const message = /<Message>([^<]*)/.exec(exchange.responseText)?.[1];
      reject(new Error(message ?? `The upload failed with status ${exchange.status}.`));
    });
    exchange.addEventListener("error", () => reject(new Error("The upload was interrupted.")));
    exchange.send(body);
  });
}

// A thumbnail for an image, or a chip with the name of any other file. Both open the file.
export function attachmentNode({ url, fileName, size, contentType, width, height }) {
  const link = onThisHost(url);
  const properties = { href: link, target: "_blank", rel: "noopener", title: `${fileName}, ${readableSize(size)}` };
  const chip = () => [h("span", { class: "file-name" }, fileName), h("span", { class: "file-size" }, readableSize(size))];
  if (!contentType.startsWith("image/")) return h("a", { class: "file-chip", ...properties }, chip());

  const shown = fit(width ?? thumbnail.width, height ?? thumbnail.height, thumbnail.width / 2, thumbnail.height / 2);
  const anchor = h("a", { class: "thumbnail", ...properties });
  anchor.append(h("img", {
    src: `${link}&width=${thumbnail.width}&height=${thumbnail.height}&fit=inside&format=auto`,
    width: String(shown.width), height: String(shown.height), alt: fileName, loading: "lazy",
    onerror: () => {
      anchor.className = "file-chip";
      anchor.replaceChildren(...chip());
    },
  }));
  return anchor;
}

export function readableSize(bytes) {
  const units = ["B", "KB", "MB", "GB"];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** step;
  return `${value.toFixed(step > 0 && value < 10 ? 1 : 0)} ${units[step]}`;
}

function fit(width, height, longestWidth, longestHeight) {
  const scale = Math.min(1, longestWidth / width, longestHeight / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

// The page may have been opened as localhost while the runtime's addresses say 127.0.0.1, or the reverse.
function onThisHost(address) {
  const url = new URL(address);
  if (url.port === location.port) url.hostname = location.hostname;
  return url.href;
}
