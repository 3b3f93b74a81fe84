// The examination of a bundle (docs/spec/bundle.md) without a server: the six answers that `sanad-verify` gives, by the
// same steps (verifier/sanad_verifier/examine.py) and tested by the same vectors. A chain proof is not checked here.

import { candidateDigests, looksLikeJson } from "./digest.js";
import { Findings, issuerOf, mustBeReading, saySubject, saySubjectOpen, subjectsNamed, subjectsShown } from "./evidence-answers.js";
import { EvidenceError, equal, hashNode, hex, must, mustLead, pathLength, rootFrom, text, unbase64, utf8 } from "./evidence-bytes.js";
import { parseNote, verifyCheckpoint, verifyStatement } from "./evidence-notes.js";
import { issuerByLog, parseRegistry } from "./evidence-registry.js";
import { attempt, newest, sayFreshness, sayStanding } from "./evidence-standing.js";
import { JsonRefused, SIZE_AT_MOST, canonicalBytes } from "./json-profile.js";
import { sha256 } from "./sha256.js";
import { readZip, same } from "./stored-zip.js";

const PROOF = "proof.tlog-proof", STATUS = "status.note", REGISTRY = "registry.json", CHAIN = "chain.proof", FIELDS = "fields.json";
const MIB = 2 ** 20;
const LARGEST = {
  [PROOF]: MIB, [STATUS]: MIB, [REGISTRY]: 1 << 16, [CHAIN]: MIB, [FIELDS]: 4 * MIB, "document.json": SIZE_AT_MOST, "document.bin": 64 * MIB,
};
const LAST = [FIELDS, "document.json", "document.bin"];
const ENTRY = 224, LEAF = 96, LONGEST_PATH = 64, MOST_FIELDS = 1024;
const INDEX = /^(?:0|[1-9][0-9]{0,18})$/;

/** Whether a file begins as a bundle does; says nothing about the rest. */
export function isBundle(bytes) {
  return String.fromCharCode(...bytes.subarray(0, 4)) === "PK\u0003\u0004" &&
    String.fromCharCode(...bytes.subarray(30, 30 + PROOF.length)) === PROOF;
}

/**
 * What a bundle comes to at a time (seconds), and, if given, a document (bytes) presented with it; null if it has a chain
 * proof, which only the verifier and the server check. Rejects only for a subject that is no number, and where this
 * browser cannot check signatures.
 */
export async function examineBundle(bytes, trust, now, { document = null, subject = null, pack = null, lists = [] } = {}) {
  if (subject !== null) mustBeReading(subject);
  const found = new Findings(subject !== null);
  const attempted = (name, work) => attempt(found, name, work, EvidenceError);
  const parts = await attempted("intact", () => {
    const told = unpack(bytes);
    const proof = parseProof(told.proof);
    const shown = told.fields && parsePresentation(told.fields);
    return { ...told, proof, fields: shown, registry: told.registry && parseRegistry(told.registry) };
  }); // (1)
  if (parts === null) return found.report();
  if (parts.chain) return null;
  const { proof, fields } = parts;
  const facts = parts.status ? await attempted("state", () => standing(parts.status, proof, trust)) : null; // (6)
  if (parts.document) compareKept(found, parts.document, document, proof); // (4)
  const presented = document ?? parts.document ?? null;
  const seen = await attempted("authority", async () => authority(proof, await verifyCheckpoint(proof.checkpoint, trust))); // (2) (3)
  if (seen === null) return found.report();
  const { entry, leaf } = proof;
  const issuer = await attempted("authority", () =>
    parts.registry ? issuerByLog(parts.registry, entry, proof.index, seen, trust) : issuerOf(trust, entry.formation),
  ); // (3+)
  if (issuer === null) return found.report();
  found.facts = {
    digest: hex(leaf.digest), type: entry.type, issuer,
    issuedAt: Number(entry.time), entry: Number(proof.index),
  };
  found.say("authority", "yes", "ENTRY_IN_LOG");
  const shown = fields ? ((await attempted("intact", () => verifyPresentation(fields, leaf.related))) ?? []) : []; // (4a)
  found.facts.fields = shown;
  if (shown.length > 0 && presented === null) found.say("intact", "yes", "FIELDS_SHOWN");
  const about = {
    digest: leaf.digest, type: entry.type, formation: entry.formation, index: proof.index, batch: proof.batch !== null,
  };
  const known = newest(about, facts, seen.size, pack, lists);
  if (isCertified(found, presented, leaf)) {
    sayStanding(found, entry, known, trust); // (5) (6)
    thing(found, entry, { presented, shown }, subject, trust); // (7)
  }
  sayFreshness(found, { time: seen.time, facts: known, now, type: entry.type, pack, lists }, trust); // (8)
  return found.report();
}

