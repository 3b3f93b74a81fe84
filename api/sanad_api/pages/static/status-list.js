// Status lists (docs/spec/status-list.md): what has become of every document of a group of formations, published through the
// log. Read as verifier/sanad_verifier/status_lists does, and tested by the same vectors.

import { EvidenceError, big, concat, hex, must, unbase64, unhex, utf8 } from "./evidence-bytes.js";
import { provedDocument } from "./evidence-bundle.js";
import { distrustedSince } from "./evidence-answers.js";
import { canonicalBytes } from "./json-profile.js";
import { sha256 } from "./sha256.js";
import { same } from "./stored-zip.js";

export const LIST_TYPE = "STATUS_LIST";
const WRONG = "STATUS_LIST_INVALID";
const SCHEMA = "urn:sanad:STATUS_LIST:1";
const STANDINGS = new Map([
  [0, "active"], [1, "revoked"], [2, "suspended"], [3, "superseded"], [12, "suspect"], [13, "consumed"],
  [14, "surrendered"],
]);
const BITS = 4, VALUES_MOST = 15, MEMBER = 16, ROW = MEMBER + 1;
const ENTRIES_AT_MOST = 2 ** 26, CHANGES_AT_MOST = 2 ** 16, MEMBERS_AT_MOST = 2 ** 19, NUMBER_AT_MOST = 2 ** 32 - 1;
const GROUP = /^(?:\*|[A-Z0-9][A-Z0-9-]{0,30})$/;
const HASH = /^[0-9a-f]{64}$/, KEY = /^[0-9a-f]{32}$/;
const HEAD = ["formations", "group", "number", "origin", "root", "schema", "sequence", "size", "state", "time"];

/**
 * What the publications in these bundles say together: a list for each publisher and group. Rejects with an `EvidenceError`
 * for what is none, or a delta to which nothing leads (`STATUS_LIST_GAP`).
 */
export async function openLists(bundles, trust) {
  const series = new Map();
  for (const bytes of bundles) {
    const one = await publication(bytes, trust);
    const name = `${one.formation} ${one.told.group}`;
    if (!series.has(name)) series.set(name, new Map());
    const known = series.get(name).get(one.told.sequence);
    must(known === undefined || known.digest === one.digest, WRONG);
    series.get(name).set(one.told.sequence, one);
  }
  const lists = [];
  for (const one of series.values()) lists.push(await followed([...one.values()].sort((a, b) => a.told.sequence - b.told.sequence)));
  return lists;
}

/** One publication, proved to be in the log: what it tells, its digest (hex), who published it, when, and its bundle. */
async function publication(bytes, trust) {
  const { document, entry, index, time } = await provedDocument(bytes, trust);
  const since = distrustedSince(trust, entry.key);
  must(entry.kind === 1 && entry.type === LIST_TYPE && (since === undefined || entry.time < since), WRONG);
  const told = parseList(document);
  must(told.origin === trust.origin && BigInt(told.size) <= index, WRONG);
  return { told, bytes, digest: sha256(document), formation: entry.formation, at: entry.time, seen: time };
}

/** Where a series leads, from its last list on. */
async function followed(published) {
  const last = published.findLastIndex((one) => one.told.status_list !== undefined);
  const used = published.slice(Math.max(last, 0));
  let state = null, before = null;
  for (const one of used) {
    state = await following(state, before, one);
    before = one;
  }
  return new StatusList(before, state, used.map((one) => one.bytes));
}

async function following(state, before, { told }) {
  const { size } = told;
  let next;
  if (told.status_list === undefined) {
    must(before !== null && told.previous === before.digest, "STATUS_LIST_GAP");
    must(size >= state.size, WRONG);
    next = changed(state, size, told.delta);
  } else {
    next = { size, values: await inflated(told.status_list.lst, (size + 1) >> 1), members: membersOf(told.members) };
    must(size % 2 === 0 || next.values.at(-1) >> BITS === 0, WRONG);
  }
  must((await digestOf(next)) === told.state, WRONG);
  return next;
}

function changed({ values, members }, size, { entries, members: named }) {
  const next = { size, values: new Uint8Array((size + 1) >> 1), members: new Map(members) };
  next.values.set(values);
  for (const [place, value] of entries) {
    const at = place >> 1, high = place % 2 === 1;
    next.values[at] = high ? (next.values[at] & 15) | (value << BITS) : (next.values[at] & 240) | value;
  }
  for (const [key, value] of named) {
    if (value === 0) next.members.delete(key);
    else next.members.set(key, value);
  }
  return next;
}

async function digestOf({ size, values, members }) {
  const rows = [...members].sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, value]) => concat(unhex(key), [value]));
  const told = concat(big(BigInt(size), 8), values, concat(...rows));
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", told)));
}

/** The standings of a group as of a size of the log, as the last of some publications leaves them. */
export class StatusList {
  #state;

