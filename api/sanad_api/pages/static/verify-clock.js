// What this device knows of the time: when the newest checkpoint that it ever met was cosigned. Its clock is not believed to be
// before that, so that one which was set back makes no old evidence look new.

const STORE = "sanad-clock";
const PLACE = "/verify/kept.clock";

/** The trust of a reader who remembers what this device has met of the same log. */
export async function withClock(trust) {
  const store = await globalThis.caches?.open(STORE);
  const told = await (await store?.match(PLACE))?.json();
  return { ...trust, seen: told?.origin === trust.origin ? BigInt(told.seen) : 0n };
}

/** The same after reports that met checkpoints; what is newer than all before is remembered. */
export async function afterMeeting(trust, reports) {
  const seen = BigInt(Math.max(...reports.map((one) => one.seen)));
  if (seen <= (trust.seen ?? 0n)) return trust;
  const store = await globalThis.caches?.open(STORE);
  await store?.put(PLACE, Response.json({ origin: trust.origin, seen: Number(seen) }));
  return { ...trust, seen };
}
