// What a page adds to t.js: the question of consent, views without loading, and events of its own.
const on = (id, event, act) => document.getElementById(id).addEventListener(event, act);

on("yes", "click", () => window.tessera.consent(true));
on("no", "click", () => window.tessera.consent(false));
on("pricing", "click", (event) => {
  event.preventDefault();
  // t.js notices: it is a view of a page.
  history.pushState(null, "", "/pricing");
  window.tessera.track("pricing_page_visited");
});
on("demo", "submit", (event) => {
  event.preventDefault();
  // The form's values stay here; only that it was submitted is sent.
  window.tessera.track("demo_requested");
});
