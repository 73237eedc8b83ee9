//! The file that a simulation plays: an org, its plans, and how customers behave.

use chrono::{Datelike, NaiveDate};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::Deserialize;
use tessera_client::{model::Refusal, types::limits::MAX_APPROVED_PERIODS};

/// Most customers that a simulation plays, so that a typing error is refused.
const MOST_CUSTOMERS: u64 = 1_000_000;

/// Why a scenario cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// It is not the JSON that was expected.
    #[error("{path}: {message}")]
    Malformed {
        /// The field.
        path: String,
        /// What is wrong with it.
        message: String,
    },
    /// The program would refuse it.
    #[error("{field}: {refusal}")]
    Refused {
        /// The field of the file.
        field: String,
        /// The program's rule.
        refusal: Refusal,
    },
}

/// A scenario. Rates are in basis points, amounts are decimal strings of whole tokens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Seed of all random choices.
    pub seed: u64,
    /// The first day.
    pub starts_on: NaiveDate,
    /// Number of months.
    pub months: u32,
    /// The token of all payments.
    pub token: Token,
    /// The org that sells.
    pub org: Org,
    /// The plans that it sells.
    pub plans: Vec<Plan>,
    /// The customers who buy.
    pub customers: Customers,
    /// The keeper that collects.
    pub keeper: Keeper,
}

/// The token.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Its name in tables.
    pub symbol: String,
    /// Decimals of a whole.
    pub decimals: u8,
}

/// The org's settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Org {
    /// What each referral level earns.
    pub commission_bps: [u16; 3],
    /// How long commission is held.
    pub hold_days: u32,
    /// Length of an epoch, in which points are counted together until they expire; 0: they never
    /// expire.
    #[serde(default)]
    pub points_epoch_days: u32,
    /// Number of epochs that points live beyond their own.
    #[serde(default)]
    pub points_expiry_epochs: u8,
    /// Tiers, rising.
    #[serde(default)]
    pub tiers: Vec<Tier>,
}

/// A tier.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Lifetime points that reach it.
    pub points: u64,
    /// Additional points.
    #[serde(default)]
    pub boost_bps: u16,
    /// Discount on the price.
    #[serde(default)]
    pub discount_bps: u16,
}

/// A plan.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its name in errors.
    pub name: String,
    /// Share of the newcomers who choose it, in proportion to the sum of all weights.
    pub weight: u32,
    /// Price of a period.
    #[serde(with = "rust_decimal::serde::str")]
    pub price: Decimal,
    /// Length of a period.
    pub period_months: u8,
    /// Length of the trial.
    #[serde(default)]
    pub trial_days: u32,
    /// How late a missed payment can be made up for.
    pub grace_days: u32,
    /// Points of a period.
    #[serde(default)]
    pub points: u64,
    /// Highest keeper's fee for a charge.
    #[serde(default, with = "rust_decimal::serde::str")]
    pub keeper_fee_cap: Decimal,
}

/// How customers behave.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customers {
    /// Customers who come on the first day.
    pub at_start: u32,
    /// Customers who come in the course of the first month.
    pub new_per_month: u32,
    /// Growth of that number from month to month.
    #[serde(default)]
    pub growth_bps: u16,
    /// Part of the newcomers who come by a customer's code.
    pub referred_bps: u16,
    /// Periods that customers sign for beyond the first; then they sign again.
    pub approved_periods: u32,
    /// Part of the periods after which customers cancel.
    pub churn_bps: u16,
    /// Part of the charges that cannot be collected when they are due.
    pub missed_bps: u16,
    /// Part of these that can be collected within the grace time.
    pub recovered_bps: u16,
    /// Part of the payments that customers ask back within two weeks.
    #[serde(default)]
    pub refunded_bps: u16,
    /// Part of the members who spend all their points, each month.
    #[serde(default)]
    pub redeeming_bps: u16,
    /// A referrer claims once a month when there is this much.
    #[serde(with = "rust_decimal::serde::str")]
    pub claims_from: Decimal,
}

