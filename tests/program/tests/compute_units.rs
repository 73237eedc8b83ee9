//! Measures every instruction with fixed keys and compares the whole table with
//! docs/compute-units.md, so that no figure changes unseen. `before` is what the build consumed that logged its receipts,
//! measured by the same test.

mod closing;
mod lifecycle;
mod membership;
mod payments;
mod rewards;

use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use spl_token_interface::{ID as TOKEN, instruction::transfer_checked};
use std::{env, fs};
use tessera_client::{
    address,
    types::{ID, args::CreatePlanArgs, seeds},
};
use world::{FUNDS, GRACE, HOLD, PERIOD, PRICE, World, code, extended::PYUSD, key};

const DOC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/compute-units.md");
const PROGRAM: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../target/deploy/tessera.so"
);
const BEGIN: &str = "<!-- measured -->\n";
const END: &str = "<!-- end -->\n";
const UPDATE: &str = "UPDATE_COMPUTE_UNITS";
/// Of rows whose plan is paid in a mint with PYUSD's extensions.
const TOKEN_2022: &str = "Token-2022, extensions of PYUSD";

struct Row {
    name: &'static str,
    variant: &'static str,
    before: Option<u64>,
    measured: u64,
    note: &'static str,
}

/// A world and the rows that were measured in it so far.
struct Bench {
    world: World,
    rows: Vec<Row>,
}

impl Bench {
    fn in_world(world: World) -> Self {
        Self {
            world,
            rows: Vec::new(),
        }
    }

    /// Sends `instructions` and notes what the program consumed for the last.
    #[track_caller]
    fn measure(
        &mut self,
        (name, variant): (&'static str, &'static str),
        (before, note): (Option<u64>, &'static str),
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) {
        let sent = self.world.send(instructions, signers).expect(name);
        self.rows.push(Row {
            name,
            variant,
            before,
            measured: sent.program_units(),
            note,
        });
    }
}

/// What the build consumed that the column `before` is about, which is given for SPL Token only.
fn before(units: u64, note: &str) -> Option<u64> {
    (note != TOKEN_2022).then_some(units)
}

fn found_first(seeds: &[&[u8]]) -> bool {
    Address::find_program_address(seeds, &ID).1 == u8::MAX
}

/// The world with an authority whose org, plans and vault are all found at the first try.
fn found_at_first_try(mut world: World) -> World {
    let mint = world.mint;
    let found = (2..=u8::MAX).map(key).find(|authority| {
        let org = address::org(&authority.pubkey(), 1);
        let plan = |id: u64| found_first(&[seeds::PLAN, org.as_ref(), &id.to_le_bytes()]);
        found_first(&[seeds::ORG, authority.pubkey().as_ref(), &1u64.to_le_bytes()])
            && found_first(&[seeds::VAULT, org.as_ref(), mint.as_ref()])
            && plan(1)
            && plan(2)
    });
    world.authority = found.expect("one in 16");
    world.org = address::org(&world.authority.pubkey(), 1);
    world.plan = address::plan(&world.org, 1);
    world
}

/// The same with the org and its first plan.
fn with_plan(world: World) -> World {
    let mut world = found_at_first_try(world);
    world.create_org_and_plan();
    world
}

/// The first key from `seed` on whose addresses are all found at the first try.
fn first_try(world: &World, seed: u8) -> Keypair {
    let second = address::plan(&world.org, 2);
    let (org, mint, plan) = (world.org.as_ref(), world.mint.as_ref(), world.plan.as_ref());
    let found = (seed..=u8::MAX).map(key).find(|key| {
        let wallet = key.pubkey();
        let wallet = wallet.as_ref();
        found_first(&[seeds::MEMBER, org, wallet])
            && found_first(&[seeds::SUBSCRIPTION, plan, wallet])
            && found_first(&[seeds::SUBSCRIPTION, second.as_ref(), wallet])
            && found_first(&[seeds::LEDGER, org, wallet, mint])
            && found_first(&[seeds::ISSUER, org, wallet])
    });
    found.expect("one in 32")
}

impl Bench {
    /// A member, and a funded token account whose delegate is found at the first try.
    fn join(&mut self, wallet: &Keypair, referral: Option<(&str, &Keypair)>) -> Address {
        let mut token = self.world.join(wallet, referral);
        while !found_first(&[seeds::AUTHORITY, token.as_ref()]) {
            token = self.world.create_token_account(&wallet.pubkey(), FUNDS);
        }
        token
    }
}

fn all() -> Vec<Row> {
    let spl = World::without_org;
    let extended = || World::with_extended_mint(PYUSD);
    let groups = [
        membership::config(),
        membership::orgs(spl(), ""),
        membership::members(spl(), ""),
        payments::subscriptions(),
        membership::points(spl(), ""),
        lifecycle::rows(spl(), ""),
        rewards::rows(spl(), ""),
        closing::rows(spl(), ""),
        membership::orgs(extended(), TOKEN_2022),
        membership::members(extended(), TOKEN_2022),
        payments::token_2022(),
        membership::points(extended(), TOKEN_2022),
        lifecycle::rows(extended(), TOKEN_2022),
        rewards::rows(extended(), TOKEN_2022),
        closing::rows(extended(), TOKEN_2022),
    ];
    groups.into_iter().flatten().collect()
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let head = digits.len() % 3;
    let mut groups = vec![&digits[..head]];
    groups.extend(
        (head..digits.len())
            .step_by(3)
            .map(|at| &digits[at..at + 3]),
    );
    groups.retain(|group| !group.is_empty());
    groups.join(",")
}

fn table(rows: &[Row]) -> String {
    let mut text =
        "| instruction | variant | before | measured | note |\n|---|---|--:|--:|---|\n".to_owned();
    for row in rows {
        let measured = grouped(row.measured);
        let before = row.before.map(grouped).unwrap_or_default();
        let (name, variant, note) = (row.name, row.variant, row.note);
        text += &format!("| `{name}` | {variant} | {before} | {measured} | {note} |\n");
    }
    let bytes = fs::metadata(PROGRAM).expect("the program").len();
    text + &format!("\nThe compiled program is {} bytes.\n", grouped(bytes))
}

/// Without the rewritten token program every figure below would be some 4,500 too high.
#[test]
fn the_token_program_is_the_one_that_mainnet_runs() {
    let mut world = World::new();
    let owner = key(30);
    let from = world.create_token_account(&owner.pubkey(), 1);
    let to = world.create_token_account(&Address::new_from_array([8; 32]), 0);
    let transfer = transfer_checked(&TOKEN, &from, &world.mint, &to, &owner.pubkey(), &[], 1, 6)
        .expect("instruction");
    let sent = world.send(&[transfer], &[&owner]).expect("transfer");
    assert_eq!(sent.consumed_by(&TOKEN), [105]);
}

#[test]
fn the_published_table_is_what_is_measured() {
    let measured = table(&all());
    let doc = fs::read_to_string(DOC).expect("docs/compute-units.md");
    let (before, rest) = doc.split_once(BEGIN).expect("begin of the table");
    let (published, after) = rest.split_once(END).expect("end of the table");
    if env::var_os(UPDATE).is_some() {
        let doc = format!("{before}{BEGIN}{measured}{END}{after}");
        fs::write(DOC, doc).expect("docs/compute-units.md");
        return;
    }
    assert_eq!(
        published, measured,
        "docs/compute-units.md is not what is measured; run the test with {UPDATE}=1 to rewrite it"
    );
}
