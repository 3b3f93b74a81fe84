// The examination of what only a pack speaks for: a file, a number, a short code, the short form of a printed code; the
// answers of verifier/sanad_verifier/packs/examining.py, tested by the same vectors.

import {
  Findings, issuerOf, mustBeReading, sayAge, sayState, saySubject, saySubjectOpen, saySuspect, subjectsNamed, subjectsShown,
} from "./evidence-answers.js";
import { concat, hex, unhex } from "./evidence-bytes.js";
import { limitsFor } from "./evidence-trust.js";
import { shortCode } from "./short-code.js";

const BEST_FIRST = ["authentic", "stale", "cannot-tell", "refused", "unknown"];
const WHOLE_DIGEST = /^[0-9a-f]{64}$/;

/**
 * A report for each office that issued a file, which is told by the digests (hex) it may be certified by and, where it
 * is JSON, its value; `unknown` if none did. `now` in seconds, `subject` a number read off the thing, or null.
 */
export async function examineFile(digests, value, pack, trust, now, subject = null) {
  const found = [...new Set(digests)].flatMap((digest) => pack.ofDigest(unhex(digest)).map((place) => [place, digest]));
  const reports = [];
  for (const [place, digest] of found) {
    reports.push(await examine(pack, place, trust, now, { subject, digest, value, intact: ["yes", "DIGEST_EQUAL"] }));
  }
  return reports.length > 0 ? reports : [notListed(pack, trust, now, subject)];
}

/** A report for each document that a digest, a short code, a number, or the number of a thing may mean, the best first. */
export async function examineText(text, pack, trust, now, subject = null) {
  const given = text.replace(/^sha256:/, "").toLowerCase();
  let places = WHOLE_DIGEST.test(given) ? pack.ofDigest(unhex(given)) : [];
  const whole = places.length > 0;
  if (!whole) places = pack.ofShortCode(text);
  if (places.length === 0) {
    mustBeReading(text);
    places = [...(await pack.ofNumber(text)), ...(await pack.ofThing(text))];
  }
  const more = whole ? { digest: given, intact: ["yes", "DIGEST_EQUAL"] } : { digest: "", intact: ["not-checked", "DOCUMENT_NOT_GIVEN"] };
  const reports = [];
  for (const place of places) reports.push(await examine(pack, place, trust, now, { subject, ...more }));
  if (reports.length === 0) return [notListed(pack, trust, now, subject)];
  return reports.sort((one, other) => BEST_FIRST.indexOf(one.verdict) - BEST_FIRST.indexOf(other.verdict));
}

/** A report on a printed code that proves nothing by itself. */
export async function examineShortCode(code, pack, trust, now, subject = null) {
  const place = pack.listed(code.digest, code.type, code.formation);
  if (place === null) return notListed(pack, trust, now, subject, code);
  const fits = await pack.fitsCode(place, concat(code.digest, code.related, code.businessKey), code.time);
  const shown = code.printed?.fields ?? [];
  let intact = ["not-checked", "DOCUMENT_NOT_GIVEN"];
  if (place.section.head.key !== hex(code.key) || fits === false) intact = ["no", "QR_DIFFERS"];
  else if (fits === null) intact = ["not-checked", "PACK_WITHOUT_CODES"];
  else if (shown.length > 0) intact = ["yes", "FIELDS_PRINTED"];
  const fields = fits === true && intact[0] !== "no" ? shown : [];
  return examine(pack, place, trust, now, { subject, digest: hex(code.digest), intact, code, fields });
}

async function examine(pack, place, trust, now, { subject, digest, intact, value = null, code = null, fields = [] }) {
  const found = new Findings(subject !== null);
  const { head } = place.section;
  if (subject !== null) mustBeReading(subject);
  found.facts = {
    digest,
    shortCode: shortCode(place.section.prefix(place.index)),
    type: head.type,
    issuer: issuerOf(trust, BigInt(head.formation)),
    issuedAt: code === null ? 0 : Number(code.time),
    fields,
  };
  found.say("authority", "yes", "PACK_LISTS_IT");
  found.say("intact", ...intact);
  if (intact[0] !== "no") {
    state(found, pack, place, code, trust);
    await thing(found, pack, place, { subject, value, fields, whole: code?.printed?.whole ?? false }, trust);
  }
  sayAge(found, pack.time, pack.checkpointTime, BigInt(now), trust, limitsFor(trust, head.type));
  return found.report();
}

/** The limits of a pack as a whole: those of the type in it that is soonest too old. */
function strictest(pack, trust) {
  const all = pack.contents.types.map((type) => limitsFor(trust, type));
  return all.reduce((one, other) => (other.usable < one.usable || (other.usable === one.usable && other.fresh < one.fresh) ? other : one));
}

function state(found, pack, place, code, trust) {
  const { head } = place.section;
  const since = trust.distrusted.get(head.key);
  const known = BigInt(head.suspectSince);
  const standing = pack.standing(place);
  if (standing === "suspect" || (since !== undefined && code !== null && code.time >= since)) saySuspect(found);
  else if (since !== undefined && code === null && !(known > 0n && known <= since)) found.say("state", "not-checked", "KEY_COMPROMISED_SINCE");
  else if (standing.startsWith("status ")) found.say("state", "no", "STATE_UNKNOWN");
  else sayState(found, standing);
}

async function thing(found, pack, place, { subject, value, fields, whole }, trust) {
  const places = trust.subjects.get(place.section.head.type) ?? [];
  if (subject === null) {
    saySubjectOpen(found, places);
    return;
  }
  const named = [...subjectsNamed(value, places), ...subjectsShown(fields, places)];
  if (named.length > 0) saySubject(found, named, subject, value !== null || whole);
  else if (!pack.namesThings(place)) saySubject(found, [], subject, false);
  else if (await pack.isAbout(place, subject)) found.say("subject", "yes", "SUBJECT_MATCHES");
  else found.say("subject", "no", "SUBJECT_DIFFERS");
}

/** The pack does not list it: unknown, if the pack would know. */
function notListed(pack, trust, now, subject, code = null) {
  const found = new Findings(subject !== null);
  if (subject !== null) mustBeReading(subject);
  sayAge(found, pack.time, pack.checkpointTime, BigInt(now), trust, strictest(pack, trust));
  if (code !== null && !pack.covers(code.type, code.formation)) found.say("authority", "not-checked", "PACK_ELSEWHERE");
  else if (code !== null && code.time > pack.time) found.say("authority", "not-checked", "PACK_OLDER");
  else if (pack.contents.absent > 0) found.say("authority", "not-checked", "PACK_INCOMPLETE");
  else {
    found.notFound = true;
    found.say("authority", "not-checked", "NOT_IN_PACK");
  }
  return found.report();
}
