// What a page adds to t.js to show what is tested. growthbook.js is dist/bundles/esm.min.js of GrowthBook's SDK.
import { GrowthBook, LocalStorageStickyBucketService } from "./growthbook.js";

// What t.js keeps, as far as it keeps anything.
let kept = {};
try {
  if (!navigator.globalPrivacyControl) kept = localStorage;
} catch {}

const script = document.querySelector("script[data-key]");
// t.js is async: it has run, or its script's `load` is still to come. Without it no exposure would be sent,
// so until then nobody takes part.
const loaded = window.tessera ?? new Promise((done) => script.addEventListener("load", done));
const seen = document.prerendering && new Promise((done) => document.addEventListener("prerenderingchange", done));

// Keeps arms that this browser has seen, also when weights move. Without a service, the SDK remembers nothing.
const remembered = new LocalStorageStickyBucketService();
const gb = new GrowthBook({
  stickyBucketService: remembered,
  trackingCallback: (experiment, result) =>
    window.tessera.track("experiment_exposed", { experiment: experiment.key, arm: result.key }),
});
const features = fetch(new URL(`/api/features/${script.dataset.key}`, script.src))
  .then((answer) => answer.json())
  .then((payload) => gb.init({ payload }));

async function show() {
  await Promise.all([loaded, seen, features]);
  // t.js makes the id once it may. Who has none takes no part, nor who has one of before and is still asked.
  const visitor = kept.tesseraConsent === "yes" ? kept.tesseraVisitor : undefined;
  await gb.setAttributes({ anonymous_id: visitor });
  // The base again, for when there is no experiment.
  document.getElementById("checkout").className = gb.getFeatureValue("checkout-button", "plain");
}

async function consent(given) {
  await loaded;
  window.tessera.consent(given);
  // What the SDK keeps is under the id that is forgotten.
  if (!given) for (const key of Object.keys(kept)) if (key.startsWith("gbStickyBuckets__")) delete kept[key];
  await show();
}

document.getElementById("yes").addEventListener("click", () => consent(true));
document.getElementById("no").addEventListener("click", () => consent(false));
await show();
