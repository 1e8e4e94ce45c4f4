// Requests of a notebook's cell to its kernel: messages there and back, pictures as their bytes.

import { newId, RefusedError } from "./wire.js";

// a kernel answers nothing while it runs a cell
const PATIENCE_MS = 30_000;
const OK = 200;

export class MessageWire {
  // `model`: as anywidget passes it
  constructor(model) {
    Object.assign(this, { model, waiting: new Map(), name: newId(), sent: 0 });
    this.silent = "The kernel does not answer";
    this.gone = "run this cell again";
    this.hear = (message, buffers) => this.waiting.get(message?.id)?.({ message, buffers });
    model.on("msg:custom", this.hear);
  }

  close() {
    this.model.off("msg:custom", this.hear);
    this.waiting.clear();
  }

  ask(path, query) {
    return this.#request({ kind: "read", path, query });
  }

  post(path, body) {
    return this.#request({ kind: "change", path, body: JSON.stringify(body) });
  }

  // The address of the bytes, which is to be revoked.
  async source(address) {
    const [path, digests] = address.split("?v=");
    const { message, buffers } = await this.#send({ kind: "picture", path, digests });
    if (message.status !== OK) throw new RefusedError(message.status, message.content);
    return URL.createObjectURL(new Blob([buffers[0]], { type: message.content }));
  }

  // Resolves to what has the parts of a response that are needed here.
  async #request(request) {
    const { message } = await this.#send(request, PATIENCE_MS);
    const { status, content } = message;
    return { ok: status >= OK && status < 300, status, json: async () => content, text: async () => String(content) };
  }

  #send(request, patience = 0) {
    const id = `${this.name} ${this.sent += 1}`;
    return new Promise((resolve, reject) => {
      const timer = patience > 0 && setTimeout(() => { this.waiting.delete(id); reject(new Error(this.silent)); }, patience);
      this.waiting.set(id, (answer) => { this.waiting.delete(id); clearTimeout(timer); resolve(answer); });
      this.model.send({ id, ...request });
    });
  }
}
