mod accounts;
mod ledgers;
mod money;
mod terms;

use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction, error::InstructionError};
use solana_keypair::Keypair;
use solana_signer::Signer;
use spl_token_interface::error::TokenError;
use tessera_client::{
    Event, address,
    types::{
        ID, NO_ADDRESS, TesseraError,
        accounts::{
            Authority, Header, Ledger, Member, Org, Plan, Subscription, SubscriptionState, Terms,
        },
        args::SubscribeArgs,
    },
};
use world::{
    COMMISSION_BPS, FUNDS, GRACE, HOLD, PERIOD, PERIODS, POINTS, PRICE, SHARES, START, START_SLOT,
    World, key, replace,
};

/// Positions in the instruction.
const SYSTEM_PROGRAM: usize = 10;
const MINT: usize = 11;
const INSTRUCTIONS: usize = 12;
const VAULT: usize = 13;
const LEDGERS: [usize; 3] = [14, 15, 16];

fn absent() -> AccountMeta {
    AccountMeta::new_readonly(ID, false)
}

/// A member without a referrer, key 30, and its token account.
fn member() -> (World, Keypair, Address) {
    let mut world = World::new();
    let wallet = key(30);
    let token = world.join(&wallet, None);
    (world, wallet, token)
}

/// The lowest of a referral chain, and the instruction that subscribes it.
fn referred() -> (World, [(Keypair, Address); 4], Instruction) {
    let mut world = World::new();
    let chain = world.referral_chain();
    let subscribe = world.subscribe(&chain[3].0, chain[3].1, world.subscribe_args());
    (world, chain, subscribe)
}

#[track_caller]
fn assert_refused(change: impl FnOnce(&mut World, &mut SubscribeArgs), expected: TesseraError) {
    let (mut world, wallet, token) = member();
    let mut args = world.subscribe_args();
    change(&mut world, &mut args);
    world
        .send(&[world.subscribe(&wallet, token, args)], &[&wallet])
        .expect_err("refused")
        .assert_is(expected);
}
