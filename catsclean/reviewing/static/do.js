// What would move or change, first as counts; then it is done, or taken back, or split.

import { button, make } from "./dom.js";
import { get, RefusedError } from "./wire.js";
import { count, ended, faultOfSplit, number, sentence, title } from "./words.js";

const LOOK_MS = 400;
const MOST_LISTED = 200;
const MOST_SAID = 20;
// lines about files with which nothing was done
const REFUSED = /^.* (stays|stays in quarantine|is not decided): |^And [\d,]+ more\.$/;

export class Do {
  constructor(store, main, { room }) {
    Object.assign(this, { store, main, room, plan: null, runs: [], job: null });
  }

  async open() {
    this.main.replaceChildren(make("div", { class: "empty", "aria-busy": "true" }, make("p", {}, "Working out what would move…")));
    this.job = await get(this.room.wire, "api/job").catch(() => null);
    if (this.job?.running) return this.follow();
    await this.load();
  }

  async load() {
    const none = { fixes: 0, moves: 0, along: 0, relabels: 0, restores: 0, keeps: 0, left_out: 0, stays: 0, to_repair: 0, emptied: [], files: [], relabelled: [], refused: [], split_name: "" };
    [this.plan, this.runs] = await Promise.all([get(this.room.wire, "api/plan"), get(this.room.wire, "api/log").then((found) => found.runs, () => [])]);
    this.plan = { ...none, ...this.plan };
    if (!this.isClosed) this.draw();
  }

  close() {
    this.isClosed = true;
  }

  draw() {
    const inside = this.room.holdsFocus(this.main);
    this.main.replaceChildren(make("div", { class: "doing" }, this.said(), this.planned(), this.fixing(), this.splitting(), this.log()));
    if (inside) this.main.focus({ preventScroll: true });
  }

  // What came of what was done last.
  said() {
    const { job } = this;
    if (!job?.name || job.running || job.said.length === 0) return null;
    const isRefused = (line) => REFUSED.test(line);
    const box = (kind, lines) => lines.length > 0 && make("div", { class: `outcome ${kind}`, role: "status" }, lines.slice(0, MOST_SAID).map((line) => make("p", {}, ended(line))));
    if (job.failed) return box("bad", job.said);
    return [box("good", job.said.filter((line) => !isRefused(line))), box("refused", job.said.filter(isRefused))];
  }

  planned() {
    const { plan } = this;
    const waiting = this.store.waiting.reduce((sum, queue) => sum + this.store.left(queue), 0);
    const tiles = [
      [plan.moves, plan.moves === 1 ? "file moves to the quarantine" : "files move to the quarantine", "error"],
      [plan.along, plan.along === 1 ? "sidecar file goes along" : "sidecar files go along", "error"],
      [plan.left_out, plan.left_out === 1 ? "picture is left out of splits" : "pictures are left out of splits", "error"],
      [plan.relabels, plan.recorded ? (plan.relabels === 1 ? "picture gets another label in splits" : "pictures get another label in splits") : plan.relabels === 1 ? "file gets another label" : "files get another label", "note"],
      [plan.restores, plan.restores === 1 ? "file comes back from the quarantine" : "files come back from the quarantine", "good"],
      [plan.keeps, plan.keeps === 1 ? "decision to keep is recorded" : "decisions to keep are recorded", "good"],
      [plan.stays, plan.stays === 1 ? "file stays until you decide" : "files stay until you decide", "warning"],
      [plan.to_repair, plan.to_repair === 1 ? "file that catsclean fix tries to repair" : "files that catsclean fix tries to repair", "note"],
    ].filter(([value]) => value > 0);
    return make("section", { "aria-labelledby": "plan-title" }, make("h1", { id: "plan-title" }, this.hasWork ? "This would happen" : plan.recorded ? "Nothing to record" : "Nothing would move"),
      make("p", { class: "muted" }, this.promise(),
        waiting > 0 && [" ", make("a", { href: "#/decide" }, `${count(waiting, "question")}${plan.stays > 0 ? ` about ${count(plan.stays, "file")}` : ""} ${waiting === 1 ? "is" : "are"} still open`), "."]),
      make("dl", { class: "tiles" }, tiles.map(([value, text, kind]) => make("div", { class: `tile ${kind}` }, make("dt", {}, text), make("dd", {}, number(value))))),
      plan.takes_most && make("p", { class: "outcome bad" }, "More than half of the pictures would leave. Look twice."),
      plan.emptied.length > 0 && make("p", { class: "muted" }, "These folders would be empty: ", plan.emptied.map((one, index) => [index > 0 && ", ", make("bdi", {}, one)]), "."),
      make("p", { class: "actions" }, this.hasWork && button(this.verb(), null, () => this.confirmClean(), { class: "main" })),
      this.list(plan.recorded ? "The pictures that are left out" : "The files that move", plan.files, plan.recorded ? plan.left_out : plan.moves + plan.along, (one) => [make("bdi", { class: "path" }, one.path), make("span", { class: "muted" }, sentence(one.why.split(", ").map((name) => title({ name }).toLowerCase()).join(", ")), one.copy_of && [", a copy of ", make("bdi", {}, one.copy_of)])]),
      this.list("The files with another label", plan.relabelled, plan.relabels, (one) => [make("bdi", { class: "path" }, one.path), make("span", {}, one.before !== undefined && [make("bdi", {}, one.before || "no label"), " "], "→ ", make("bdi", {}, one.label))]),
      this.list("Decisions that cannot be carried out", plan.refused, plan.refused.length, (one) => [make("bdi", { class: "path" }, one.path), make("span", { class: "muted" }, ended(one.why))]));
  }

