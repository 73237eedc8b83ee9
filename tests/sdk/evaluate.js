// What the JavaScript SDK of GrowthBook says of a payload, to compare our assignment with.
//
//   node tests/sdk/evaluate.js VISITORS PAYLOAD              a file, as GET /v1/features answers
//   node tests/sdk/evaluate.js VISITORS API_HOST CLIENT_KEY  downloaded by the SDK itself
//
// VISITORS is a JSON array of {"attributes": {...}, "sticky": {"wallet||7a3f": {...}}}; without `sticky`,
// the SDK has no service for remembered arms. Prints a JSON array, for each visitor an object of features
// to {value, source, arm, key, attribute, bucket, sticky}, the last five null outside of experiments. Packages are
// in target/sdks (scripts/setup-sdks) and target/oracles (scripts/setup-oracles): NODE_PATH=target/sdks/node_modules.
//
// Pages take it in behind the SDK's bundle, and call `evaluate` themselves.

const { GrowthBook, GrowthBookClient, StickyBucketServiceSync } =
    globalThis.growthbook ?? require('@growthbook/growthbook');

// Documents that are the same for every feature: what one evaluation writes, no other sees. The SDK looks at
// documents only where it has a service, whichever way they are handed to it.
class Remembered extends StickyBucketServiceSync {
    constructor(documents) {
        super();
        this.documents = documents;
    }

    getAssignmentsSync(name, value) {
        return structuredClone(this.documents[this.getKey(name, value)] ?? null);
    }

    saveAssignmentsSync() {}
}

const show = ({ value, source, experimentResult: result }) => ({
    value,
    source,
    arm: result?.variationId ?? null,
    key: result?.key ?? null,
    attribute: result?.hashAttribute ?? null,
    bucket: result?.bucket ?? null,
    sticky: result?.stickyBucketUsed ?? null,
});

function* evaluate(client, visitors) {
    const payload = client.getPayload();
    const features = Object.keys(client.getFeatures());
    for (const { attributes, sticky } of visitors) {
        const answers = features.map((feature) => {
            const stickyBucketService = sticky && new Remembered(sticky);
            const page = new GrowthBook({ attributes, stickyBucketService }).initSync({ payload });
            return [feature, show(page.evalFeature(feature))];
        });
        yield Object.fromEntries(answers);
    }
}

const load = (payload) => new GrowthBookClient().initSync({ payload });

async function download(apiHost, clientKey) {
    const client = new GrowthBookClient({ apiHost, clientKey });
    const { success, error } = await client.init({ timeout: 5_000, streaming: false });
    if (!success) throw error;
    return client;
}

async function main([visitors, source, clientKey]) {
    const { readFileSync } = require('node:fs');
    const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
    const client = clientKey ? await download(source, clientKey) : load(read(source));
    console.log(JSON.stringify([...evaluate(client, read(visitors))]));
}

if (typeof module !== 'undefined') {
    module.exports = { evaluate, load };
    if (require.main === module) main(process.argv.slice(2));
}
