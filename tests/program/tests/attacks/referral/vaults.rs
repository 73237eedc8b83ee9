//! A vault of a mint that freezes by default waits for its issuer. Until that thaws it nobody signs
//! or pays below a referrer, and nobody by leaving the vault out: later payments would go by the
//! levels.

use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::types::{ID, TesseraError, args::CreatePlanArgs, events::Settlement};
use world::{PRICE, SHARES, World, extended::Extension, key, metered, replace, with_trial};

const TRIAL: u32 = 86_400;

type Chain = [(Keypair, Address); 4];

/// An org with a plan in such a mint, whose vault is frozen, and a customer below three levels.
fn waiting(change: fn(CreatePlanArgs) -> CreatePlanArgs) -> (World, Chain) {
    let mut world = World::with_extended_mint(&[Extension::DefaultFrozen(true)]);
    let make = [
        world.create_org(world.create_org_args()),
        world.create_plan(change(world.create_plan_args())),
    ];
    world.send(&make, &[&key(2)]).expect("org and plan");
    assert!(world.token(&world.vault()).is_frozen());
    let chain = world.referral_chain();
    (world, chain)
}

/// What stands in the vault's place: it is left out, or an account that is not frozen serves.
fn bypasses(world: &mut World) -> [Address; 2] {
    [ID, world.create_token_account(&key(40).pubkey(), 0)]
}

/// Requires that the last of these is refused as long as the vault is not both there and thawed, and
/// leaves it thawed.
#[track_caller]
fn assert_waits(world: &mut World, wallet: &Keypair, instructions: &[Instruction]) {
    let vault = world.vault();
    let bypasses = bypasses(world);
    let attack = |to: &Address| {
        let mut attack = instructions.to_vec();
        let last = attack.last_mut().expect("one at least");
        *last = replace(last, &vault, to);
        attack
    };
    let refused = |world: &mut World, to: &Address| {
        world
            .send(&attack(to), &[wallet])
            .expect_err("the vault waits")
            .assert_is(TesseraError::TokenAccountFrozen);
    };
    for to in [vault, bypasses[0], bypasses[1]] {
        refused(world, &to);
    }
    world.thaw(&vault);
    for to in &bypasses {
        refused(world, to);
    }
}

/// Requires that a payment of the price goes by nobody: without the vault it is refused, and with it
/// three levels have their shares.
#[track_caller]
fn assert_shared(world: &mut World, signer: &Keypair, payment: &[Instruction]) {
    let vault = world.vault();
    let sent = world.send(payment, &[signer]).expect("payment");
    let event = sent.event();
    let (money, shares) = event.settlement().expect("payment");
    assert_eq!(money.flags & !Settlement::STATED, 0);
    assert_eq!((money.debit, money.levels), (PRICE, 3));
    let shares: Vec<u64> = shares.iter().map(|share| share.amount).collect();
    assert_eq!(shares, SHARES);
    assert_eq!(world.balance(&vault), SHARES.iter().sum::<u64>());
}

/// The same of a payment that anybody or the meter sends later.
#[track_caller]
fn assert_never_bypassed(world: &mut World, payment: Instruction) {
    let vault = world.vault();
    for to in bypasses(world) {
        let attack = replace(&payment, &vault, &to);
        world
            .send(&[attack], &[&key(10)])
            .expect_err("without the vault")
            .assert_is(TesseraError::WrongVault);
    }
    assert_shared(world, &key(10), &[payment]);
}

#[test]
fn no_trial_begins_below_a_referrer_while_the_vault_waits() {
    let (mut world, [.., (wallet, token)]) = waiting(|args| with_trial(args, TRIAL));
    let begin = world.subscribe(&wallet, token, world.subscribe_args());
    assert_waits(&mut world, &wallet, std::slice::from_ref(&begin));
    world.send(&[begin], &[&wallet]).expect("thawed");
    world.advance(i64::from(TRIAL));
    let charge = world.charge(&wallet, None);
    assert_never_bypassed(&mut world, charge);
}

#[test]
fn no_metered_plan_begins_below_a_referrer_while_the_vault_waits() {
    let (mut world, [.., (wallet, token)]) = waiting(metered);
    let begin = world.subscribe(&wallet, token, world.subscribe_args());
    assert_waits(&mut world, &wallet, std::slice::from_ref(&begin));
    world.send(&[begin], &[&wallet]).expect("thawed");
    let state = world.charge_up_to(&wallet, PRICE);
    assert_never_bypassed(&mut world, state);
}

#[test]
fn no_invoice_is_paid_past_a_referrer_while_the_vault_waits() {
    let (mut world, [.., (wallet, token)]) = waiting(|args| args);
    let pay = world.pay_invoice(&wallet, token, world.invoice_args(1, PRICE));
    assert_waits(&mut world, &wallet, &pay);
    assert_shared(&mut world, &wallet, &pay);
}

/// Who has no referrer has nobody to wait for.
#[test]
fn a_vault_that_waits_keeps_nobody_out_who_was_not_referred() {
    for change in [|args| with_trial(args, TRIAL), metered] {
        let (mut world, [(top, token), ..]) = waiting(change);
        let pay = world.pay_invoice(&top, token, world.invoice_args(1, PRICE));
        world.send(&pay, &[&top]).expect("pay_invoice");
        world.subscribed(&top, token);
    }
}
