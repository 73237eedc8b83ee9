//! Money behind the indicators: of each mint that the plans take, and of all currencies in dollars where
//! one mint does not have all of it.

use super::{Question, count};
use crate::{
    Key, Result, StoreError,
    access::organisation,
    analytics::{
        exchange_rate,
        receipts::{self, Mint, ReceiptSums},
    },
};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use std::collections::{BTreeMap, BTreeSet};
use tessera_domain::{
    analytics::{
        kpi::{CurrencyInputs, DollarInputs, KpiError, whole_units},
        recurring_revenue::{Movement, Movements, Period, WalletRevenue},
    },
    exchange::{DOLLAR, DOLLAR_DECIMALS, Rate, Rates},
    time::Timestamp,
};

/// Money by currency, and over all of them.
pub(super) struct MoneyInputs {
    pub(super) currencies: Vec<CurrencyInputs>,
    pub(super) spend_elsewhere: BTreeSet<String>,
    pub(super) dollars: Option<DollarInputs>,
}

pub(super) async fn money(conn: &mut PgConnection, question: &Question) -> Result<MoneyInputs> {
    let (from, until) = (question.period.from(), question.period.to());
    let spend = spend(conn, from, until).await?;
    let mints = receipts::mints(conn).await?;
    let rates = rates(conn, question).await?;
    let worth: Vec<(Key, Decimal)> = mints
        .iter()
        .filter_map(|mint| {
            let worth = rates.worth(&mint.address.to_string(), mint.decimals)?;
            Some((mint.address, worth.of_unit()?))
        })
        .collect();
    let sums = receipts::sums(conn, from, until, &worth).await?;
    let wallets = match &question.month {
        Some(month) => {
            let grace = organisation::current(conn).await?.plan_change_grace();
            receipts::by_wallet(conn, month.to(), grace).await?
        }
        None => Vec::new(),
    };
    let movements = question.month.map_or_else(Movements::default, |month| {
        Movements::over(&wallets, &month)
    });
    let currencies = mints
        .iter()
        .enumerate()
        .map(|(index, mint)| {
            let of_mint = sums.iter().find(|sum| sum.mint == Some(mint.address));
            let counts_as_usd = question.usd_mint == Some(mint.address);
            let spent = spent(index, &spend, mint, counts_as_usd)?;
            Ok(CurrencyInputs {
                counts_as_usd,
                recurring_revenue: movements.of(&mint.address.0),
                ..of_one(index, mint, of_mint, spent)?
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let dollar_mint = currencies.iter().any(|it| it.counts_as_usd);
    let has_value = |currency: &str| {
        (currency == DOLLAR && dollar_mint) || currencies.iter().any(|it| it.mint == currency)
    };
    let spend_elsewhere: BTreeSet<String> = spend
        .keys()
        .filter(|currency| !has_value(currency))
        .cloned()
        .collect();
    let several = mints.len() > 1 || !spend_elsewhere.is_empty();
    let all = All {
        spend: &spend,
        mints: &mints,
        rates: &rates,
        sums: &sums,
        wallets: &wallets,
    };
    Ok(MoneyInputs {
        dollars: several.then(|| all.in_dollars(question.month.as_ref())),
        currencies,
        spend_elsewhere,
    })
}

/// The rates in force at the period's end, the mint that is stated to be worth a dollar among them.
async fn rates(conn: &mut PgConnection, question: &Question) -> Result<Rates> {
    let until = question.period.to();
    let rates = exchange_rate::in_force(conn, until).await?;
    Ok(match question.usd_mint {
        Some(mint) => rates.with(Rate {
            currency: mint.to_string(),
            from: DateTime::<Utc>::from(until).date_naive(),
            usd: Decimal::ONE,
        }),
        None => rates,
    })
}

/// The money of all currencies.
struct All<'a> {
    spend: &'a BTreeMap<String, Decimal>,
    mints: &'a [Mint],
    rates: &'a Rates,
    sums: &'a [ReceiptSums],
    wallets: &'a [WalletRevenue],
}

impl All<'_> {
    fn in_dollars(&self, month: Option<&Period>) -> DollarInputs {
        let paid: Vec<String> = self
            .sums
            .iter()
            .filter_map(|sum| Some(sum.mint?.to_string()))
            .collect();
        let paid = || paid.iter().map(String::as_str);
        let revenue = self.rates.conversion(paid());
        let spend = self
            .rates
            .conversion(self.spend.keys().map(String::as_str).chain(paid()));
        let recurring = month.map_or_else(Vec::new, |month| self.recurring_mints(month));
        let recurring = self.rates.conversion(recurring.iter().map(String::as_str));
        let total = self.sums.iter().find(|sum| sum.mint.is_none());
        let spent = self.spend.iter().map(|(it, amount)| (it.as_str(), *amount));
        let spent = self.rates.total(spent).filter(|_| !self.spend.is_empty());
        let commission = total.map_or(Decimal::ZERO, |it| it.commission);
        DollarInputs {
            sums: CurrencyInputs {
                mint: DOLLAR.to_owned(),
                decimals: DOLLAR_DECIMALS,
                counts_as_usd: true,
                acquisition_spend: spent.and_then(|spent| spent.checked_add(commission)),
                new_customers: self.customers(|it| it.new_customers),
                customers: count(total.map_or(0, |it| it.customers)),
                net_revenue: total.map_or(Decimal::ZERO, |it| it.net),
                net_revenue_variance: total.and_then(|it| it.net_variance),
                recurring_revenue: month
                    .and_then(|month| self.movement(month))
                    .unwrap_or_default(),
            },
            spend,
            revenue,
            recurring,
        }
    }

    /// Those of all mints: each wallet is new in one of them.
    fn customers(&self, of: fn(&ReceiptSums) -> i64) -> u64 {
        let of_mints = self.sums.iter().filter(|sum| sum.mint.is_some());
        of_mints.map(|sum| count(of(sum))).sum()
    }

    fn recurring_mints(&self, month: &Period) -> Vec<String> {
        let paid_in = self
            .wallets
            .iter()
            .flat_map(|it| it.mints_before(month.to()));
        let addresses: BTreeSet<_> = paid_in.collect();
        addresses
            .into_iter()
            .map(|it| Key(*it).to_string())
            .collect()
    }

    fn movement(&self, month: &Period) -> Option<Movement> {
        let worth = receipts::worth(self.mints, self.rates);
        let mut all = Movement::default();
        for wallet in self.wallets {
            all.merge(&wallet.in_dollars(month, &worth)?);
        }
        Some(all)
    }
}

/// Spend in a mint; none when none was recorded.
fn spent(
    index: usize,
    spend: &BTreeMap<String, Decimal>,
    mint: &Mint,
    counts_as_usd: bool,
) -> Result<Option<Decimal>> {
    let in_mint = spend.get(&mint.address.to_string()).copied();
    let in_dollars = spend.get(DOLLAR).copied().filter(|_| counts_as_usd);
    match (in_mint, in_dollars) {
        (Some(one), Some(other)) => add(index, one, other).map(Some),
        (one, other) => Ok(one.or(other)),
    }
}

fn add(index: usize, one: Decimal, other: Decimal) -> Result<Decimal> {
    let field = "acquisition_spend";
    one.checked_add(other)
        .ok_or(StoreError::Kpi(KpiError::TooLarge { index, field }))
}

/// A mint's inputs apart from its recurring revenue.
fn of_one(
    index: usize,
    mint: &Mint,
    sums: Option<&ReceiptSums>,
    spent: Option<Decimal>,
) -> Result<CurrencyInputs> {
    let whole = |units: Option<Decimal>, field: &'static str| {
        whole_units(units.unwrap_or_default(), mint.decimals)
            .ok_or(StoreError::Kpi(KpiError::TooLarge { index, field }))
    };
    let commission = whole(sums.map(|it| it.commission), "acquisition_spend")?;
    let units_squared = 10_f64.powi(2 * i32::from(mint.decimals));
    Ok(CurrencyInputs {
        mint: mint.address.to_string(),
        decimals: mint.decimals,
        counts_as_usd: false,
        acquisition_spend: spent
            .map(|spent| add(index, spent, commission))
            .transpose()?,
        new_customers: count(sums.map_or(0, |it| it.new_customers)),
        customers: count(sums.map_or(0, |it| it.customers)),
        net_revenue: whole(sums.map(|it| it.net), "net_revenue")?,
        net_revenue_variance: sums
            .and_then(|it| it.net_variance)
            .map(|variance| variance / units_squared),
        recurring_revenue: Movement::default(),
    })
}

/// Spend on the days that begin in the period, by currency.
async fn spend(
    conn: &mut PgConnection,
    from: Timestamp,
    until: Timestamp,
) -> Result<BTreeMap<String, Decimal>> {
    let rows = sqlx::query!(
        r#"select currency, sum(amount) as "amount!" from engine.spend
           where organisation = engine.current_organisation()
             and day::timestamp at time zone 'UTC' >= $1
             and day::timestamp at time zone 'UTC' < $2
           group by currency"#,
        DateTime::<Utc>::from(from),
        DateTime::<Utc>::from(until),
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.currency, row.amount))
        .collect())
}
