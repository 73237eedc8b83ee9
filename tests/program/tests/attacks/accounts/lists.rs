//! Lists of accounts that are too short, too long, out of order, or name one account twice.

use super::*;
use crate::attacks::stage::{is_absent, with};
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction, error::InstructionError};
use solana_signer::Signer;
use tessera_client::types::ID;
use world::key;

/// Accounts that get lamports or tokens only, and may be one.
const GETS: [&str; 4] = [
    "payer",
    "rent_payer",
    "stake_destination",
    "reward_destination",
];

#[test]
#[expect(deprecated, reason = "the code that programs give is still this one")]
fn every_account_is_asked_for() {
    each(|stage, call, usual, _| {
        let declared = stage.declared(call);
        let behind = declared.iter().filter(|it| it.name.contains("behind"));
        let asked_for = declared.len() - behind.count();
        for len in 0..call.instruction.accounts.len() {
            let mut attack = call.instruction.clone();
            attack.accounts.truncate(len);
            let outcome = stage.outcome(call, usual, &attack);
            let is = |error| matches!(&outcome, Outcome::Refused(it) if it.is(&error));
            // Where an account is absent, the program itself is named already.
            let expected = match len < asked_for {
                true => is(InstructionError::NotEnoughAccountKeys),
                false => is(InstructionError::MissingAccount) || outcome == Outcome::AsUsual,
            };
            assert!(expected, "{}, {len}: {}", call.title(), outcome.name());
        }
    });
}

/// The program's own address says that an account is absent.
#[test]
fn no_account_that_is_needed_is_left_out() {
    each(|stage, call, usual, tokens| {
        for (place, declared) in stage.declared(call).iter().enumerate() {
            // Who charges may forgo the fee.
            let forgone = call.name == "charge" && declared.name == "keeper_token";
            if is_absent(&call.instruction.accounts[place]) || forgone {
                continue;
            }
            let mut attack = call.instruction.clone();
            attack.accounts[place] = AccountMeta::new_readonly(ID, false);
            let outcome = stage.outcome(call, usual, &attack);
            let unread =
                is_unread(call, &declared.name) || is_named_only(stage, call, &declared.name);
            let expected = match &outcome {
                Outcome::Refused(_) => true,
                Outcome::AsUsual => unread,
                Outcome::Otherwise(_) => false,
            };
            let what = format!("{tokens}{}, {}", call.title(), declared.name);
            assert!(expected, "{what}: {}", outcome.name());
        }
    });
}

#[test]
fn accounts_behind_the_last_change_nothing() {
    let other = key(9).pubkey();
    for mut stage in [Stage::new(), Stage::token_2022()] {
        let elsewhere = stage.calls_of(1);
        for (call, of_another_org) in stage.calls().into_iter().zip(elsewhere) {
            let usual = stage.effect(&call);
            let stranger = [AccountMeta::new_readonly(
                Address::new_from_array([8; 32]),
                false,
            )];
            let signer = [AccountMeta::new(other, true)];
            // Those that the same call in another org would change.
            let theirs = of_another_org.instruction.accounts;
            let many = vec![AccountMeta::new_readonly(ID, false); 40];
            for extra in [&stranger[..], &signer, &theirs, &many] {
                let mut attack = call.instruction.clone();
                attack.accounts.extend_from_slice(extra);
                let outcome = stage.outcome(&call, &usual, &attack);
                assert_eq!(outcome, Outcome::AsUsual, "{}", call.title());
            }
        }
    }
}

/// Accounts that are named so that they can be called, or asked for on Token-2022 only.
fn is_named_only(stage: &Stage, call: &Call, account: &str) -> bool {
    let spl = stage.world.token_program == spl_token_interface::ID;
    match account {
        "program" | "program behind the last" | "system_program" => true,
        "mint" | "stake_mint" | "reward_mint" => spl && !call.name.starts_with("create"),
        "token_program" | "stake_token_program" | "reward_token_program" => true,
        "instructions" => call.before.is_empty(),
        _ => false,
    }
}

