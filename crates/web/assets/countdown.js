// data-until, data-now="epoch milliseconds": the last day before an instant runs down by the server's clock; then the page
// is loaded again, not by everybody in the same second. Who wants little motion sees minutes only.
(() => {
  "use strict";
  const loaded = Date.now();
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const two = (number) => String(number).padStart(2, "0");
  const tick = () => document.querySelectorAll("[data-until]").forEach((time) => {
    const { until, now, done } = time.dataset;
    const left = Math.ceil((Number(until) - Number(now) - (Date.now() - loaded)) / 1000);
    if (left > 24 * 3600) return;
    if (left <= 0) {
      time.removeAttribute("data-until");
      time.textContent = done;
      setTimeout(() => location.reload(), 1000 + Math.random() * 9000);
      return;
    }
    const minutes = calm ? Math.ceil(left / 60) : Math.floor(left / 60);
    const clock = `${Math.floor(minutes / 60)}:${two(minutes % 60)}`;
    const words = calm ? `${clock} h` : `${clock}:${two(left % 60)}`;
    if (time.textContent !== words) time.textContent = words;
  });
  tick();
  setInterval(tick, 1000);
})();
