// The page where a paper is verified. A file's digests are computed here and only they are sent; the file itself
// goes to the server only when its owner presses the button that says so. What comes back is shown as text.

import { digestsOfFile, isBundle } from "./digest.js";
import { EvidenceError, examineBundle, examineCode, examineFile, examineText, parseTrust, valueOf } from "./evidence.js";
import { SIZE_AT_MOST } from "./json-profile.js";
import { Camera, PDF_READER, PDF_WORKER, codesInPdf, codesInPicture, hasCamera, isPdf, isPicture, prepare } from "./scan.js";
import { ANSWER_TONES, QUESTIONS, STATE_TONES, TONES, age, headline, pkt, sentence, utc } from "./verdict.js";
import { KEEPER, keepPage, openedFromDevice } from "./verify-offline.js";
import { forgetPack, isPackFile, keepPack, keptPack } from "./verify-pack.js";
import { plain, word, wordOf } from "./words.js";

const form = document.getElementById("file-form");
const file = form.elements.file;
const subject = form.elements.subject;
const check = document.getElementById("check-file");
const send = document.getElementById("send-file");
const said = document.getElementById("file-said");
const progress = document.getElementById("file-progress");
const outcome = document.getElementById("outcome");
const titles = JSON.parse(document.getElementById("type-titles").dataset.titles);
const labels = JSON.parse(document.getElementById("type-titles").dataset.labels);
const WORKER = new URL("./digest-worker.js", import.meta.url).href;
const policy = globalThis.trustedTypes?.createPolicy("sanad", {
  createScriptURL(url) {
    if (![WORKER, KEEPER, PDF_WORKER].includes(url)) throw new TypeError("no other script is started");
    return url;
  },
});
const approve = (url) => policy?.createScriptURL(url) ?? url;

const WORST_FIRST = ["refused", "unknown", "cannot-tell", "stale", "authentic"];

let worker = null;
let trust = null; // what codes are checked with where the server cannot be reached
let pack = null; // what knows of files and numbers there

// -- computing the digests --------------------------------------------------------------------------------------

/** The digests of a file; rejects as `Unreadable` if it cannot be read. */
async function examine(chosen) {
  try {
    return await examineBeside(chosen);
  } catch (error) {
    if (error instanceof Unreadable) throw error;
  }
  try {
    // the worker's script is fetched when it is needed, and there may be no network then
    const bundle = await isBundle(chosen);
    return { bundle, digests: bundle ? [] : await digestsOfFile(chosen, (done) => showProgress(done, chosen.size)) };
  } catch {
    throw new Unreadable();
  }
}

/** The same, from a worker beside the page. */
function examineBeside(chosen) {
  worker?.terminate();
  worker = new Worker(approve(WORKER), { type: "module" });
  return new Promise((resolve, reject) => {
    worker.onerror = () => reject(new Error("the worker's script could not be fetched"));
    worker.onmessage = ({ data }) => {
      if (data.failed) reject(new Unreadable());
      else if (data.done === undefined) resolve(data);
      else showProgress(data.done, chosen.size);
    };
    worker.postMessage({ file: chosen });
  }).finally(() => worker.terminate());
}

function showProgress(done, size) {
  const share = size === 0 ? 1 : done / size;
  progress.querySelector("progress").value = share;
  progress.querySelector('[data-slot="progress-words"]').textContent = `${Math.round(share * 100)} %`;
}

// -- asking the server ------------------------------------------------------------------------------------------

async function ask(body, headers = {}) {
  const csrf = openedFromDevice ? "" : form.elements.csrf?.value; // what was kept is nobody's session
  const answer = await fetch("/v1/verify", {
    method: "POST",
    body,
    headers: { Accept: "application/json", ...headers, ...(csrf && { "X-CSRF-Token": csrf }) },
    credentials: openedFromDevice ? "omit" : "same-origin",
    redirect: "error",
  });
  const told = await answer.json();
  if (!answer.ok) throw new Refused(told.code, told.detail, answer.status);
  return told;
}

class Refused extends Error {
  constructor(code, detail, status) {
    super(detail);
    this.code = code;
    this.final = status < 500 && status !== 429; // asking again later would not help
  }
}

class Unreadable extends Error {}

async function verifyDigests(digests, chosen) {
  const hexes = digests.map((one) => one.digest);
  const asked = hexes.length === 1 ? { digest: hexes[0] } : { digests: hexes };
  let told;
  try {
    told = await ask(JSON.stringify(asked), { "Content-Type": "application/json" });
  } catch (error) {
    const number = subject.value.trim() || null;
    return fromPack(error, async (now) => examineFile(hexes, await valueIn(chosen), pack, trust, now, number));
  }
  show(told);
  const broken = digests[0].why;
  if (broken) say("open", word("verify.not_profile", { code: broken }));
  if (subject.value.trim() !== "" && told.verdict !== "unknown") {
    say("open", word("verify.subject_needs_file"));
    send.hidden = false;
  }
  return told;
}

