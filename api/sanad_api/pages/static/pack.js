// The pack (docs/spec/pack.md): one signed file that lists documents with their standing, to look things up in without a
// network. The columns are read as they stand; nothing is unpacked.

import { big, concat, equal, hex, must, text, unhex, utf8, base64 } from "./evidence-bytes.js";
import { mustBeSigned, parseNote, verifyCheckpoint } from "./evidence-notes.js";
import { JsonRefused, canonicalBytes } from "./json-profile.js";
import { digestRange } from "./short-code.js";
import { readZip } from "./stored-zip.js";

const WRONG = "PACK_INVALID";
const SCHEMA = "urn:sanad:pack:1";
const MEMBERS = ["pack.note", "checkpoint", "contents.json", "sections.bin"];
const SIZE_AT_MOST = 256 * 2 ** 20;
const DIGEST = 9, PREFIX = 12, TAG = 3, CODE = 8, MORE = 7, BITS_AT_MOST = 24;
const LOW = (1n << BigInt(8 * DIGEST)) - 1n;
const STANDINGS = {
  0: "active", 1: "revoked", 2: "suspended", 3: "superseded", 12: "suspect", 13: "consumed", 14: "surrendered",
};
const IGNORED = /[\s\-\u2010-\u2015\u2212]/gu;
const LOOKALIKES = { I: "1", O: "0", Q: "0" };
const CONTENTS = [
  "absent", "formations", "origin", "region", "root", "salt", "schema", "sections", "sha256", "size", "time", "types",
];
const HEAD = ["bits", "codes", "columns", "documents", "formation", "key", "more", "numbered", "suspectSince", "type"];

/** Whether a file begins as a pack does; says nothing about the rest. */
export function isPack(bytes) {
  return String.fromCharCode(...bytes.subarray(0, 4)) === "PK\u0003\u0004" &&
    String.fromCharCode(...bytes.subarray(30, 30 + MEMBERS[0].length)) === MEMBERS[0];
}

/** The pack in a file, once its signatures, its checkpoint and its sections were checked. */
export async function openPack(bytes, trust) {
  must(bytes.length <= SIZE_AT_MOST, WRONG);
  const members = readZip(bytes, WRONG);
  must(members.map(([name]) => name).join() === MEMBERS.join(), WRONG);
  const [noteBytes, checkpointBytes, contentsBytes, sections] = members.map(([, content]) => content);
  const note = parseNote(noteBytes);
  const id = await sha256(contentsBytes);
  must(note.text === `sanad.pack/v1\n${trust.origin}\n${base64(id)}\n` && note.signatures.length === 1, WRONG);
  await mustBeSigned(note, trust.statusKeys);
  const contents = parseContents(contentsBytes);
  must(contents.origin === trust.origin, WRONG);
  const checkpoint = await verifyCheckpoint(checkpointBytes, trust);
  must(checkpoint.size === BigInt(contents.size) && hex(checkpoint.root) === contents.root, WRONG);
  must(hex(await sha256(sections)) === contents.sha256, WRONG);
  return new Pack(contents, checkpoint, sections, hex(id));
}

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function parseContents(bytes) {
  let contents;
  try {
    must(equal(canonicalBytes(bytes), bytes), WRONG);
    contents = JSON.parse(text(bytes, WRONG));
  } catch (error) {
    must(!(error instanceof JsonRefused), WRONG);
    throw error;
  }
  const count = (value, least = 0, most = 2 ** 32 - 1) => Number.isInteger(value) && value >= least && value <= most;
  const told = (value, pattern) => typeof value === "string" && pattern.test(value);
  const named = (value, names) =>
    value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).sort().join() === names.join();
  const ascends = (list, key) => list.every((one, at) => at === 0 || key(list[at - 1]) < key(one));
  must(named(contents, CONTENTS) && [contents.types, contents.formations, contents.sections].every(Array.isArray), WRONG);
  must(
    contents.schema === SCHEMA && contents.types.length > 0 && told(contents.origin, /./) && count(contents.size, 0, Number.MAX_SAFE_INTEGER) &&
      count(contents.time, 0, Number.MAX_SAFE_INTEGER) && count(contents.absent, 0, Number.MAX_SAFE_INTEGER) &&
      told(contents.root, /^[0-9a-f]{64}$/) && told(contents.sha256, /^[0-9a-f]{64}$/) && told(contents.salt, /^[0-9a-f]{32}$/) &&
      told(contents.region, /^(?:|[A-Z0-9][A-Z0-9-]{0,30})$/) && contents.types.every((one) => told(one, /^[A-Z][A-Z0-9_]{0,30}$/)) &&
      contents.formations.every((one) => count(one, 1)) && ascends(contents.types, (one) => one) && ascends(contents.formations, (one) => one),
    WRONG,
  );
  for (const one of contents.sections) {
    must(
      named(one, HEAD) && told(one.type, /^[A-Z][A-Z0-9_]{0,30}$/) && count(one.formation, 1) && told(one.key, /^[0-9a-f]{40}$/) &&
        count(one.suspectSince, 0, Number.MAX_SAFE_INTEGER) && count(one.numbered) && count(one.documents, 1) &&
        count(one.bits, 0, BITS_AT_MOST) && count(one.columns, 1) && count(one.more) && typeof one.codes === "boolean",
      WRONG,
    );
  }
  must(ascends(contents.sections, (one) => `${one.type} ${String(one.formation).padStart(10, "0")} ${one.key}`), WRONG);
  return contents;
}

