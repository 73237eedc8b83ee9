//! Measures every instruction with fixed keys, holds each to its ceiling, and compares the whole
//! table with docs/compute-units.md.

use solana_address::Address;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use spl_token_interface::{ID as TOKEN, instruction::transfer_checked};
use std::{env, fs};
use tessera_client::{
    address,
    types::{
        ID,
        args::{CreateOrgArgs, CreatePlanArgs, SubscribeArgs},
        seeds,
    },
};
use world::{HOLD, PERIOD, PRICE, World, code, key};

const DOC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/compute-units.md");
const PROGRAM: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../target/deploy/tessera.so"
);
const BEGIN: &str = "<!-- measured -->\n";
const END: &str = "<!-- end -->\n";
const UPDATE: &str = "UPDATE_COMPUTE_UNITS";

struct Row {
    name: &'static str,
    variant: &'static str,
    measured: u64,
    ceiling: u64,
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
        (ceiling, note): (u64, &'static str),
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) {
        let sent = self.world.send(instructions, signers).expect(name);
        self.rows.push(Row {
            name,
            variant,
            measured: sent.program_units(),
            ceiling,
            note,
        });
    }
}

/// The first key from `seed` on whose addresses are all found at the first try.
fn first_try(world: &World, seed: u8) -> Keypair {
    let second = address::plan(&world.org, 2);
    let (org, mint, plan) = (world.org.as_ref(), world.mint.as_ref(), world.plan.as_ref());
    let found = (seed..=u8::MAX).map(key).find(|key| {
        let wallet = key.pubkey();
        let wallet = wallet.as_ref();
        let addresses: [&[&[u8]]; 6] = [
            &[seeds::MEMBER, org, wallet],
            &[seeds::AUTHORITY, wallet, mint],
            &[seeds::SUBSCRIPTION, plan, wallet],
            &[seeds::SUBSCRIPTION, second.as_ref(), wallet],
            &[seeds::LEDGER, org, wallet, mint],
            &[seeds::ISSUER, org, wallet],
        ];
        addresses
            .iter()
            .all(|seeds| Address::find_program_address(seeds, &ID).1 == u8::MAX)
    });
    found.expect("one in 64")
}

fn orgs() -> Vec<Row> {
    let mut bench = Bench::in_world(World::without_org());
    let authority = &key(2);
    let args = bench.world.create_org_args();
    let create = bench.world.create_org(args);
    bench.world.send(&[create], &[authority]).expect("org 1");
    let create = bench.world.create_org(CreateOrgArgs { id: 2, ..args });
    bench.measure(("create_org", ""), (2_300, ""), &[create], &[authority]);
    let args = bench.world.create_plan_args();
    let create = bench.world.create_plan(args);
    bench.measure(
        ("create_plan", "first in its mint"),
        (5_600, "creates and initialises the org's vault"),
        &[create],
        &[authority],
    );
    let create = bench.world.create_plan(CreatePlanArgs { id: 2, ..args });
    bench.measure(
        ("create_plan", "vault exists"),
        (3_100, ""),
        &[create],
        &[authority],
    );
    bench.rows
}

fn members() -> Vec<Row> {
    let mut bench = Bench::in_world(World::new());
    bench.world.referral_chain();
    let plain = &first_try(&bench.world, 100);
    let referred = &first_try(&bench.world, 160);
    let register = bench.world.register(plain, None);
    bench.measure(
        ("register_member", "no referrer"),
        (3_200, ""),
        &[register],
        &[plain],
    );
    let register = bench.world.register(referred, Some(("FOURTH", &key(23))));
    bench.measure(
        ("register_member", "three levels above"),
        (3_200, ""),
        &[register],
        &[referred],
    );
    let create = bench.world.create_code(plain, code("PLAIN"));
    bench.measure(("create_code", ""), (2_800, ""), &[create], &[plain]);
    let open = bench.world.open_ledger(plain);
    bench.measure(("open_ledger", ""), (3_400, ""), &[open], &[]);
    bench.rows
}