  get hasWork() {
    const { plan } = this;
    return this.recorded + plan.moves + plan.restores > 0;
  }

  // Decisions that are only written down where pictures are never moved.
  get recorded() {
    return this.plan.left_out + this.plan.relabels + this.plan.keeps;
  }

  promise() {
    if (!this.hasWork) return "What you decide appears here before it happens.";
    if (this.plan.recorded) return "Pictures of this data set are never moved or changed: splits and exports follow the decisions.";
    return "Nothing moves before you say so here, nothing is ever deleted, and a clean can be undone.";
  }

  verb() {
    const { plan } = this;
    if (plan.recorded) return `Record ${count(this.recorded, "decision")}`;
    const parts = [plan.moves && `set ${number(plan.moves)} aside`, plan.relabels && `relabel ${number(plan.relabels)}`, plan.restores && `bring ${number(plan.restores)} back`];
    return sentence(parts.filter(Boolean).join(", ") || `record ${count(plan.keeps, "decision")}`);
  }

  list(heading, rows, total, draw) {
    if (!rows || rows.length === 0) return null;
    return make("details", { class: "listed" }, make("summary", {}, `${heading} · ${number(total)}`),
      make("ul", {}, rows.slice(0, MOST_LISTED).map((one) => make("li", {}, draw(one)))),
      total > rows.length && make("p", { class: "muted" }, `The first ${number(rows.length)} of ${number(total)}.`));
  }

  // What was decided to be repaired: the repairs are tried before they are shown, so only if asked.
  fixing() {
    const { fixes } = this.plan;
    if (fixes === 0) return null;
    const state = make("p", { class: "fault", role: "status" });
    const ask = async () => {
      state.textContent = "Trying the repairs…";
      const found = await get(this.room.wire, "api/repairs").catch((error) => error);
      if (this.isClosed) return;
      state.textContent = found instanceof Error ? ended(found instanceof RefusedError ? found.message : `${this.room.wire.silent}. Try again.`) : "";
      if (!(found instanceof Error)) this.confirmFix(found);
    };
    return make("section", { "aria-labelledby": "fix-title" }, make("h2", { id: "fix-title" }, "Repair"),
      make("p", { class: "muted" }, `${count(fixes, "picture")} ${fixes === 1 ? "is" : "are"} to be repaired. Each repair is tried first, and shown before it is made.`),
      state, make("p", { class: "actions" }, button(`Repair ${number(fixes)}…`, null, ask)));
  }

  confirmFix(found) {
    const pictures = found.files.map((one) => make("li", {}, make("bdi", { class: "path" }, one.path), make("span", { class: "muted" }, one.target !== one.path && ["becomes ", make("bdi", {}, one.target), ", "], one.how)));
    const refused = found.refused.map((one) => make("li", {}, make("bdi", { class: "path" }, one.path), make("span", { class: "muted" }, ended(one.why))));
    const lists = [pictures.length > 0 && make("ul", { class: "listed" }, pictures), refused.length > 0 && [make("h3", {}, "These cannot be repaired, and stay"), make("ul", { class: "listed" }, refused)]];
    if (found.repairs === 0) return this.confirm("Nothing can be repaired", lists.flat().filter(Boolean), null, null);
    this.confirm(`Repair ${count(found.repairs, "picture")}?`, [...lists.flat().filter(Boolean), "Originals that are replaced go to the quarantine: “Undo the last repair” takes all of it back."],
      `Repair ${number(found.repairs)}`, () => this.run("api/fix", { plan: found.id }));
  }

  splitting() {
    const share = (id, text, value) => [make("label", { for: id }, text), make("input", { type: "number", id, min: "0", max: "90", step: "1", value })];
    const fields = make("div", { class: "fields" }, share("val", "Validation, %", "10"), share("test", "Test, %", "0"),
      make("label", { for: "output" }, "Name of the new folder"), make("input", { type: "text", id: "output", value: this.plan.split_name, spellcheck: "false", autocomplete: "off" }));
    const fault = make("p", { class: "fault", role: "status" });
    const ask = () => {
      const value = (id) => fields.querySelector(`#${id}`).value;
      fault.textContent = faultOfSplit(value("val"), value("test"), value("output").trim());
      if (fault.textContent) return;
      const [val, test, output] = [Number(value("val")) / 100, Number(value("test")) / 100, value("output").trim()];
      this.confirm("Write a split?", [`A new folder “${output}” beside the data set gets copies of the pictures: ${Math.round(val * 100)} % for validation, ${Math.round(test * 100)} % for test, the rest for training.`, "Copies of one picture always stay on one side. The data set itself stays as it is."],
        "Write the split", () => this.run("api/split", { val, test, output }));
    };
    return make("section", { "aria-labelledby": "split-title" }, make("h2", { id: "split-title" }, "Split for training"), fields, fault, make("p", { class: "actions" }, button("Split…", null, ask)));
  }

