// What is said on the verify page: notices, and what a verdict comes to in words.

import { ANSWER_TONES, QUESTIONS, STATE_TONES, age, bannerTone, headline, pkt, sentence, utc } from "./verdict.js";
import { plain, word, wordOf } from "./words.js";

const said = document.getElementById("file-said");
const outcome = document.getElementById("outcome");
const told = document.getElementById("type-titles").dataset;
export const titles = JSON.parse(told.titles);
const labels = JSON.parse(told.labels);

/** Whether a notice stands there already. */
export const hasSaid = () => said.hasChildNodes();

function made(template) {
  return document.getElementById(template).content.cloneNode(true);
}

/** Takes away what was said before. */
export function clear() {
  said.replaceChildren();
  outcome.replaceChildren();
}

/** A notice: tone is good, bad, open or old. */
export function say(tone, text) {
  const piece = made("notice-template");
  const box = piece.querySelector('[data-slot="notice"]');
  box.classList.add(`tone-${tone}`);
  box.prepend(made(`icon-${tone}`));
  piece.querySelector('[data-slot="text"]').textContent = text;
  said.append(piece);
}

/** A verdict and those beside it, in the form in which the service answers `POST /v1/verify`. */
export function show(told) {
  const now = Math.floor(Date.now() / 1000);
  outcome.replaceChildren(...[told, ...told.others].map((one) => article(one, now)));
  outcome.focus();
  outcome.scrollIntoView({ block: "start" });
}

function article(told, now) {
  const piece = made("outcome-template");
  const slot = (name) => piece.querySelector(`[data-slot="${name}"]`);
  const banner = slot("verdict");
  const tone = bannerTone(told);
  banner.classList.add(`tone-${tone}`);
  banner.prepend(made(`icon-${tone}`));
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

function noticeWords(one) {
  const since = new Date((one.since ?? 0) * 1000).toISOString().slice(0, 10);
  return wordOf("notice", one.code, one.sentence, { days: one.days, about: one.about, since });
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
  for (const one of told.notices ?? []) add("notice", one.sentence, () => text(noticeWords(one)));
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
