//! What becomes of a subscription after it was signed, on either token program.

use super::*;
use world::{metered, prorated};

/// A payer under three levels of referrers in `world`; `note` says which token program it is.
pub(super) fn rows(world: World, note: &'static str) -> Vec<Row> {
    let mut bench = Bench::in_world(with_plan(world));
    let [(top, _), _, (third, _), _] = bench.world.referral_chain();
    let wallet = first_try(&bench.world, 150);
    let token = bench.join(&wallet, Some(("THIRD", &third)));
    let args = prorated(bench.world.create_plan_args());
    let first = bench.world.add_plan(args);
    let second = bench.world.add_plan(args);
    let mut usage = metered(args);
    usage.keeper_fee_cap = 0;
    let by_usage = bench.world.add_plan(usage);
    let authority = &bench.world.authority.insecure_clone();
    let treasury = &bench.world.treasury.insecure_clone();
    let meter = &bench.world.meter.insecure_clone();
    bench.world.plan = first.plan;
    let args = bench.world.subscribe_args();
    let subscribe = bench.world.subscribe(&wallet, token, args);
    bench
        .world
        .send(&[subscribe], &[&wallet])
        .expect("subscribe");

    let refund = bench.world.refund(&wallet, PRICE / 3);
    bench.measure(
        ("refund", "three levels, commission held"),
        (None, note),
        &[refund],
        &[authority, treasury],
    );
    bench.world.advance(i64::from(PERIOD) / 2);
    let terms = bench.world.change_terms(second);
    let change = bench.world.change_plan(&wallet, second, terms, true);
    bench.measure(
        ("change_plan", "at the period's end"),
        (None, note),
        &[change],
        &[&wallet],
    );
    let change = bench.world.change_plan(&wallet, second, terms, false);
    bench.measure(
        ("change_plan", "now, prorated, three levels"),
        (None, note),
        &[change],
        &[&wallet],
    );
    let until = bench.world.now() + 10;
    let pause = bench.world.pause(&wallet, until);
    bench.measure(("pause", ""), (None, note), &[pause], &[&wallet]);
    let cancel = bench.world.cancel(&wallet);
    bench.world.send(&[cancel], &[&wallet]).expect("cancel");
    let resume = bench.world.resume(&wallet);
    bench.measure(("resume", ""), (None, note), &[resume], &[&wallet]);
    bench.world.advance(i64::from(HOLD) * 2);
    let release = bench.world.release(&top);
    bench.measure(("release", ""), (None, note), &[release], &[]);
    let end = bench.world.subscription(&wallet).next_due;
    bench.world.advance((end - bench.world.now()).max(0));
    bench.world.revoke(&token, &wallet);
    let mark = bench.world.mark_past_due(&wallet);
    bench.measure(
        ("mark_past_due", "approval taken back"),
        (None, note),
        &[mark],
        &[],
    );
    let end_now = bench.world.cancel_now(&wallet);
    bench.measure(
        ("cancel_now", ""),
        (None, note),
        &[end_now],
        &[&wallet, authority],
    );
    let args = bench.world.invoice_args(1, PRICE);
    let pay = bench.world.pay_invoice(&wallet, token, args);
    bench.measure(
        ("pay_invoice", "three levels"),
        (None, note),
        &pay,
        &[&wallet],
    );
    bench.world.plan = by_usage.plan;
    let args = bench.world.subscribe_args();
    let subscribe = bench.world.subscribe(&wallet, token, args);
    bench
        .world
        .send(&[subscribe], &[&wallet])
        .expect("subscribe");
    let charge = bench.world.charge_up_to(&wallet, PRICE / 2);
    bench.measure(
        ("charge_up_to", "three levels"),
        (None, note),
        &[charge],
        &[meter],
    );
    bench.rows
}