/** A number as any two ways of writing it are compared in a pack. */
function folded(number) {
  let before = null;
  let now = number;
  while (now !== before) [before, now] = [now, now.toUpperCase().normalize("NFC")];
  return now.replace(IGNORED, "").replace(/[IOQ]/g, (char) => LOOKALIKES[char]);
}

/** A pack that was checked. `time` is as of when it speaks (seconds, BigInt), `id` the SHA-256 of its contents. */
class Pack {
  constructor(contents, checkpoint, sections, id) {
    const time = BigInt(contents.time);
    this.contents = contents;
    this.checkpointTime = checkpoint.time;
    this.time = time < checkpoint.time ? time : checkpoint.time;
    this.id = id;
    this.documents = contents.sections.reduce((sum, one) => sum + one.documents, 0);
    let at = 0;
    this.sections = contents.sections.map((head) => {
      const size = sizeOf(head);
      must(Number.isSafeInteger(size) && at + size <= sections.length, WRONG);
      at += size;
      return new Section(head, sections.subarray(at - size, at));
    });
    must(at === sections.length, WRONG);
  }

  /** The document of this digest, type and issuer; null if it is not listed. */
  listed(digest, type, formation) {
    const fits = ({ section: { head } }) => head.type === type && BigInt(head.formation) === formation;
    return this.ofDigest(digest).find(fits) ?? null;
  }

  /** Every document of a digest: [{section, index}]. */
  ofDigest(digest) {
    return this.#between(digest, digest);
  }

  /** Every document of a short code; none if the text is no such code. */
  ofShortCode(typed) {
    const range = digestRange(typed);
    return range === null ? [] : this.#between(...range);
  }

