// Everything that goes over the wire. Addresses are relative: all lies below a random path.

const [FIRST_PAUSE_MS, LAST_PAUSE_MS] = [250, 5_000];

export const addressOf = (one, side) => `p/${side}/${one.row}?v=${one.digest}`;
export const pairAddressOf = (kind, first, second) => `${kind}/${first.row}/${second.row}?v=${first.digest}-${second.digest}`;

// An id that nobody else makes; randomUUID is missing where a page came without encryption.
export function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class RefusedError extends Error {
  constructor(status, text) {
    super(text || `the server answered ${status}`);
    this.status = status;
  }
}

// What carries requests has ask(path, query), which resolves to a response as of fetch; post(path,
// body), too; source(address), what an image shows, or what resolves to it.
export async function get(wire, path, parameters = {}) {
  const filled = Object.entries(parameters).filter(([, value]) => value !== "" && value !== null && value !== undefined && value !== false);
  const reply = await wire.ask(path, Object.fromEntries(filled));
  if (!reply.ok) throw new RefusedError(reply.status, await reply.text());
  return reply.json();
}

// Entries go out one after another, in the order in which they were made, and again until they are
// saved; an entry that arrives twice counts once.
export class Outbox {
  constructor(wire, told) {
    this.wire = wire;
    this.told = told;
    this.waiting = [];
    this.trouble = "";
    this.isSending = false;
  }

  get answers() {
    return this.waiting.reduce((sum, one) => sum + one.body.answers.length, 0);
  }

  has(question) {
    return this.waiting.some((one) => one.body.answers.some((answer) => answer.question === question));
  }

  // Resolves to { answers, taken }; fails with RefusedError where the server will never take it.
  add(entry, answers) {
    const one = { body: { entry, answers } };
    const saved = new Promise((resolve, reject) => Object.assign(one, { resolve, reject }));
    this.waiting.push(one);
    this.told();
    this.send();
    return saved;
  }

  async send() {
    if (this.isSending) return;
    this.isSending = true;
    for (let pause = FIRST_PAUSE_MS; this.waiting.length > 0;) {
      const one = this.waiting[0];
      if (await this.#try(one)) {
        pause = FIRST_PAUSE_MS;
        continue;
      }
      this.told();
      await new Promise((resolve) => { this.wake = resolve; setTimeout(resolve, pause); });
      pause = Math.min(pause * 2, LAST_PAUSE_MS);
    }
    this.isSending = false;
  }

  // Whether the entry is settled.
  async #try(one) {
    let reply, document_;
    try {
      reply = await this.wire.post("api/answers", one.body);
      document_ = reply.ok || reply.status === 409 ? await reply.json() : await reply.text();
    } catch {
      this.trouble = this.wire.silent;
      return false;
    }
    const taken = reply.ok, refused = reply.status === 400;
    if (!taken && reply.status !== 409 && !refused) {
      this.trouble = reply.status === 403 || reply.status === 404
        ? this.wire.gone : document_.trim() || `the server answered ${reply.status}`;
      return false;
    }
    // while it was sent, the page may have been left and come back, with entries joined
    if (this.waiting[0] === one) this.waiting.shift();
    this.trouble = "";
    if (refused) one.reject(new RefusedError(reply.status, document_));
    else one.resolve({ ...document_, taken });
    this.told();
    return true;
  }

  // Sends all that waits now: the page is about to go. Requests could overtake one another, so what
  // was not sent yet goes as one entry.
  flush() {
    const [first, ...rest] = this.waiting;
    if (!first) return;
    if (rest.length === 0) {
      if (this.trouble) this.wire.post("api/answers", first.body).catch(() => {});
      return;
    }
    const joined = new Map();
    for (const one of rest) {
      for (const answer of one.body.answers) {
        joined.set(answer.question, { ...answer, expected: joined.get(answer.question)?.expected ?? answer.expected });
      }
    }
    const body = { entry: rest.at(-1).body.entry, answers: [...joined.values()] };
    this.waiting = [first, { body, resolve: (found) => rest.forEach((one) => one.resolve(found)), reject: (why) => rest.forEach((one) => one.reject(why)) }];
    if (this.trouble) this.wire.post("api/answers", first.body).catch(() => {});
    this.wire.post("api/answers", body).catch(() => {});
  }
}
