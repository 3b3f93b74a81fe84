// Small helps for forms, none of which a form needs: ask before what cannot be undone, send once, warn before
// what was entered is lost, unfold what a link leads to, and take the reader to what is wrong.

/** Ask before a button that says so in data-confirm; send each form once. */
function onSubmit(event) {
  const form = event.target;
  const question = event.submitter?.dataset.confirm;
  if (question && !globalThis.confirm(question)) {
    event.preventDefault();
    return;
  }
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (event.defaultPrevented) return; // another script answers for this form
  form.dataset.sent = "yes";
  delete form.dataset.changed;
  if (event.submitter) {
    // after the form's data was gathered: a disabled button's own value would not be sent
    setTimeout(() => {
      event.submitter.setAttribute("aria-disabled", "true");
      event.submitter.setAttribute("aria-busy", "true");
    });
  }
}

/** A page that is shown again from the browser's memory can be sent again. */
function onShow() {
  for (const form of document.forms) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-busy]")) {
      button.removeAttribute("aria-busy");
      button.removeAttribute("aria-disabled");
    }
  }
}

function onLeave(event) {
  if (document.querySelector("form[data-guard][data-changed]")) event.preventDefault();
}

/** A link to something that is folded away unfolds it. */
function onArrive() {
  const meant = document.getElementById(globalThis.location.hash.slice(1));
  if (meant instanceof HTMLDetailsElement) meant.open = true;
}

document.addEventListener("submit", onSubmit);
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form && "guard" in form.dataset) form.dataset.changed = "yes";
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-print]")) globalThis.print();
});
globalThis.addEventListener("pageshow", onShow);
globalThis.addEventListener("beforeunload", onLeave);
globalThis.addEventListener("hashchange", onArrive);
onArrive();
document.querySelector("[data-focus]")?.focus();
