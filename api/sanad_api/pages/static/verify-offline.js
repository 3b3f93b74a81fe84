// Has this device keep the page (verify-worker.js), and says whether the page at hand was opened from what it kept.

const WORKER = new URL("./verify-worker.js", import.meta.url).href;
const WAITS = 60_000;

/** Whether this page was opened without a network, from what was kept. */
export const openedFromDevice = document.documentElement.dataset.kept === "yes";

/** The address of the worker's script, for the policy on what may be started. */
export const KEEPER = WORKER;

/** Keeps the page with the files it has loaded and `more` (addresses); true once all of it is there. `approve` turns the
 *  script's address into one that may be started. */
export async function keepPage(more, approve) {
  const { serviceWorker } = navigator;
  if (serviceWorker === undefined || openedFromDevice) return openedFromDevice;
  await serviceWorker.register(approve(WORKER), { scope: "/verify" });
  const registration = await serviceWorker.ready;
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data.kept);
    setTimeout(() => resolve(false), WAITS);
  });
  const loaded = performance.getEntriesByType("resource").map((one) => new URL(one.name));
  const files = [...loaded, ...more.map((one) => new URL(one))]
    .filter((one) => one.origin === location.origin && one.pathname.startsWith("/static/"))
    .map((one) => one.pathname);
  const version = new URL(WORKER).pathname.split("/")[2];
  registration.active.postMessage({ version, files: [...new Set(files)], language: document.documentElement.lang }, [port2]);
  return answer;
}
