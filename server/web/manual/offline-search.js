// The search of the manual as files: the index lies beside it, so that a page opened from a disk finds it without asking anybody.
(() => {
  const { options, index } = JSON.parse(document.getElementById("indice").textContent);
  const search = MiniSearch.loadJS(index, { ...options, processTerm: simplify });
  const form = document.querySelector("form");
  const list = document.getElementById("trovati");
  const told = document.getElementById("quanti");

  function simplify(term) {
    return term.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase();
  }

  function makeHit({ href, guide, title, excerpt }) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = href;
    link.textContent = title;
    const where = document.createElement("span");
    where.className = "muted";
    where.textContent = ` ${guide}`;
    const text = document.createElement("p");
    text.textContent = excerpt;
    item.append(link, where, text);
    return item;
  }

  function show(words) {
    form.elements.parole.value = words;
    const hits =
      words === ""
        ? []
        : search.search(words, {
            prefix: (term) => term.length > 2,
            fuzzy: (term) => (term.length > 5 ? 1 : 0),
            combineWith: "AND",
            boost: { title: 4 },
          });
    list.replaceChildren(...hits.slice(0, 30).map(makeHit));
    told.textContent = words === "" ? "" : countHits(hits.length);
  }

  function countHits(count) {
    if (count === 0)
      return "Nessuna pagina ha tutte queste parole. Provare con una parola sola, o con il codice.";
    return count === 1
      ? "Una parte del manuale ha queste parole."
      : `${count} parti del manuale hanno queste parole.`;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(form.elements.parole.value.trim());
  });
  show((new URLSearchParams(location.search).get("parole") ?? "").trim());
})();
