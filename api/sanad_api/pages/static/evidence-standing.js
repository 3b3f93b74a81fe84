// What a proof, the standing signed with it, and a pack come to together: the answers on standing and age.

import { distrustedSince, sayAge, saySuspect, sayState } from "./evidence-answers.js";
import { limitsFor } from "./evidence-trust.js";

/**
 * What is known of the standing of a document, {digest, type, formation, index, batch}: the newest of `facts`, {state,
 * replacement (hex), time}, of a log of some size (BigInt), what a pack says and what status lists say; null if nothing is.
 * What was said of a longer log is newer, and of logs of the same length what was said later.
 */
export function newest(document, facts, size, pack, lists) {
  const known = facts === null ? [] : [{ size, facts }];
  const place = pack?.listed(document.digest, document.type, document.formation) ?? null;
  if (place !== null) known.push({ size: BigInt(pack.contents.size), facts: whole(pack.standing(place), pack.time) });
  for (const list of lists) {
    const state = list.standing(document);
    if (state !== null) known.push({ size: list.size, facts: whole(state, list.time) });
  }
  const newer = (one, other) => other.size > one.size || (other.size === one.size && other.facts.time > one.facts.time);
  return known.reduce((one, other) => (one === null || newer(one, other) ? other : one), null)?.facts ?? null;
}

/** Facts that alone say how old the knowledge is. */
const whole = (state, time) => ({ state, replacement: "", time, enough: true });

/** The answer on the standing of what `key` issued at `time`. */
export function sayStanding(found, { key, time }, facts, trust) {
  const since = distrustedSince(trust, key);
  if (since !== undefined && time >= since) saySuspect(found);
  else if (facts !== null && !found.answers.state) sayState(found, facts.state, facts.replacement);
}

/**
 * The answer on the age of a checkpoint of some time (seconds, BigInt) and the standing known with it, of a type of document;
 * with what else was at hand, a pack (or null) and status lists.
 */
export function sayFreshness(found, { time, facts, now, type, pack, lists }, trust) {
  const limits = limitsFor(trust, type);
  const times = [time, pack?.checkpointTime ?? 0n, ...lists.map((one) => one.seen)];
  const seen = times.reduce((one, other) => (one > other ? one : other));
  if (facts?.enough) {
    sayAge(found, facts.time, seen, BigInt(now), trust, limits);
  } else if (time === 0n) {
    found.say("freshness", "not-checked", "NO_TIME");
  } else {
    const known = facts !== null && facts.time < time ? facts.time : time;
    sayAge(found, known, seen, BigInt(now), trust, limits);
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
