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

    for (wallet, token, variant, (before, ceiling)) in [
        (
            &solo,
            solo_token,
            "no referrer, new token authority",
            (7_338, 7_338),
        ),
        (
            &payer,
            payer_token,
            "three levels, new token authority",
            (8_119, 8_119),
        ),
    ] {
        let subscribe = bench.world.subscribe(wallet, token, args);
        bench.measure(
            ("subscribe", variant),
            (Some(before), ceiling, FIRST),
            &[subscribe],
            &[wallet],
        );
    }
    for (wallet, token, variant, (before, ceiling)) in [
        (&solo, solo_token, "no referrer, next plan", (5_659, 5_659)),
        (
            &payer,
            payer_token,
            "three levels, next plan",
            (6_436, 6_436),
        ),
    ] {
        let subscribe = bench
            .world
            .within(second, |world| world.subscribe(wallet, token, args));
        bench.measure(
            ("subscribe", variant),
            (Some(before), ceiling, ""),
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
        (Some(7_505), 7_505, FIRST),
        &[verification, subscribe],
        &[&quoted],
    );

    let keeper = bench.world.create_token_account(&key(60).pubkey(), 0);
    let period = i64::from(PERIOD);
    for (wait, wallet, fee, variant, (before, ceiling), note) in [
        (period, &solo, None, "no referrer", (2_786, 2_500), ""),
        (
            0,
            &payer,
            None,
            "three levels",
            (3_584, 3_200),
            "the most: each ledger releases twice",
        ),
        (
            period + i64::from(GRACE / 2),
            &payer,
            Some(keeper),
            "three levels, keeper paid",
            (3_838, 3_450),
            "",
        ),
    ] {
        bench.world.advance(wait);
        let charge = bench.world.charge(wallet, fee);
        bench.measure(
            ("charge", variant),
            (Some(before), ceiling, note),
            &[charge],
            &[],
        );
    }
    bench.cancellations(&solo);
    bench.world.advance(2 * i64::from(HOLD));
    let claim = bench.world.claim(&top, top_token, u64::MAX);
    bench.measure(
        ("claim_commission", ""),
        (Some(2_517), 2_200, ""),
        &[claim],
        &[&top],
    );
    bench.rows
}

impl Bench {
    /// `solo` ends its subscriptions to both plans, and one whose token account is gone.
    fn cancellations(&mut self, solo: &Keypair) {
        let world = &mut self.world;
        let second = world.place_of_plan(2);
        let args = world.subscribe_args();
        let savings = world.create_token_account(&solo.pubkey(), FUNDS);
        let cancel = world.cancel(solo);
        self.measure(
            ("cancel", "approval lowered"),
            (Some(839), 2_400, "calls the token program"),
            &[cancel],
            &[solo],
        );
        let cancel = self.world.within(second, |world| world.cancel(solo));
        self.measure(
            ("cancel", "approval revoked"),
            (None, 2_400, ""),
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
            (None, 2_400, ""),
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
    for (wallet, token, variant, ceiling) in [
        (
            &solo,
            solo_token,
            "no referrer, new token authority",
            15_000,
        ),
        (
            &payer,
            payer_token,
            "three levels, new token authority",
            20_500,
        ),
    ] {
        let subscribe = bench.world.subscribe(wallet, token, args);
        bench.measure(
            ("subscribe", variant),
            (None, ceiling, TOKEN_2022),
            &[subscribe],
            &[wallet],
        );
    }
    let keeper = bench.world.create_token_account(&key(60).pubkey(), 0);
    bench.world.advance(i64::from(PERIOD + GRACE / 2));
    for (wallet, fee, variant, ceiling) in [
        (&solo, None, "no referrer", 8_000),
        (&payer, Some(keeper), "three levels, keeper paid", 18_000),
    ] {
        let charge = bench.world.charge(wallet, fee);
        bench.measure(
            ("charge", variant),
            (None, ceiling, TOKEN_2022),
            &[charge],
            &[],
        );
    }
    bench.world.advance(2 * i64::from(HOLD));
    let claim = bench.world.claim(&top, top_token, u64::MAX);
    bench.measure(
        ("claim_commission", ""),
        (None, 7_000, TOKEN_2022),
        &[claim],
        &[&top],
    );
    bench.rows
}
