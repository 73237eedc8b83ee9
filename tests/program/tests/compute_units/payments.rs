//! What moves money: subscriptions, charges, commission.

use super::*;

pub(super) fn subscriptions() -> Vec<Row> {
    const FIRST: &str = "creates two accounts, see below";
    let mut bench = Bench::in_world(with_plan(World::without_org()));
    let [(top, top_token), _, (third, _), _] = bench.world.referral_chain();
    let second = bench.world.second_plan();
    let args = bench.world.subscribe_args();
    let solo = first_try(&bench.world, 100);
    let solo_token = bench.join(&solo, None);
    let payer = first_try(&bench.world, 150);
    let payer_token = bench.join(&payer, Some(("THIRD", &third)));
    let quoted = first_try(&bench.world, 200);
    let quoted_token = bench.join(&quoted, None);

    for (wallet, token, variant, before) in [
        (&solo, solo_token, "no referrer, new token authority", 7_077),
        (
            &payer,
            payer_token,
            "three levels, new token authority",
            8_051,
        ),
    ] {
        let subscribe = bench.world.subscribe(wallet, token, args);
        bench.measure(
            ("subscribe", variant),
            (Some(before), FIRST),
            &[subscribe],
            &[wallet],
        );
    }
    for (wallet, token, variant, before) in [
        (&solo, solo_token, "no referrer, next plan", 5_251),
        (&payer, payer_token, "three levels, next plan", 6_260),
    ] {
        let subscribe = bench
            .world
            .within(second, |world| world.subscribe(wallet, token, args));
        bench.measure(
            ("subscribe", variant),
            (Some(before), ""),
            &[subscribe],
            &[wallet],
        );
    }
    let deadline = bench.world.now();
    let (_, verification) = bench.world.quote(&quoted, PRICE + 1, deadline);
    let args = bench.world.quoted_args(PRICE + 1, deadline);
    let subscribe = bench.world.subscribe(&quoted, quoted_token, args);
    bench.measure(
        ("subscribe", "no referrer, new token authority, quoted"),
        (Some(7_479), FIRST),
        &[verification, subscribe],
        &[&quoted],
    );

    let keeper = bench.world.create_token_account(&key(60).pubkey(), 0);
    let period = i64::from(PERIOD);
    for (wait, wallet, fee, variant, before, note) in [
        (period, &solo, None, "no referrer", 2_207, ""),
        (
            0,
            &payer,
            None,
            "three levels",
            3_156,
            "the most: each ledger releases twice",
        ),
        (
            period + i64::from(GRACE / 2),
            &payer,
            Some(keeper),
            "three levels, keeper paid",
            3_416,
            "",
        ),
    ] {
        bench.world.advance(wait);
        let charge = bench.world.charge(wallet, fee);
        bench.measure(("charge", variant), (Some(before), note), &[charge], &[]);
    }
    bench.cancellations(&solo, "");
    bench.world.advance(2 * i64::from(HOLD));
    let claim = bench.world.claim(&top, top_token, u64::MAX);
    bench.measure(
        ("claim_commission", ""),
        (Some(2_009), ""),
        &[claim],
        &[&top],
    );
    bench.rows
}

impl Bench {
    /// `solo` ends its subscriptions to both plans, and one whose token account is gone.
    fn cancellations(&mut self, solo: &Keypair, note: &'static str) {
        let world = &mut self.world;
        let second = world.place_of_plan(2);
        let args = world.subscribe_args();
        let lowered = match note {
            "" => "calls the token program",
            note => note,
        };
        let savings = world.create_token_account(&solo.pubkey(), FUNDS);
        let cancel = world.cancel(solo);
        self.measure(
            ("cancel", "approval lowered"),
            (before(2_142, note), lowered),
            &[cancel],
            &[solo],
        );
        let cancel = self.world.within(second, |world| world.cancel(solo));
        self.measure(
            ("cancel", "approval revoked"),
            (before(2_097, note), note),
            &[cancel],
            &[solo],
        );
        let world = &mut self.world;
        let subscribe = world.subscribe(solo, savings, args);
        world.send(&[subscribe], &[solo]).expect("subscribe");
        world.close(&savings, solo);
        let cancel = world.cancel(solo);
        self.measure(
            ("cancel", "token account gone"),
            (before(1_846, note), note),
            &[cancel],
            &[solo],
        );
    }
}

/// The payments in a mint that carries what PYUSD does.
pub(super) fn token_2022() -> Vec<Row> {
    let mut bench = Bench::in_world(with_plan(World::with_extended_mint(PYUSD)));
    let [(top, top_token), _, (third, _), _] = bench.world.referral_chain();
    let args = bench.world.subscribe_args();
    let solo = first_try(&bench.world, 100);
    let solo_token = bench.join(&solo, None);
    let payer = first_try(&bench.world, 150);
    let payer_token = bench.join(&payer, Some(("THIRD", &third)));
    for (wallet, token, variant, before) in [
        (
            &solo,
            solo_token,
            "no referrer, new token authority",
            14_183,
        ),
        (
            &payer,
            payer_token,
            "three levels, new token authority",
            19_576,
        ),
    ] {
        let subscribe = bench.world.subscribe(wallet, token, args);
        bench.measure(
            ("subscribe", variant),
            (Some(before), TOKEN_2022),
            &[subscribe],
            &[wallet],
        );
    }
    let keeper = bench.world.create_token_account(&key(60).pubkey(), 0);
    let second = bench.world.second_plan();
    let subscribe = bench
        .world
        .within(second, |world| world.subscribe(&solo, solo_token, args));
    bench.measure(
        ("subscribe", "no referrer, next plan"),
        (None, TOKEN_2022),
        &[subscribe],
        &[&solo],
    );
    bench.world.advance(i64::from(PERIOD + GRACE / 2));
    for (wallet, fee, variant, before) in [
        (&solo, None, "no referrer", 7_424),
        (&payer, Some(keeper), "three levels, keeper paid", 17_344),
    ] {
        let charge = bench.world.charge(wallet, fee);
        bench.measure(
            ("charge", variant),
            (Some(before), TOKEN_2022),
            &[charge],
            &[],
        );
    }
    bench.cancellations(&solo, TOKEN_2022);
    bench.world.advance(2 * i64::from(HOLD));
    let claim = bench.world.claim(&top, top_token, u64::MAX);
    bench.measure(
        ("claim_commission", ""),
        (Some(6_467), TOKEN_2022),
        &[claim],
        &[&top],
    );
    bench.rows
}
