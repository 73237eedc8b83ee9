//! What moves no money: orgs, plans, members, points.

use super::*;

pub(super) fn config() -> Vec<Row> {
    let mut bench = Bench::in_world(World::without_config());
    let admin = &bench.world.admin.insecure_clone();
    let mut args = bench.world.config_args();
    for (variant, note) in [
        (
            "first",
            "derives two addresses, one of them found at the second try",
        ),
        ("again", ""),
    ] {
        let set = bench.world.set_config(args);
        bench.measure(("set_config", variant), (None, note), &[set], &[admin]);
        args.seq += 1;
    }
    bench.rows
}

/// `note` says which token program it is, here and below.
pub(super) fn orgs(world: World, note: &'static str) -> Vec<Row> {
    let mut bench = Bench::in_world(found_at_first_try(world));
    let vault = match note {
        "" => "creates and initialises the org's vault",
        note => note,
    };
    let authority = &bench.world.authority.insecure_clone();
    let create = bench.world.create_org(bench.world.create_org_args());
    bench.measure(
        ("create_org", ""),
        (before(2_885, note), note),
        &[create],
        &[authority],
    );
    let args = bench.world.create_plan_args();
    let create = bench.world.create_plan(args);
    bench.measure(
        ("create_plan", "first in its mint"),
        (before(6_458, note), vault),
        &[create],
        &[authority],
    );
    let create = bench.world.create_plan(CreatePlanArgs { id: 2, ..args });
    bench.measure(
        ("create_plan", "vault exists"),
        (before(3_774, note), note),
        &[create],
        &[authority],
    );
    bench.rows
}

pub(super) fn members(world: World, note: &'static str) -> Vec<Row> {
    let mut bench = Bench::in_world(with_plan(world));
    bench.world.referral_chain();
    let plain = &first_try(&bench.world, 100);
    let referred = &first_try(&bench.world, 160);
    let register = bench.world.register(plain, None);
    bench.measure(
        ("register_member", "no referrer"),
        (before(2_957, note), note),
        &[register],
        &[plain],
    );
    let register = bench.world.register(referred, Some(("FOURTH", &key(23))));
    bench.measure(
        ("register_member", "three levels above"),
        (before(3_061, note), note),
        &[register],
        &[referred],
    );
    let free = (0..)
        .map(|number| code(&format!("PLAIN{number}")))
        .find(|code| found_first(&[seeds::CODE, bench.world.org.as_ref(), code]))
        .expect("one in two");
    let create = bench.world.create_code(plain, free);
    bench.measure(
        ("create_code", ""),
        (before(2_828, note), note),
        &[create],
        &[plain],
    );
    let open = bench.world.open_ledger(plain);
    let refused = match note {
        "" => "was refused",
        note => note,
    };
    bench.measure(
        ("open_ledger", ""),
        (before(3_332, note), note),
        std::slice::from_ref(&open),
        &[],
    );
    bench.measure(
        ("open_ledger", "open already"),
        (before(422, note), refused),
        &[open],
        &[],
    );
    bench.rows
}

pub(super) fn points(world: World, note: &'static str) -> Vec<Row> {
    let mut bench = Bench::in_world(with_plan(world));
    let (wallet, _) = bench.world.subscriber();
    let authority = &bench.world.authority.insecure_clone();
    let issuer = &first_try(&bench.world, 100);
    for (variant, units, budget) in [("new key", 2_832, 100), ("known key", 1_846, 200)] {
        let set = bench.world.set_issuer(issuer, budget);
        bench.measure(
            ("set_issuer", variant),
            (before(units, note), note),
            &[set],
            &[authority],
        );
    }
    let award = bench.world.award(issuer, &wallet, 5);
    bench.measure(
        ("award", ""),
        (before(1_808, note), note),
        &[award],
        &[issuer],
    );
    let redeem = bench.world.redeem(&wallet, 5);
    bench.measure(
        ("redeem", ""),
        (before(1_589, note), note),
        &[redeem],
        &[&wallet],
    );
    bench.rows
}
