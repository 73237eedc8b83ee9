//! Where subscriptions stand: what the mirror says of them is what the program would do.

use crate::support::{
    database::Mirror,
    history::follow,
    rows::{self, PLAN, SUBSCRIPTION, key},
};
use anyhow::Result;
use bytemuck::Zeroable;
use tessera_store::{
    PgConnection, U64,
    mirror::{
        authority::AuthorityRow,
        plan::PlanRow,
        query::subscriptions,
        subscription::{Status, SubscriptionRow},
    },
};
use tessera_types::{
    NO_ADDRESS,
    accounts::{Subscription, Terms},
    calendar,
};

const END: i64 = 20_000;

/// The status of subscription 1 at a moment.
async fn status(conn: &mut PgConnection, moment: i64) -> Result<Status> {
    sqlx::query("update cursor set applied_at = $1")
        .bind(moment)
        .execute(&mut *conn)
        .await?;
    let found = subscriptions::get(conn, key(SUBSCRIPTION, 1)).await?;
    found
        .map(|found| found.status)
        .ok_or_else(|| anyhow::anyhow!("no subscription"))
}

/// A mirror with a plan that ends at [`END`], and its cursor.
async fn mirror() -> Result<Mirror> {
    let mirror = Mirror::create().await?;
    let conn = &mut *mirror.pool.acquire().await?;
    let plan = PlanRow {
        ends_at: END,
        ..rows::plan(1, 1)
    };
    rows::upsert(conn, &[plan]).await?;
    follow(conn).await?;
    Ok(mirror)
}

/// The program's account of a row, as far as it decides whether a charge can come.
fn account(row: &SubscriptionRow) -> Result<Subscription> {
    Ok(Subscription {
        terms: Terms {
            period_secs: row.period_secs.try_into()?,
            grace_secs: row.grace_secs.try_into()?,
            period_months: row.period_months.try_into()?,
            anchor_day: row.anchor_day.try_into()?,
            approved_periods: row.approved_periods.try_into()?,
            ..Terms::zeroed()
        },
        pending_plan: row.pending_plan.map_or(NO_ADDRESS, |plan| plan.0.into()),
        next_due: row.next_due,
        periods_paid: row.periods_paid.try_into()?,
        state: row.state.try_into()?,
        ..Subscription::zeroed()
    })
}

#[tokio::test]
async fn each_moment_has_its_status() -> Result<()> {
    let mirror = mirror().await?;
    let conn = &mut *mirror.pool.acquire().await?;
    let row = rows::subscription(1, 1, 1);
    rows::upsert(conn, std::slice::from_ref(&row)).await?;
    rows::upsert(conn, &[rows::authority(1)]).await?;
    for (moment, expected) in [
        (4_599, Status::Active),
        (4_600, Status::Due),
        (5_200, Status::Due),
        (5_201, Status::PastDue),
        (8_199, Status::PastDue),
        (8_200, Status::Lapsed),
        (END - 1, Status::Lapsed),
        (END, Status::Ended),
    ] {
        assert_eq!(status(conn, moment).await?, expected, "{moment}");
    }
    let later = AuthorityRow {
        generation: U64(5),
        ..rows::authority(1)
    };
    rows::upsert(conn, &[later]).await?;
    assert_eq!(status(conn, 4_600).await?, Status::Revoked);
    for (state, expected) in [
        (1, Status::Revoked),
        (4, Status::Cancelled),
        (5, Status::Lapsed),
    ] {
        let ended = SubscriptionRow {
            state,
            ..row.clone()
        };
        rows::upsert(conn, &[ended]).await?;
        assert_eq!(status(conn, 4_600).await?, expected);
    }
    Ok(())
}

#[tokio::test]
async fn a_trial_and_a_missed_payment_have_their_own() -> Result<()> {
    let mirror = mirror().await?;
    let conn = &mut *mirror.pool.acquire().await?;
    for (state, moment, expected) in [
        (1, 4_599, Status::Trial),
        (1, 4_600, Status::Due),
        (1, 5_201, Status::PastDue),
        (1, 8_200, Status::Lapsed),
        (3, 4_600, Status::PastDue),
        (3, 5_200, Status::PastDue),
        (3, 5_201, Status::Lapsed),
    ] {
        let row = SubscriptionRow {
            state,
            ..rows::subscription(1, 1, 1)
        };
        rows::upsert(conn, &[row]).await?;
        assert_eq!(status(conn, moment).await?, expected, "{state} {moment}");
    }
    Ok(())
}

#[tokio::test]
async fn a_period_of_months_ends_as_the_program_counts_it() -> Result<()> {
    let mirror = Mirror::create().await?;
    let conn = &mut *mirror.pool.acquire().await?;
    // 31 January 1970, 29 February 1972, 31 December 1999, and 30 November 9998, at odd times.
    for start in [2_592_001, 68_169_599, 946_598_400, 253_368_086_399] {
        for months in 1..=12 {
            for anchor_day in [1, 28, 29, 30, 31] {
                let found: i64 = sqlx::query_scalar("select period_end($1, 0, $2, $3)")
                    .bind(start)
                    .bind(i32::from(months))
                    .bind(i32::from(anchor_day))
                    .fetch_one(&mut *conn)
                    .await?;
                let expected = calendar::months_later(start, months, anchor_day);
                assert_eq!(Ok(found), expected, "{start} {months} {anchor_day}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_charge_can_come_exactly_when_the_program_says_so() -> Result<()> {
    let mirror = mirror().await?;
    let conn = &mut *mirror.pool.acquire().await?;
    for (state, pending_plan) in (1..=5).flat_map(|it| [(it, None), (it, Some(key(PLAN, 1)))]) {
        for periods_paid in [1, 12, 13] {
            for next_due in [4_600, END - 1, END] {
                let row = SubscriptionRow {
                    state,
                    pending_plan,
                    periods_paid,
                    next_due,
                    ..rows::subscription(1, 1, 1)
                };
                rows::upsert(conn, std::slice::from_ref(&row)).await?;
                let account = account(&row)?;
                for moment in [
                    0,
                    next_due - 1,
                    next_due,
                    next_due + 600,
                    next_due + 601,
                    next_due + 3_599,
                    next_due + 3_600,
                ] {
                    let status = status(conn, moment).await?;
                    let live = [Status::Trial, Status::Active, Status::Due, Status::PastDue]
                        .contains(&status);
                    assert_eq!(
                        live,
                        account.is_collectable(END, moment),
                        "{status:?} at {moment}: {row:?}"
                    );
                }
            }
        }
    }
    Ok(())
}