/** The document in a bundle of one that was issued by itself, its entry, the entry's place (BigInt), and the time (BigInt) of the
 *  checkpoint; its standing is not looked at. Rejects with an `EvidenceError`. */
export async function provedDocument(bytes, trust) {
  const { document, proof: told } = unpack(bytes);
  const proof = parseProof(told);
  const { time } = authority(proof, await verifyCheckpoint(proof.checkpoint, trust));
  must(proof.batch === null && document !== undefined && sha256(document) === hex(proof.leaf.digest), "DIGEST_DIFFERS");
  return { document, entry: proof.entry, index: proof.index, time };
}

// -- the parts ------------------------------------------------------------------------------------------------------

function unpack(bytes) {
  const members = readZip(bytes, "BUNDLE_INVALID");
  const told = Object.fromEntries(members);
  const names = members.map(([name]) => name);
  const order = [PROOF, STATUS, REGISTRY, CHAIN].filter((name) => names.includes(name)).concat(LAST.filter((name) => names.includes(name)));
  const last = names.filter((name) => LAST.includes(name));
  must(names[0] === PROOF && last.length <= 1 && names.join() === order.join(), "BUNDLE_INVALID");
  for (const [name, content] of members) must(content.length <= LARGEST[name], "BUNDLE_INVALID");
  const document = told["document.json"] ?? told["document.bin"];
  if (document) must(isCanonicalObject(document) === (told["document.json"] !== undefined), "BUNDLE_INVALID");
  return { proof: told[PROOF], status: told[STATUS], registry: told[REGISTRY], chain: told[CHAIN], fields: told[FIELDS], document };
}

function isCanonicalObject(bytes) {
  if (bytes[0] !== 0x7b) return false;
  try {
    return same(canonicalBytes(bytes), bytes);
  } catch (error) {
    if (error instanceof JsonRefused) return false;
    throw error;
  }
}

/** A tlog-proof (C2SP) with our entry as the leaf, and a document's place in its batch. */
function parseProof(bytes) {
  must(bytes.length <= MIB, "PROOF_INVALID");
  const at = bytes.findIndex((byte, place) => byte === 10 && bytes[place + 1] === 10);
  must(at > 0 && bytes.subarray(0, at).every((byte) => byte < 128), "PROOF_INVALID");
  const [header, extra, index, ...path] = text(bytes.subarray(0, at), "PROOF_INVALID").split("\n");
  must(header === "c2sp.org/tlog-proof@v1" && extra?.startsWith("extra ") && index?.startsWith("index "), "PROOF_INVALID");
  must(INDEX.test(index.slice(6)) && path.length <= LONGEST_PATH, "PROOF_INVALID");
  const raw = unbase64(extra.slice(6));
  const hashes = path.map(unbase64);
  must(raw !== null && hashes.every((one) => one !== null && one.length === 32), "PROOF_INVALID");
  const batch = raw.length > ENTRY ? parseBatch(raw.subarray(ENTRY)) : null;
  const entry = parseEntry(raw.subarray(0, ENTRY));
  const checkpoint = bytes.subarray(at + 2);
  mustBeInOrder(checkpoint);
  const leaf = batch?.leaf ?? parseLeaf(raw.subarray(96, 192));
  return { raw: raw.subarray(0, ENTRY), entry, batch, leaf, index: BigInt(index.slice(6)), path: hashes, checkpoint };
}

function parseBatch(raw) {
  const path = raw.subarray(16 + LEAF);
  must(raw.length >= 16 + LEAF && path.length % 32 === 0 && path.length <= 32 * LONGEST_PATH, "PROOF_INVALID");
  const hashes = Array.from({ length: path.length / 32 }, (_, at) => path.subarray(32 * at, 32 * at + 32));
  const view = new DataView(raw.buffer, raw.byteOffset);
  const bytes = raw.subarray(16, 16 + LEAF);
  return { index: view.getBigUint64(0), size: view.getBigUint64(8), leaf: parseLeaf(bytes), bytes, path: hashes };
}

