// Shows a page anew when something happens to what it is about, as the service's event stream tells it.
//
//   <div data-events="/v1/events?after=7&kind=ship" data-subject="ID"> … <section data-part="line"> …
//
// On an event about data-subject the server is asked for this page once more, and each data-part takes the place of
// the one here. One in which somebody is writing stays as it is; what says so is shown instead. While the page is
// hidden nobody listens: it is asked for again when it is seen.

const FIRST = 2000;
const SLOWEST = 60_000;

class Following {
  constructor(root) {
    this.root = root;
    this.address = new URL(root.dataset.events, globalThis.location.href);
    this.source = null;
    this.wait = FIRST;
    this.timer = 0;
    this.asking = false;
    this.again = false;
    root.addEventListener("input", (event) => {
      const part = event.target.closest("[data-part]");
      if (part) part.dataset.touched = "yes";
    });
  }

  listen() {
    this.leave();
    this.source = new EventSource(this.address);
    for (const kind of this.address.searchParams.getAll("kind")) {
      this.source.addEventListener(kind, (event) => this.heard(event));
    }
    this.source.addEventListener("open", () => (this.wait = FIRST));
    this.source.addEventListener("error", () => this.lost());
  }

  leave() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  /** The browser comes again by itself after a broken connection, but not after a refusal. */
  lost() {
    if (this.source?.readyState !== EventSource.CLOSED) return;
    this.timer = setTimeout(() => this.listen(), this.wait);
    this.wait = Math.min(this.wait * 2, SLOWEST);
  }

  heard(event) {
    this.address.searchParams.set("after", event.lastEventId);
    if (JSON.parse(event.data).subject === this.root.dataset.subject) this.renew();
  }

  async renew() {
    this.again = this.asking;
    if (this.asking) return;
    this.asking = true;
    try {
      const page = await thisPage();
      let left = 0;
      for (const part of this.root.querySelectorAll("[data-part]")) {
        const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
        if (!fresh) throw new Error(part.dataset.part);
        if (part.dataset.touched) left += 1;
        else part.replaceWith(document.adoptNode(fresh));
      }
      this.say("[data-renewed]", true);
      this.say("[data-behind]", left > 0);
    } catch {
      globalThis.location.reload(); // the server says what is the matter
    }
    this.asking = false;
    if (this.again) this.renew();
  }

  say(selector, so) {
    for (const place of this.root.querySelectorAll(selector)) place.hidden = !so;
  }
}

/** The page as it is now, parsed without running anything. */
function thisPage() {
  return new Promise((resolve, reject) => {
    const asked = new XMLHttpRequest();
    asked.open("GET", globalThis.location.pathname);
    asked.responseType = "document";
    asked.timeout = 15_000;
    asked.onload = () => (asked.status === 200 && asked.response ? resolve(asked.response) : reject(new Error()));
    asked.onerror = asked.ontimeout = () => reject(new Error());
    asked.send();
  });
}

const all = Array.from(document.querySelectorAll("[data-events]"), (root) => new Following(root));
document.addEventListener("visibilitychange", () => {
  for (const one of all) document.hidden ? one.leave() : one.listen();
});
for (const one of all) one.listen();
