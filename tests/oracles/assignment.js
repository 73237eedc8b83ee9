// What the SDKs of GrowthBook say of our payloads, for domain/tests/rules: JavaScript here, Python by
// tests/sdk/evaluate.py. The payloads are those of fixtures/assignment_payloads.json, which
// `UPDATE_ASSIGNMENT=1 scripts/cargo test -p tessera-domain assignment` writes, and some that we never make.
//
// Run from the repository's root, with the packages of scripts/setup-oracles:
//   NODE_PATH=target/oracles/node_modules node tests/oracles/assignment.js

const { deepStrictEqual, strictEqual } = require('node:assert');
const { execFileSync } = require('node:child_process');
const { mkdtempSync, readFileSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { evaluate, load } = require('../sdk/evaluate.js');

const FIXTURES = join(__dirname, 'fixtures');
const PYTHON = 'target/oracles/bin/python';
const VISITORS = 20_000;

// domain/tests/rules/experiments/assignment/visitors.rs has the same visitors.
function visitor(number) {
    const segments = [];
    if (number % 2 === 0) segments.push('traders');
    if (number % 5 === 0) segments.push('whales');
    return {
        anonymous_id: `visitor-${number}`,
        user_id: `${number * 7_919}`,
        email: number % 10 === 0 ? `😀${number}@example.com` : `персона${number}@пример.example`,
        ...(number % 3 !== 0 && { wallet: `Wallet${number}` }),
        ...(number % 7 !== 0 && { segments }),
    };
}

function remembered(number, experiments, holdout) {
    const { anonymous_id, wallet } = visitor(number);
    const document = (attributeName, attributeValue, assignments) =>
        attributeValue ? [[`${attributeName}||${attributeValue}`, { attributeName, attributeValue, assignments }]] : [];
    const arms = (version, arm) => Object.fromEntries(experiments.map((it) => [`${it}__${version}`, arm]));
    const browser = (version, arm) => document('anonymous_id', anonymous_id, arms(version, arm));
    const account = (version, arm) => document('wallet', wallet, arms(version, arm));
    return Object.fromEntries([
        [],
        browser(0, 'b'),
        account(0, 'c'),
        [...browser(0, 'b'), ...account(0, 'a')],
        browser(1, 'b'),
        browser(0, 'gone'),
        [...browser(0, 'b'), ...account(1, 'a')],
        document('anonymous_id', anonymous_id, { [`${holdout}__0`]: 'held_out' }),
    ][number % 8]);
}

// An answer as a character: no part, a forced value, an arm by its bucket, an arm that was remembered.
function character({ source, arm, sticky }) {
    if (source === 'defaultValue') return '-';
    if (source === 'force') return '!';
    strictEqual(source, 'experiment');
    return String.fromCharCode((sticky ? 65 : 97) + arm);
}

function check({ defaultValue, rules }, { value, source, arm, key }) {
    const [rule] = rules;
    const expected = { defaultValue, force: rule.force, experiment: rule.variations?.[arm] };
    deepStrictEqual(value, expected[source]);
    if (rule.meta && source === 'experiment') strictEqual(key, rule.meta[arm].key);
}

const scratch = mkdtempSync(join(tmpdir(), 'assignment-'));

function byPython(payload, visitors) {
    const write = (name, value) => {
        const path = join(scratch, name);
        writeFileSync(path, JSON.stringify(value));
        return path;
    };
    const script = [join(__dirname, '../sdk/evaluate.py'), write('visitors.json', visitors), write('payload.json', payload)];
    return JSON.parse(execFileSync(PYTHON, script, { maxBuffer: 2 ** 30, stdio: ['ignore', 'pipe', 'inherit'] }));
}

function answers(payload, visitors) {
    const javascript = [...evaluate(load(payload), visitors)];
    const python = byPython(payload, visitors);
    return Object.fromEntries(Object.entries(payload.features).map(([feature, definition]) => {
        const all = { javascript: '', python: [], buckets: 0, attributes: {} };
        javascript.forEach((of, number) => {
            const [ours, theirs] = [of[feature], python[number][feature]];
            [ours, theirs].forEach((it) => check(definition, it));
            all.javascript += character(ours);
            if (character(theirs) !== character(ours)) {
                all.python.push([number, character(theirs)]);
            } else {
                deepStrictEqual(theirs, ours);
            }
            if (ours.arm === null) return;
            all.buckets += Math.round(ours.bucket * 10_000);
            all.attributes[ours.attribute] = (all.attributes[ours.attribute] ?? 0) + 1;
        });
        return [feature, all];
    }));
}

// Rules of the format that our payloads do not have.
const rollout = (hashVersion, coverage) =>
    ({ defaultValue: false, rules: [{ force: true, coverage, hashAttribute: 'anonymous_id', hashVersion }] });
const format = {
    features: {
        'rollout-v1': rollout(1, 0.3),
        rollout: rollout(2, 0.2997),
        'weights-b': {
            defaultValue: 'a',
            rules: [{ variations: ['a', 'b', 'c'], weights: [0.1, 0.2, 0.7], hashAttribute: 'anonymous_id', hashVersion: 2 }],
        },
    },
};

// A forced null, which is a rule to one and none to the other.
const nothing = { features: { nothing: { defaultValue: 1, rules: [{ force: null }] } } };
const visitors = [{ attributes: visitor(1) }];
strictEqual([...evaluate(load(nothing), visitors)][0].nothing.source, 'force');
strictEqual(byPython(nothing, visitors)[0].nothing.source, 'defaultValue');

const payloads = JSON.parse(readFileSync(join(FIXTURES, 'assignment_payloads.json'), 'utf8'));
const numbers = [...Array(VISITORS).keys()];
const plain = numbers.map((number) => ({ attributes: visitor(number) }));
const features = Object.keys(payloads.remembered.features);
const [holdouts, experiments] = [true, false].map((is) => features.filter((it) => it.startsWith('$') === is));
const returning = plain.map((it, number) => ({ ...it, sticky: remembered(number, experiments, holdouts[0]) }));

const { version } = require('@growthbook/growthbook/package.json');
const python = execFileSync(PYTHON, ['-c', "from importlib.metadata import version as v; print(v('growthbook'), end='')"]);
const fixture = {
    versions: { javascript: version, python: `${python}` },
    plain: answers(payloads.plain, plain),
    remembered: answers(payloads.remembered, returning),
    format: answers(format, plain),
};

// A line for each feature.
const lines = (of) => Object.entries(of).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',\n');
const parts = Object.entries(fixture).map(([key, value]) => `${JSON.stringify(key)}:{\n${lines(value)}\n}`);
writeFileSync(join(FIXTURES, 'assignment.json'), `{\n${parts.join(',\n')}\n}\n`);
for (const part of ['plain', 'remembered', 'format']) {
    for (const [feature, { python }] of Object.entries(fixture[part])) {
        console.log(`${part}, ${feature}: Python differs for ${python.length} of ${VISITORS}`);
    }
}
