// The browser may keep a page that is left, for its "back" button, with the stream of changes that it listens to; and it
// opens six of them at most, so the next pages would wait for a minute.
addEventListener("pagehide", () => {
  for (const listening of document.querySelectorAll("[sse-connect]")) {
    htmx.trigger(listening, "htmx:beforeCleanupElement");
  }
});
// What is come back to in this way no longer listens, and may be old.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
