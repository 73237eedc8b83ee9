//! What moves no money: orgs, plans, members, points.

use super::*;

pub(super) fn orgs() -> Vec<Row> {
    let mut bench = Bench::in_world(found_at_first_try(World::without_org()));
    let authority = &bench.world.authority.insecure_clone();
    let create = bench.world.create_org(bench.world.create_org_args());
    bench.measure(
        ("create_org", ""),
        (Some(2_885), ""),
        &[create],
        &[authority],
    );
    let args = bench.world.create_plan_args();
    let create = bench.world.create_plan(args);
    bench.measure(
        ("create_plan", "first in its mint"),
        (Some(6_458), "creates and initialises the org's vault"),
        &[create],
        &[authority],
    );
    let create = bench.world.create_plan(CreatePlanArgs { id: 2, ..args });
    bench.measure(
        ("create_plan", "vault exists"),
        (Some(3_774), ""),
        &[create],
        &[authority],
    );
    bench.rows
}

pub(super) fn members() -> Vec<Row> {
    let mut bench = Bench::in_world(with_plan(World::without_org()));
    bench.world.referral_chain();
    let plain = &first_try(&bench.world, 100);
    let referred = &first_try(&bench.world, 160);
    let register = bench.world.register(plain, None);
    bench.measure(
        ("register_member", "no referrer"),
        (Some(2_957), ""),
        &[register],
        &[plain],
    );
    let register = bench.world.register(referred, Some(("FOURTH", &key(23))));
    bench.measure(
        ("register_member", "three levels above"),
        (Some(3_061), ""),
        &[register],
        &[referred],
    );
    let text = ["PLAIN", "SIMPLE", "BARE", "MERE", "SHEER"]
        .into_iter()
        .find(|text| found_first(&[seeds::CODE, bench.world.org.as_ref(), &code(text)]));
    let create = bench
        .world
        .create_code(plain, code(text.expect("one in two")));
    bench.measure(("create_code", ""), (Some(2_828), ""), &[create], &[plain]);
    let open = bench.world.open_ledger(plain);
    bench.measure(
        ("open_ledger", ""),
        (Some(3_332), ""),
        std::slice::from_ref(&open),
        &[],
    );
    bench.measure(
        ("open_ledger", "open already"),
        (Some(422), "was refused"),
        &[open],
        &[],
    );
    bench.rows
}

pub(super) fn points() -> Vec<Row> {
    let mut bench = Bench::in_world(with_plan(World::without_org()));
    let (wallet, _) = bench.world.subscriber();
    let authority = &bench.world.authority.insecure_clone();
    let issuer = &first_try(&bench.world, 100);
    for (variant, before, budget) in [("new key", 2_832, 100), ("known key", 1_846, 200)] {
        let set = bench.world.set_issuer(issuer, budget);
        bench.measure(
            ("set_issuer", variant),
            (Some(before), ""),
            &[set],
            &[authority],
        );
    }
    let award = bench.world.award(issuer, &wallet, 5);
    bench.measure(("award", ""), (Some(1_808), ""), &[award], &[issuer]);
    let redeem = bench.world.redeem(&wallet, 5);
    bench.measure(("redeem", ""), (Some(1_589), ""), &[redeem], &[&wallet]);
    bench.rows
}
