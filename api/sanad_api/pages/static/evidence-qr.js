// A printed code (docs/spec/qr.md): read strictly, so that there is one text for each content. What follows from the
// rest is worked out here: the word `related` from the printed fields, the entry, the roots.

import {
  EvidenceError, Reader, ZERO, big, concat, equal, hashLeaf, hashNode, must, pathLength, rootFrom, text, unbase45, utf8,
} from "./evidence-bytes.js";
import { JsonRefused, canonicalBytes } from "./json-profile.js";

export const PREFIX = "SND1:";
const LONGEST = 4296;
const WRONG = "QR_INVALID";
const STATES = ["active", "suspended", "superseded", "revoked", "consumed", "surrendered"];
const LOG = 1, BATCH = 2, STATUS = 4, PRINTED = 8, RELATED = 16, KEY = 32, MANIFEST = 64;
const ISSUE = 1, ISSUE_BATCH = 2;
const TYPE = /^[A-Z][A-Z0-9_]{0,30}$/;
const POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/;
const ELEMENT = "(0|[1-9][0-9]{0,8})";

/** The places that have a number; code 1 is the first. */
export const PLACES = [
  "/receiptNumber", "/auctionNumber", "/lotNumber", "/auctionDate", "/collectorate", "/vehicle/make", "/vehicle/model",
  "/vehicle/year", "/vehicle/chassisNumber", "/vehicle/engineNumber", "/saleAmount", "/currency", "/psid", "/issueDate",
  "/transportDocumentReference", "/carrierCode", "/shippedOnBoardDate", "/transports/portOfLoading/UNLocationCode",
  "/transports/portOfDischarge/UNLocationCode", "/utilizedTransportEquipments/*/equipment/equipmentReference",
  "/finInsUniqueNumber", "/trader/ntn", "/financialInstrumentValue", "/financialInstrumentCurrency", "/lcContractNo",
  "/expiryDate", "/invoiceNumber", "/invoiceDate", "/totalPaymentDue", "/gdNumber", "/gdVersion", "/declarationDate",
  "/consignee/ntn", "/containers/*/number", "/items/*/chassisNumber",
];
const PATTERNS = PLACES.map((place) => new RegExp(`^${place.replaceAll("*", ELEMENT)}$`));

/** The code in a text; `EvidenceError` for anything that is not the one spelling of a code. */
export function parseQr(told) {
  must(told.startsWith(PREFIX) && told.length <= LONGEST, WRONG);
  const from = new Reader(unbase45(told.slice(PREFIX.length)), WRONG);
  const flags = from.byte();
  const has = (bit) => (flags & bit) !== 0;
  must(flags < 128 && !(has(PRINTED) && has(RELATED)) && !(has(STATUS) && !has(LOG)), WRONG);
  must(!has(MANIFEST) || has(BATCH), WRONG);
  const formation = from.number();
  const key = from.take(20);
  const type = text(from.take(from.size()), WRONG);
  must(formation >= 1n && formation < 2n ** 32n && TYPE.test(type), WRONG);
  const time = from.number();
  const digest = from.take(32);
  const code = { formation, key, type, time, digest, printed: null };
  code.businessKey = has(KEY) ? notZero(from.take(32)) : ZERO;
  code.related = ZERO;
  if (has(PRINTED)) {
    const root = from.take(32);
    code.printed = printedFields(from);
    code.related = hashNode(hashLeaf(code.printed.leaf), root);
  } else if (has(RELATED)) {
    code.related = notZero(from.take(32));
  }
  code.batch = has(BATCH) ? { ...place(from), manifest: has(MANIFEST) ? notZero(from.take(32)) : ZERO } : null;
  code.log = has(LOG) ? { ...place(from), signatures: signatures(from, 64), cosignatures: signatures(from, 72) } : null;
  code.status = has(STATUS) ? standing(from) : null;
  from.end();
  return code;
}

/** The 224 bytes of the entry that certifies the document (docs/spec/entry.md). */
export function rawEntry(code) {
  must(!equal(code.digest, ZERO), WRONG);
  const leaf = concat(code.digest, code.related, code.businessKey);
  let words = [big(ISSUE, 32), leaf];
  if (code.batch !== null) {
    const { index, size, path, manifest } = code.batch;
    must(size < 2n ** 32n, WRONG);
    words = [big(ISSUE_BATCH, 32), concat(rootFrom(leaf, index, size, path), manifest, big(size, 32))];
  }
  const by = concat(code.key, new Uint8Array(8), big(code.formation, 4));
  const name = concat(utf8(code.type), new Uint8Array(32 - code.type.length));
  return concat(words[0], by, name, words[1], big(code.time, 32));
}

function notZero(word) {
  must(!equal(word, ZERO), WRONG);
  return word;
}

function place(from) {
  const index = from.number();
  const size = from.number();
  must(index < size, WRONG);
  const length = pathLength(index, size);
  return { index, size, path: Array.from({ length }, () => from.take(32)) };
}

function signatures(from, size) {
  const found = Array.from({ length: from.byte() }, () => ({ id: from.take(4), body: from.take(size) }));
  const number = ({ id }) => new DataView(id.buffer, id.byteOffset).getUint32(0);
  for (let at = 1; at < found.length; at++) must(number(found[at - 1]) < number(found[at]), WRONG);
  return found;
}

function standing(from) {
  const state = STATES[from.byte()];
  const reason = from.number();
  const time = from.number();
  must(state !== undefined && reason < 65536n, WRONG);
  const replacement = state === "superseded" ? from.take(32) : null;
  return { state, reason, time, replacement, signature: { id: from.take(4), body: from.take(64) } };
}

// -- printed fields ---------------------------------------------------------------------------------------------

function printedFields(from) {
  const salt = saltText(from.take(16));
  const head = from.byte();
  const whole = head >= 128;
  const fields = Array.from({ length: head & 127 }, () => ({ pointer: pointer(from), value: value(from) }));
  must(new Set(fields.map((one) => one.pointer)).size === fields.length, WRONG);
  const pairs = fields.map((one) => `[${JSON.stringify(one.pointer)},${one.value}]`).join(",");
  const leaf = utf8(`[${JSON.stringify(salt)},[${pairs}],${whole}]`);
  must(equal(canonical(leaf), leaf), WRONG);
  return { whole, leaf, fields: fields.map((one) => ({ pointer: one.pointer, value: JSON.parse(one.value) })) };
}

function saltText(salt) {
  return btoa(String.fromCharCode(...salt)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function pointer(from) {
  const code = from.byte();
  must(code <= PLACES.length, WRONG);
  if (code > 0) {
    const [first, ...rest] = PLACES[code - 1].split("*");
    const told = first + rest.map((after) => `${from.number()}${after}`).join("");
    must(PATTERNS[code - 1].test(told), WRONG);
    return told;
  }
  const told = text(from.take(from.size()), WRONG);
  must(POINTER.test(told) && !PATTERNS.some((pattern) => pattern.test(told)), WRONG);
  return told;
}

/** The JSON text of a value, in its one spelling. */
function value(from) {
  const head = from.size();
  const raw = text(from.take(head >> 1), WRONG);
  if (head % 2 === 0) return JSON.stringify(raw);
  must(equal(canonical(utf8(raw)), utf8(raw)) && !/^["[{]/.test(raw), WRONG);
  return raw;
}

function canonical(bytes) {
  try {
    return canonicalBytes(bytes);
  } catch (error) {
    if (error instanceof JsonRefused) throw new EvidenceError(WRONG);
    throw error;
  }
}
