// A checkbox with data-shows="ID ..." shows what was typed into those password fields.
for (const box of document.querySelectorAll("[data-shows]")) {
  box.addEventListener("change", () => {
    for (const id of box.dataset.shows.split(" ")) {
      document.getElementById(id).type = box.checked ? "text" : "password";
    }
  });
}