/** The value of a JSON document in the profile; null for any other file. */
async function valueIn(chosen) {
  return chosen.size > SIZE_AT_MOST ? null : valueOf(new Uint8Array(await chosen.arrayBuffer()));
}

/** What the pack says, where the server cannot be reached; rejects with the error if there is none, or it was refused. */
async function fromPack(error, examined) {
  if (error instanceof Refused || pack === null) throw error;
  const [told, ...others] = await examined(Math.floor(Date.now() / 1000));
  show({ ...told, others });
  say("old", word("verify.by_pack"));
  return told;
}

/** What is known of the codes on a certificate, the worst first: a paper is no better than any of its codes. */
async function verifyCodes(codes) {
  const number = subject.value.trim();
  const asked = codes.map((code) => (number === "" ? { code } : { code, subject: number }));
  const told = [];
  for (const one of asked) told.push(await verifyCode(one));
  told.sort((one, other) => WORST_FIRST.indexOf(one.verdict) - WORST_FIRST.indexOf(other.verdict));
  show({ ...told[0], others: told.slice(1).flatMap((one) => [one, ...one.others]).concat(told[0].others) });
}

/** What the server knows of a code; where it cannot be reached, what the code proves by itself. */
async function verifyCode(one) {
  try {
    return await ask(JSON.stringify(one), { "Content-Type": "application/json" });
  } catch (error) {
    if (error instanceof Refused || trust === null) throw error;
    const told = await examineCode(one.code, trust, Math.floor(Date.now() / 1000), one.subject ?? null, pack);
    if (!said.hasChildNodes()) say("old", word(pack === null ? "verify.by_itself" : "verify.by_pack"));
    return told;
  }
}

/** What a bundle proves, examined here; null where only the server can: no trust file, a chain proof, an old browser. */
async function bundleByItself(chosen) {
  await trusted;
  if (trust === null) return null;
  const bytes = new Uint8Array(await chosen.arrayBuffer());
  const given = { subject: subject.value.trim() || null, pack };
  try {
    return await examineBundle(bytes, trust, Math.floor(Date.now() / 1000), given);
  } catch (error) {
    if (error instanceof EvidenceError) throw error;
    return null;
  }
}

/** The codes in a picture or PDF; none if it has none, or if this browser cannot tell, which is then said. */
async function codesIn(chosen) {
  if (!isPicture(chosen) && !isPdf(chosen)) return [];
  try {
    return await (isPdf(chosen) ? codesInPdf(chosen, approve) : codesInPicture(chosen));
  } catch {
    return []; // it is looked at once more where it is sent
  }
}

async function sendFile() {
  const body = new FormData();
  body.append("file", file.files[0]);
  if (subject.value.trim() !== "") body.append("subject", subject.value.trim());
  show(await ask(body));
}

// -- what the person does ---------------------------------------------------------------------------------------

async function run(work) {
  clear();
  check.setAttribute("aria-busy", "true");
  check.disabled = send.disabled = true;
  try {
    await work();
  } catch (error) {
    // only a refusal is somebody's word; what could not be asked or read is neither true nor false
    const final = error instanceof EvidenceError || (error instanceof Refused && error.final);
    say(final ? "bad" : "old", why(error));
  } finally {
    progress.hidden = true;
    check.disabled = send.disabled = false;
    check.removeAttribute("aria-busy");
  }
}

function why(error) {
  if (error instanceof Refused || error instanceof EvidenceError) return wordOf("error", error.code, error.message);
  return error instanceof Unreadable ? word("verify.unreadable") : word("verify.offline");
}

async function checkChosen() {
  const chosen = file.files[0];
  if (!chosen) return;
  send.hidden = true;
  await run(async () => {
    progress.hidden = false;
    showProgress(0, chosen.size);
    const codes = await codesIn(chosen);
    if (chosen !== file.files[0]) return; // another file was chosen meanwhile
    if (codes.length > 0) {
      await verifyCodes(codes);
      return;
    }
    if (await isPackFile(chosen)) {
      await take(() => chosen.arrayBuffer());
      return;
    }
    const found = await examine(chosen);
    if (chosen !== file.files[0]) return;
    if (found.bundle) {
      const told = await bundleByItself(chosen);
      if (told !== null) {
        show(told);
        say("open", word("verify.bundle_here"));
        return;
      }
      say("open", word("verify.is_bundle"));
      send.hidden = false;
    } else {
      const told = await verifyDigests(found.digests, chosen);
      if (told.verdict === "unknown" && (isPicture(chosen) || chosen.type === "application/pdf")) {
        say("open", word("verify.maybe_certificate"));
        send.hidden = false;
      }
    }
  });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter === send) run(sendFile);
  else checkChosen();
});
file.addEventListener("change", checkChosen);

