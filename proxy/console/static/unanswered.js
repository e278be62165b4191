// Where the proxy does not answer at all there is no answer that could say so: the page says it by itself.
(() => {
  "use strict";
  const tell = () => {
    const words = document.querySelector("#unanswered").content.cloneNode(true);
    document.querySelector("#problem").replaceChildren(words);
  };
  document.addEventListener("htmx:sendError", tell);
  document.addEventListener("htmx:timeout", tell);
})();
