// Keeps what is still going on up to date. An element with data-live="/v1/…" is asked about until its `state` is
// one of data-until; every data-field in it shows the member of that name. Nothing is asked while the page is hidden.
//
//   <section data-live="/v1/batches/ID" data-until="done failed"> <span data-field="counts.final"> …
//   <progress data-field-value="checked"> <p data-live-trouble hidden>

const FIRST = 1000;
const SLOWEST = 10_000;
const SLOWEST_FAILING = 30_000;

class Live {
  constructor(element) {
    this.element = element;
    this.until = new Set((element.dataset.until ?? "").split(" "));
    this.wait = FIRST;
    this.timer = 0;
    this.tag = "";
  }

  start() {
    this.stop();
    this.timer = setTimeout(() => this.ask(), this.wait);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = 0;
  }

  async ask() {
    let over = false;
    try {
      const headers = { Accept: "application/json", ...(this.tag && { "If-None-Match": this.tag }) };
      const answer = await fetch(this.element.dataset.live, { headers, cache: "no-store", redirect: "error" });
      if (answer.status !== 304) {
        if (!answer.ok) throw new Error(String(answer.status));
        this.tag = answer.headers.get("ETag") ?? "";
        const told = await answer.json();
        this.show(told);
        over = this.until.has(told.state);
      }
      this.trouble(false);
      this.wait = answer.status === 304 ? Math.min(this.wait * 1.5, SLOWEST) : FIRST;
    } catch {
      this.trouble(true);
      this.wait = Math.min(this.wait * 2, SLOWEST_FAILING);
    }
    if (over) globalThis.location.reload(); // the server writes the finished page
    else if (!document.hidden) this.start();
  }

  show(told) {
    for (const place of this.element.querySelectorAll("[data-field]")) {
      const value = member(told, place.dataset.field);
      if (value !== undefined) place.textContent = String(value);
    }
    for (const bar of this.element.querySelectorAll("progress[data-field-value]")) {
      const value = Number(member(told, bar.dataset.fieldValue));
      if (Number.isFinite(value)) bar.value = value;
    }
  }

  trouble(there) {
    for (const place of this.element.querySelectorAll("[data-live-trouble]")) place.hidden = !there;
  }
}

function member(told, path) {
  return path.split(".").reduce((value, name) => (Object.hasOwn(value ?? {}, name) ? value[name] : undefined), told);
}

const lives = Array.from(document.querySelectorAll("[data-live]"), (element) => new Live(element));
document.addEventListener("visibilitychange", () => {
  for (const live of lives) document.hidden ? live.stop() : live.start();
});
for (const live of lives) live.start();
