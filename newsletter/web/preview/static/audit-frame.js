// Inside the frame without an origin: take a mail, let axe look at it, say what it found. Talks to its parent only.
(() => {
  const OFF = { "landmark-one-main": { enabled: false }, region: { enabled: false }, "page-has-heading-one": { enabled: false }, "color-contrast-enhanced": { enabled: false } };
  const DROPPED = "script, base, link, meta[http-equiv], iframe, object, embed";
  const DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==";

  function take(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    fresh.querySelectorAll(DROPPED).forEach((each) => each.remove());
    // pictures are not looked at, only what is said in their place
    fresh.querySelectorAll("img").forEach((each) => (each.removeAttribute("srcset"), each.setAttribute("src", DOT)));
    const root = document.documentElement;
    for (const { name } of [...root.attributes]) root.removeAttribute(name);
    for (const { name, value } of fresh.documentElement.attributes) root.setAttribute(name, value);
    document.head.replaceChildren(...fresh.head.childNodes);
    document.body.replaceWith(document.adoptNode(fresh.body));
  }

  const short = ({ id, impact, help, nodes }) => {
    const target = nodes[0]?.target?.flat().join(" ") || "";
    const marked = target && document.querySelector(target);
    const own = marked?.closest("[data-line]") || marked?.querySelector("[data-line]");
    return { id, impact, help, target, count: nodes.length, line: Number(own?.dataset.line || 0), path: own?.dataset.path || "" };
  };

  let running = Promise.resolve();
  addEventListener("message", (event) => {
    if (event.source !== parent) return;
    const { asked, html } = event.data;
    running = running.then(async () => {
      try {
        take(html);
        const found = await axe.run(document, { rules: OFF, resultTypes: ["violations", "passes", "incomplete"] });
        parent.postMessage({ asked, violations: found.violations.map(short), passes: found.passes.length, incomplete: found.incomplete.length }, "*");
      } catch (error) {
        parent.postMessage({ asked, error: String(error) }, "*");
      }
    });
  });
})();
