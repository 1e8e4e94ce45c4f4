// The questions and answers as this page knows them: changed at once, saved in the background.

import { asked, isByHand } from "./answers.js";
import { get, newId, Outbox } from "./wire.js";

const PAGE = 40;
const PAST = "past";
const MOST_PAST = 4_000;

const isSame = (one, other) => JSON.stringify([one?.decisions, one?.different]) === JSON.stringify([other?.decisions, other?.different]);

export class Store extends EventTarget {
  constructor(room) {
    super();
    this.room = room;
    this.summary = null;
    this.queues = [];
    this.questions = new Map();
    this.aboutRow = new Map();
    // what undo takes back, the last one last: also after the page was loaded again
    this.past = JSON.parse(room.memory.get(PAST) ?? "[]");
    this.lost = false;
    this.outbox = new Outbox(room.wire, () => this.#tell("saving"));
  }

  async open() {
    await this.refresh();
    this.journal = this.summary.journal;
    this.room.whileSeen(() => this.poll());
  }

  // Reads the queues and their counts; lists of questions that were read stay.
  async refresh() {
    const summary = await get(this.room.wire, "api/summary");
    const read = new Map(this.queues.map((queue) => [queue.key, queue]));
    this.summary = summary;
    this.queues = summary.queues.map((queue) => ({ list: [], loading: new Map(), ...read.get(queue.key), ...queue, pages: queue.pages && !queue.repairs }));
    this.#tell("counts");
  }

  // Forgets all questions: a clean or another audit made new ones.
  async renew() {
    this.queues = [];
    this.questions.clear();
    this.aboutRow.clear();
    this.#remember([]);
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
      const loading = get(this.room.wire, `api/questions/${encodeURIComponent(queue.key)}`, { from: String(from), n: String(PAGE) });
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
    const known = this.questions.get(question.key);
    for (const one of asked(known)) this.aboutRow.set(one.row, known);
    return question.key;
  }

  // Pictures by their rows, and the questions about them, alone or with their copies.
  async about(rows) {
    const found = await get(this.room.wire, "api/about", { rows: rows.join(",") });
    const questions = found.questions.map((one) => this.questions.get(this.add(one, one.queue)));
    for (const row of rows) if (!this.aboutRow.has(row)) this.aboutRow.set(row, null);
    return { pictures: found.pictures, questions };
  }

  // What a person decided about a row that was asked for: keep, quarantine, relabel; or open, or "".
  stateOf(row) {
    const question = this.aboutRow.get(row);
    if (!question) return "";
    return question.answer?.decisions.find((one) => one.row === row)?.action ?? question.recorded ?? "open";
  }

  // The number of questions with an answer, those of chosen pictures included.
  get decided() {
    return this.queues.reduce((sum, queue) => sum + queue.answered, this.summary.by_hand);
  }

  // Answers questions; [[question, {decisions, different} or null], …] is one entry.
  answer(pairs, place = null) {
    const before = pairs.map(([question, mine]) => ({ key: question.key, queue: question.queue, answer: question.answer, mine }));
    this.#tell("given", { pairs });
    this.#remember([...this.past, { place, before }]);
    return this.#give(pairs);
  }

  // A browser keeps a few megabytes of it.
  #remember(past) {
    let answers = 0;
    const kept = past.toReversed().filter((one) => (answers += one.before.length) <= MOST_PAST);
    this.past = kept.reverse();
    this.room.memory.set(PAST, JSON.stringify(this.past));
  }

  // Takes the last answers back; returns the place that they were given at.
  async undo() {
    const last = this.past.at(-1);
    if (!last) return null;
    this.#remember(this.past.slice(0, -1));
    const pairs = [];
    for (const one of last.before) {
      const question = this.questions.get(one.key) ?? await this.#find(one, last.place?.at);
      // what somebody else answered since is theirs
      if (question && isSame(question.answer, one.mine)) pairs.push([question, one.answer]);
    }
    if (pairs.length === 0) return this.undo();
    this.#give(pairs);
    return { ...last.place, questions: pairs.map(([question]) => question), given: new Map(last.before.map((one) => [one.key, one.mine])) };
  }

  // A question of before the page was loaded again.
  async #find({ key, queue: name, mine }, at = 0) {
    if (name === "" && mine) return (await this.about([mine.decisions[0].row])).questions.find((question) => question.key === key) ?? null;
    const queue = this.queue(name);
    for (const position of queue ? [at, ...Array.from({ length: Math.ceil(queue.total / PAGE) }, (_, page) => page * PAGE)] : []) {
      await this.load(queue, position);
      if (this.questions.has(key)) return this.questions.get(key);
    }
    return null;
  }

  #give(pairs) {
    const entry = newId();
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
    const more = Boolean(answer) - Boolean(question.answer);
    if (queue) queue.answered += more;
    else if (isByHand(question)) this.summary.by_hand += more;
    question.answer = answer;
  }

  // Somebody else was first: theirs stands, and is shown.
  #compare(saved, pairs) {
    if (saved.taken) return;
    if (saved.held) return this.#held(saved, pairs);
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

  // Answers about pictures that are being cleaned were not saved, the others were.
  #held(saved, pairs) {
    const held = pairs.filter(([question]) => saved.held[question.key] && !this.outbox.has(question.key));
    if (held.length === 0) return;
    for (const [question] of held) this.#set(question, saved.answers[question.key] ?? null);
    this.#forget(held);
    this.#tell("counts");
    this.#tell("refused", { error: { message: saved.held[held[0][0].key] }, questions: held.map(([question]) => question) });
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
    const gone = new Set(pairs.map(([question]) => question.key));
    this.#remember(this.past.filter((one) => !one.before.some(({ key }) => gone.has(key))));
  }

  // Asks what others answered.
  async poll() {
    if (this.isPolling || this.journal === undefined) return;
    this.isPolling = true;
    try {
      const found = await get(this.room.wire, "api/changes", { journal: String(this.journal) });
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