  log() {
    const { runs } = this;
    const done = runs.filter((one) => one.state !== "undone"), last = done[0]?.kind;
    return make("section", { "aria-labelledby": "log-title" }, make("h2", { id: "log-title" }, "What was done"),
      runs.length === 0 ? make("p", { class: "muted" }, "Nothing was done yet.") : make("div", { class: "scroll", tabindex: "0", role: "region", "aria-labelledby": "log-title" }, make("table", {},
        make("thead", {}, make("tr", {}, ["When", "What", "Run", "State", "Files"].map((text) => make("th", { scope: "col" }, text)))),
        make("tbody", {}, runs.map((one) => make("tr", {}, make("td", {}, when(one.started)), make("td", {}, sentence(one.kind)), make("td", {}, make("bdi", {}, one.run)), make("td", {}, one.state.replaceAll("_", " ")),
          make("td", {}, Object.entries(one.outcomes).map(([what, value]) => `${number(value)} ${what}`).join(", ") || (one.kept ? `${count(one.kept, "decision")} recorded` : "none"))))))),
      done.length > 0 && make("p", { class: "actions" }, button(`Undo the last ${last}…`, null, () => this.confirm(`Undo the last ${last}?`,
        [`${sentence(last)} ${done[0].run} is reverted: its files return to their places.`, "Your decisions stay, so that you can change some of them and do it again."], "Undo it", () => this.run("api/undo", {})))));
  }

  confirmClean() {
    if (this.store.outbox.waiting.length > 0) return this.room.notice("Some decisions are not saved yet. Wait for them, or they would be left out.");
    const { plan } = this;
    this.confirm(`${this.verb()}?`, plan.recorded ? [this.promise()] : [
      plan.moves > 0 && `${count(plan.moves, "file")} ${plan.moves === 1 ? "moves" : "move"} to ${plan.quarantine}.`,
      plan.relabels > 0 && `${count(plan.relabels, "file")} ${plan.relabels === 1 ? "gets" : "get"} another label.`,
      plan.restores > 0 && `${count(plan.restores, "file")} ${plan.restores === 1 ? "comes" : "come"} back.`,
      `Nothing is deleted: “Undo the last ${plan.relabels > 0 && plan.moves + plan.restores === 0 ? "correction of labels" : "clean"}” takes it back.`,
    ].filter(Boolean), this.verb(), () => this.run("api/clean", { plan: plan.id }));
  }

  confirm(heading, lines, verb, act) {
    const dialog = make("dialog", { class: "small", "aria-labelledby": "confirm-title" }, make("h2", { id: "confirm-title" }, heading), lines.map((line) => (line instanceof Node ? line : make("p", {}, line))),
      make("p", { class: "actions" }, verb && button(verb, null, () => { dialog.close(); act(); }, { class: "main" }), button(verb ? "Cancel" : "Close", "Esc", () => dialog.close())));
    this.room.open(dialog);
  }

  async run(path, body) {
    try {
      const reply = await this.room.wire.post(path, body);
      if (!reply.ok) throw new RefusedError(reply.status, await reply.text());
      this.job = await reply.json();
    } catch (error) {
      this.room.notice(error instanceof RefusedError ? ended(error.message) : `${this.room.wire.silent}. Look at “What was done” before you try again.`);
      return this.load().catch(() => {});
    }
    return this.follow();
  }

  // Shows how far it has come, until it has ended.
  async follow() {
    const bar = make("progress", { "aria-label": "Done" }), words = make("p", { role: "status" });
    const name = { clean: "Cleaning", fix: "Repairing", undo: "Undoing", split: "Writing the split" };
    this.main.replaceChildren(make("div", { class: "empty" }, make("h1", {}, `${name[this.job.name] ?? "Working"}…`), bar, words));
    while (!this.isClosed && (this.job.running || this.job.name === "")) {
      if (this.job.total > 0) {
        bar.max = this.job.total;
        bar.value = this.job.done;
        words.textContent = `${number(this.job.done)} of ${number(this.job.total)}`;
      }
      await new Promise((resolve) => { setTimeout(resolve, LOOK_MS); });
      this.job = await get(this.room.wire, "api/job").catch(() => this.job);
    }
    if (this.isClosed) return;
    await this.store.renew();
    await this.load();
    this.room.speak(this.job.said.join(" "));
  }
}

function when(text) {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : date.toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
}
