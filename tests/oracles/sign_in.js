// Sign-in messages as the Wallet Standard's own package writes them, for domain/tests/rules, and
// which changed ones it reads.
//
// Run from the repository's root:
//   npm install --prefix target/oracles @solana/wallet-standard-util@1.1.4
//   NODE_PATH=target/oracles/node_modules node tests/oracles/sign_in.js

const { writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { createSignInMessageText, parseSignInMessageText } = require('@solana/wallet-standard-util');

const packageFile = join(dirname(require.resolve('@solana/wallet-standard-util')), '../../package.json');
const { version } = require(packageFile);

const full = {
    domain: 'app.example.com:8443',
    address: '24KebvJCscDwVm5KDMF3BJzZ8F6NqXpPUGGVC9Nz1bG6',
    statement: 'Sign in to Tessera. This costs nothing, and moves nothing.',
    uri: 'https://app.example.com:8443/sign-in?next=%2F#top',
    version: '1',
    chainId: 'solana:mainnet',
    nonce: 'oBbLoEldZs42',
    issuedAt: '2026-01-31T12:00:00.000Z',
    expirationTime: '2026-01-31T12:05:00.000Z',
    notBefore: '2026-01-31T11:59:59.999Z',
    requestId: 'request-1',
    resources: ['https://app.example.com/terms', 'urn:example:resource:1'],
};
const optional = Object.keys(full).slice(2);

const inputs = [full];
for (const name of optional) {
    const { [name]: _, ...without } = full;
    inputs.push(without);
    inputs.push({ domain: full.domain, address: full.address, [name]: full[name] });
}
inputs.push({ domain: full.domain, address: full.address });
for (const chainId of ['mainnet', 'testnet', 'devnet', 'localnet', 'solana:devnet']) {
    inputs.push({ ...full, chainId });
}

const written = inputs.map((input) => ({ input, text: createSignInMessageText(input) }));

// Each line of the full message left out, doubled, or exchanged with the next one.
const lines = createSignInMessageText(full).split('\n');
const changed = lines.flatMap((line, index) => [
    lines.toSpliced(index, 1),
    lines.toSpliced(index, 0, line),
    lines.toSpliced(index, 2, lines[index + 1] ?? '', line),
]);
const texts = [...new Set(changed.map((it) => it.join('\n')))];
const reads = texts.map((text) => ({ text, reads: parseSignInMessageText(text) !== null }));

const fixture = { versions: { '@solana/wallet-standard-util': version }, written, changed: reads };
writeFileSync('tests/oracles/fixtures/sign_in.json', JSON.stringify(fixture, null, 1) + '\n');
