//! Mints, token accounts and token programs that are not what they seem.

use super::*;
use crate::attacks::stage::with;
use solana_account::Account;
use solana_address::Address;
use solana_program_runtime::{
    declare_process_instruction, solana_sbpf::program::BuiltinFunctionDefinition,
};
use spl_token_2022_interface::ID as TOKEN_2022;
use spl_token_interface::ID as TOKEN;
use tessera_client::types::ID;

/// A program of the attacker's that says yes to everything and does nothing.
const OBLIGING: Address = Address::new_from_array([78; 32]);

declare_process_instruction!(Obliging, 1, |_context| { Ok(()) });

const MINT_LEN: usize = 82;
const TOKEN_LEN: usize = 165;
/// Where a mint says that it is initialised.
const INITIALISED: usize = 45;
/// Length of a multisig of either program.
const MULTISIG_LEN: usize = 355;

fn is_of_token_program(account: &Account) -> bool {
    !account.executable && (account.owner == TOKEN || account.owner == TOKEN_2022)
}

fn is_mint(account: &Account) -> bool {
    let data = &account.data;
    is_of_token_program(account)
        && (data.len() == MINT_LEN || data.get(TOKEN_LEN).is_some_and(|kind| *kind == 1))
}

fn is_token_account(account: &Account) -> bool {
    is_of_token_program(account) && !is_mint(account)
}

/// Places of `call` at which such accounts stand.
fn places(stage: &Stage, call: &Call, such: fn(&Account) -> bool) -> Vec<(usize, Address)> {
    let metas = call.instruction.accounts.iter().enumerate();
    let such = metas.filter(|(_, meta)| such(&stage.account(&meta.pubkey)));
    such.map(|(place, meta)| (place, meta.pubkey)).collect()
}

/// Mints that the org chooses, and nothing else in the call depends on.
fn is_chosen(call: &Call) -> bool {
    ["create_campaign", "create_pool"].contains(&call.name)
}

/// The mints of the world, and one more, at each other's places.
#[test]
fn another_mint_serves_nobody() {
    let mut table = Attempts::new();
    each(|stage, call, usual, tokens| {
        let declared = stage.declared(call);
        for (place, address) in places(stage, call, is_mint) {
            let copy = stage.account(&address);
            let copy = stage.place(copy);
            for other in [stage.world.mint, stage.cast.reward_mint, copy] {
                if other == address || is_chosen(call) {
                    continue;
                }
                let outcome = stage.outcome(call, usual, &with(call, place, other));
                table.note(tokens, call, &declared[place].name, &outcome);
            }
        }
    });
    table.assert_published("swapped-mint");
}

/// Whom nothing can keep, and where nothing is paid: these look at what the wallet's token account approves, and take it as it
/// is.
fn is_open_way_out(call: &Call, account: &str) -> bool {
    let looks_only = ["cancel", "cancel_now", "mark_past_due"].contains(&call.name);
    let unpaid = call.title() == "change_plan (later)" && account == "destination";
    (looks_only && account == "payer_token") || unpaid || is_unread(call, account)
}

/// Of the same owner, with the same approval and as much in it.
#[test]
fn a_token_account_of_another_mint_serves_nobody() {
    let mut table = Attempts::allowing(is_open_way_out);
    each(|stage, call, usual, tokens| {
        let declared = stage.declared(call);
        for (place, address) in places(stage, call, is_token_account) {
            let genuine = stage.account(&address);
            let home = genuine.data.starts_with(stage.world.mint.as_ref());
            let other = match home {
                true => stage.cast.reward_mint,
                false => stage.world.mint,
            };
            let change = |account: &mut Account| {
                account.data[..32].copy_from_slice(other.as_ref());
            };
            let mut copy = genuine;
            change(&mut copy);
            let copy = stage.place(copy);
            let elsewhere = stage.outcome(call, usual, &with(call, place, copy));
            table.note(tokens, call, &declared[place].name, &elsewhere);
            // A wallet or merchant may have closed the account and opened it again; vaults cannot be.
            if !declared[place].name.contains("vault") {
                let reopened = stage.outcome_with(call, usual, &address, |account| {
                    if account.data.len() >= TOKEN_LEN {
                        change(account);
                    }
                });
                table.note(tokens, call, &declared[place].name, &reopened);
            }
        }
    });
    table.assert_published("swapped-mint-of-token-account");
}

/// Made to look like a mint in every way that costs nothing.
#[test]
fn a_fake_or_uninitialised_mint_serves_nobody() {
    let mut table = Attempts::new();
    each(|stage, call, usual, tokens| {
        let declared = stage.declared(call);
        for (place, address) in places(stage, call, is_mint) {
            let genuine = stage.account(&address);
            let uninitialised = |account: &mut Account| {
                if let Some(flag) = account.data.get_mut(INITIALISED) {
                    *flag = 0;
                }
            };
            let edited = |edit: &dyn Fn(&mut Account)| {
                let mut account = genuine.clone();
                edit(&mut account);
                account
            };
            let fakes = [
                edited(&|it| it.owner = OBLIGING),
                edited(&|it| it.owner = ID),
                edited(&uninitialised),
                edited(&|it| it.data.fill(0)),
                edited(&|it| it.data.clear()),
                edited(&|it| it.data.truncate(MINT_LEN - 1)),
                edited(&|it| it.data.resize(MULTISIG_LEN, 1)),
                stage.account(&stage.world.destination),
            ];
            for fake in fakes {
                let fake = stage.place(fake);
                let outcome = stage.outcome(call, usual, &with(call, place, fake));
                table.note(tokens, call, &declared[place].name, &outcome);
            }
            // Where it is: closed, and made again but not finished.
            let outcome = stage.outcome_with(call, usual, &address, uninitialised);
            if call.name != "open_ledger" || call.variant != "open" {
                table.note(tokens, call, &declared[place].name, &outcome);
            }
        }
    });
    table.assert_published("fake-mint");
}

