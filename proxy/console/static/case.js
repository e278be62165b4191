// Tells with each judgement how long its sentence and the policy's text were before the reviewer's eyes, and keeps the
// case theirs while the page is looked at. The server decides; nothing here is a secret.
(() => {
  "use strict";
  const TICK_MS = 200;
  const RENEW_MS = 60_000;
  const SEEN_SHARE = 0.6; // of a text, or of the window where the text is longer than that
  const SEEN_MS = 400; // shorter than that nobody has seen it
  const IDLE_MS = 45_000; // without a key, a scroll or a movement nobody is taken to be reading

  const times = new Map(); // by claim: { visible, focused, evidence, seen: Map(piece -> ms) }
  const inView = new Map(); // evidence element -> whether enough of it is on the screen
  let lastActive = performance.now();

  const timesOf = (claim) => {
    if (!times.has(claim)) times.set(claim, { visible: 0, focused: 0, evidence: 0, seen: new Map() });
    return times.get(claim);
  };

  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        const room = entry.rootBounds ? entry.rootBounds.height : window.innerHeight;
        const tall = entry.boundingClientRect.height;
        const share = tall > room ? entry.intersectionRect.height / room : entry.intersectionRatio;
        inView.set(entry.target, entry.isIntersecting && share >= SEEN_SHARE);
      }
    },
    { threshold: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1] },
  );

  // Of a passage it is the marked words that have to be seen, not all that stands around them.
  const looked = (evidence) => evidence.querySelector("[data-mark]") || evidence;
  const watched = new WeakSet();
  const watch = () => {
    for (const element of inView.keys()) if (!element.isConnected) { observer.unobserve(element); inView.delete(element); }
    for (const evidence of document.querySelectorAll("[data-evidence]")) {
      const target = looked(evidence);
      if (watched.has(target)) continue;
      watched.add(target);
      target.dataset.for = evidence.dataset.evidence;
      inView.set(target, false);
      observer.observe(target);
    }
  };

  // The one sentence that is being read: where the keyboard is, else the one nearest to the middle of the window.
  const current = () => {
    const active = document.activeElement && document.activeElement.closest("[data-claim]");
    if (active) return active.dataset.claim;
    const middle = window.innerHeight / 2;
    let best = null;
    let nearest = Infinity;
    for (const claim of document.querySelectorAll("[data-claim]")) {
      const box = claim.getBoundingClientRect();
      if (box.bottom < 0 || box.top > window.innerHeight) continue;
      const away = box.top <= middle && box.bottom >= middle ? 0 : Math.min(Math.abs(box.top - middle), Math.abs(box.bottom - middle));
      if (away < nearest) [nearest, best] = [away, claim.dataset.claim];
    }
    return best;
  };

  let before = performance.now();
  const tick = () => {
    const now = performance.now();
    const passed = Math.min(now - before, 2 * TICK_MS); // a sleeping machine reads nothing
    before = now;
    if (document.visibilityState !== "visible") return;
    const attended = document.hasFocus() && now - lastActive < IDLE_MS;
    const reading = attended ? current() : null;
    const onScreen = new Set();
    const beside = new Set();
    for (const [element, visible] of inView) {
      if (!visible || !element.isConnected) continue;
      const claim = element.closest("[data-claim]").dataset.claim;
      const seen = timesOf(claim).seen;
      const long = (seen.get(element.dataset.for) || 0) + passed;
      seen.set(element.dataset.for, long);
      if (long >= SEEN_MS) element.dataset.seen = "yes";
      (element.dataset.for.endsWith("-text") ? onScreen : beside).add(claim);
    }
    for (const claim of beside) timesOf(claim).evidence += passed;
    for (const claim of onScreen) {
      timesOf(claim).visible += passed;
      if (claim === reading) timesOf(claim).focused += passed;
    }
  };

  // From "Read it first" to the words that are meant, with the keyboard.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-show]");
    const evidence = link && document.querySelector(link.getAttribute("href"));
    if (!evidence) return;
    event.preventDefault();
    const target = looked(evidence);
    target.scrollIntoView({ block: "center" });
    target.focus({ preventScroll: true });
  });

  const active = () => { lastActive = performance.now(); };
  for (const kind of ["keydown", "pointermove", "pointerdown", "wheel", "scroll", "touchstart"]) {
    window.addEventListener(kind, active, { passive: true, capture: true });
  }

  document.addEventListener("htmx:configRequest", (event) => {
    const form = event.target.closest && event.target.closest("[data-judging]");
    if (!form) return;
    const told = timesOf(form.dataset.judging);
    event.detail.parameters.visible_ms = String(Math.round(told.visible));
    event.detail.parameters.focused_ms = String(Math.round(told.focused));
    event.detail.parameters.evidence_ms = String(Math.round(told.evidence));
    event.detail.parameters.seen = [...told.seen].filter(([, ms]) => ms >= SEEN_MS).map(([name]) => name).join(" ");
  });

  // Enter chooses nothing and sends nothing while it is in a choice: only the button does.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input[type=radio], select")) event.preventDefault();
  });

  // After a part of the page was replaced the keyboard goes on where it was left.
  const afterSwap = (event) => {
    watch();
    const asked = event.target.querySelector && event.target.querySelector("[data-focus], .wrong, .warning");
    if (asked) {
      asked.tabIndex = -1;
      asked.focus();
      return;
    }
    if (event.target.id !== "review") return;
    const next = document.querySelector("[data-judging] input[type=radio]");
    const settle = document.querySelector("#settle");
    if (next && !next.closest(".reconsider")) next.focus({ preventScroll: false });
    else if (settle) { settle.tabIndex = -1; settle.focus(); }
  };
  document.addEventListener("htmx:afterSettle", afterSwap);

  const renew = () => {
    const held = document.querySelector("[data-renew]");
    if (!held || document.visibilityState !== "visible") return;
    window.htmx.ajax("POST", held.dataset.renew, { target: "#lease", swap: "innerHTML" });
  };

  watch();
  setInterval(tick, TICK_MS);
  setInterval(renew, RENEW_MS);
})();
