// Rows of a form come and go without the page being loaded again. The server is asked as it would be without scripts,
// and the list of rows in its answer takes the place of the one here; whatever goes wrong, the form is simply sent.

/** The page that answers a form sent with one of its buttons. */
function answerOf(form, button) {
  return new Promise((resolve, reject) => {
    const asked = new XMLHttpRequest();
    asked.open("POST", form.action);
    asked.responseType = "document"; // parsed without running anything
    asked.timeout = 15_000;
    asked.onload = () => (asked.status < 400 && asked.response ? resolve(asked.response) : reject(new Error()));
    asked.onerror = asked.ontimeout = () => reject(new Error());
    asked.send(new FormData(form, button));
  });
}

/** Put the answer's rows in place, and the reader where the change is. */
function replace(list, fresh, added) {
  const taken = document.adoptNode(fresh);
  list.replaceWith(taken);
  const rows = taken.querySelectorAll(":scope > .row-of");
  const target = added ? rows[rows.length - 1] : taken;
  (added ? (target?.querySelector("input, select, textarea") ?? target) : target)?.focus();
}

document.addEventListener(
  "submit",
  async (event) => {
    const { target: form, submitter: button } = event;
    const list = button?.closest("[data-rows]");
    if (!list || !["add", "remove"].includes(button.name) || form.dataset.plain) return;
    event.preventDefault();
    list.setAttribute("aria-busy", "true");
    try {
      const page = await answerOf(form, button);
      const fresh = page.getElementById(list.id);
      if (!fresh) throw new Error();
      replace(list, fresh, button.name === "add");
    } catch {
      form.dataset.plain = "yes";
      form.requestSubmit(button);
    }
  },
  true,
);
