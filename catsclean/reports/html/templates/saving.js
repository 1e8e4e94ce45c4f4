// The decisions as a file: downloaded, and loaded again to go on.

const download = document.getElementById("download");
const loader = document.getElementById("load");
const told = document.getElementById("told");

// decisions-NAME-DAY.json, with nothing in it that a shell or a disk would mind
function fileName() {
  const now = new Date();
  const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()]
    .map((part) => String(part).padStart(2, "0")).join("-");
  const name = data.root.replace(/[^A-Za-z0-9._-]+/g, "_").replace(/^[.-]+/, "").slice(0, 60);
  return `decisions-${name || "set"}-${day}.json`;
}

function save() {
  const document_ = {
    schema_version: data.schema_version, kind: data.kind, root: data.root, decisions: entries(),
  };
  const blob = new Blob([JSON.stringify(document_, null, 1) + "\n"], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = fileName();
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  unsaved = false;
  say([`Saved. Then run, with the path of the downloaded file: catsclean clean ${data.arguments} --apply ${fileName()}`]);
}

function say(lines) {
  told.hidden = false;
  told.replaceChildren(...lines.map((line) => {
    const item = document.createElement("li");
    item.textContent = line;
    return item;
  }));
}

function fits(entry) {
  return entry !== null && typeof entry === "object" && typeof entry.path === "string"
    && ["keep", "quarantine", "relabel", "fix"].includes(entry.action) && /^[0-9a-f]{64}$/.test(entry.sha256)
    && (entry.action !== "relabel" || typeof entry.label === "string");
}

function choose(input) {
  if (!input || input.checked) return false;
  input.checked = true;
  return true;
}

// Puts a group as decided; false where the entries do not say all of it.
function answerGroup(group, actions) {
  const members = membersOf(group);
  if (!members.every((id) => actions.has(id) || data.pictures[id][2])) return false;
  const kept = members.filter((id) => (actions.get(id) ?? "keep") === "keep");
  const find = (value) => group.querySelector(`input[type="radio"][value="${value}"]`);
  if (kept.length === 0) return false;
  if (kept.length === members.length) choose(find("all"));
  else if (kept.length === 1) choose(find(kept[0]));
  else {
    choose(find("each"));
    for (const box of group.querySelectorAll("[data-keep]")) box.checked = kept.includes(Number(box.dataset.keep));
  }
  return true;
}

// Of a card whose file leaves anyway, setting aside is what is chosen where nothing is.
function answerCard(card, action, label) {
  const value = card.matches("[data-safe]") && action === "quarantine" ? "" : action;
  const input = card.querySelector(`.ask input[value="${value}"]`);
  choose(input);
  if (input && action === "relabel") card.querySelector("[data-new-label]").value = label;
  return Boolean(input);
}

function take(found) {
  if (found?.kind !== data.kind) throw new Error("it is not a decisions file");
  if (!(found.schema_version >= 1 && found.schema_version <= data.schema_version)) throw new Error(`its version is not ${data.schema_version}`);
  if (!Array.isArray(found.decisions)) throw new Error("its decisions are not a list");
  const numbers = new Map(data.pictures.map(([path], id) => [path, id]));
  // a data set may have been renamed: its pictures tell that it is the same one
  const isHere = (entry) => fits(entry) && data.pictures[numbers.get(entry.path)]?.[1] === entry.sha256;
  if (found.root !== data.root && !found.decisions.some(isHere)) throw new Error(`it is for another data set: ${String(found.root).slice(0, 80)}`);
  const actions = new Map();
  const labels = new Map();
  const others = new Map();
  const lines = [];
  for (const entry of found.decisions) {
    const id = fits(entry) ? numbers.get(entry.path) : undefined;
    if (!fits(entry)) lines.push(`skipped, not a decision: ${JSON.stringify(entry).slice(0, 120)}`);
    else if (id !== undefined && data.pictures[id][1] !== entry.sha256) lines.push(`skipped, the file has changed: ${entry.path}`);
    // a repair is decided in the review only
    else if (id === undefined || entry.action === "fix") others.set(entry.path, entry);
    else {
      actions.set(id, entry.action);
      labels.set(id, entry.label);
    }
  }
  const used = new Set();
  for (const question of [...questions, ...optional]) {
    const group = question.matches(".group");
    const ids = group ? membersOf(question) : [Number(question.dataset.picture)];
    if (!ids.some((id) => actions.has(id))) continue;
    const done = group ? answerGroup(question, actions)
      : answerCard(question, actions.get(ids[0]), labels.get(ids[0]));
    if (done) for (const id of ids) used.add(id);
  }
  const byPath = new Map(found.decisions.filter(fits).map((entry) => [entry.path, entry]));
  for (const [id] of actions) if (!used.has(id)) others.set(data.pictures[id][0], byPath.get(data.pictures[id][0]));
  carried.clear();
  for (const [path, { action, sha256, reason, label }] of others) {
    const entry = { path, action, sha256, reason: typeof reason === "string" ? reason : "" };
    carried.set(path, action === "relabel" ? { ...entry, label } : entry);
    lines.push(`not on this page, included in the next download: ${action} ${path}`);
  }
  return [`${used.size.toLocaleString("en")} ${used.size === 1 ? "decision" : "decisions"} loaded`, ...lines];
}

async function load() {
  const [file] = loader.files;
  loader.value = "";
  if (!file) return;
  try {
    const lines = take(JSON.parse(await file.text()));
    chosen();
    unsaved = false;
    say(lines);
  } catch (error) {
    say([`${file.name} cannot be loaded: ${error.message}`]);
  }
}

download?.addEventListener("click", save);
loader?.addEventListener("change", load);

window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});