  constructor({ told, formation, at, seen }, state, bundles) {
    const time = BigInt(told.time);
    this.#state = state;
    this.group = told.group;
    this.publisher = formation;
    this.sequence = told.sequence;
    this.size = BigInt(told.size);
    this.formations = new Set(told.formations.map(BigInt));
    this.time = time < at ? time : at;
    this.seen = seen;
    this.bundles = bundles;
  }

  /** The standing of a document, {index, batch, formation, type, digest}; null if the list does not speak of it. */
  standing({ index, batch, formation, type, digest }) {
    if (index >= this.size || !this.formations.has(formation)) return null;
    const byte = this.#state.values[Number(index >> 1n)];
    let value = index % 2n === 1n ? byte >> BITS : byte & VALUES_MOST;
    if (value === 0 && batch) value = this.#state.members.get(memberKey(formation, type, digest)) ?? 0;
    return STANDINGS.get(value) ?? `status ${value}`;
  }
}

const memberKey = (formation, type, digest) =>
  sha256(concat(big(formation, 4), utf8(`${type}\0`), digest)).slice(0, 2 * MEMBER);

// -- the document ---------------------------------------------------------------------------------------------------

/** What a publication tells; refuses what is not in its one encoding. */
export function parseList(document) {
  try {
    must(same(canonicalBytes(document), document), WRONG);
    const told = JSON.parse(new TextDecoder().decode(document));
    mustBeList(told);
    return told;
  } catch (error) {
    if (error instanceof EvidenceError) throw error;
    throw new EvidenceError(WRONG); // not JSON in the profile, or a member that is not there
  }
}

function mustBeList(told) {
  const first = told.sequence === 1, whole = told.status_list !== undefined;
  const names = [...HEAD, ...(first ? [] : ["previous"]), ...(whole ? ["members", "status_list"] : ["delta"])].sort();
  must(Object.keys(told).sort().join() === names.join() && (whole || !first) && told.schema === SCHEMA, WRONG);
  must(count(told.sequence, 1, NUMBER_AT_MOST) && count(told.size, 0, ENTRIES_AT_MOST) && count(told.time, 0), WRONG);
  must(GROUP.test(told.group) && told.number === `${told.group}/${told.sequence}`, WRONG);
  must([told.root, told.state, ...(first ? [] : [told.previous])].every((one) => HASH.test(one)), WRONG);
  must(typeof told.origin === "string" && ascend(told.formations, (one) => count(one, 1, NUMBER_AT_MOST)), WRONG);
  if (!whole) return mustBeDelta(told.delta, told.size);
  must(Object.keys(told.status_list).sort().join() === "bits,lst" && told.status_list.bits === BITS, WRONG);
  unbase64url(told.status_list.lst);
  membersOf(told.members);
}

function mustBeDelta(delta, size) {
  const { entries, members } = delta;
  must(Object.keys(delta).sort().join() === "entries,members" && entries.length + members.length <= CHANGES_AT_MOST, WRONG);
  must([...entries, ...members].every((one) => one.length === 2 && count(one[1], 0, VALUES_MOST)), WRONG);
  must(ascend(entries.map(([place]) => place), (place) => count(place, 0, size - 1)), WRONG);
  must(ascend(members.map(([key]) => key), (key) => KEY.test(key)), WRONG);
}

function membersOf(told) {
  const rows = unbase64url(told);
  must(rows.length % ROW === 0 && rows.length <= MEMBERS_AT_MOST * ROW, WRONG);
  const cut = Array.from({ length: rows.length / ROW }, (_, at) => rows.subarray(at * ROW, (at + 1) * ROW));
  const members = cut.map((row) => [hex(row.subarray(0, MEMBER)), row[MEMBER]]);
  must(ascend(members.map(([key]) => key), () => true) && members.every(([, value]) => count(value, 1, VALUES_MOST)), WRONG);
  return new Map(members);
}

/** What was compressed (RFC 1950), if it is exactly of this size and nothing follows it. */
async function inflated(told, size) {
  const reader = new Blob([unbase64url(told)]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const values = new Uint8Array(size);
  let at = 0;
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      must(at + piece.value.length <= size, WRONG);
      values.set(piece.value, at);
      at += piece.value.length;
    }
  } catch (error) {
    reader.cancel().catch(() => {});
    if (error instanceof EvidenceError) throw error;
    throw new EvidenceError(WRONG); // no zlib stream, or something after its end
  }
  must(at === size, WRONG);
  return values;
}

function unbase64url(told) {
  must(/^[A-Za-z0-9_-]*$/.test(told), WRONG);
  const padded = told.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (told.length % 4)) % 4);
  const bytes = unbase64(padded);
  must(bytes !== null, WRONG);
  return bytes;
}

const count = (value, least, most = Number.MAX_SAFE_INTEGER) => Number.isSafeInteger(value) && value >= least && value <= most;
const ascend = (list, holds) => Array.isArray(list) && list.every((one, at) => holds(one) && (at === 0 || list[at - 1] < one));
