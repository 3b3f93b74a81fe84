// Keeps the verify page on this device, so that it opens without a network. It answers for that page, its own files and the
// trust file, and for nothing else: whatever else is asked goes past it.
//
// The page that is kept is the one a stranger gets: nothing of anybody's session is stored.

const STORE = "sanad-verify-page:";
const PAGE = "/verify";
const TRUST = "/v1/trust";

/** Keeps the page in a language, its files and the trust file; what was kept before is dropped when all of it is there. */
async function keep({ version, files, language }) {
  const store = await caches.open(STORE + version);
  const known = new Set((await store.keys()).map((one) => new URL(one.url).pathname));
  await store.addAll(files.filter((one) => !known.has(one)));
  await store.add(new Request(TRUST, { credentials: "omit", headers: { Accept: "application/json" } }));
  await store.put(PAGE, await pageOf(language));
  const others = (await caches.keys()).filter((one) => one.startsWith(STORE) && one !== STORE + version);
  await Promise.all(others.map((one) => caches.delete(one)));
}

async function pageOf(language) {
  const answer = await fetch(PAGE, { credentials: "omit", headers: { "Accept-Language": language } });
  if (!answer.ok) throw new TypeError("the page could not be fetched");
  const text = (await answer.text()).replace("<html ", '<html data-kept="yes" ');
  return new Response(text, { headers: answer.headers });
}

/** What was kept at an address; undefined if nothing was. */
async function kept(path) {
  for (const name of await caches.keys()) {
    const found = name.startsWith(STORE) ? await (await caches.open(name)).match(path) : undefined;
    if (found) return found;
  }
  return undefined;
}

/** The network's answer, or what was kept where there is no network. */
async function freshOrKept(request, path) {
  try {
    return await fetch(request);
  } catch (error) {
    const found = await kept(path);
    if (found === undefined) throw error;
    return found;
  }
}

async function keptOrFresh(request, path) {
  return (await kept(path)) ?? fetch(request);
}

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("message", (event) => {
  const port = event.ports[0];
  event.waitUntil(keep(event.data).then(
    () => port.postMessage({ kept: true }),
    () => port.postMessage({ kept: false }),
  ));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname === PAGE || pathname === TRUST) event.respondWith(freshOrKept(request, pathname));
  else if (pathname.startsWith("/static/")) event.respondWith(keptOrFresh(request, pathname));
});
