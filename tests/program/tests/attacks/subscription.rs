//! Attacks on subscriptions: on when they are charged, on what they are charged for, on what was
//! approved, with what was signed once, and for time that nobody paid.

#[path = "subscription/approvals.rs"]
mod approvals;
#[path = "subscription/depth.rs"]
mod depth;
#[path = "subscription/forged.rs"]
mod forged;
#[path = "subscription/free.rs"]
mod free;
#[path = "subscription/numbers.rs"]
mod numbers;
#[path = "subscription/plans.rs"]
mod plans;
#[path = "subscription/replays.rs"]
mod replays;
#[path = "subscription/time.rs"]
mod time;
#[path = "subscription/usage.rs"]
mod usage;

use solana_account::Account;
use solana_address::Address;
use solana_clock::Clock;
use solana_instruction::{Instruction, error::InstructionError};
use solana_keypair::Keypair;
use solana_signer::Signer;
use tessera_client::types::{TesseraError, args::CreatePlanArgs};
use world::{PERIOD, Refused, World, key, with_trial};

const STEP: i64 = PERIOD as i64;
const DAY: i64 = 86_400;
/// Two weeks.
const TRIAL: u32 = 1_209_600;

/// A world whose builders build for another plan of its org.
fn world_of(change: impl FnOnce(CreatePlanArgs) -> CreatePlanArgs) -> World {
    let mut world = World::new();
    let args = change(world.create_plan_args());
    world.plan = world.add_plan(args).plan;
    world
}

fn trying() -> World {
    world_of(|args| with_trial(args, TRIAL))
}

/// A subscriber without a referrer, and the account that pays.
fn subscriber(mut world: World) -> (World, Keypair, Address) {
    let (wallet, token) = world.subscriber();
    (world, wallet, token)
}

/// The same whose next period is due.
fn due() -> (World, Keypair, Address) {
    let (mut world, wallet, token) = subscriber(World::new());
    world.advance(STEP);
    (world, wallet, token)
}

/// What all the accounts are that these name, but for who pays the fee.
fn named(world: &World, instructions: &[Instruction]) -> Vec<(Address, Option<Account>)> {
    let payer = world.payer.pubkey();
    let metas = instructions.iter().flat_map(|it| &it.accounts);
    let addresses = metas.map(|meta| meta.pubkey).filter(|it| *it != payer);
    addresses
        .map(|address| (address, world.svm.get_account(&address)))
        .collect()
}

/// Requires that these are refused with every signature that they ask for, and change nothing.
#[track_caller]
fn fails(world: &mut World, wallet: &Keypair, instructions: &[Instruction]) -> Refused {
    let before = named(world, instructions);
    let signers = [wallet, &key(2), &key(4), &key(6), &key(10)];
    let refused = world.send(instructions, &signers).expect_err("refused");
    assert!(before == named(world, instructions), "something changed");
    refused
}

#[track_caller]
fn refused(world: &mut World, wallet: &Keypair, it: Instruction, expected: TesseraError) {
    fails(world, wallet, &[it]).assert_is(expected);
}

#[track_caller]
fn refused_by_callee(world: &mut World, wallet: &Keypair, it: Instruction, code: u32) {
    fails(world, wallet, &[it]).assert_error(&InstructionError::Custom(code));
}

#[track_caller]
fn done(world: &mut World, wallet: &Keypair, it: Instruction) {
    let signers = [wallet, &key(2), &key(4), &key(6), &key(10)];
    world.send(&[it], &signers).expect("accepted");
}

/// Charges, and returns what the token account paid.
#[track_caller]
fn charged(world: &mut World, wallet: &Keypair) -> u64 {
    let token = world.subscription(wallet).payer_token;
    let before = world.balance(&token);
    let charge = world.charge(wallet, None);
    done(world, wallet, charge);
    before - world.balance(&token)
}

/// Sets the cluster's clock, whichever way it has to go.
fn set_time(world: &mut World, now: i64) {
    let mut clock = world.svm.get_sysvar::<Clock>();
    clock.unix_timestamp = now;
    clock.slot += 1;
    world.svm.set_sysvar(&clock);
}
