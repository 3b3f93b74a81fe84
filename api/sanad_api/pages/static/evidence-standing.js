// What a proof, the standing signed with it, and a pack come to together: the answers on standing and age.

import { distrustedSince, sayAge, saySuspect, sayState } from "./evidence-answers.js";

/**
 * What is known of the standing of a document, {digest, type, formation}: `facts`, {state, replacement (hex), time}, of a
 * log of some size (BigInt), or what a pack says, if that is newer; null if nothing is. What was said of a longer log is
 * newer, and of logs of the same length what was said later.
 */
export function newest(document, facts, size, pack) {
  const packed = pack === null ? 0n : BigInt(pack.contents.size);
  if (pack === null || (facts !== null && (size > packed || (size === packed && facts.time >= pack.time)))) return facts;
  const place = pack.listed(document.digest, document.type, document.formation);
  return place === null ? facts : { state: pack.standing(place), replacement: "", time: pack.time, enough: true };
}

/** The answer on the standing of what `key` issued at `time`. */
export function sayStanding(found, { key, time }, facts, trust) {
  const since = distrustedSince(trust, key);
  if (since !== undefined && time >= since) saySuspect(found);
  else if (facts !== null && !found.answers.state) sayState(found, facts.state, facts.replacement);
}

/** The answer on the age of a checkpoint of some time (seconds, BigInt) and the standing known with it. */
export function sayFreshness(found, time, facts, now, limits) {
  if (facts?.enough) {
    sayAge(found, facts.time, BigInt(now) > time ? BigInt(now) : time, limits);
  } else if (time === 0n) {
    found.say("freshness", "not-checked", "NO_TIME");
  } else {
    sayAge(found, facts !== null && facts.time < time ? facts.time : time, BigInt(now), limits);
  }
}

/** What is left of `work`; where it refuses, that is said of `name` and null is left. */
export async function attempt(found, name, work, refused) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof refused)) throw error;
    found.say(name, "no", error.code);
    return null;
  }
}
