//! Kept sums are what all rows add up to, whatever happens to the rows and in whichever order.

use crate::support::{
    database::Mirror,
    history::{self, History, TRIAL, address},
    rows::{
        self, AUTHORITY, LEDGER, MEMBER, ORG, PLAN, SUBSCRIPTION, TOKEN, WALLET, authority, key,
        ledger, member, org, plan, subscription,
    },
    sums::{all, ensure_exact},
};
use anyhow::Result;
use bytemuck::Zeroable;
use proptest::{collection::vec, prelude::*, sample::Index, test_runner::Config};
use tessera_store::{
    PgConnection, U64,
    mirror::{
        accounts,
        authority::AuthorityRow,
        cursor::{self, Moment},
        ledger::LedgerRow,
        member::MemberRow,
        plan::PlanRow,
        receipt::{self, NewReceipt},
        subscription::SubscriptionRow,
        unsettled::Unsettled,
    },
};
use tessera_types::events::{LedgerShare, PlanChanged, PointsAwarded, Refunded, Settlement};

/// What can happen to a mirror.
#[derive(Debug, Clone)]
enum Step {
    Member {
        number: u8,
        org: u8,
        points: u64,
        expires_at: [i64; 2],
        closed: bool,
    },
    Subscription {
        number: u8,
        next_due: i64,
        state: i16,
        plan: u8,
        pending: Option<u8>,
        used: bool,
        token: u8,
        generation: u64,
        closed: bool,
    },
    Plan {
        number: u8,
        ends_at: i64,
    },
    /// The token account with this number may have changed to another wallet.
    Authority {
        number: u8,
        wallet: u8,
        generation: u64,
        closed: bool,
    },
    Ledger {
        number: u8,
        held: u64,
        closed: bool,
    },
    /// A reading finds no account at the addresses with this number.
    Close {
        number: u8,
    },
    /// The network's clock goes on by so many seconds.
    Clock {
        secs: i64,
    },
    /// Receipts of a part of the history come in; settled ones replace what contradicts them.
    Come {
        from: Index,
        to: Index,
        settled: bool,
        other: bool,
    },
    /// Transactions of a part of the history vanish.
    Vanish {
        from: Index,
        to: Index,
        other: bool,
    },
    /// Receipts are put under other plans.
    Plans,
    /// Everything is emptied, or only what hangs on receipts.
    Empty {
        all: bool,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (number, moment) = (1..4_u8, 1_000..1_100_i64);
    let step = prop_oneof![
        4 => (number.clone(), 1..3_u8, 0..50_u64, [moment.clone(), moment.clone()], any::<bool>())
            .prop_map(|(number, org, points, expires_at, closed)| Step::Member { number, org, points, expires_at, closed }),
        6 => (number.clone(), moment.clone(), 0..6_i16, 1..5_u8, proptest::option::of(1..5_u8), any::<bool>(), number.clone(), 4..6_u64, prop::bool::weighted(0.2))
            .prop_map(|(number, next_due, state, plan, pending, used, token, generation, closed)| Step::Subscription { number, next_due, state, plan, pending, used, token, generation, closed }),
        3 => (1..5_u8, moment).prop_map(|(number, ends_at)| Step::Plan { number, ends_at }),
        3 => (number.clone(), number.clone(), 4..6_u64, any::<bool>()).prop_map(|(number, wallet, generation, closed)| Step::Authority { number, wallet, generation, closed }),
        2 => (number.clone(), 0..50_u64, any::<bool>()).prop_map(|(number, held, closed)| Step::Ledger { number, held, closed }),
        1 => number.prop_map(|number| Step::Close { number }),
        4 => (0..20_i64).prop_map(|secs| Step::Clock { secs }),
        6 => (any::<Index>(), any::<Index>(), any::<bool>(), any::<bool>()).prop_map(|(from, to, settled, other)| Step::Come { from, to, settled, other }),
        3 => (any::<Index>(), any::<Index>(), any::<bool>()).prop_map(|(from, to, other)| Step::Vanish { from, to, other }),
        1 => Just(Step::Plans),
        1 => any::<bool>().prop_map(|all| Step::Empty { all }),
    ];
    vec(step, 1..40)
}

/// Receipts of two orgs in two mints; their subscriptions change plans and are refunded.
fn receipts() -> Vec<NewReceipt> {
    let share = |number, amount| LedgerShare {
        ledger: address(key(LEDGER, number)),
        amount,
    };
    let paid = Settlement {
        debit: 10_000,
        merchant: 8_900,
        keeper_fee: 100,
        ..TRIAL
    };
    let mut history = History::of(&[org(1), org(2)]);
    history.open(&[
        plan(1, 1),
        PlanRow {
            mint: key(rows::MINT, 2),
            ..plan(2, 1)
        },
        plan(3, 2),
    ]);
    for number in 1..4 {
        let row = subscription(number, number, number);
        history.open(&[member(number, 1 + number % 2, number)]);
        history.open(std::slice::from_ref(&row));
        history.pay(&row, paid, &[share(1, 900), share(2, 100)]);
        history.shared(row.address, &[share(1, 90)], |receipt| Refunded {
            receipt,
            amount: 1_000,
            from_vault: 90,
            ..Refunded::zeroed()
        });
        history.push(row.address, |receipt| PlanChanged {
            receipt,
            plan: address(key(PLAN, 1)),
            ..PlanChanged::zeroed()
        });
        history.pay(&row, paid, &[share(2, 1_000)]);
        history.push(key(MEMBER, number), |receipt| PointsAwarded {
            receipt,
            points: 5,
            ..PointsAwarded::zeroed()
        });
    }
    history.receipts
}

/// The same receipts from other transactions, with other amounts.
fn contradicting(mut receipts: Vec<NewReceipt>) -> Vec<NewReceipt> {
    for receipt in &mut receipts {
        receipt.signature[0] ^= 128;
        if let Some(charge) = &mut receipt.charge {
            charge.debit = U64(7);
        }
    }
    receipts
}

fn part(of: &[NewReceipt], from: Index, to: Index) -> &[NewReceipt] {
    let (from, to) = (from.index(of.len() + 1), to.index(of.len() + 1));
    &of[from.min(to)..from.max(to)]
}

async fn take(conn: &mut PgConnection, slot: i64, step: &Step) -> Result<()> {
    match step.clone() {
        Step::Member {
            number,
            org,
            points,
            expires_at: [first, second],
            closed,
        } => {
            let row = MemberRow {
                points: U64(points + 20),
                lifetime_points: U64(2 * points),
                expiring_points: vec![U64(points % 7), U64(points % 3), U64(0), U64(0)],
                expires_at: vec![first, second, 0, 0],
                slot,
                closed,
                ..member(number, org, number)
            };
            rows::upsert(conn, &[row]).await?;
        }
        Step::Subscription {
            number,
            next_due,
            state,
            plan,
            pending,
            used,
            token,
            generation,
            closed,
        } => {
            let row = SubscriptionRow {
                payer_token: key(TOKEN, token),
                pending_plan: pending.map(|plan| key(PLAN, plan)),
                authority_generation: U64(generation),
                period_secs: 15,
                period_months: i16::from(next_due % 5 == 0),
                grace_secs: next_due % 20,
                periods_paid: if used { 13 } else { 1 },
                next_due,
                state,
                slot,
                closed,
                ..subscription(number, plan, number)
            };
            rows::upsert(conn, &[row]).await?;
        }
        Step::Plan { number, ends_at } => {
            let row = PlanRow {
                ends_at,
                slot,
                ..plan(number, 1 + number % 2)
            };
            rows::upsert(conn, &[row]).await?;
        }
        Step::Authority {
            number,
            wallet,
            generation,
            closed,
        } => {
            let row = AuthorityRow {
                wallet: key(WALLET, wallet),
                generation: U64(generation),
                slot,
                closed,
                ..authority(number)
            };
            rows::upsert(conn, &[row]).await?;
        }
        Step::Ledger {
            number,
            held,
            closed,
        } => {
            let row = LedgerRow {
                held: U64(held),
                queued: U64(held / 2),
                claimable: U64(held / 3),
                claimed: U64(held / 4),
                slot,
                closed,
                ..ledger(number, 1 + number % 2, number, 1 + number % 2)
            };
            rows::upsert(conn, &[row]).await?;
        }
        Step::Close { number } => {
            let kinds = [MEMBER, SUBSCRIPTION, LEDGER, PLAN, AUTHORITY, ORG];
            accounts::close(conn, &kinds.map(|kind| key(kind, number)), slot).await?;
        }
        Step::Clock { secs } => {
            history::follow(conn).await?;
            let at = sqlx::query_scalar("select greatest(applied_at, 1000) from cursor")
                .fetch_one(&mut *conn)
                .await?;
            cursor::complete(
                conn,
                Moment {
                    slot,
                    at: i64::max(at, 1_000) + secs,
                },
            )
            .await?;
        }
        Step::Come {
            from,
            to,
            settled,
            other,
        } => {
            history::follow(conn).await?;
            let receipts = receipts();
            let mut part = part(&receipts, from, to).to_vec();
            if other {
                part = contradicting(part);
            }
            receipt::insert(conn, &part, settled).await?;
        }
        Step::Vanish { from, to, other } => {
            let receipts = receipts();
            let mut part = part(&receipts, from, to).to_vec();
            if other {
                part = contradicting(part);
            }
            let gone: Vec<Unsettled> = part
                .iter()
                .map(|it| Unsettled {
                    signature: it.signature,
                    slot: it.place.slot,
                    tx_index: it.place.tx_index,
                    touched: vec![],
                })
                .collect();
            receipt::remove_transactions(conn, &gone).await?;
        }
        Step::Plans => {
            let arrivals: Vec<i64> = sqlx::query_scalar("select arrival from receipt")
                .fetch_all(&mut *conn)
                .await?;
            let plans: Vec<_> = arrivals
                .into_iter()
                .map(|it| (it, Some(key(PLAN, 1))))
                .collect();
            receipt::set_plans(conn, &plans).await?;
        }
        Step::Empty { all } => {
            let accounts = if all {
                ", member, subscription, ledger, plan, authority"
            } else {
                ""
            };
            let empty =
                format!("truncate life, receipt, charge, refund, commission, cursor{accounts}");
            sqlx::raw_sql(sqlx::AssertSqlSafe(empty))
                .execute(&mut *conn)
                .await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_change_that_no_trigger_sees_is_found_by_what_these_tests_compare() -> Result<()> {
    let mirror = Mirror::create().await?;
    let conn = &mut *mirror.pool.acquire().await?;
    rows::upsert(conn, &[member(1, 1, 1)]).await?;
    ensure_exact(conn).await?;
    sqlx::raw_sql("set session_replication_role = replica; update member set points = points + 1")
        .execute(&mut *conn)
        .await?;
    let error = ensure_exact(conn).await.expect_err("the sum is of before");
    assert!(error.to_string().contains("counts"), "{error}");
    sqlx::raw_sql("set session_replication_role = origin; select sums_again()")
        .execute(&mut *conn)
        .await?;
    ensure_exact(conn).await
}

#[tokio::test]
async fn a_token_account_of_another_wallet_revokes_what_was_signed_before() -> Result<()> {
    let mirror = Mirror::create().await?;
    let conn = &mut *mirror.pool.acquire().await?;
    let signed = |wallet, generation| SubscriptionRow {
        payer_token: key(TOKEN, 1),
        authority_generation: U64(generation),
        ..subscription(wallet, 1, wallet)
    };
    rows::upsert(conn, &[plan(1, 1)]).await?;
    // Two wallets', before the authority is known, which says that one of them is revoked.
    rows::upsert(conn, &[signed(1, 4), signed(3, 3)]).await?;
    ensure_exact(conn).await?;
    rows::upsert(conn, &[authority(1)]).await?;
    ensure_exact(conn).await?;
    let given = AuthorityRow {
        wallet: key(WALLET, 2),
        generation: U64(5),
        slot: 6,
        ..authority(1)
    };
    rows::upsert(conn, &[given]).await?;
    ensure_exact(conn).await?;
    rows::upsert(conn, &[signed(2, 5)]).await?;
    ensure_exact(conn).await?;
    let active: i64 =
        sqlx::query_scalar("select active_subscriptions from org_sum where org is null")
            .fetch_one(&mut *conn)
            .await?;
    assert_eq!(active, 1);
    // The clock passes all of them.
    history::follow(conn).await?;
    cursor::complete(
        conn,
        Moment {
            slot: 7,
            at: 10_000,
        },
    )
    .await?;
    ensure_exact(conn).await?;
    assert!(all(conn).await?.is_empty());
    Ok(())
}

#[test]
fn whatever_happens_to_the_mirror_the_sums_are_those_of_its_rows() -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let mirror = runtime.block_on(Mirror::create())?;
    proptest!(Config { cases: 48, max_shrink_iters: 256, ..Config::default() }, |(steps in steps())| {
        runtime.block_on(async {
            let conn = &mut *mirror.pool.acquire().await?;
            take(conn, 0, &Step::Empty { all: true }).await?;
            for (slot, step) in (10..).zip(&steps) {
                take(conn, slot, step).await?;
                ensure_exact(conn).await.map_err(|error| error.context(format!("{step:?}")))?;
            }
            take(conn, 0, &Step::Empty { all: true }).await?;
            assert!(all(conn).await?.is_empty());
            anyhow::Ok(())
        }).map_err(|error| TestCaseError::fail(format!("{error:?}")))?;
    });
    Ok(())
}
