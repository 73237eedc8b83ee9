//! Accounts that do not sign, or that may not be written.

use super::*;
use crate::attacks::stage::with;
use solana_instruction::{AccountMeta, error::InstructionError};
use solana_keypair::Keypair;
use solana_signer::Signer;
use world::key;

/// A key that is nobody's here.
fn attacker() -> Keypair {
    key(9)
}

/// `call` with less rights for one account, wherever it stands.
fn stripped(
    call: &Call,
    place: usize,
    strip: fn(&mut AccountMeta),
) -> solana_instruction::Instruction {
    let mut attack = call.instruction.clone();
    let address = attack.accounts[place].pubkey;
    let same = attack.accounts.iter_mut();
    same.filter(|it| it.pubkey == address).for_each(strip);
    attack
}

#[test]
fn nothing_goes_through_without_each_of_its_signatures() {
    each(|stage, call, _, _| {
        for (place, declared) in stage.declared(call).iter().enumerate() {
            assert_eq!(
                declared.is_signer,
                call.instruction.accounts[place].is_signer
            );
            if !declared.is_signer {
                continue;
            }
            let attack = stripped(call, place, |meta| meta.is_signer = false);
            let refusal = stage.refused(call, &attack, &declared.name);
            let missing = InstructionError::MissingRequiredSignature;
            assert!(refusal.is(&missing), "{}: {}", call.title(), refusal.name());
        }
    });
}

/// Who pays rent is anybody's choice, and the others are not.
#[test]
fn nobody_signs_in_the_place_of_another() {
    let mut table = Attempts::new();
    each(|stage, call, usual, tokens| {
        for (place, declared) in stage.declared(call).iter().enumerate() {
            if declared.is_signer && declared.name != "payer" {
                let attack = with(call, place, attacker().pubkey());
                let outcome = stage.outcome(call, usual, &attack);
                table.note(tokens, call, &declared.name, &outcome);
            }
        }
    });
    table.assert_published("another-signer");
}

/// What a call changes must be writable; what it leaves as it is this time need not be.
#[test]
fn nothing_is_changed_that_may_not_be_written() {
    each(|stage, call, usual, _| {
        let before = stage.before(call);
        for (place, declared) in stage.declared(call).iter().enumerate() {
            let meta = &call.instruction.accounts[place];
            let mut same = call
                .instruction
                .accounts
                .iter()
                .filter(|it| it.pubkey == meta.pubkey);
            if !same.any(|it| it.is_writable) {
                assert_eq!(usual[&meta.pubkey], before[&meta.pubkey]);
                continue;
            }
            assert!(declared.is_writable || !meta.is_writable);
            // Who pays the fee is written in any case.
            if meta.pubkey == stage.world.payer.pubkey() {
                continue;
            }
            let attack = stripped(call, place, |meta| meta.is_writable = false);
            let outcome = stage.outcome(call, usual, &attack);
            let changes = usual.get(&meta.pubkey) != before.get(&meta.pubkey);
            let refused = matches!(outcome, Outcome::Refused(_));
            let harmless = outcome == Outcome::AsUsual && !changes;
            let what = format!("{}, {}", call.title(), declared.name);
            assert!(refused || harmless, "{what}: {}", outcome.name());
        }
    });
}
