mod accounts;
mod money;
mod time;

use solana_account::Account;
use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction, error::InstructionError};
use solana_keypair::Keypair;
use solana_signer::Signer;
use spl_token_interface::error::TokenError;
use tessera_client::{
    Event, address,
    types::{
        ID, TesseraError,
        accounts::{Header, Ledger, Member, Org, Plan, Subscription, SubscriptionState},
    },
};
use world::{
    FUNDS, GRACE, HOLD, KEEPER_FEE, PERIOD, PERIODS, POINTS, PRICE, SHARES, START, World, key,
    replace,
};

const PAYER_TOKEN: usize = 5;
const MINT: usize = 8;
const KEEPER: usize = 9;
const VAULT: usize = 10;
const LEDGERS: [usize; 3] = [11, 12, 13];
const STEP: i64 = PERIOD as i64;
/// How late a charge keeps the billing day.
const LATEST: i64 = GRACE as i64;

/// A subscriber without a referrer whose second period is due.
fn due() -> (World, Keypair, Address) {
    let mut world = World::new();
    let (wallet, token) = world.subscriber();
    world.advance(STEP);
    (world, wallet, token)
}

/// The same with three referrers above.
fn due_with_referrers() -> (World, [(Keypair, Address); 4], Instruction) {
    let mut world = World::new();
    let chain = world.referral_chain();
    world.subscribed(&chain[3].0, chain[3].1);
    world.advance(STEP);
    let charge = world.charge(&chain[3].0, None);
    (world, chain, charge)
}

#[track_caller]
fn charge(world: &mut World, wallet: &Keypair) {
    world
        .send(&[world.charge(wallet, None)], &[])
        .expect("charge");
}

#[track_caller]
fn assert_refused(world: &mut World, wallet: &Keypair, expected: TesseraError) {
    world
        .send(&[world.charge(wallet, None)], &[])
        .expect_err("refused")
        .assert_is(expected);
}
