//! What a token account approves, holds and is when it is charged.

use super::*;
use crate::attacks::cast::{ACTIVE, CHANGER, GONE, KEEPER, LEAVER, METERED, PAYER};
use crate::attacks::stage::{Refusal, Stage};
use spl_token_2022_interface::instruction::{AuthorityType, set_authority};
use spl_token_interface::error::TokenError;
use tessera_client::types::accounts::Authority;
use world::{FUNDS, PRICE};

/// Calls that collect from a token account that somebody approved before, and whose it is.
const COLLECTING: [(&str, u8); 2] = [("charge", PAYER), ("charge_up_to", METERED)];

/// Requires of every call that collects that it is refused after each harm that was done to the token
/// account, whose key and owner are handed in, on both token programs.
fn assert_collects_nothing<H: Fn(&mut World, &Address, &Keypair)>(
    harms: &[H],
    expected: impl Fn(&Refusal) -> bool,
) {
    for mut stage in [Stage::new(), Stage::token_2022()] {
        for call in stage.calls() {
            let Some((_, seed)) = COLLECTING.iter().find(|(name, _)| *name == call.name) else {
                continue;
            };
            let token = stage.cast.token(*seed);
            for harm in harms {
                let healthy = stage.world.svm.clone();
                harm(&mut stage.world, &token, &key(*seed));
                let refusal = stage.refused(&call, &call.instruction, "after the harm");
                assert!(expected(&refusal), "{}: {}", call.title(), refusal.name());
                stage.world.svm = healthy;
            }
        }
    }
}

fn own(expected: TesseraError) -> impl Fn(&Refusal) -> bool {
    move |refusal| refusal.own() == Some(expected)
}

fn callee(error: TokenError) -> impl Fn(&Refusal) -> bool {
    move |refusal| refusal.is(&InstructionError::Custom(error.clone() as u32))
}

#[test]
fn an_approval_that_was_revoked_pays_nothing() {
    assert_collects_nothing(&[World::revoke], own(TesseraError::NotApproved));
}

#[test]
fn another_delegate_in_its_place_pays_nothing() {
    let anybody = |world: &mut World, token: &Address, owner: &Keypair| {
        world.approve(token, owner, &key(9).pubkey(), u64::MAX);
    };
    assert_collects_nothing(&[anybody], own(TesseraError::NotApproved));
    let another_authority = |world: &mut World, token: &Address, owner: &Keypair| {
        let (other, _) = world.subscriber();
        let foreign = world.delegate(&world.subscription(&other).payer_token);
        world.approve(token, owner, &foreign, u64::MAX);
    };
    assert_collects_nothing(&[another_authority], own(TesseraError::NotApproved));
}

#[test]
fn an_approval_of_a_unit_too_little_pays_nothing() {
    let left = |left: u64| {
        move |world: &mut World, token: &Address, owner: &Keypair| {
            let delegate = world.delegate(token);
            world.approve(token, owner, &delegate, left);
        }
    };
    let too_small = [1, PRICE / 2 - 1].map(left);
    assert_collects_nothing(&too_small, own(TesseraError::ApprovalTooSmall));
}

/// Signed again, the approval is as large as ever, and not for what was signed before.
#[test]
fn an_approval_of_a_later_generation_pays_nothing() {
    let renew = |world: &mut World, token: &Address, owner: &Keypair| {
        let delegate = world.delegate(token);
        let amount = world.token(token).delegated_amount;
        world.rewrite(&delegate, |it: &mut Authority| it.generation += 1);
        world.approve(token, owner, &delegate, amount);
    };
    assert_collects_nothing(&[renew], own(TesseraError::StaleGeneration));
}

/// The same by what a wallet can do: revoke, and sign another plan.
#[test]
fn what_was_signed_before_a_revocation_stays_dead_when_another_plan_is_signed() {
    let (mut world, wallet, token) = due();
    world.revoke(&token, &wallet);
    let second = world.second_plan();
    world.within(second, |world| world.subscribed(&wallet, token));
    let before = world.balance(&token);
    for amount in [world.token(&token).delegated_amount, u64::MAX] {
        let delegate = world.delegate(&token);
        world.approve(&token, &wallet, &delegate, amount);
        let charge = world.charge(&wallet, None);
        refused(&mut world, &wallet, charge, TesseraError::StaleGeneration);
    }
    assert_eq!(world.balance(&token), before);
    assert_eq!(before, FUNDS - 2 * PRICE);
}