/// The other program, one that says yes to everything, and programs that are no token programs.
#[test]
fn another_token_program_is_not_called() {
    let mut table = Attempts::allowing(|call, account| {
        // Where both pay in one program, it is named once too often.
        call.name == "close_pool" && account.ends_with("token_program")
    });
    each(|stage, call, usual, tokens| {
        stage.world.svm.add_builtin(OBLIGING, Obliging::register);
        let declared = stage.declared(call);
        for (place, declared) in declared.iter().enumerate() {
            if !declared.name.ends_with("token_program") {
                continue;
            }
            let right = call.instruction.accounts[place].pubkey;
            for other in [
                TOKEN,
                TOKEN_2022,
                OBLIGING,
                solana_sdk_ids::system_program::ID,
                ID,
            ] {
                if other != right {
                    let outcome = stage.outcome(call, usual, &with(call, place, other));
                    table.note(tokens, call, &declared.name, &outcome);
                }
            }
        }
    });
    table.assert_published("swapped-token-program");
}

/// Program, mints and token accounts that fit each other and are all the attacker's.
#[test]
fn a_token_program_of_the_attackers_with_accounts_of_its_own_serves_nobody() {
    each(|stage, call, _, _| {
        stage.world.svm.add_builtin(OBLIGING, Obliging::register);
        let program = stage.world.token_program;
        let mut attack = call.instruction.clone();
        for meta in &mut attack.accounts {
            let account = stage.account(&meta.pubkey);
            if meta.pubkey == program {
                meta.pubkey = OBLIGING;
            } else if is_of_token_program(&account) {
                meta.pubkey = stage.place(Account {
                    owner: OBLIGING,
                    ..account
                });
            }
        }
        if attack != call.instruction {
            stage.refused(call, &attack, "all of it the attacker's");
        }
    });
}

/// Cut off anywhere, or as long as a multisig, whose bytes are its creator's to choose.
#[test]
fn a_token_2022_account_shorter_than_any_serves_nobody() {
    let mut stage = Stage::token_2022();
    for call in stage.calls() {
        for (place, address) in places(&stage, &call, is_of_token_program) {
            let lengths = match is_mint(&stage.account(&address)) {
                true => [0, 1, MINT_LEN - 1, MINT_LEN + 1, TOKEN_LEN, MULTISIG_LEN],
                false => [0, 1, MINT_LEN, 108, TOKEN_LEN - 1, MULTISIG_LEN],
            };
            for len in lengths {
                assert_refused_at(&mut stage, &call, place, len);
            }
        }
    }
}

/// Without any or some of the extensions that the mint asks for, as if its issuer had asked for less.
#[test]
fn a_token_2022_account_with_fewer_extensions_is_refused_or_moves_the_same() {
    let mut stage = Stage::token_2022();
    let any = |_: &Call, _: &str| true;
    let mut attempts = Attempts::allowing(any);
    for call in stage.calls() {
        let usual = stage.effect(&call);
        let declared = stage.declared(&call);
        for (place, address) in places(&stage, &call, is_of_token_program) {
            let genuine = stage.account(&address);
            // What a new token account must have room for follows from the mint.
            let creates = is_mint(&genuine) && is_chosen(&call);
            let bare = match is_mint(&genuine) {
                true => MINT_LEN,
                false => TOKEN_LEN,
            };
            for len in [bare, TOKEN_LEN + 1, genuine.data.len() - 1] {
                let cut = |account: &mut Account| account.data.truncate(len);
                let outcome = stage.outcome_with(&call, &usual, &address, cut);
                let left = matches!(&outcome, Outcome::Otherwise(it) if *it == [address]);
                let leaves = is_way_out(&call) && left;
                if !(creates || leaves) {
                    attempts.note("", &call, &declared[place].name, &outcome);
                }
            }
        }
    }
    assert!(!attempts.lines.is_empty());
}

/// What a wallet leaves by takes no approval back that cannot be read, and goes through.
fn is_way_out(call: &Call) -> bool {
    ["cancel", "cancel_now"].contains(&call.name)
}

#[track_caller]
fn assert_refused_at(stage: &mut Stage, call: &Call, place: usize, len: usize) {
    let usual = stage.effect(call);
    let name = stage.declared(call).swap_remove(place).name;
    let address = call.instruction.accounts[place].pubkey;
    let outcome = stage.outcome_with(call, &usual, &address, |account| {
        if !account.data.is_empty() {
            account.data.resize(len, 0);
        }
    });
    let is_read = !is_open_way_out(call, &name) && call.variant != "open";
    let expected = match &outcome {
        Outcome::Refused(_) => true,
        Outcome::AsUsual => !is_read,
        Outcome::Otherwise(changed) => is_way_out(call) && *changed == [address],
    };
    let what = format!("{}, {name} of {len} bytes", call.title());
    assert!(expected, "{what}: {}", outcome.name());
}