function parseLeaf(raw) {
  must(raw.length === LEAF && raw.subarray(0, 32).some((byte) => byte !== 0), "ENTRY_INVALID");
  return { digest: raw.subarray(0, 32), related: raw.subarray(32, 64), data: raw.subarray(64) };
}

const KINDS = new Set([...Array.from({ length: 22 }, (_, at) => 1 + at), ...Array.from({ length: 12 }, (_, at) => 32 + at), ...Array.from({ length: 9 }, (_, at) => 48 + at)]);

/** The entry in 224 bytes; of kinds that issue nothing, only that they are some. */
function parseEntry(raw) {
  const zero = (from, to) => raw.subarray(from, to).every((byte) => byte === 0);
  must(raw.length === ENTRY && zero(0, 31) && KINDS.has(raw[31]), "ENTRY_INVALID");
  must(zero(52, 60) && zero(192, 216), "ENTRY_INVALID");
  const view = new DataView(raw.buffer, raw.byteOffset);
  const entry = { kind: raw[31], key: raw.subarray(32, 52), formation: BigInt(view.getUint32(60)), time: view.getBigUint64(216) };
  if (entry.kind > 2) return { ...entry, type: "" };
  const name = String.fromCharCode(...raw.subarray(64, 96));
  must(/^[A-Z][A-Z0-9_]{0,30}\0+$/.test(name) && !zero(96, 128), "ENTRY_INVALID");
  must(entry.kind === 1 || (zero(160, 188) && view.getUint32(188) > 0), "ENTRY_INVALID");
  return { ...entry, type: name.replaceAll("\0", ""), subject: raw.subarray(96, 128), leaves: BigInt(view.getUint32(188)) };
}

/** Signature lines stand with the log's own first, then by name and key id. */
function mustBeInOrder(checkpoint) {
  const note = parseNote(checkpoint);
  const lines = note.text.split("\n");
  must(lines.length === 4 && lines[3] === "" && lines[0] !== "" && INDEX.test(lines[1]), "CHECKPOINT_INVALID");
  must(unbase64(lines[2])?.length === 32, "CHECKPOINT_INVALID");
  const rank = ({ name, id }) => `${name === lines[0] ? 0 : 1} ${hex(utf8(name))} ${hex(id)}`;
  const ranks = note.signatures.map(rank);
  must(ranks.every((one, at) => at === 0 || ranks[at - 1] <= one), "PROOF_INVALID");
}

// -- what was signed ------------------------------------------------------------------------------------------------

/** Checks the batch path and the log path; the checkpoint. */
function authority(proof, checkpoint) {
  const { entry, batch } = proof;
  if (batch !== null) {
    must(entry.kind === 2 && batch.size === entry.leaves, "PROOF_INVALID");
    mustLead(batch.bytes, batch.index, batch.size, batch.path, entry.subject);
  } else {
    must(entry.kind === 1, "PROOF_INVALID");
  }
  mustLead(proof.raw, proof.index, checkpoint.size, proof.path, checkpoint.root);
  return checkpoint;
}

/** The facts of a status statement about this document and this checkpoint. */
async function standing(bytes, proof, trust) {
  const told = await verifyStatement(bytes, trust);
  const { entry, leaf, checkpoint } = proof;
  const [, size, root] = parseNote(checkpoint).text.split("\n");
  const about = told.digest === hex(leaf.digest) && told.issuer === entry.formation && told.type === entry.type;
  must(about && told.size === size && told.root === root, "STATUS_ELSEWHERE");
  return told;
}

// -- fields -----------------------------------------------------------------------------------------------------------

/** The fields that a presentation shows of a document whose entry or batch leaf has the word `related`; an `EvidenceError` if it
 *  does not prove them. */
export const fieldsShown = (bytes, related) => verifyPresentation(parsePresentation(bytes), related);