  #between(low, high) {
    return this.sections.flatMap((section) => section.between(low, high).map((index) => ({ section, index })));
  }

  /** Every document that may have this business number. */
  async ofNumber(number) {
    const tag = await this.#tag("number", number);
    return this.sections.flatMap((section) => section.inColumn(0, tag).map((index) => ({ section, index })));
  }

  /** Every document that may be about the thing with this number. */
  async ofThing(reading) {
    const tag = await this.#tag("thing", reading);
    return this.sections.flatMap((section) => section.ofThing(tag).map((index) => ({ section, index })));
  }

  standing({ section, index }) {
    return section.standing(index);
  }

  /** Whether it names the thing with this number. */
  async isAbout({ section, index }, reading) {
    const tag = hex(await this.#tag("thing", reading));
    return section.things(index).some((one) => hex(one) === tag);
  }

  /** Whether anything is known of what it is about. */
  namesThings({ section, index }) {
    return section.things(index).length > 0;
  }

  /** Whether a printed code says of it what was issued; null if the pack does not know. */
  async fitsCode({ section, index }, leaf, time) {
    const told = section.code(index);
    if (told === null) return null;
    return hex(told) === hex((await this.#hmac(concat(utf8("code\0"), leaf, big(time, 8)))).subarray(0, CODE));
  }

  /** Whether the pack lists every document of this type by this formation that its maker knew. */
  covers(type, formation) {
    return this.contents.types.includes(type) && this.contents.formations.includes(Number(formation));
  }

  async #tag(purpose, number) {
    const made = (await this.#hmac(utf8(`${purpose}\0${folded(number)}`))).subarray(0, TAG);
    return made.some((byte) => byte !== 0) ? made : Uint8Array.of(0, 0, 1);
  }

  async #hmac(message) {
    this.key ??= crypto.subtle.importKey("raw", unhex(this.contents.salt), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", await this.key, message));
  }
}

function sizeOf({ documents, bits, columns, more, codes }) {
  return 2 * 2 ** bits + documents * (DIGEST + columns * TAG + (codes ? CODE : 0)) + Math.ceil(documents / 2) + more * MORE;
}

/** The documents of one type, issued by one formation under one key. Places count from 0. */
class Section {
  constructor(head, bytes) {
    this.head = head;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const buckets = 2 ** head.bits;
    this.starts = new Uint32Array(buckets + 1);
    for (let at = 0; at < buckets; at++) this.starts[at + 1] = this.starts[at] + view.getUint16(2 * at);
    must(this.starts[buckets] === head.documents, WRONG);
    let at = 2 * buckets;
    const take = (size) => bytes.subarray(at, (at += size));
    this.digests = take(head.documents * DIGEST);
    this.standings = take(Math.ceil(head.documents / 2));
    this.columns = Array.from({ length: head.columns }, () => take(head.documents * TAG));
    this.more = take(head.more * MORE);
    this.codes = head.codes ? take(head.documents * CODE) : null;
  }

  /** The places whose digests may lie between two, which begin with the same bits. */
  between(low, high) {
    const [first, last] = [low, high].map((one) => BigInt(`0x${hex(one.subarray(0, PREFIX))}`));
    const bits = BigInt(this.head.bits);
    const bucket = Number(first >> (96n - bits));
    const [least, most] = [first, last].map((one) => (one >> (24n - bits)) & LOW);
    const found = [];
    for (let index = this.starts[bucket]; index < this.starts[bucket + 1]; index++) {
      const kept = BigInt(`0x${hex(this.digests.subarray(index * DIGEST, (index + 1) * DIGEST))}`);
      if (kept >= least && kept <= most) found.push(index);
    }
    return found;
  }

  inColumn(number, tag) {
    const column = this.columns[number];
    const [a, b, c] = tag;
    const found = [];
    for (let at = 0; at < column.length; at += TAG) {
      if (column[at] === a && column[at + 1] === b && column[at + 2] === c) found.push(at / TAG);
    }
    return found;
  }

  ofThing(tag) {
    const found = new Set();
    for (let number = 1; number < this.columns.length; number++) for (const index of this.inColumn(number, tag)) found.add(index);
    for (const [index, one] of this.#more()) if (hex(one) === hex(tag)) found.add(index);
    return [...found].sort((one, other) => one - other);
  }

  standing(index) {
    const value = (this.standings[index >> 1] >> (4 * (index & 1))) & 15;
    return STANDINGS[value] ?? `status ${value}`;
  }

  things(index) {
    const told = this.columns.slice(1).map((column) => column.subarray(index * TAG, (index + 1) * TAG));
    for (const [place, one] of this.#more()) if (place === index) told.push(one);
    return told.filter((one) => one.some((byte) => byte !== 0));
  }

  *#more() {
    const view = new DataView(this.more.buffer, this.more.byteOffset, this.more.byteLength);
    for (let at = 0; at < this.more.length; at += MORE) yield [view.getUint32(at), this.more.subarray(at + 4, at + MORE)];
  }

  code(index) {
    return this.codes?.subarray(index * CODE, (index + 1) * CODE) ?? null;
  }

  /** What is known of a digest: its first bits + 72 bits, the rest of 12 bytes zero. */
  prefix(index) {
    let bucket = 0;
    for (let step = 2 ** this.head.bits; step >= 1; step /= 2) {
      if (bucket + step < this.starts.length && this.starts[bucket + step] <= index) bucket += step;
    }
    const kept = BigInt(`0x${hex(this.digests.subarray(index * DIGEST, (index + 1) * DIGEST))}`);
    return big(((BigInt(bucket) << 72n) | kept) << BigInt(BITS_AT_MOST - this.head.bits), PREFIX);
  }
}
