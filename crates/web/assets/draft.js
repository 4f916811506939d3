// A form that keeps itself as a draft while it is filled in.
(() => {
  "use strict";
  document.querySelectorAll("form[data-draft]").forEach((form) => {
    const said = form.querySelector("[data-draft-said]");
    const typed = () => new URLSearchParams(new FormData(form));
    let kept = typed().toString();
    let timer;
    let busy = false;
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
        }
        said.textContent = answer.said ?? (reply.status === 401 ? form.dataset.signedOut : answer.detail ?? form.dataset.unkept);
      } catch {
        said.textContent = form.dataset.unkept;
      }
      busy = false;
    };
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(keep, 2000);
    });
    document.addEventListener("visibilitychange", () => { if (document.hidden) keep(); });
  });
})();
