//! What accounts of a good mint can be at the moment: frozen, guarded, picky about memos.

use super::*;
use spl_token_2022_interface::extension::{cpi_guard, memo_transfer};

/// Sets the destination to require a memo with each transfer.
fn require_memo(world: &mut World, account: &Address, owner: &Keypair) {
    world.reallocate(account, owner, &[ExtensionType::MemoTransfer]);
    let program = &world.token_program;
    let enable = memo_transfer::instruction::enable_required_transfer_memos(
        program,
        account,
        &owner.pubkey(),
        &[],
    );
    world
        .send(&[enable.expect("valid")], &[owner])
        .expect("memo");
}

/// Lets no program change the approval of a token account.
fn guard(world: &mut World, account: &Address, owner: &Keypair) {
    world.reallocate(account, owner, &[ExtensionType::CpiGuard]);
    let program = &world.token_program;
    let enable = cpi_guard::instruction::enable_cpi_guard(program, account, &owner.pubkey(), &[]);
    world
        .send(&[enable.expect("valid")], &[owner])
        .expect("guard");
}

#[test]
fn a_destination_that_wants_a_memo_is_refused() {
    let (mut world, wallet, _) = due(PYUSD);
    let (destination, treasury) = (world.destination, world.treasury.insecure_clone());
    require_memo(&mut world, &destination, &treasury);
    assert_all_refused(&mut world, &wallet, TesseraError::MemoRequired);
}

#[test]
fn memos_that_are_no_longer_required_do_not_matter() {
    let (mut world, wallet, _) = due(PYUSD);
    let (destination, treasury) = (world.destination, world.treasury.insecure_clone());
    require_memo(&mut world, &destination, &treasury);
    let disable = memo_transfer::instruction::disable_required_transfer_memos(
        &world.token_program,
        &destination,
        &treasury.pubkey(),
        &[],
    );
    world
        .send(&[disable.expect("valid")], &[&treasury])
        .expect("disable");
    let charge = world.charge(&wallet, None);
    world.send(&[charge], &[]).expect("charge");
}

#[test]
fn a_guarded_token_account_signs_nothing_and_says_why() {
    let mut world = World::with_extensions(PYUSD);
    let wallet = key(30);
    let token = world.join(&wallet, None);
    guard(&mut world, &token, &wallet);
    let subscribe = world.subscribe(&wallet, token, world.subscribe_args());
    world
        .send(&[subscribe], &[&wallet])
        .expect_err("guarded")
        .assert_is(TesseraError::CpiGuarded);
}

#[test]
fn a_guard_that_is_set_later_stops_neither_charge_nor_cancel() {
    let (mut world, wallet, token) = due(PYUSD);
    guard(&mut world, &token, &wallet);
    let charge = world.charge(&wallet, None);
    world.send(&[charge], &[]).expect("charge");
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
    assert!(world.token(&token).delegate.is_none());
    let address = world.subscription_address(&wallet);
    assert_eq!(world.assert_receipts::<Subscription>(&address), 3);
}

#[test]
fn a_guarded_approval_that_others_need_is_left_as_it_is() {
    let (mut world, wallet, token) = due(PYUSD);
    let second = world.second_plan();
    world.within(second, |world| world.subscribed(&wallet, token));
    guard(&mut world, &token, &wallet);
    let approved = world.token(&token).delegated_amount;
    world
        .send(&[world.cancel(&wallet)], &[&wallet])
        .expect("cancel");
    assert_eq!(world.token(&token).delegated_amount, approved);
    let outstanding = world.authority_of(&token).outstanding;
    assert_eq!(outstanding, PRICE * u64::from(PERIODS));
    let address = world.subscription_address(&wallet);
    assert_eq!(world.assert_receipts::<Subscription>(&address), 2);
}

#[test]
fn a_frozen_destination_receives_nothing() {
    let (mut world, wallet, _) = due(PYUSD);
    let destination = world.destination;
    world.freeze(&destination);
    let frozen = InstructionError::Custom(TokenError::AccountFrozen as u32);
    let charge = world.charge(&wallet, None);
    world
        .send(&[charge], &[])
        .expect_err("charge")
        .assert_error(&frozen);
    let authority = world.authority.insecure_clone();
    let mut args = world.create_plan_args();
    args.id = 9;
    let create = world.create_plan(args);
    world
        .send(&[create], &[&authority])
        .expect_err("create_plan")
        .assert_is(TesseraError::TokenAccountFrozen);
}

