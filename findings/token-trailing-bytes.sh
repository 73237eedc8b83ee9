#!/usr/bin/env bash
# litesvm 1.5.0 (npm), with the SPL Token and Token-2022 programs that it ships.
#
# A Transfer with 200 bytes behind its last field:
#   SPL Token    goes through and costs the same to the unit as one without them
#   Token-2022   is refused with InvalidInstructionData, although it is the same instruction by
#                number, fields and accounts, and the interface crate's unpack() drops the rest
#
# So data that rides an instruction's tail among the inner instructions works on one token program
# only. The script fails when either behaviour changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund litesvm@1.5.0 @solana/kit@8.4.0 >/dev/null 2>&1

cat >probe.mjs <<'JS'
import { LiteSVM, FailedTransactionMetadata } from "litesvm";
import * as kit from "@solana/kit";

const SYSTEM = kit.address("11111111111111111111111111111111");
const TOKEN = kit.address("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
const TOKEN_2022 = kit.address("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
const { WRITABLE, WRITABLE_SIGNER, READONLY_SIGNER, READONLY } = kit.AccountRole;

const u64 = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64LE(BigInt(n)); return b; };
const key = (a) => Buffer.from(kit.getAddressEncoder().encode(a));
const svm = new LiteSVM();
const payer = await kit.generateKeyPairSigner();
svm.airdrop(payer.address, kit.lamports(10_000_000_000n));

async function send(instructions, signers = []) {
  const message = kit.pipe(
    kit.createTransactionMessage({ version: 0 }),
    (m) => kit.setTransactionMessageFeePayerSigner(payer, m),
    (m) => svm.setTransactionMessageLifetimeUsingLatestBlockhash(m),
    (m) => kit.appendTransactionMessageInstructions(instructions, m),
    (m) => kit.addSignersToTransactionMessage(signers, m),
  );
  const answer = svm.sendTransaction(await kit.signTransactionMessageWithSigners(message));
  svm.expireBlockhash();
  return answer instanceof FailedTransactionMetadata
    ? `refused: ${String(answer.err())}`
    : Number(answer.computeUnitsConsumed());
}

const create = (signer, space, owner) => ({
  programAddress: SYSTEM,
  accounts: [
    { address: payer.address, role: WRITABLE_SIGNER },
    { address: signer.address, role: WRITABLE_SIGNER },
  ],
  data: Buffer.concat([Buffer.alloc(4), u64(10_000_000), u64(space), key(owner)]),
});

async function transfers(program) {
  const [mint, from, to] = await Promise.all([1, 2, 3].map(() => kit.generateKeyPairSigner()));
  const initializeAccount = (account) => ({
    programAddress: program,
    accounts: [{ address: account.address, role: WRITABLE }, { address: mint.address, role: READONLY }],
    data: Buffer.concat([Buffer.from([18]), key(payer.address)]),
  });
  const ready = await send([
    create(mint, 82, program),
    {
      programAddress: program,
      accounts: [{ address: mint.address, role: WRITABLE }],
      data: Buffer.concat([Buffer.from([20, 6]), key(payer.address), Buffer.from([0])]),
    },
    create(from, 165, program), initializeAccount(from),
    create(to, 165, program), initializeAccount(to),
    {
      programAddress: program,
      accounts: [
        { address: mint.address, role: WRITABLE },
        { address: from.address, role: WRITABLE },
        { address: payer.address, role: READONLY_SIGNER },
      ],
      data: Buffer.concat([Buffer.from([7]), u64(1000)]),
    },
  ], [mint, from, to]);
  if (typeof ready !== "number") throw new Error(ready);
  const transfer = (tail) => send([{
    programAddress: program,
    accounts: [
      { address: from.address, role: WRITABLE },
      { address: to.address, role: WRITABLE },
      { address: payer.address, role: READONLY_SIGNER },
    ],
    data: Buffer.concat([Buffer.from([3]), u64(1), Buffer.alloc(tail, 7)]),
  }]);
  return [await transfer(0), await transfer(200)];
}

const [bare, carrying] = await transfers(TOKEN);
const [bare2022, carrying2022] = await transfers(TOKEN_2022);
console.log(`SPL Token   without ${bare}, with 200 bytes more ${carrying}`);
console.log(`Token-2022  without ${bare2022}, with 200 bytes more ${carrying2022}`);
const same = typeof bare === "number" && bare === carrying;
const refused = typeof bare2022 === "number" && typeof carrying2022 === "string";
if (!same || !refused) { console.error("changed"); process.exit(1); }
JS
node probe.mjs
