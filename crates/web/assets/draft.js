// A form that keeps itself as a draft while it is filled in, and says what is wrong with it so far.
(() => {
  "use strict";
  document.querySelectorAll("form[data-draft]").forEach((form) => {
    const said = form.querySelector("[data-draft-said]");
    const outlook = form.querySelector("[data-draft-outlook]");
    const left = new Set();
    const typed = () => new URLSearchParams(new FormData(form));
    let kept = typed().toString();
    let timer;
    let busy = false;

    // Only at fields that were left: nobody is told that a date is missing while typing the title.
    const judge = (errors) => left.forEach((id) => {
      const field = document.getElementById(id);
      const box = field && field.closest(".field");
      if (!box) return;
      const text = errors[id];
      let error = document.getElementById(`${id}-error`);
      box.classList.toggle("bad", Boolean(text));
      const ids = (field.getAttribute("aria-describedby") || "").split(" ").filter((one) => one && one !== `${id}-error`);
      if (text) {
        if (!error) {
          error = document.createElement("p");
          error.className = "error";
          error.id = `${id}-error`;
          box.firstElementChild.after(error);
        }
        if (error.textContent.trim() !== text) error.textContent = text;
        field.setAttribute("aria-invalid", "true");
        ids.unshift(error.id);
      } else {
        if (error) error.remove();
        field.removeAttribute("aria-invalid");
      }
      if (ids.length) field.setAttribute("aria-describedby", ids.join(" "));
      else field.removeAttribute("aria-describedby");
    });

    const keep = async () => {
      clearTimeout(timer);
      const body = typed();
      const now = body.toString();
      if (busy || now === kept || form.dataset.sent) return;
      busy = true;
      body.set("then", "draft");
      try {
        const reply = await fetch(form.action, { method: "POST", body, headers: { accept: "application/json" } });
        const answer = await reply.json();
        if (reply.ok) {
          kept = now;
          form.action = answer.address;
          history.replaceState(null, "", answer.address);
          if (answer.outlook) outlook.innerHTML = answer.outlook;
          judge(answer.errors);
        }
        said.textContent = answer.said ?? (reply.status === 401 ? form.dataset.signedOut : answer.detail ?? form.dataset.unkept);
      } catch {
        said.textContent = form.dataset.unkept;
      }
      busy = false;
      if (typed().toString() !== now) timer = setTimeout(keep, 2000);
    };
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(keep, 2000);
    });
    form.addEventListener("focusout", (event) => {
      if (event.target.id) left.add(event.target.id);
      keep();
    });
    document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });
  });
})();
