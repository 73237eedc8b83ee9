#!/usr/bin/env bash
# growthbook 4.0.0 (PyPI) and @growthbook/growthbook 1.8.0 (npm), on one payload and one visitor, who has a
# wallet and a browser and of whom arm b is remembered under the browser alone. The experiment `one` goes by
# the wallet and falls back to the browser, `two` goes by the wallet and has no fallback.
#
#   JavaScript  `one` keeps b, `two` is dealt a by the wallet, in whatever order they are evaluated
#   Python      `two` is a when it is evaluated first, and b after `one`: evaluating `one` writes what is
#               remembered of the browser into the wallet's document, where `two` then finds it
#
# So a server in Python can show another arm than the page, depending on the order of its calls. The script
# fails when that changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check growthbook==4.0.0
npm install --silent --no-audit --no-fund --ignore-scripts @growthbook/growthbook@1.8.0 >/dev/null
cat >features.json <<'JSON'
{"one": {"defaultValue": "-", "rules": [{"key": "one", "variations": ["a", "b"],
    "meta": [{"key": "a"}, {"key": "b"}], "ranges": [[0, 1], [1, 1]], "hashAttribute": "wallet",
    "fallbackAttribute": "anonymous_id", "hashVersion": 2}]},
 "two": {"defaultValue": "-", "rules": [{"key": "two", "variations": ["a", "b"],
    "meta": [{"key": "a"}, {"key": "b"}], "ranges": [[0, 1], [1, 1]], "hashAttribute": "wallet",
    "hashVersion": 2}]}}
JSON
cat >documents.json <<'JSON'
[{"attributeName": "anonymous_id", "attributeValue": "a1", "assignments": {"one__0": "b", "two__0": "b"}},
 {"attributeName": "wallet", "attributeValue": "w1", "assignments": {"old__0": "a"}}]
JSON
cat >evaluate.py <<'PY'
import copy
import json

from growthbook import AbstractStickyBucketService, GrowthBook


class Remembered(AbstractStickyBucketService):
    def __init__(self):
        self.documents = {
            f"{it['attributeName']}||{it['attributeValue']}": it for it in json.load(open("documents.json"))
        }

    def get_assignments(self, name, value):
        return copy.deepcopy(self.documents.get(f"{name}||{value}"))

    def save_assignments(self, document):
        pass


for order in (["two", "one"], ["one", "two"]):
    client = GrowthBook(
        features=json.load(open("features.json")),
        attributes={"wallet": "w1", "anonymous_id": "a1"},
        sticky_bucket_service=Remembered(),
    )
    client.refresh_sticky_buckets(force=True)
    print(" ".join(f"{key}={client.eval_feature(key).value}" for key in order))
PY
cat >evaluate.js <<'JS'
const { readFileSync } = require('node:fs');
const { GrowthBookClient } = require('@growthbook/growthbook');
const read = (name) => JSON.parse(readFileSync(name, 'utf8'));
for (const order of [['two', 'one'], ['one', 'two']]) {
    const client = new GrowthBookClient().initSync({ payload: { features: read('features.json') } });
    const documents = Object.fromEntries(
        read('documents.json').map((it) => [`${it.attributeName}||${it.attributeValue}`, it]));
    const context = {
        attributes: { wallet: 'w1', anonymous_id: 'a1' },
        stickyBucketAssignmentDocs: documents,
        saveStickyBucketAssignmentDoc: async () => {},
    };
    console.log(order.map((key) => `${key}=${client.evalFeature(key, context).value}`).join(' '));
}
JS
python=$(venv/bin/python evaluate.py)
javascript=$(NODE_PATH=node_modules node evaluate.js)
printf 'Python:\n%s\nJavaScript:\n%s\n' "$python" "$javascript"
[[ $python == $'two=a one=b\none=b two=b' && $javascript == $'two=a one=b\none=b two=a' ]] || {
    echo changed >&2
    exit 1
}
