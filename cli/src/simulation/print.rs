//! A simulation as tables for people.

use super::{Figures, Scenario, figures::Month};
use crate::audit::table;
use rust_decimal::{
    Decimal,
    prelude::{FromPrimitive, ToPrimitive},
};

const LAMPORTS_PER_SOL: u64 = 1_000_000_000;

/// Prints the months of a scenario, and the whole.
pub fn print(scenario: &Scenario, figures: &Figures) {
    let symbol = &scenario.token.symbol;
    let amount = |units: u128| shown(units, scenario.token.decimals);

    let mut customers = table(&[
        "customers",
        "joined",
        "referred",
        "cancelled",
        "lapsed",
        "live",
        "payments",
    ]);
    for it in rows(figures) {
        customers.add_row([
            it.name.clone(),
            it.joined.to_string(),
            it.referred.to_string(),
            it.cancelled.to_string(),
            it.lapsed.to_string(),
            it.live.to_string(),
            it.payments.to_string(),
        ]);
    }
    say!("{customers}\n");

    let mut money = table(&[
        symbol,
        "paid",
        "discounts",
        "merchant, net",
        "refunded",
        "commission",
        "claimed",
        "held",
        "claimable",
        "owed back",
    ]);
    for it in rows(figures) {
        let net = it.merchant.saturating_sub(it.refunded_by_merchant);
        let amounts = [
            it.paid,
            it.discounts,
            net,
            it.refunded,
            it.commission,
            it.claimed,
            it.held,
            it.claimable,
            it.debt,
        ];
        let mut row = vec![it.name.clone()];
        row.extend(amounts.map(amount));
        money.add_row(row);
    }
    say!("{money}\n(net: after refunds; held, claimable and owed back: at the month's end)\n");

    let mut points = table(&[
        "points",
        "issued",
        "redeemed",
        "expired",
        "taken back",
        "outstanding",
    ]);
    for it in rows(figures) {
        let counts = [
            it.points_issued,
            it.points_redeemed,
            it.points_expired,
            it.points_taken_back,
            it.points,
        ];
        let mut row = vec![it.name.clone()];
        row.extend(counts.map(|count| count.to_string()));
        points.add_row(row);
    }
    say!("{points}\n");

    let mut keepers = table(&[
        "collecting",
        "by keepers",
        "by the org",
        "fees",
        "network cost",
        "SOL",
    ]);
    for it in rows(figures) {
        keepers.add_row([
            it.name.clone(),
            it.by_keepers.to_string(),
            it.by_org.to_string(),
            amount(it.keeper_fees),
            amount(cost(scenario, it.collecting_lamports)),
            shown(it.collecting_lamports, 9),
        ]);
    }
    say!("{keepers}");
}

/// The months, then all together as they stand at the end.
fn rows(figures: &Figures) -> impl Iterator<Item = Month> {
    figures.months.iter().cloned().chain([figures.total()])
}

/// The price of lamports, in the token's smallest unit.
pub(super) fn cost(scenario: &Scenario, lamports: u128) -> u128 {
    let unit = Decimal::from(10u64.pow(u32::from(scenario.token.decimals)));
    let sol = Decimal::from_u128(lamports).map(|it| it / Decimal::from(LAMPORTS_PER_SOL));
    let cost = sol.and_then(|sol| {
        sol.checked_mul(scenario.keeper.sol_price)?
            .checked_mul(unit)
    });
    cost.and_then(|cost| cost.ceil().to_u128())
        .unwrap_or(u128::MAX)
}

/// An amount in whole tokens.
fn shown(units: u128, decimals: u8) -> String {
    let decimals = usize::from(decimals);
    let digits = format!("{units:0>width$}", width = decimals + 1);
    let (whole, rest) = digits.split_at(digits.len() - decimals);
    match decimals {
        0 => digits,
        _ => format!("{whole}.{rest}"),
    }
}
