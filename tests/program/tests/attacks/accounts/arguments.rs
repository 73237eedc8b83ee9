//! Arguments that are cut off, followed by others, or meant for another instruction.

use super::*;
use solana_instruction::error::InstructionError;
use tessera_client::types::{args::InstructionNumber, carrier::SELF_CALL};

#[test]
fn arguments_that_are_cut_off_are_refused() {
    each_on_spl(|stage, call, _| {
        for len in 0..call.instruction.data.len() {
            let mut attack = call.instruction.clone();
            attack.data.truncate(len);
            let refusal = stage.refused(call, &attack, "cut off");
            let expected = InstructionError::InvalidInstructionData;
            assert!(refusal.is(&expected), "{len}: {}", refusal.name());
        }
    });
}

#[test]
fn bytes_behind_the_arguments_change_nothing() {
    each(|stage, call, usual, _| {
        for extra in [1, 7, 8, 250] {
            let mut attack = call.instruction.clone();
            attack.data.extend(vec![u8::MAX; extra]);
            let outcome = stage.outcome(call, usual, &attack);
            assert_eq!(outcome, Outcome::AsUsual, "{}", call.title());
        }
    });
}

/// Wallet and org end together what the wallet could end alone, with the same arguments.
fn is_part_of(call: &Call, number: u8) -> bool {
    call.name == "cancel_now" && number == InstructionNumber::Cancel as u8
}

/// What one instruction is given is nothing to any other; the one that carries receipts does nothing
/// with it.
#[test]
fn accounts_and_arguments_of_one_instruction_serve_no_other() {
    let mut stage = Stage::new();
    for call in stage.calls() {
        let before = stage.before(&call);
        for number in (0..50).chain([SELF_CALL - 1, SELF_CALL]) {
            let mut attack = call.instruction.clone();
            attack.data[0] = number;
            if number == SELF_CALL {
                let outcome = stage.outcome(&call, &before, &attack);
                assert_eq!(outcome, Outcome::AsUsual, "{}", call.title());
            } else if number != call.instruction.data[0] && !is_part_of(&call, number) {
                stage.refused(&call, &attack, &format!("as {number}"));
            }
        }
    }
}