function parsePresentation(bytes) {
  const wrong = "PRESENTATION_INVALID";
  must(bytes.length <= LARGEST[FIELDS], wrong);
  let told;
  try {
    must(same(canonicalBytes(bytes), bytes), wrong);
    told = JSON.parse(text(bytes, wrong));
  } catch (error) {
    must(!(error instanceof JsonRefused), wrong);
    throw error;
  }
  const named = (value, names) => value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).sort().join() === names;
  const digest = (value) => typeof value === "string" && unbase64(value)?.length === 32;
  must(named(told, "fields,printed,size") && Number.isInteger(told.size) && Array.isArray(told.fields) && digest(told.printed), wrong);
  must(told.fields.length > 0 && told.fields.length <= MOST_FIELDS, wrong);
  let before = -1;
  const fields = told.fields.map((one) => {
    must(named(one, "index,leaf,path") && Number.isInteger(one.index) && one.index > before, wrong);
    must(Array.isArray(one.path) && one.path.length <= LONGEST_PATH && one.path.every(digest), wrong);
    before = one.index;
    return { index: one.index, leaf: one.leaf, path: one.path.map(unbase64) };
  });
  return { size: told.size, printed: unbase64(told.printed), fields };
}

function verifyPresentation({ size, printed, fields }, related) {
  must(related.some((byte) => byte !== 0), "FIELDS_UNCOMMITTED");
  const lead = ({ index, leaf, path }) => {
    must(index >= 0 && index < size && path.length === pathLength(BigInt(index), BigInt(size)), "INCLUSION_INVALID");
    return rootFrom(canonicalBytes(utf8(JSON.stringify(leaf))), BigInt(index), BigInt(size), path);
  };
  const root = lead(fields[0]);
  must(equal(hashNode(printed, root), related), "INCLUSION_INVALID");
  const shown = fields.map((one) => {
    must(equal(lead(one), root), "INCLUSION_INVALID");
    return field(one.leaf);
  });
  must(new Set(shown.map((one) => one.pointer)).size === shown.length, "FIELD_INVALID");
  return shown;
}

function field(leaf) {
  must(Array.isArray(leaf) && leaf.length === 3, "FIELD_INVALID");
  const [salt, pointer, value] = leaf;
  must(typeof salt === "string" && /^[A-Za-z0-9_-]{21}[AQgw]$/.test(salt), "FIELD_INVALID");
  must(typeof pointer === "string" && /^(?:\/(?:[^~/]|~[01])*)*$/.test(pointer), "FIELD_INVALID");
  must(value === null || typeof value !== "object" || Object.keys(value).length === 0, "FIELD_INVALID");
  return { pointer, value };
}

// -- what it comes to -------------------------------------------------------------------------------------------------

/** Answers `intact` if the document in the bundle is not the certified one, or not the one presented. */
function compareKept(found, kept, presented, proof) {
  const digest = sha256(kept);
  const given = presented === null ? [digest] : candidateDigests(presented).map((one) => one.digest);
  if (!given.includes(digest)) found.say("intact", "no", "DOCUMENT_DIFFERS");
  else if (digest !== hex(proof.leaf.digest)) found.say("intact", "no", "DIGEST_DIFFERS");
}

function isCertified(found, document, leaf) {
  if (document === null) found.say("intact", "not-checked", "DOCUMENT_NOT_GIVEN");
  else if (candidateDigests(document).some((one) => one.digest === hex(leaf.digest))) found.say("intact", "yes", "DIGEST_EQUAL");
  else found.say("intact", "no", "DIGEST_DIFFERS");
  return found.answers.intact.answer !== "no";
}

function thing(found, entry, { presented, shown }, subject, trust) {
  const places = trust.subjects.get(entry.type) ?? [];
  if (subject === null) {
    saySubjectOpen(found, places);
    return;
  }
  const named = [...subjectsNamed(valueOf(presented), places), ...subjectsShown(shown, places)];
  const pointers = new Set(shown.map((one) => one.pointer));
  saySubject(found, named, subject, presented !== null || places.every((one) => pointers.has(one.pointer)));
}

/** The value of a JSON document in the profile; null for anything else. */
export function valueOf(bytes) {
  if (bytes === null || bytes.length > SIZE_AT_MOST || !looksLikeJson(bytes)) return null;
  try {
    return JSON.parse(new TextDecoder().decode(canonicalBytes(bytes)));
  } catch (error) {
    if (error instanceof JsonRefused) return null;
    throw error;
  }
}

