//! Accounts of another kind, another layout or another length.

use super::*;
use crate::attacks::stage::with;
use solana_account::Account;
use solana_address::Address;
use tessera_client::types::{
    ID,
    accounts::{
        AccountType, Authority, Campaign, Claim, Code, Config, DISCRIMINATOR_LEN, Header, Invoice,
        Issuer, Ledger, Member, NullifierPage, Org, Plan, Position, StakePool, Subscription,
    },
};

const KINDS: [[u8; DISCRIMINATOR_LEN]; 15] = [
    Authority::DISCRIMINATOR,
    Campaign::DISCRIMINATOR,
    Claim::DISCRIMINATOR,
    Code::DISCRIMINATOR,
    Config::DISCRIMINATOR,
    Invoice::DISCRIMINATOR,
    Issuer::DISCRIMINATOR,
    Ledger::DISCRIMINATOR,
    Member::DISCRIMINATOR,
    NullifierPage::DISCRIMINATOR,
    Org::DISCRIMINATOR,
    Plan::DISCRIMINATOR,
    Position::DISCRIMINATOR,
    StakePool::DISCRIMINATOR,
    Subscription::DISCRIMINATOR,
];

/// What announces no kind: nothing, and what is left of a closed org.
const NO_KINDS: [[u8; DISCRIMINATOR_LEN]; 2] = [[0; 8], [u8::MAX; 8]];

/// Where the version stands.
const VERSION: usize = DISCRIMINATOR_LEN;
/// How many bytes a later layout has more.
const APPENDED: usize = 64;

/// Places of `call` at which accounts of the program stand, with their addresses.
fn own_accounts(stage: &Stage, call: &Call) -> Vec<(usize, Address)> {
    let metas = call.instruction.accounts.iter().enumerate();
    let own = metas.filter(|(_, meta)| stage.account(&meta.pubkey).owner == ID);
    own.map(|(place, meta)| (place, meta.pubkey)).collect()
}

/// The kinds of which any may stand at a place that looks which one it is.
fn taken(call: &Call, account: &str) -> &'static [[u8; DISCRIMINATOR_LEN]] {
    match (call.name, account) {
        ("propose_authority" | "accept_authority", "account") => {
            &[Org::DISCRIMINATOR, Config::DISCRIMINATOR]
        }
        ("refund", "payment") => &[Subscription::DISCRIMINATOR, Invoice::DISCRIMINATOR],
        ("close", "account") => &[
            Org::DISCRIMINATOR,
            Plan::DISCRIMINATOR,
            Issuer::DISCRIMINATOR,
            Code::DISCRIMINATOR,
            Ledger::DISCRIMINATOR,
            Authority::DISCRIMINATOR,
            Subscription::DISCRIMINATOR,
            Invoice::DISCRIMINATOR,
            NullifierPage::DISCRIMINATOR,
            Claim::DISCRIMINATOR,
            Position::DISCRIMINATOR,
        ],
        _ => &[],
    }
}

/// Where the length is not looked at, because only this program makes what stands there: a close goes
/// by the kind, and a refund by the ledgers that the payment names.
fn goes_by_kind_alone(call: &Call, account: &str) -> bool {
    let ledger = call.name == "refund" && account.starts_with("ledger");
    ledger || (call.name == "close" && account == "account")
}

/// What is taken by the address that another account names, and what closes whatever it is: nobody
/// but the program writes there, so it is not asked again what it is.
fn is_taken_by_address(call: &Call, account: &str) -> bool {
    match account {
        "org" => !matches!(
            call.name,
            "create_plan"
                | "set_issuer"
                | "update_org"
                | "pause_org"
                | "register_member"
                | "create_campaign"
                | "create_pool"
        ),
        "plan" => !matches!(
            call.name,
            "sunset_plan" | "subscribe" | "pay_invoice" | "close_vault"
        ),
        "authority" => matches!(call.name, "charge" | "charge_up_to"),
        "account" | "parent" => call.name == "close",
        ledger => ledger.starts_with("ledger") && !matches!(call.name, "subscribe" | "pay_invoice"),
    }
}

/// Tries every call after each change of each of the program's accounts that it names.
fn each_changed(
    changes: &[impl Fn(&mut Account)],
    leaves: impl Fn(&Call, &str, &Account) -> bool,
) -> Attempts {
    let mut table = Attempts::allowing(is_taken_by_address);
    each_on_spl(|stage, call, usual| {
        let declared = stage.declared(call);
        for (place, address) in own_accounts(stage, call) {
            for change in changes {
                let before = stage.account(&address);
                let mut after = before.clone();
                change(&mut after);
                let account = &declared[place].name;
                if after != before && !leaves(call, account, &after) {
                    let outcome = stage.outcome_with(call, usual, &address, change);
                    table.note("", call, account, &outcome);
                }
            }
        }
    });
    table
}

