#!/usr/bin/env bash
# @growthbook/growthbook 1.8.0 (npm), the option `stickyBucketAssignmentDocs`, by which a server hands over the
# arms that are remembered of a visitor. On an experiment that deals arm a by the wallet, or the browser for
# those without one, and a browser of which b is remembered:
#
#   documents alone                     are passed over, and so is the rule's `fallbackAttribute`: who has
#                                       no wallet takes no part, and who has one is dealt a. No error, no warning
#   with a service that keeps them      b, after `init` and after `initSync`
#   with a service that keeps nothing   b after `initSync`, and a after `init`, which asks the service again
#
# So remembered arms need a `stickyBucketService` that keeps them, and a page that only hands documents over
# shows visitors another arm than the server. The script fails when that changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @growthbook/growthbook@1.8.0 >/dev/null
cat >evaluate.mjs <<'JS'
import { GrowthBook, LocalStorageStickyBucketService, StickyBucketService } from '@growthbook/growthbook';

const payload = { features: { one: { defaultValue: '-', rules: [{
    key: 'one', variations: ['a', 'b'], meta: [{ key: 'a' }, { key: 'b' }], ranges: [[0, 1], [1, 1]],
    hashAttribute: 'wallet', fallbackAttribute: 'anonymous_id', hashVersion: 2 }] } } };
const remembered = (attributeName, attributeValue) => ({
    [`${attributeName}||${attributeValue}`]: { attributeName, attributeValue, assignments: { one__0: 'b' } } });

class KeepsNothing extends StickyBucketService {
    async getAssignments() { return null; }
    async saveAssignments() {}
}
function keeps() {
    const kept = new Map();
    const localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
    return new LocalStorageStickyBucketService({ localStorage });
}

async function seen(attributes, stickyBucketService) {
    const [[name, value]] = Object.entries(attributes);
    const page = () => new GrowthBook({
        attributes, stickyBucketService, stickyBucketAssignmentDocs: remembered(name, value) });
    const later = page();
    await later.init({ payload });
    const now = page().initSync({ payload });
    return [later, now].map((it) => it.getFeatureValue('one', 'none')).join(' ');
}

for (const [name, attributes, service] of [
    ['alone, by browser', { anonymous_id: 'v1' }],
    ['alone, by wallet', { wallet: 'w1' }],
    ['kept, by browser', { anonymous_id: 'v1' }, keeps()],
    ['kept, by wallet', { wallet: 'w1' }, keeps()],
    ['not kept, by browser', { anonymous_id: 'v1' }, new KeepsNothing()],
]) console.log(`${name}: ${await seen(attributes, service)}`);
JS
said=$(node evaluate.mjs 2>&1)
printf 'after init and after initSync\n%s\n' "$said"
[[ $said == 'alone, by browser: - -
alone, by wallet: a a
kept, by browser: b b
kept, by wallet: b b
not kept, by browser: a b' ]] || {
    echo changed >&2
    exit 1
}
