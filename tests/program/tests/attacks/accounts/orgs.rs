//! Accounts of two orgs in one call. The same people did the same in both, so but for the org all
//! is right.

use super::*;
use solana_instruction::Instruction;

/// Most places of which every choice is tried.
const MOST: usize = 6;

/// Every call that is neither wholly the one nor wholly the other at the places that differ.
fn mixes(one: &Instruction, other: &Instruction, differ: &[usize]) -> Vec<Instruction> {
    let all = 1usize << differ.len().min(MOST);
    let chosen = |choice: usize| {
        let mut mix = one.clone();
        for (bit, place) in differ.iter().enumerate() {
            // What is beyond goes with the last that is chosen.
            if choice >> bit.min(MOST - 1) & 1 == 1 {
                mix.accounts[*place] = other.accounts[*place].clone();
            }
        }
        mix
    };
    (1..all - 1).map(chosen).collect()
}

#[test]
fn nothing_of_another_org_is_mixed_in() {
    let mut table = Attempts::new();
    for (mut stage, tokens) in [(Stage::new(), ""), (Stage::token_2022(), "Token-2022: ")] {
        let others = stage.calls_of(1);
        for (call, other) in stage.calls().into_iter().zip(others) {
            let declared = stage.declared(&call);
            let (one, two) = (&call.instruction, &other.instruction);
            let differs = |place: &usize| {
                one.accounts[*place].pubkey != two.accounts[*place].pubkey
                    && !is_unread(&call, &declared[*place].name)
            };
            let differ: Vec<usize> = (0..one.accounts.len()).filter(differs).collect();
            for mut mix in mixes(one, two, &differ) {
                for meant in [&call, &other] {
                    mix.data.clone_from(&meant.instruction.data);
                    let refusal = stage.refused(meant, &mix, "of two orgs");
                    table.note(tokens, &call, "of two orgs", &Outcome::Refused(refusal));
                }
            }
        }
    }
    table.assert_published("cross-org");
}