#[test]
fn an_account_that_announces_another_kind_serves_nobody() {
    let announce = |kind: [u8; DISCRIMINATOR_LEN]| {
        move |account: &mut Account| {
            if let Some(announced) = account.data.get_mut(..DISCRIMINATOR_LEN) {
                announced.copy_from_slice(&kind);
            }
        }
    };
    let kinds = KINDS.into_iter().chain(NO_KINDS);
    let changes: Vec<_> = kinds.map(announce).collect();
    let table = each_changed(&changes, |call, name, account| {
        let mut taken = taken(call, name).iter();
        taken.any(|kind| account.data.starts_with(kind))
    });
    table.assert_published("wrong-discriminator");
}

#[test]
fn an_account_of_version_zero_serves_nobody() {
    let change = |account: &mut Account| {
        if let Some(version) = account.data.get_mut(VERSION) {
            *version = 0;
        }
    };
    each_changed(&[change], |_, _, _| false);
}

#[test]
fn an_account_that_is_shorter_than_its_kind_serves_nobody() {
    let lengths = [0, 1, VERSION, VERSION + 1, VERSION + size_of::<Header>()];
    let shorten = |len: usize| move |account: &mut Account| account.data.truncate(len);
    each_changed(&lengths.map(shorten), |call, name, _| {
        goes_by_kind_alone(call, name)
    });
    let by_one =
        |account: &mut Account| account.data.truncate(account.data.len().saturating_sub(1));
    each_changed(&[by_one], |call, name, _| goes_by_kind_alone(call, name));
}

/// What knows today's layout reads every later one, and leaves alone what that appends.
#[test]
fn accounts_of_a_later_version_are_read_by_every_instruction_and_keep_what_it_appends() {
    let append = |account: &mut Account| {
        if account.data.len() > VERSION {
            account.data[VERSION] = 2;
            account.data.extend([0xab; APPENDED]);
            // Rent of that many bytes and more.
            account.lamports += 1_000_000;
        }
    };
    each(|stage, call, usual, tokens| {
        let closes = call.name.starts_with("close");
        let declared = stage.declared(call);
        for (place, address) in own_accounts(stage, call) {
            let is_closed = closes && usual[&address].owner != ID;
            // Of an org that is closed a stub stays, which is no longer than it ever is.
            let is_stub = call.variant == "org";
            if is_closed || is_stub {
                continue;
            }
            let outcome = stage.outcome_with(call, usual, &address, append);
            let what = format!("{tokens}{}, {}", call.title(), declared[place].name);
            assert_eq!(outcome, Outcome::AsUsual, "{what}");
        }
    });
}

/// Two of each kind at the place of every account of another.
#[test]
fn no_account_of_the_program_stands_for_one_of_another_kind() {
    let mut table = Attempts::new();
    each_on_spl(|stage, call, usual| {
        let declared = stage.declared(call);
        let kind = |stage: &Stage, address: &Address| {
            stage.account(address).data[..DISCRIMINATOR_LEN].to_vec()
        };
        let all = two_of_each_kind(stage);
        for (place, address) in own_accounts(stage, call) {
            let right = kind(stage, &address);
            let taken = taken(call, &declared[place].name);
            for (other, announced) in &all {
                // One that the call names already would stand twice.
                let mut metas = call.instruction.accounts.iter();
                let named = metas.any(|meta| meta.pubkey == *other);
                if announced[..] != right && !taken.contains(announced) && !named {
                    let attack = with(call, place, *other);
                    let outcome = stage.outcome(call, usual, &attack);
                    table.note("", call, &declared[place].name, &outcome);
                }
            }
        }
    });
    table.assert_published("another-kind");
}

fn two_of_each_kind(stage: &Stage) -> Vec<(Address, [u8; DISCRIMINATOR_LEN])> {
    let mut all = stage.world.svm.get_program_accounts(&ID);
    all.sort_unstable_by_key(|(address, _)| *address);
    let of = |kind: &[u8; DISCRIMINATOR_LEN]| {
        let of_kind = all.iter().filter(|(_, it)| it.data.starts_with(kind));
        let two = of_kind.take(2).map(|(address, _)| (*address, *kind));
        two.collect::<Vec<_>>()
    };
    let found: Vec<_> = KINDS.iter().flat_map(of).collect();
    // There is one config.
    assert_eq!(found.len(), 2 * KINDS.len() - 1);
    found
}
