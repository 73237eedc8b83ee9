//! Accounts of another owner.

use super::*;
use crate::attacks::stage::with;
use solana_account::Account;
use solana_address::Address;

/// A program of the attacker's.
const FOREIGN: Address = Address::new_from_array([251; 32]);

/// Anybody's program can put any bytes into an account of its own.
#[test]
fn the_same_bytes_under_another_program_are_nothing() {
    let mut table = Attempts::new();
    each(|stage, call, usual, tokens| {
        let declared = stage.declared(call);
        for (place, meta) in call.instruction.accounts.iter().enumerate() {
            let genuine = stage.account(&meta.pubkey);
            if genuine.data.is_empty() || genuine.executable {
                continue;
            }
            let impostor = stage.place(Account {
                owner: FOREIGN,
                ..genuine
            });
            let outcome = stage.outcome(call, usual, &with(call, place, impostor));
            table.note(tokens, call, &declared[place].name, &outcome);
        }
    });
    table.assert_published("wrong-owner");
}
