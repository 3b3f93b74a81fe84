// Keeps what is still going on up to date. An element with data-live="/v1/…" is asked about until its `state` is
// one of data-until and the members in data-open are nought, or until it is another state than data-state; then the
// server is asked for the whole page. Every data-field in it shows the member of that name. Nothing is asked while the
// page is hidden.
//
//   <section data-live="/v1/batches/ID" data-until="done failed" data-open="counts.accepted">
//   <li data-unless-nought="counts.final" hidden><span data-field="counts.final">
//   <progress data-value="counts.final counts.failed" data-max="checked"> <p data-live-trouble hidden>

const FIRST = 1000;
const SLOWEST = 10_000;
const SLOWEST_FAILING = 30_000;

class Live {
  constructor(element) {
    this.element = element;
    this.until = new Set(names(element.dataset.until));
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
        over = this.over(told);
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

  over(told) {
    const { state, open } = this.element.dataset;
    return state ? told.state !== state : this.until.has(told.state) && sum(told, open) === 0;
  }

  show(told) {
    for (const place of this.element.querySelectorAll("[data-field]")) {
      const value = member(told, place.dataset.field);
      if (value !== undefined) place.textContent = String(value);
    }
    for (const place of this.element.querySelectorAll("[data-unless-nought]")) {
      place.hidden = !member(told, place.dataset.unlessNought);
    }
    for (const bar of this.element.querySelectorAll("progress[data-value]")) {
      const max = sum(told, bar.dataset.max);
      if (max) [bar.max, bar.value] = [max, sum(told, bar.dataset.value)];
    }
  }

  trouble(there) {
    for (const place of this.element.querySelectorAll("[data-live-trouble]")) place.hidden = !there;
  }
}

function member(told, path) {
  return path.split(".").reduce((value, name) => (Object.hasOwn(value ?? {}, name) ? value[name] : undefined), told);
}

function names(list) {
  return (list ?? "").split(" ").filter(Boolean);
}

function sum(told, list) {
  return names(list).reduce((total, path) => total + Number(member(told, path) ?? 0), 0);
}

const lives = Array.from(document.querySelectorAll("[data-live]"), (element) => new Live(element));
document.addEventListener("visibilitychange", () => {
  for (const live of lives) document.hidden ? live.stop() : live.start();
});
for (const live of lives) live.start();
