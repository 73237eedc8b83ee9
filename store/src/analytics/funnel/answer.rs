//! Counts of funnels, from their sums, and the people behind them.

use crate::{Key, Result, read::Page};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use tessera_domain::analytics::funnel::{FunnelCounts, Measure};
use uuid::Uuid;

/// Which attempts are counted, by the UTC day of their first step and their breakdown value.
#[derive(Debug, Clone, Default)]
pub struct AttemptFilter {
    /// First day, days since 1970.
    pub from_day: Option<i32>,
    /// Last day, included.
    pub through_day: Option<i32>,
    /// Breakdown value; the empty string selects attempts without one.
    pub breakdown: Option<String>,
}

/// A person whose attempt is counted.
#[derive(Debug, Clone)]
pub struct FunnelPerson {
    /// The canonical person.
    pub person: Uuid,
    /// How many steps the credited attempt took.
    pub level: i16,
    /// UTC day of its first step, days since 1970.
    pub day: i32,
    /// Its breakdown value; the empty string when it has none.
    pub breakdown: String,
}

/// The mean price of a subscription's period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeanPrice {
    /// The mint that all of them are paid in.
    pub mint: Key,
    /// In whole tokens, rounded to the mint's smallest unit.
    pub tokens: Decimal,
}

/// A funnel's sums added up over the selected days.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn counts(
    conn: &mut PgConnection,
    id: i32,
    filter: &AttemptFilter,
) -> Result<FunnelCounts> {
    let rows = sqlx::query!(
        r#"select label as breakdown, measure, sum(amount)::bigint as "amount!"
           from engine.projection_sum
           where projection = $1
             and ($2::int is null or day >= $2) and ($3::int is null or day <= $3)
             and ($4::text is null or label = $4)
           group by label, measure"#,
        id,
        filter.from_day,
        filter.through_day,
        filter.breakdown,
    )
    .fetch_all(conn)
    .await?;
    let mut counts = FunnelCounts::default();
    for row in rows {
        if let Some(measure) = Measure::from_code(row.measure) {
            let breakdown = Some(row.breakdown).filter(|value| !value.is_empty());
            counts.add(0, breakdown, measure, row.amount);
        }
    }
    Ok(counts)
}

/// A page of the people whose credited attempt took at least `level` steps, by id.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn people(
    conn: &mut PgConnection,
    id: i32,
    level: i16,
    filter: &AttemptFilter,
    page: Page<Uuid>,
) -> Result<Vec<FunnelPerson>> {
    // Level by level, so that a late step reads only its own people and not all of the funnel's.
    Ok(sqlx::query_as!(
        FunnelPerson,
        r#"select found.person as "person!", found.order_key::smallint as "level!",
                  (extract(epoch from found.at)::bigint / 86400)::int as "day!",
                  found.label as "breakdown!"
           from generate_series($2::smallint, 32) wanted (level)
           cross join lateral (
               select person, order_key, at, label from engine.projection_person
               where projection = $1 and order_key = wanted.level and person > $6
                 and ($3::int is null or at >= to_timestamp($3::bigint * 86400))
                 and ($4::int is null or at < to_timestamp(($4::bigint + 1) * 86400))
                 and ($5::text is null or label = $5)
               order by person limit $7
           ) found
           order by found.person limit $7"#,
        id,
        level,
        filter.from_day,
        filter.through_day,
        filter.breakdown,
        page.after.unwrap_or_default(),
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// The mean price of a period of the organisation's subscriptions; none when there are none or they
/// are paid in several mints.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn mean_price(conn: &mut PgConnection) -> Result<Option<MeanPrice>> {
    let mints = sqlx::query!(
        r#"select mint as "mint: Key", decimals, sum(subscription.price) as "sum!: Decimal",
                  count(*) as "subscriptions!"
           from engine.organisation join plan on plan.org = organisation.org
           join subscription on subscription.plan = plan.address
           where organisation.id = engine.current_organisation()
           group by mint, decimals limit 2"#,
    )
    .fetch_all(conn)
    .await?;
    let [only] = mints.as_slice() else {
        return Ok(None);
    };
    let decimals = u32::try_from(only.decimals).unwrap_or(0);
    let tokens = only
        .sum
        .checked_div(Decimal::from(only.subscriptions))
        .and_then(|mean| mean.checked_div(Decimal::from(10_u64.checked_pow(decimals)?)))
        .map(|mean| mean.round_dp(decimals).normalize());
    Ok(tokens.map(|tokens| MeanPrice {
        mint: only.mint,
        tokens,
    }))
}