#[test]
fn a_frozen_account_pays_nothing() {
    let freeze = |world: &mut World, token: &Address, _: &Keypair| world.freeze(token);
    assert_collects_nothing(&[freeze], callee(TokenError::AccountFrozen));
}

#[test]
fn an_empty_account_pays_nothing() {
    let left = |left: u64| {
        move |world: &mut World, token: &Address, owner: &Keypair| world.drain(token, owner, left)
    };
    let too_little = [0, 1, PRICE / 2 - 1].map(left);
    assert_collects_nothing(&too_little, callee(TokenError::InsufficientFunds));
}

#[test]
fn a_closed_account_pays_nothing() {
    assert_collects_nothing(&[World::close], own(TesseraError::TokenAccountMissing));
}

/// Sold with the approval, which its next owner gives again.
#[test]
fn the_next_owner_of_a_token_account_pays_nothing_for_the_last() {
    let sell = |world: &mut World, token: &Address, owner: &Keypair| {
        let buyer = key(9);
        let (kind, program) = (AuthorityType::AccountOwner, world.token_program);
        let (to, from) = (buyer.pubkey(), owner.pubkey());
        let sell = set_authority(&program, token, Some(&to), kind, &from, &[]);
        world.send(&[sell.expect("valid")], &[owner]).expect("sell");
        let delegate = world.delegate(token);
        world.approve(token, &buyer, &delegate, u64::MAX);
    };
    assert_collects_nothing(&[sell], own(TesseraError::WrongTokenOwner));
}

/// The customer keeps what a merchant cannot receive, and who charges in vain is paid nothing.
#[test]
fn nobody_is_paid_when_the_merchant_cannot_be() {
    let frozen = InstructionError::Custom(TokenError::AccountFrozen as u32);
    for (is_closed, expected) in [
        (false, frozen),
        (true, InstructionError::IncorrectProgramId),
    ] {
        let (mut world, wallet, token) = due();
        world.advance(i64::from(world::GRACE));
        let keeper = world.create_token_account(&key(KEEPER).pubkey(), 0);
        let destination = world.destination;
        match is_closed {
            true => world
                .svm
                .set_account(destination, Account::default())
                .expect("closed"),
            false => world.freeze(&destination),
        }
        let charge = world.charge(&wallet, Some(keeper));
        fails(&mut world, &wallet, &[charge]).assert_error(&expected);
        assert_eq!(world.balance(&token), FUNDS - PRICE);
        assert_eq!(world.balance(&keeper), 0);
    }
}

/// What a wallet signs over a token account that can be of no use: which calls go through all the
/// same, because they ask for no tokens, or for no approval.
#[track_caller]
fn assert_signs_only(harm: fn(&mut World, &Address, &Keypair), expected: &[&str]) {
    let signing = [
        ("subscribe", GONE),
        ("change_plan", CHANGER),
        ("resume", LEAVER),
        ("pay_invoice", PAYER),
        ("stake", ACTIVE),
    ];
    for mut stage in [Stage::new(), Stage::token_2022()] {
        let mut signed = Vec::new();
        for call in stage.calls() {
            let mut payers = signing.iter().filter(|(name, seed)| {
                let token = stage.cast.token(*seed);
                let mut metas = call.instruction.accounts.iter();
                *name == call.name && metas.any(|meta| meta.pubkey == token)
            });
            let Some((_, seed)) = payers.next() else {
                continue;
            };
            let healthy = stage.world.svm.clone();
            let token = stage.cast.token(*seed);
            harm(&mut stage.world, &token, &key(*seed));
            if stage.attempt(&call, &call.instruction).is_ok() {
                signed.push(call.title());
            }
            stage.world.svm = healthy;
        }
        assert_eq!(signed, expected);
    }
}

#[test]
fn a_wallet_signs_nothing_over_a_frozen_or_closed_account() {
    assert_signs_only(|world, token, _| world.freeze(token), &[]);
    assert_signs_only(World::close, &[]);
}

#[test]
fn a_wallet_pays_nothing_from_an_empty_account() {
    let unpaid = ["resume", "change_plan (later)"];
    assert_signs_only(|world, token, owner| world.drain(token, owner, 0), &unpaid);
}

#[test]
fn a_wallet_replaces_no_delegate_unasked() {
    let unapproved = ["pay_invoice", "stake (more)"];
    assert_signs_only(
        |world, token, owner| world.approve(token, owner, &key(9).pubkey(), 1),
        &unapproved,
    );
}
