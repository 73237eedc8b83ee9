//! Counts of funnels, from their sums, and the people behind them.

use crate::{Key, Result, analytics::exchange_rate, mirror::plan::stored_period, read::Page};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use tessera_domain::{
    analytics::funnel::{FunnelCounts, GroupedCounts, MAX_GROUPS, Measure},
    exchange::{Conversion, DOLLAR_DECIMALS},
    statistics::groups::Other,
    time::Timestamp,
};
use uuid::Uuid;

/// Which attempts are counted, by the UTC day of their first step and their breakdown value. Each
/// person counts with the best of those in the range of days, and then if that has the value.
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

/// The mean price of a subscription for a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeanPrice {
    /// The mint that all of them are paid in; none where there are several, and the price is in dollars.
    pub mint: Option<Key>,
    /// In whole tokens or dollars, rounded to the smallest unit; none when a mint has no rate.
    pub amount: Option<Decimal>,
    /// How several mints became dollars.
    pub conversion: Conversion,
}

/// A funnel's sums over the selected days.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn counts(
    conn: &mut PgConnection,
    id: i32,
    filter: &AttemptFilter,
) -> Result<GroupedCounts> {
    let rows = sqlx::query!(
        r#"with cell as (
               select label, measure, sum(amount) as amount
               from (select label, measure, amount from engine.projection_sum
                     where projection = $1
                       and ($2::int is null or day >= $2) and ($3::int is null or day <= $3)
                     union all
                     select label, measure, amount from engine.projection_span_sum
                     where ($2 is not null or $3 is not null) and projection = $1
                       and ($2 is null or day >= $2) and ($3 is null or through_day <= $3)) stored
               where $4::text is null or label = $4 or measure = $5
               group by label, measure having sum(amount) <> 0),
           value as (
               select label, sum(amount) as entrants from cell where measure < $6 group by label),
           largest as (
               select label, row_number() over (order by entrants desc, label collate "C") as place
               from value order by place limit $7)
           select place, largest.label as "label?", measure as "measure!",
                  sum(amount)::bigint as "amount!", (select count(*) from value) as "values!"
           from cell left join largest using (label)
           group by place, largest.label, measure
           order by place"#,
        id,
        filter.from_day,
        filter.through_day,
        filter.breakdown,
        // These values have no group.
        Measure::NotCompared.code(),
        Measure::BEYOND_PERSONS,
        i64::try_from(MAX_GROUPS).unwrap_or(i64::MAX),
    )
    .fetch_all(conn)
    .await?;
    let mut counts = GroupedCounts::default();
    for row in rows {
        let Some(measure) = Measure::from_code(row.measure) else {
            continue;
        };
        counts.all.add(0, None, measure, row.amount);
        if measure == Measure::NotCompared {
            continue;
        }
        let top = &mut counts.top;
        let group = match row.label {
            Some(label) => {
                if top.largest.last().is_none_or(|(last, _)| *last != label) {
                    top.largest.push((label, FunnelCounts::default()));
                }
                top.largest.last_mut().map(|(_, sum)| sum)
            }
            None => {
                let values = usize::try_from(row.values).unwrap_or(usize::MAX);
                let other = top.other.get_or_insert_with(|| Other {
                    labels: Some(values.saturating_sub(MAX_GROUPS)),
                    sum: FunnelCounts::default(),
                });
                Some(&mut other.sum)
            }
        };
        if let Some(group) = group {
            group.add(0, None, measure, row.amount);
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
        r#"select found.person as "person!", wanted.level::smallint as "level!", found.day as "day!",
                  found.label as "breakdown!"
           from generate_series($2::int, 32) wanted (level)
           cross join lateral (
               (select person, (extract(epoch from at)::bigint / 86400)::int as day, label
                from engine.projection_person
                where projection = $1 and order_key = wanted.level and person > $6
                  and next_at is null
                  and ($3::int is null or at >= to_timestamp($3::bigint * 86400))
                  and ($4::int is null or at < to_timestamp(($4::bigint + 1) * 86400))
                  and ($5::text is null or label = $5)
                order by person limit $7)
               union all
               (select person, day, label from engine.projection_place
                where ($3 is not null or $4 is not null)
                  and projection = $1 and order_key = wanted.level and person > $6
                  and order_key > '-9223372036854775808'
                  and case when $3 is null then after_day is null
                           else day >= $3 and (after_day is null or after_day < $3) end
                  and case when $4 is null then before_day is null
                           else day <= $4 and (before_day is null or before_day > $4) end
                  and ($5 is null or label = $5)
                order by person limit $7)
           ) found
           order by found.person limit $7"#,
        id,
        i32::from(level),
        filter.from_day,
        filter.through_day,
        filter.breakdown,
        page.after.unwrap_or_default(),
        page.limit,
    )
    .fetch_all(conn)
    .await?)
}

/// The mean price for a month of the organisation's subscriptions, whatever their periods; none when
/// there are none. Of several mints it is in dollars, by the rates in force before `now`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn mean_price(conn: &mut PgConnection, now: Timestamp) -> Result<Option<MeanPrice>> {
    let prices = sqlx::query!(
        r#"select mint as "mint: Key", decimals, subscription.period_secs,
                  subscription.period_months, sum(subscription.price) as "sum!: Decimal",
                  count(*) as "subscriptions!"
           from engine.organisation join plan on plan.org = organisation.org
           join subscription on subscription.plan = plan.address
           where organisation.id = engine.current_organisation()
           group by mint, decimals, subscription.period_secs, subscription.period_months"#,
    )
    .fetch_all(&mut *conn)
    .await?;
    let Some(first) = prices.first() else {
        return Ok(None);
    };
    let monthly = prices.iter().map(|it| {
        let months = stored_period(it.period_secs, it.period_months)?.in_months();
        let decimals = u32::try_from(it.decimals).ok()?;
        let tokens = it
            .sum
            .checked_div(Decimal::from(10_u64.checked_pow(decimals)?))?
            .checked_mul(months.denominator.get().into())?
            .checked_div(months.numerator.get().into())?;
        Some((it.mint.to_string(), tokens))
    });
    let monthly = monthly.collect::<Option<Vec<_>>>();
    let subscriptions = Decimal::from(prices.iter().map(|it| it.subscriptions).sum::<i64>());
    let mean = |sum: Decimal| sum.checked_div(subscriptions);
    let one_mint = prices.iter().all(|it| it.mint == first.mint);
    if one_mint {
        let decimals = u32::try_from(first.decimals).unwrap_or(0);
        let sum = monthly.map(|monthly| monthly.into_iter().map(|(_, tokens)| tokens).sum());
        let tokens = sum.and_then(mean);
        return Ok(Some(MeanPrice {
            mint: Some(first.mint),
            amount: tokens.map(|mean| mean.round_dp(decimals).normalize()),
            conversion: Conversion::default(),
        }));
    }
    let rates = exchange_rate::in_force(conn, now).await?;
    let mints: Vec<String> = prices.iter().map(|it| it.mint.to_string()).collect();
    let sum = monthly.and_then(|monthly| {
        let amounts = monthly
            .iter()
            .map(|(mint, tokens)| (mint.as_str(), *tokens));
        rates.total(amounts)
    });
    Ok(Some(MeanPrice {
        mint: None,
        amount: sum
            .and_then(mean)
            .map(|mean| mean.round_dp(DOLLAR_DECIMALS.into()).normalize()),
        conversion: rates.conversion(mints.iter().map(String::as_str)),
    }))
}