/// The cost of collecting.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keeper {
    /// Network and priority fee of a charge.
    pub lamports_per_charge: u64,
    /// Price of a SOL in the token.
    #[serde(with = "rust_decimal::serde::str")]
    pub sol_price: Decimal,
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// [`ScenarioError::Malformed`] names the field.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let mut json = serde_json::Deserializer::from_str(text);
        let scenario: Self = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| malformed(&error.path().to_string(), error.inner().to_string()))?;
        json.end()
            .map_err(|error| malformed("the file", error.to_string()))?;
        scenario.check()?;
        Ok(scenario)
    }

    fn check(&self) -> Result<(), ScenarioError> {
        let customers = &self.customers;
        let rates = [
            ("customers.referred_bps", customers.referred_bps),
            ("customers.churn_bps", customers.churn_bps),
            ("customers.missed_bps", customers.missed_bps),
            ("customers.recovered_bps", customers.recovered_bps),
            ("customers.refunded_bps", customers.refunded_bps),
            ("customers.redeeming_bps", customers.redeeming_bps),
        ];
        for (field, bps) in rates {
            require(bps <= 10_000, field, "at most 10000")?;
        }
        require((1..=120).contains(&self.months), "months", "1 to 120")?;
        let counted = (1970..=9_000).contains(&self.starts_on.year());
        require(counted, "starts_on", "a day from 1970 to 9000")?;
        let periods = (1..=MAX_APPROVED_PERIODS).contains(&customers.approved_periods);
        let rule = "1 to 4294967294";
        require(periods, "customers.approved_periods", rule)?;
        require(self.token.decimals <= 12, "token.decimals", "at most 12")?;
        require(self.org.tiers.len() <= 4, "org.tiers", "at most 4")?;
        let weights: u64 = self.plans.iter().map(|plan| u64::from(plan.weight)).sum();
        require(
            weights > 0,
            "plans",
            "one plan or more, of a weight above 0",
        )?;
        let newcomers = (0..self.months).map(|month| self.newcomers(month));
        let all = newcomers.fold(u64::from(customers.at_start), u64::saturating_add);
        let rule = "at most a million customers in all";
        require(all <= MOST_CUSTOMERS, "customers", rule)?;
        for (number, plan) in self.plans.iter().enumerate() {
            let field = format!("plans[{number}].price");
            let price = self.amount(plan.price, &field)?;
            let approved = price.checked_mul(u64::from(customers.approved_periods) + 1);
            let rule = "an amount that all approved periods together fit into 64 bits of";
            require(approved.is_some(), &field, rule)?;
            self.amount(
                plan.keeper_fee_cap,
                &format!("plans[{number}].keeper_fee_cap"),
            )?;
        }
        self.amount(customers.claims_from, "customers.claims_from")?;
        let sol = self.keeper.sol_price;
        require(!sol.is_sign_negative(), "keeper.sol_price", "at least 0")
    }

    /// Number of customers who come in the course of a month, counted from 0.
    pub(super) fn newcomers(&self, month: u32) -> u64 {
        let growth = 1.0 + f64::from(self.customers.growth_bps) / 10_000.0;
        let grown = f64::from(self.customers.new_per_month) * growth.powf(f64::from(month));
        // A number that does not fit is far above the limit.
        grown.round().to_u64().unwrap_or(u64::MAX)
    }

    /// An amount in the mint's smallest unit.
    pub(super) fn amount(&self, whole: Decimal, field: &str) -> Result<u64, ScenarioError> {
        let scale = Decimal::from(10u64.pow(u32::from(self.token.decimals)));
        let units = whole.checked_mul(scale).filter(Decimal::is_integer);
        let units = units.and_then(|units| units.to_u64());
        let decimals = self.token.decimals;
        let rule = format!("expected an amount from 0 on with at most {decimals} decimals");
        units.ok_or_else(|| malformed(field, rule))
    }
}

fn require(holds: bool, field: &str, rule: &str) -> Result<(), ScenarioError> {
    match holds {
        true => Ok(()),
        false => Err(malformed(field, format!("expected {rule}"))),
    }
}

fn malformed(path: &str, message: String) -> ScenarioError {
    ScenarioError::Malformed {
        path: path.to_owned(),
        message,
    }
}