#[test]
fn accounts_out_of_order_are_refused() {
    each(|stage, call, usual, tokens| {
        let declared = stage.declared(call);
        let count = declared.len();
        for first in 0..count {
            for second in first + 1..count {
                let metas = &call.instruction.accounts;
                let names = [first, second].map(|place| declared[place].name.as_str());
                let chosen = match call.name {
                    // Who charges may leave out the account that is paid for it.
                    "charge" => {
                        names.contains(&"keeper_token")
                            && names.iter().any(|it| is_named_only(stage, call, it))
                    }
                    // Which is which is the org's to say.
                    "create_pool" => names == ["stake_mint", "reward_mint"],
                    _ => false,
                };
                if chosen || metas[first].pubkey == metas[second].pubkey {
                    continue;
                }
                let mut attack = call.instruction.clone();
                attack.accounts.swap(first, second);
                let outcome = stage.outcome(call, usual, &attack);
                let refused = matches!(outcome, Outcome::Refused(_));
                let unread =
                    names.map(|name| is_unread(call, name) || is_named_only(stage, call, name));
                let what = format!("{tokens}{}: {names:?}", call.title());
                assert!(
                    refused || (outcome == Outcome::AsUsual && unread == [true; 2]),
                    "{what}: {}",
                    outcome.name()
                );
            }
        }
    });
}

#[test]
fn accounts_in_reverse_or_rotated_are_refused() {
    each(|stage, call, _, _| {
        let mut orders = Vec::new();
        let mut reversed = call.instruction.clone();
        reversed.accounts.reverse();
        orders.push(reversed);
        for by in 1..call.instruction.accounts.len() {
            let mut rotated = call.instruction.clone();
            rotated.accounts.rotate_left(by);
            orders.push(rotated);
        }
        for order in orders {
            if order != call.instruction {
                stage.refused(call, &order, "in another order");
            }
        }
    });
}

/// One account in two places, one of which is written.
#[test]
fn no_account_that_is_written_stands_in_two_places() {
    each(|stage, call, usual, tokens| {
        let declared = stage.declared(call);
        let metas = &call.instruction.accounts;
        let is_written = |place: usize| {
            declared[place].is_writable && !GETS.contains(&declared[place].name.as_str())
        };
        for (place, written) in declared.iter().enumerate() {
            for (twice, meta) in metas.iter().enumerate() {
                // Who signs may pay.
                let pays = written.name == "payer" && meta.is_signer;
                // A wallet may change its mind and stay with its plan.
                let stays = written.name == "new_plan" && declared[twice].name == "plan";
                // Of the same mint as what is staked.
                let gives = call.name == "create_pool" && written.name.ends_with("_mint");
                // A sponsor may close what he paid for.
                let sponsors = written.name == "owner" && declared[twice].name == "rent_payer";
                let behind = written.name.contains("behind");
                if pays
                    || stays
                    || gives
                    || sponsors
                    || behind
                    || meta.pubkey == metas[place].pubkey
                    || is_absent(meta)
                {
                    continue;
                }
                let mut attack = call.instruction.clone();
                attack.accounts[place] = meta.clone();
                let outcome = stage.outcome(call, usual, &attack);
                let what = format!(
                    "{tokens}{}: {twice} at {place} too: {}",
                    call.title(),
                    outcome.name()
                );
                let Outcome::Refused(refusal) = &outcome else {
                    let unread =
                        is_unread(call, &written.name) || is_named_only(stage, call, &written.name);
                    assert!(unread && outcome == Outcome::AsUsual, "{what}");
                    continue;
                };
                let unsigned = InstructionError::MissingRequiredSignature;
                let expected = !(is_written(place) || is_written(twice))
                    || refusal.is_duplicate()
                    // The place that comes first is asked for its signature first.
                    || (written.is_signer && place < twice && refusal.is(&unsigned));
                assert!(expected, "{what}");
            }
        }
    });
}

/// As a cranker would who pays himself what is the merchant's, or pays with the merchant's tokens.
#[test]
fn merchant_keeper_and_source_are_three_accounts() {
    each(|stage, call, usual, _| {
        if call.name != "charge" {
            return;
        }
        let declared = stage.declared(call);
        let place = |name: &str| {
            let found = declared.iter().position(|it| it.name == name);
            found.expect(name)
        };
        let places = ["payer_token", "destination", "keeper_token", "vault"].map(place);
        let attacks = places.iter().flat_map(|from| {
            let others = places.iter().filter(move |to| *to != from);
            others.map(move |to| with(call, *to, call.instruction.accounts[*from].pubkey))
        });
        let all_in_one = |from: usize| {
            let mut attack = call.instruction.clone();
            for place in places {
                attack.accounts[place] = call.instruction.accounts[from].clone();
            }
            attack
        };
        let mut attacks: Vec<Instruction> = attacks.collect();
        attacks.extend(places.map(all_in_one));
        for attack in attacks {
            let outcome = stage.outcome(call, usual, &attack);
            assert!(matches!(&outcome, Outcome::Refused(it) if it.is_duplicate()));
        }
    });
}
