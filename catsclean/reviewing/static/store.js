// The questions and answers as this page knows them: changed at once, saved in the background.

import { get, Outbox } from "./wire.js";

const PAGE = 40;
const POLL_MS = 2_000;

const isSame = (one, other) => JSON.stringify([one?.decisions, one?.different]) === JSON.stringify([other?.decisions, other?.different]);

export class Store extends EventTarget {
  constructor() {
    super();
    this.summary = null;
    this.queues = [];
    this.questions = new Map();
    this.past = [];
    this.lost = false;
    this.outbox = new Outbox(() => this.#tell("saving"));
  }

  async open() {
    await this.refresh();
    this.journal = this.summary.journal;
    setInterval(() => { if (!document.hidden) this.poll(); }, POLL_MS);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.poll(); });
  }

  // Reads the queues and their counts; lists of questions that were read stay.
  async refresh() {
    const summary = await get("api/summary");
    const read = new Map(this.queues.map((queue) => [queue.key, queue]));
    this.summary = summary;
    this.queues = summary.queues.map((queue) => ({ list: [], loading: new Map(), ...read.get(queue.key), ...queue, pages: queue.pages && !queue.repairs }));
    this.#tell("counts");
  }

  // Forgets all questions: a clean or another audit made new ones.
  async renew() {
    this.queues = [];
    this.questions.clear();
    this.past = [];
    await this.refresh();
    this.journal = this.summary.journal;
    this.#tell("renewed");
  }

  queue(key) {
    return this.queues.find((queue) => queue.key === key);
  }

  left(queue) {
    return queue.total - queue.answered;
  }

  get waiting() {
    return this.queues.filter((queue) => !queue.by_itself && !queue.repairs);
  }

  get repaired() {
    return this.queues.filter((queue) => queue.repairs && !queue.by_itself);
  }

  // The question at a position, or null while it has to be fetched first.
  at(queue, position) {
    const key = queue.list[position];
    return key === undefined ? null : this.questions.get(key);
  }

  async load(queue, position) {
    const from = Math.max(0, Math.floor(position / PAGE) * PAGE);
    if (!queue.loading.has(from)) {
      const loading = get(`api/questions/${encodeURIComponent(queue.key)}`, { from: String(from), n: String(PAGE) });
      queue.loading.set(from, loading);
      loading.catch(() => queue.loading.delete(from));
      loading.then((found) => this.#take(queue, from, found));
    }
    return queue.loading.get(from);
  }

  #take(queue, from, found) {
    queue.total = found.total;
    found.questions.forEach((question, index) => {
      queue.list[from + index] = this.add(question, queue.key);
    });
  }

  // Takes a question that was read; what this page knows about its answer is newer.
  add(question, queueKey) {
    if (!this.questions.has(question.key)) this.questions.set(question.key, { ...question, queue: queueKey });
    return question.key;
  }

  // Pictures by their rows, and the questions that are about one of them alone.
  async about(rows) {
    const found = await get("api/about", { rows: rows.join(",") });
    return { pictures: found.pictures, questions: found.questions.map((one) => this.questions.get(this.add(one, one.queue))) };
  }

  // Answers questions; [[question, {decisions, different} or null], …] is one entry.
  answer(pairs, place = null) {
    this.past.push({ place, before: pairs.map(([question]) => [question, question.answer]) });
    this.#tell("given", { pairs });
    return this.#give(pairs);
  }

  // Takes the last answers back; returns the place that they were given at.
  undo() {
    const last = this.past.pop();
    if (!last) return null;
    this.#give(last.before);
    return { ...last.place, questions: last.before.map(([question]) => question) };
  }

  #give(pairs) {
    const entry = crypto.randomUUID();
    const answers = pairs.map(([question, answer]) => ({
      question: question.key,
      expected: question.answer?.entry ?? "",
      decisions: answer?.decisions ?? [],
      different: answer?.different ?? false,
    }));
    for (const [question, answer] of pairs) this.#set(question, answer && { entry, decisions: answer.decisions, different: answer.different });
    this.#tell("counts");
    this.outbox.add(entry, answers).then(
      (saved) => this.#compare(saved, pairs),
      (error) => this.#refused(error, pairs, entry),
    );
    return entry;
  }

  #set(question, answer) {
    const queue = this.queue(question.queue);
    if (queue) queue.answered += Boolean(answer) - Boolean(question.answer);
    question.answer = answer;
  }

  // Somebody else was first: theirs stands, and is shown.
  #compare(saved, pairs) {
    if (saved.taken) return;
    const changed = [];
    for (const [question, mine] of pairs) {
      const theirs = saved.answers[question.key] ?? null;
      if (this.outbox.has(question.key)) continue;
      if (!isSame(theirs, mine)) changed.push(question);
      this.#set(question, theirs);
    }
    this.#forget(pairs);
    this.#tell("counts");
    this.#tell("overtaken", { questions: changed });
  }

  #refused(error, pairs, entry) {
    for (const [question] of pairs) if (question.answer?.entry === entry) this.#set(question, null);
    this.#forget(pairs);
    this.#tell("counts");
    this.#tell("refused", { error, questions: pairs.map(([question]) => question) });
    this.poll();
  }

  // What stands now is not what an undo would bring back.
  #forget(pairs) {
    const gone = new Set(pairs.map(([question]) => question));
    this.past = this.past.filter((one) => !one.before.some(([question]) => gone.has(question)));
  }

  // Asks what others answered.
  async poll() {
    if (this.isPolling || this.journal === undefined) return;
    this.isPolling = true;
    try {
      const found = await get("api/changes", { journal: String(this.journal) });
      this.journal = found.journal;
      this.#merge(found.answers);
      if (found.stale && this.outbox.waiting.length === 0) await this.renew();
      if (this.lost) this.#connected(true);
    } catch {
      if (!this.lost) this.#connected(false);
    } finally {
      this.isPolling = false;
    }
  }

  #connected(yes) {
    this.lost = !yes;
    this.#tell("saving");
    if (yes) this.outbox.wake?.();
  }

  #merge(answers) {
    const changed = [];
    let others = false;
    for (const [key, answer] of Object.entries(answers)) {
      const question = this.questions.get(key);
      if (this.outbox.has(key) || (question && isSame(question.answer, answer) && question.answer?.entry === answer?.entry)) continue;
      others = true;
      if (!question) continue;
      if (!isSame(question.answer, answer)) changed.push(question);
      this.#set(question, answer);
    }
    if (!others) return;
    this.#forget(changed.map((question) => [question]));
    if (changed.length > 0) this.#tell("others", { questions: changed });
    if (this.outbox.waiting.length === 0) this.refresh().catch(() => {});
    else this.#tell("counts");
  }

  #tell(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