// -- a number ---------------------------------------------------------------------------------------------------

const numberForm = document.getElementById("number-form");

/** With a pack at hand the number is asked for here, so that the page is still there when the server is not. */
numberForm.addEventListener("submit", (event) => {
  if (pack === null && !openedFromDevice) return;
  event.preventDefault();
  const told = (name) => numberForm.elements[name]?.value.trim() || undefined;
  const identifier = told("identifier");
  if (identifier === undefined) return;
  run(async () => {
    if (identifier.startsWith("SND1:")) {
      show(await verifyCode({ code: identifier, subject: told("subject") }));
      return;
    }
    const asked = { identifier, type: told("type"), subject: told("subject") };
    try {
      show(await ask(JSON.stringify(asked), { "Content-Type": "application/json" }));
    } catch (error) {
      await fromPack(error, (now) => examineText(identifier, pack, trust, now, asked.subject ?? null));
    }
  });
});

// -- the pack ---------------------------------------------------------------------------------------------------

const packCard = document.getElementById("pack");
const packState = document.getElementById("pack-state");
const takePack = document.getElementById("take-pack");
const putAway = document.getElementById("put-pack-away");

/** Takes the pack in these bytes along, in the place of another. */
async function take(bytes) {
  if (trust === null) throw new TypeError("there is nothing to check a pack with");
  pack = await keepPack(new Uint8Array(await bytes()), trust);
  showPack();
  say("good", word("verify.pack_taken"));
}

async function fetchPack() {
  const answer = await fetch("/v1/packs", {
    method: "POST",
    body: JSON.stringify({ types: Object.keys(titles).sort() }),
    headers: { "Content-Type": "application/json", "X-CSRF-Token": form.elements.csrf.value },
    redirect: "error",
  });
  if (!answer.ok) {
    const told = await answer.json();
    throw new Refused(told.code, told.detail, answer.status);
  }
  return answer.arrayBuffer();
}

function showPack() {
  const now = Math.floor(Date.now() / 1000);
  packCard.hidden = trust === null || (takePack === null && pack === null);
  putAway.hidden = pack === null;
  if (pack === null) {
    packState.textContent = word("verify.pack_none");
    return;
  }
  const time = Number(pack.time);
  const region = pack.contents.region || word("verify.pack_everywhere");
  packState.textContent = word("verify.pack_kept", { documents: pack.documents, region, age: age(now - time), utc: utc(time) });
}

takePack?.addEventListener("click", () => run(() => take(fetchPack)));
putAway.addEventListener("click", () =>
  run(async () => {
    await forgetPack();
    pack = null;
    showPack();
  }),
);

// -- the camera -------------------------------------------------------------------------------------------------

const scan = document.getElementById("scan");
const viewfinder = document.getElementById("viewfinder");
const camera = new Camera(viewfinder.querySelector("video"));

async function scanPaper() {
  viewfinder.hidden = false;
  scan.hidden = true;
  try {
    const codes = await camera.look();
    if (codes.length > 0) await verifyCodes(codes);
  } catch (error) {
    if (error instanceof Refused) throw error;
    say("old", error instanceof DOMException ? word("verify.no_camera") : word("verify.offline"));
  } finally {
    viewfinder.hidden = true;
    scan.hidden = false;
  }
}

scan.hidden = !hasCamera();
scan.addEventListener("click", () => run(scanPaper));
document.getElementById("scan-stop").addEventListener("click", () => camera.stop());
addEventListener("pagehide", () => camera.stop());

const drop = form.querySelector("[data-drop]");
for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.dataset.over = "yes";
  });
}
drop.addEventListener("dragleave", () => delete drop.dataset.over);
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  delete drop.dataset.over;
  if (event.dataTransfer.files.length !== 1) {
    clear();
    say("bad", word("verify.one_file"));
    return;
  }
  file.files = event.dataTransfer.files;
  checkChosen();
});

// -- without a network ------------------------------------------------------------------------------------------

/** Fetches what evidence is checked with. Where it cannot be had the server is asked, as ever. */
async function fetchTrust() {
  const answer = await fetch("/v1/trust", { headers: { Accept: "application/json" }, redirect: "error" });
  if (!answer.ok) return;
  trust = parseTrust(await answer.text());
  pack = await keptPack(trust);
  showPack();
}

