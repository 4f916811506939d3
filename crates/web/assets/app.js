// Makes pages more comfortable that work without it.
(() => {
  "use strict";
  const all = (selector, root = document) => root.querySelectorAll(selector);
  const say = (text) => {
    const live = document.getElementById("said");
    if (live) live.textContent = text;
  };

  // A <details class="confirm"> becomes a dialog.
  const confirms = (root) => all("details.confirm", root).forEach((details) => {
    const body = details.querySelector(".confirm-body");
    if (!body || typeof HTMLDialogElement === "undefined") return;
    const dialog = document.createElement("dialog");
    const title = body.querySelector("h2");
    if (title && title.id) dialog.setAttribute("aria-labelledby", title.id);
    dialog.append(body);
    details.after(dialog);
    const summary = details.querySelector("summary");
    summary.setAttribute("aria-haspopup", "dialog");
    summary.addEventListener("click", (event) => {
      event.preventDefault();
      dialog.showModal();
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    const cancel = document.createElement("button");
    cancel.type = "button";
    cancel.className = "button plain";
    cancel.textContent = details.dataset.cancel;
    cancel.addEventListener("click", () => dialog.close());
    const actions = body.querySelector(".actions");
    if (actions) actions.append(cancel);
    if (details.open) dialog.showModal();
  });

  // data-copy="id": copies the text or value of that element, where that is possible.
  const copies = (root) => all("[data-copy]", root).forEach((button) => {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copy);
      if (!source) return;
      try {
        await navigator.clipboard.writeText("value" in source ? source.value : source.textContent);
      } catch {
        return;
      }
      const label = button.querySelector("span");
      const before = label.textContent;
      label.textContent = button.dataset.copied;
      say(button.dataset.copied);
      setTimeout(() => { label.textContent = before; }, 2000);
    });
  });

  // data-echo="id": shows what is typed in that field.
  all("[data-echo]").forEach((echo) => {
    const field = document.getElementById(echo.dataset.echo);
    if (field) field.addEventListener("input", () => { echo.textContent = field.value.trim() || "…"; });
  });

  // data-since="epoch milliseconds": an elapsed time that goes on.
  const two = (number) => String(number).padStart(2, "0");
  const tick = () => all("[data-since]").forEach((time) => {
    const seconds = Math.max(0, Math.floor((Date.now() - Number(time.dataset.since)) / 1000));
    const minutes = Math.floor(seconds / 60);
    time.textContent = minutes < 60
      ? `${minutes}:${two(seconds % 60)}`
      : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
  });

  // data-live="address": server-sent events replace an element, add to it, or load the page again.
  const lives = () => all("[data-live]").forEach((part) => {
    const source = new EventSource(part.dataset.live);
    const on = (name, act) => source.addEventListener(name, (event) => {
      const { id, html } = JSON.parse(event.data);
      const target = document.getElementById(id);
      if (target) act(target, html);
    });
    on("replace", (target, html) => {
      target.innerHTML = html;
      target.classList.add("arrived");
      start(target);
    });
    on("append", (target, html) => {
      const follows = target.scrollHeight - target.scrollTop - target.clientHeight < 40;
      target.insertAdjacentHTML("beforeend", html);
      const most = Number(target.dataset.most);
      while (most && target.childElementCount > most) target.firstElementChild.remove();
      if (follows) target.scrollTop = target.scrollHeight;
    });
    source.addEventListener("reload", () => location.reload());
    source.addEventListener("end", () => source.close());
    addEventListener("pagehide", () => source.close());
  });

  const start = (root) => {
    confirms(root);
    copies(root);
  };
  start(document);
  lives();
  if (document.querySelector("[data-since], [data-live]")) {
    tick();
    setInterval(tick, 1000);
  }
  all("[data-end]").forEach((log) => { log.scrollTop = log.scrollHeight; });

  // A form is sent once.
  addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || event.defaultPrevented) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 5000);
  });
  addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));

  // Nobody chosen, nothing to do.
  all("form.bulk").forEach((form) => {
    const set = () => all("button", form).forEach((one) => { one.disabled = !form.querySelector(":checked"); });
    form.addEventListener("change", set);
    addEventListener("pageshow", set);
  });

  // "l" opens the whole log; Escape and a click elsewhere close the account menu.
  addEventListener("keydown", (event) => {
    const menu = document.querySelector("details.account[open]");
    if (event.key === "Escape" && menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    if (event.key !== "l" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const log = document.querySelector(".log details");
    if (log) log.open = !log.open;
  });
  addEventListener("click", (event) => {
    const menu = document.querySelector("details.account[open]");
    if (menu && !menu.contains(event.target)) menu.open = false;
  });

  const summary = document.querySelector(".summary[tabindex]");
  if (summary) summary.focus();
})();
