//! Plans paid in Token-2022: what mints of today's dollar tokens do, and what is refused.

mod mints;
mod refusals;
mod states;

use solana_address::Address;
use solana_instruction::{AccountMeta, Instruction, error::InstructionError};
use solana_keypair::Keypair;
use solana_signer::Signer;
use spl_token_2022_interface::{
    error::TokenError,
    extension::{BaseStateWithExtensions, ExtensionType, StateWithExtensions},
    state::Mint,
};
use tessera_client::{
    Event,
    types::{
        ID, TesseraError,
        accounts::{Ledger, Plan, Subscription},
    },
};
use world::{
    FUNDS, GRACE, HOLD, KEEPER_FEE, PERIOD, PERIODS, PRICE, SHARES, World,
    extended::{AUSD, CASH, Extension, PYUSD, USDB, USDG, USDPT},
    key, replace,
};

const STEP: i64 = PERIOD as i64;

/// A subscriber without a referrer whose second period is due, on a plan in such a mint.
fn due(extensions: &[Extension]) -> (World, Keypair, Address) {
    let mut world = World::with_extensions(extensions);
    let (wallet, token) = world.subscriber();
    world.advance(STEP);
    (world, wallet, token)
}

/// Requires that neither a new plan nor a new subscription nor a charge is accepted.
#[track_caller]
fn assert_all_refused(world: &mut World, wallet: &Keypair, expected: TesseraError) {
    let authority = world.authority.insecure_clone();
    let mut args = world.create_plan_args();
    args.id = 9;
    let create = world.create_plan(args);
    let newcomer = key(31);
    let token = world.create_token_account(&newcomer.pubkey(), 0);
    if world
        .svm
        .get_account(&world.member_address(&newcomer))
        .is_none()
    {
        let register = world.register(&newcomer, None);
        world.send(&[register], &[&newcomer]).expect("register");
    }
    let subscribe = world.subscribe(&newcomer, token, world.subscribe_args());
    let charge = world.charge(wallet, None);
    for (what, instruction, signer) in [
        ("create_plan", create, &authority),
        ("subscribe", subscribe, &newcomer),
        ("charge", charge, &newcomer),
    ] {
        world
            .send(&[instruction], &[signer])
            .expect_err(what)
            .assert_is(expected);
    }
}

/// Requires that a plan cannot even be made in a mint with this extension.
#[track_caller]
fn assert_no_plan(extensions: &[Extension], expected: TesseraError) {
    let mut world = World::with_extended_mint(extensions);
    let authority = world.authority.insecure_clone();
    let create = world.create_org(world.create_org_args());
    world.send(&[create], &[&authority]).expect("create_org");
    let create = world.create_plan(world.create_plan_args());
    world
        .send(&[create], &[&authority])
        .expect_err("refused")
        .assert_is(expected);
}