/** Fetches what reads codes too and has the device keep all of it, and says what then needs no server any more. */
async function becomeIndependent() {
  await trusted;
  if (openedFromDevice) say("old", word("verify.from_device"));
  if (trust === null || navigator.connection?.saveData) return;
  await prepare();
  const stays = await keepPage([WORKER, PDF_WORKER, PDF_READER], approve).catch(() => false);
  document.getElementById(stays ? "kept" : "independent").hidden = false;
}

const trusted = fetchTrust().catch(() => {});
becomeIndependent().catch(() => {});

// -- showing ----------------------------------------------------------------------------------------------------

function made(template) {
  return document.getElementById(template).content.cloneNode(true);
}

function clear() {
  said.replaceChildren();
  outcome.replaceChildren();
}

function say(tone, text) {
  const piece = made("notice-template");
  const box = piece.querySelector('[data-slot="notice"]');
  box.classList.add(`tone-${tone}`);
  box.prepend(made(`icon-${tone}`));
  piece.querySelector('[data-slot="text"]').textContent = text;
  said.append(piece);
}

function show(told) {
  const now = Math.floor(Date.now() / 1000);
  outcome.replaceChildren(...[told, ...told.others].map((one) => article(one, now)));
  outcome.focus();
  outcome.scrollIntoView({ block: "start" });
}

function article(told, now) {
  const piece = made("outcome-template");
  const slot = (name) => piece.querySelector(`[data-slot="${name}"]`);
  const banner = slot("verdict");
  banner.classList.add(`tone-${TONES[told.verdict]}`);
  banner.prepend(made(`icon-${TONES[told.verdict]}`));
  slot("word").textContent = word(`verdict.${told.verdict}`);
  slot("line").textContent = word(`headline.${headline(told)}`);
  slot("more").textContent = word(`advice.${told.verdict}`);
  slot("answers").append(...QUESTIONS.map((name) => answerRow(name, told, now)));
  slot("facts").append(...facts(told, now));
  if (told.fields.length > 0) {
    slot("paper").append(...told.fields.map((one) => fact(label(told.type, one.pointer), text(String(one.value)))));
  } else {
    slot("paper-card").remove();
  }
  const link = slot("href");
  if (link && told.type && told.digest) {
    link.href = `/documents/${told.digest}?${new URLSearchParams({ type: told.type, issuer: told.issuer })}`;
  } else {
    link?.remove();
  }
  return piece;
}

function answerRow(name, told, now) {
  const answer = told.answers[name];
  const tone = ANSWER_TONES[answer.answer];
  const row = element("li", `tone-${tone}`);
  const line = element("div");
  line.append(
    element("span", "question", word(`question.${name}`)),
    " ",
    element("strong", "answer", word(`answer.${answer.answer}`)),
  );
  row.append(made(`icon-${tone}`), line, element("p", "why", sentence(name, answer, told, now)));
  return row;
}

function facts(told, now) {
  const rows = [];
  const add = (name, value, shape) => value && rows.push(fact(word(`fact.${name}`), shape(value)));
  const time = (seconds) => moment(seconds, now);
  const code = (text) => element("bdi", "code", text);
  add("type", told.type && (titles[told.type] ?? told.type), text);
  add("issuer", told.issuer, text);
  add("issued_at", told.issuedAt, time);
  add("state", told.state, badge);
  add("replaced_by", told.replacedBy, code);
  add("digest", told.digest, code);
  add("short_code", told.shortCode, code);
  add("as_of", told.asOf, time);
  return rows;
}

function label(type, pointer) {
  return labels[type]?.[pointer.replace(/\/[0-9]+(?=\/|$)/g, "/*")] ?? pointer;
}

function fact(label, shown) {
  const row = element("div");
  const value = element("dd");
  value.append(shown);
  row.append(element("dt", "", label), value);
  return row;
}

function text(value) {
  return element("bdi", "", plain(value));
}

function badge(state) {
  return element("span", `badge tone-${STATE_TONES[state] ?? "open"}`, wordOf("state", state, state));
}

function moment(seconds, now) {
  const piece = made("time-template");
  const slot = (name) => piece.querySelector(`[data-slot="${name}"]`);
  piece.querySelector("time").dateTime = new Date(seconds * 1000).toISOString();
  slot("utc").textContent = utc(seconds);
  slot("pkt").textContent = pkt(seconds);
  slot("age").textContent = age(now - seconds);
  return piece;
}

function element(name, kind = "", text = "") {
  const built = document.createElement(name);
  if (kind) built.className = kind;
  if (text) built.textContent = text;
  return built;
}