#[test]
fn a_plan_in_a_mint_that_freezes_by_default_needs_a_thawed_destination() {
    let mut world = World::with_extended_mint(&[Extension::DefaultFrozen(true)]);
    let destination = world.destination;
    world.freeze(&destination);
    let authority = world.authority.insecure_clone();
    let create = world.create_org(world.create_org_args());
    world.send(&[create], &[&authority]).expect("create_org");
    let create = world.create_plan(world.create_plan_args());
    world
        .send(&[create], &[&authority])
        .expect_err("frozen")
        .assert_is(TesseraError::TokenAccountFrozen);
}

#[test]
fn nobody_is_referred_to_a_vault_that_is_frozen_by_default_until_its_issuer_thaws_it() {
    let mut world = World::with_extensions(&[Extension::DefaultFrozen(true)]);
    let vault = world.vault();
    assert!(world.token(&vault).is_frozen());
    let chain = world.referral_chain();
    let (payer, token) = &chain[3];
    let subscribe = world.subscribe(payer, *token, world.subscribe_args());
    world
        .send(std::slice::from_ref(&subscribe), &[payer])
        .expect_err("the vault waits")
        .assert_is(TesseraError::TokenAccountFrozen);

    // No second plan is built on a vault that cannot be paid into.
    let authority = world.authority.insecure_clone();
    let mut args = world.create_plan_args();
    args.id = 2;
    let create = world.create_plan(args);
    world
        .send(&[create], &[&authority])
        .expect_err("frozen vault")
        .assert_is(TesseraError::TokenAccountFrozen);

    world.thaw(&vault);
    let sent = world.send(&[subscribe], &[payer]).expect("subscribe");
    let event = sent.event();
    let (money, _) = event.settlement().expect("payment");
    assert_eq!((money.flags, money.levels), (0, 3));
    let ledger = world.ledger(&chain[2].0);
    assert_eq!(ledger.owed(), Ok(SHARES[0]));
    assert_eq!(world.balance(&vault), SHARES.iter().sum::<u64>());
}

/// Law 4 has one exception, which plan and subscriber consent to: what an issuer seizes.
#[test]
fn what_a_permanent_delegate_takes_from_the_vault_is_missing_there() {
    let mut world = World::with_extensions(PYUSD);
    let [_, _, (third, token), (payer, payer_token)] = world.referral_chain();
    world.subscribed(&payer, payer_token);
    let (vault, mint) = (world.vault(), world.mint);
    let issuer = world.mint_authority.pubkey();
    let seize = spl_token_2022_interface::instruction::burn(
        &world.token_program,
        &vault,
        &mint,
        &issuer,
        &[],
        world.balance(&vault),
    );
    world.issue(seize.expect("valid"));
    world.advance(2 * i64::from(HOLD));
    let claim = world.claim(&third, token, u64::MAX);
    world
        .send(&[claim], &[&third])
        .expect_err("nothing is left")
        .assert_error(&InstructionError::Custom(
            TokenError::InsufficientFunds as u32,
        ));
}

#[test]
fn the_mints_extensions_stay_as_they_are() {
    let (world, _, _) = due(PYUSD);
    let mint = world.svm.get_account(&world.mint).expect("mint");
    let state = StateWithExtensions::<Mint>::unpack(&mint.data).expect("mint data");
    assert_eq!(state.get_extension_types().expect("extensions").len(), 8);
}

/// A mint without supply can be closed and made again.
#[test]
fn a_mint_that_was_made_again_with_other_decimals_is_refused() {
    let mut world = World::with_extensions(&[]);
    let (wallet, _) = world.subscriber();
    let plan = world.plan;
    world.rewrite(&plan, |plan: &mut Plan| plan.decimals += 1);
    let other = key(31);
    let token = world.join(&other, None);
    let subscribe = world.subscribe(&other, token, world.subscribe_args());
    world
        .send(&[subscribe], &[&other])
        .expect_err("other decimals")
        .assert_is(TesseraError::WrongMint);
    world.advance(STEP);
    let charge = world.charge(&wallet, None);
    world
        .send(&[charge], &[])
        .expect_err("other decimals")
        .assert_is(TesseraError::WrongMint);
}
