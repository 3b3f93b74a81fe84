// The page where a paper is verified. A file's digests are computed here and only they are sent; the file itself
// goes to the server only when its owner presses the button that says so. What comes back is shown as text.

import { digestsOfFile, isBundle } from "./digest.js";
import { EvidenceError, LIST_TYPE, examineBundle, examineCode, examineFile, examineText, parseTrust, valueOf } from "./evidence.js";
import { SIZE_AT_MOST } from "./json-profile.js";
import { Camera, PDF_READER, PDF_WORKER, codesInPdf, codesInPicture, hasCamera, isPdf, isPicture, prepare } from "./scan.js";
import { age, utc } from "./verdict.js";
import { afterMeeting, withClock } from "./verify-clock.js";
import { forgetLists, keepList, keptLists } from "./verify-lists.js";
import { KEEPER, keepPage, openedFromDevice } from "./verify-offline.js";
import { forgetPack, isPackFile, keepPack, keptPack } from "./verify-pack.js";
import { checkedRoot, forgetRoot, isRootFile, keepRoot, keptRoot } from "./verify-root.js";
import { clear, hasSaid, say, show, titles } from "./verify-show.js";
import { word, wordOf } from "./words.js";

const form = document.getElementById("file-form");
const file = form.elements.file;
const subject = form.elements.subject;
const check = document.getElementById("check-file");
const send = document.getElementById("send-file");
const progress = document.getElementById("file-progress");
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
let lists = []; // what has become of documents since
let served = null; // the trust file of the server
let root = null; // whose word goes before the server's

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
  const reports = await examined(Math.floor(Date.now() / 1000));
  const [told, ...others] = reports;
  trust = await afterMeeting(trust, reports);
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
    const told = await examineCode(one.code, trust, Math.floor(Date.now() / 1000), one.subject ?? null, pack, lists);
    trust = await afterMeeting(trust, [told]);
    if (!hasSaid()) say("old", word(pack === null ? "verify.by_itself" : "verify.by_pack"));
    return told;
  }
}

/** What a bundle proves, examined here; null where only the server can: no trust file, a chain proof, an old browser. */
async function bundleByItself(chosen) {
  await trusted;
  if (trust === null) return null;
  const bytes = new Uint8Array(await chosen.arrayBuffer());
  const given = { subject: subject.value.trim() || null, pack, lists };
  try {
    const told = await examineBundle(bytes, trust, Math.floor(Date.now() / 1000), given);
    if (told !== null) trust = await afterMeeting(trust, [told]);
    return told;
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
    if (await isRootFile(chosen)) {
      await takeRoot(new Uint8Array(await chosen.arrayBuffer()));
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
        if (told.type === LIST_TYPE) await takeList(chosen);
        else say("open", word("verify.bundle_here"));
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

// -- the trust root ---------------------------------------------------------------------------------------------

const rootCard = document.getElementById("root");
const rootState = document.getElementById("root-state");

/** Takes a trust root in the server's place, or the one that follows on it. */
async function takeRoot(bytes) {
  const told = await checkedRoot(bytes, root);
  if (served !== null && told.origin !== served.origin) throw new EvidenceError("ROOT_UNFIT");
  await keepRoot(bytes);
  await believe(told);
  say("good", word("verify.root_taken"));
}

/** Goes by a root from now on, or by the server's word if it is null. */
async function believe(told) {
  root = told;
  const source = root === null ? served : root.trust;
  trust = source === null ? null : await withClock(source);
  pack = trust === null ? null : await keptPack(trust);
  lists = trust === null ? [] : await keptLists(trust);
  showLists();
  showRoot();
  showPack();
}

function showRoot() {
  rootCard.hidden = root === null;
  if (root === null) return;
  const over = root.validUntil <= Date.now() / 1000;
  const told = { version: root.version, utc: utc(root.issued), until: utc(root.validUntil) };
  rootState.textContent = over ? word("verify.root_over", told) : word("verify.root_kept", told);
  document.getElementById("root-digest").textContent = root.digest;
}

document.getElementById("put-root-away").addEventListener("click", () =>
  run(async () => {
    await forgetRoot();
    await believe(null);
  }),
);

// -- status lists -----------------------------------------------------------------------------------------------

const listsCard = document.getElementById("lists");
const listsState = document.getElementById("lists-state");

/** Takes a status list, or a delta, beside those at hand. */
async function takeList(chosen) {
  lists = await keepList(new Uint8Array(await chosen.arrayBuffer()), trust);
  showLists();
  say("good", word("verify.list_taken"));
}

function showLists() {
  const now = Math.floor(Date.now() / 1000);
  listsCard.hidden = lists.length === 0;
  const lines = lists.map((one) => {
    const group = one.group === "*" ? word("verify.pack_everywhere") : one.group;
    const time = Number(one.time);
    const item = document.createElement("li");
    item.textContent = word("verify.list_kept", { number: one.sequence, group, utc: utc(time), age: age(now - time) });
    return item;
  });
  listsState.replaceChildren(...lines);
}

document.getElementById("put-lists-away").addEventListener("click", () =>
  run(async () => {
    await forgetLists();
    lists = [];
    showLists();
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

/** Finds out whom to trust: by the root on this device, or else the server's word. Where neither is to be had the server
 *  is asked, as ever. */
async function findTrust() {
  const told = await keptRoot();
  served = await servedTrust().catch(() => null);
  await believe(told);
  if (told !== null && served !== null && served.origin !== told.origin) say("bad", word("verify.root_elsewhere"));
}

async function servedTrust() {
  const answer = await fetch("/v1/trust", { headers: { Accept: "application/json" }, redirect: "error" });
  return answer.ok ? parseTrust(await answer.text()) : null;
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

const trusted = findTrust().catch(() => {});
becomeIndependent().catch(() => {});
