//! The section on where the bytes of receipts are.

use tessera_client::types::{
    Address, ID,
    carrier::{
        ASSIGN_LEN, CREATE_ACCOUNT_LEN, REVOKE_LEN, SELF_CALL, SYSTEM_PROGRAM, TOKEN_2022_PROGRAM,
        TOKEN_PROGRAM, TRANSFER_CHECKED_LEN, TRANSFER_LEN, carried, token,
    },
};

const RULE: &str = "
## Where the bytes are

Nothing is logged. The program writes a receipt behind the data of calls that it makes for other reasons; the callees ignore those bytes, and nodes keep them among the inner instructions. The rule: **the receipt of one invocation of the program is what the calls carry that this very invocation makes, in their order, put together.** What other programs write behind their calls is nothing, and so is what the program's callees call in turn.

Only a transaction that succeeded counts (`meta.err` is null). Its instructions name their programs by index into the account keys of the message, which the loaded addresses follow, writable ones first. `meta.innerInstructions` lists the calls of each instruction of the message by that instruction's `index`, in the order in which they were made; an instruction that is not listed made none. Where a node has no inner instructions at all (null), it does not have the receipts. The `data` of inner instructions is base58. `getTransaction` wants `maxSupportedTransactionVersion` and any encoding but `jsonParsed`. `stackHeight` is 2 for what an instruction of the message called, 3 for what that called, and so on:

```text
for each instruction of the message, in order:
    frames = [(its program, empty bytes)]
    for each of its inner calls, in order, of height h:
        fail unless 2 <= h <= number of frames + 1      # h is missing: fail, too
        drop frames from the end until h - 1 are left
        if the program of the last frame is the program:
            append carried(call) to the bytes of that frame
        append (program of the call, empty bytes) to the frames
    each frame of the program that has bytes was one receipt, dropped or not
```

A transaction in which the program is nowhere called has no receipts, whatever its heights. `carried(call)` is the data of the call behind the callee's own, and nothing when there is no more than that:

| callee | its data begins with | own bytes |
|---|---|--:|
";

const BATCH: &str = "
`Batch` is the byte {batch}, then entries up to the end. An entry is one byte for its number of accounts, one byte for its length, and that many bytes of data, which is read like the data of a call of SPL Token: what one of its other instructions above carries, and nothing of any instruction that is not above; what a batch carries is what its entries carry, in order, put together. An entry that is longer than what is left ends the reading. So a receipt may be in pieces, which need not be whole fields.

Every other call carries nothing: not those to Token-2022 (`{token_2022}`), not other instructions of the programs above, not any other program. Token-2022 refuses bytes behind its own, so a payment there has its receipt in a call of the program to itself.
";

/// An instruction that carries: its callee, the first bytes of its data, its name, its length.
type Carrier = (Address, Vec<u8>, &'static str, usize);

fn carriers() -> [Carrier; 7] {
    [
        (ID, vec![SELF_CALL], "the program's call to itself", 1),
        (
            SYSTEM_PROGRAM,
            vec![0; 4],
            "`CreateAccount`",
            CREATE_ACCOUNT_LEN,
        ),
        (SYSTEM_PROGRAM, vec![1, 0, 0, 0], "`Assign`", ASSIGN_LEN),
        (
            TOKEN_PROGRAM,
            vec![token::TRANSFER],
            "`Transfer`",
            TRANSFER_LEN,
        ),
        (
            TOKEN_PROGRAM,
            vec![token::APPROVE],
            "`Approve`",
            TRANSFER_LEN,
        ),
        (TOKEN_PROGRAM, vec![token::REVOKE], "`Revoke`", REVOKE_LEN),
        (
            TOKEN_PROGRAM,
            vec![token::TRANSFER_CHECKED],
            "`TransferChecked`",
            TRANSFER_CHECKED_LEN,
        ),
    ]
}

fn name(program: &Address) -> &'static str {
    match *program {
        ID => "the program",
        SYSTEM_PROGRAM => "System program",
        _ => "SPL Token",
    }
}

pub(crate) fn section() -> String {
    let rows = carriers().into_iter().map(|(program, first, what, len)| {
        let bytes: Vec<String> = first.iter().map(u8::to_string).collect();
        let bytes = bytes.join(" ");
        format!(
            "| {} `{program}` | {bytes}, {what} | {len} |\n",
            name(&program)
        )
    });
    let batch = format!(
        "| SPL Token `{TOKEN_PROGRAM}` | {}, `Batch` | see below |\n",
        token::BATCH
    );
    let rule = RULE.to_owned() + &rows.collect::<String>() + &batch;
    rule + &BATCH
        .replace("{batch}", &token::BATCH.to_string())
        .replace("{token_2022}", &TOKEN_2022_PROGRAM.to_string())
}

/// The table is what the code takes.
#[test]
fn carriers_carry_what_stands_behind_their_own_bytes() {
    let taken = |program: &Address, data: &[u8]| {
        let mut bytes = vec![];
        carried(program, data, |piece| bytes.extend_from_slice(piece));
        bytes
    };
    let listed = carriers();
    for (program, first, what, len) in &listed {
        let mut data = first.clone();
        data.resize(*len, 7);
        assert!(taken(program, &data).is_empty(), "{what}");
        data.extend_from_slice(b"tail");
        assert_eq!(taken(program, &data), b"tail", "{what}");
    }
    // And nothing else, by the first byte, as long as a carrier's data may be.
    for program in [ID, SYSTEM_PROGRAM, TOKEN_PROGRAM, TOKEN_2022_PROGRAM] {
        for first in 0..=u8::MAX {
            let mut data = vec![0; 100];
            data[0] = first;
            let is_listed = listed
                .iter()
                .any(|(callee, bytes, ..)| *callee == program && data.starts_with(bytes));
            let is_batch = program == TOKEN_PROGRAM && first == token::BATCH;
            let carries = !taken(&program, &data).is_empty();
            assert_eq!(carries, is_listed && !is_batch, "{program} {first}");
        }
    }
}