fn subscriptions() -> Vec<Row> {
    const FIRST: &str = "creates two accounts, see below";
    let mut bench = Bench::in_world(World::new());
    let [(top, top_token), _, (third, _), _] = bench.world.referral_chain();
    let second = bench.world.second_plan();
    let args = bench.world.subscribe_args();
    let solo = first_try(&bench.world, 100);
    let solo_token = bench.world.join(&solo, None);
    let payer = first_try(&bench.world, 150);
    let payer_token = bench.world.join(&payer, Some(("THIRD", &third)));
    let quoted = first_try(&bench.world, 200);
    let quoted_token = bench.world.join(&quoted, None);

    for (wallet, token, variant, note) in [
        (&solo, solo_token, "no referrer, new token authority", FIRST),
        (
            &payer,
            payer_token,
            "three levels, new token authority",
            FIRST,
        ),
    ] {
        let subscribe = bench.world.subscribe(wallet, token, args);
        bench.measure(
            ("subscribe", variant),
            (8_400, note),
            &[subscribe],
            &[wallet],
        );
    }
    for (wallet, token, variant) in [
        (&solo, solo_token, "no referrer, next plan"),
        (&payer, payer_token, "three levels, next plan"),
    ] {
        let subscribe = bench
            .world
            .within(second, |world| world.subscribe(wallet, token, args));
        bench.measure(("subscribe", variant), (7_000, ""), &[subscribe], &[wallet]);
    }
    let deadline = bench.world.now();
    let (_, verification) = bench.world.quote(&quoted, PRICE + 1, deadline);
    let args = SubscribeArgs {
        expected_price: PRICE + 1,
        quote_deadline: deadline,
        quoted: 1,
        ..args
    };
    let subscribe = bench.world.subscribe(&quoted, quoted_token, args);
    bench.measure(
        ("subscribe", "no referrer, new token authority, quoted"),
        (8_400, FIRST),
        &[verification, subscribe],
        &[&quoted],
    );

    let keeper = bench.world.create_token_account(&key(60).pubkey(), 0);
    for (wallet, token, fee, variant, ceiling, note) in [
        (&solo, solo_token, None, "no referrer", 2_900, ""),
        (
            &payer,
            payer_token,
            None,
            "three levels",
            3_600,
            "the most: each ledger releases twice",
        ),
        (
            &payer,
            payer_token,
            Some(keeper),
            "three levels, keeper paid",
            3_850,
            "",
        ),
    ] {
        bench.world.advance(i64::from(PERIOD));
        let charge = bench.world.charge(wallet, token, fee);
        bench.measure(("charge", variant), (ceiling, note), &[charge], &[]);
    }
    let cancel = bench.world.cancel(&solo);
    bench.measure(("cancel", ""), (900, ""), &[cancel], &[&solo]);
    bench.world.advance(2 * i64::from(HOLD));
    let claim = bench.world.claim(&top, top_token, u64::MAX);
    bench.measure(("claim_commission", ""), (2_800, ""), &[claim], &[&top]);
    bench.rows
}

fn points() -> Vec<Row> {
    let mut bench = Bench::in_world(World::new());
    let (wallet, _) = bench.world.subscriber();
    let (authority, issuer) = (&key(2), &first_try(&bench.world, 100));
    let set = bench.world.set_issuer(issuer, 100);
    bench.measure(("set_issuer", "new key"), (2_400, ""), &[set], &[authority]);
    let set = bench.world.set_issuer(issuer, 200);
    bench.measure(("set_issuer", "known key"), (900, ""), &[set], &[authority]);
    let award = bench.world.award(issuer, &wallet, 5);
    bench.measure(("award", ""), (1_000, ""), &[award], &[issuer]);
    let redeem = bench.world.redeem(&wallet, 5);
    bench.measure(("redeem", ""), (1_000, ""), &[redeem], &[&wallet]);
    bench.rows
}

fn all() -> Vec<Row> {
    [orgs(), members(), subscriptions(), points()]
        .into_iter()
        .flatten()
        .collect()
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
        "| instruction | variant | measured | ceiling | note |\n|---|---|--:|--:|---|\n".to_owned();
    for row in rows {
        let (measured, ceiling) = (grouped(row.measured), grouped(row.ceiling));
        let (name, variant, note) = (row.name, row.variant, row.note);
        text += &format!("| `{name}` | {variant} | {measured} | {ceiling} | {note} |\n");
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
fn no_instruction_exceeds_its_ceiling() {
    for row in all() {
        assert!(
            row.measured <= row.ceiling,
            "{} {}: {} compute units, ceiling {}",
            row.name,
            row.variant,
            row.measured,
            row.ceiling
        );
    }
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
