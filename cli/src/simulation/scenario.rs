//! The file that a simulation plays: an org, its plans, and how customers behave.

use chrono::{Datelike, NaiveDate};
use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::Deserialize;
use tessera_client::{model::Refusal, types::limits::MAX_APPROVED_PERIODS};

/// Most customers that a simulation plays, so that a slip of the pen ends with an error.
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
        /// The part of the file.
        field: String,
        /// The program's rule.
        refusal: Refusal,
    },
}

/// What is played. Rates are in basis points, amounts decimal strings of whole tokens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What chance follows from.
    pub seed: u64,
    /// The first day.
    pub starts_on: NaiveDate,
    /// How many months are played.
    pub months: u32,
    /// What is paid in.
    pub token: Token,
    /// Who sells.
    pub org: Org,
    /// What is sold.
    pub plans: Vec<Plan>,
    /// Who buys.
    pub customers: Customers,
    /// Who collects.
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
    /// Time that points are counted together in until they expire; 0: they never do.
    #[serde(default)]
    pub points_epoch_days: u32,
    /// How many such times points live beyond their own.
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
    /// More points.
    #[serde(default)]
    pub boost_bps: u16,
    /// A lower price.
    #[serde(default)]
    pub discount_bps: u16,
}

/// A plan.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its name in errors.
    pub name: String,
    /// How many newcomers choose it, as a part of the weights' sum.
    pub weight: u32,
    /// Of a period.
    #[serde(with = "rust_decimal::serde::str")]
    pub price: Decimal,
    /// Length of a period.
    pub period_months: u8,
    /// Free time at first.
    #[serde(default)]
    pub trial_days: u32,
    /// How late a payment is made up for.
    pub grace_days: u32,
    /// Points of a period.
    #[serde(default)]
    pub points: u64,
    /// Most that a keeper gets for a charge.
    #[serde(default, with = "rust_decimal::serde::str")]
    pub keeper_fee_cap: Decimal,
}

/// How customers behave.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customers {
    /// Who comes on the first day.
    pub at_start: u32,
    /// Who comes in the first month, in the course of it.
    pub new_per_month: u32,
    /// By how much that grows from month to month.
    #[serde(default)]
    pub growth_bps: u16,
    /// Newcomers who come by a customer's code.
    pub referred_bps: u16,
    /// Periods that they sign for beyond the first; then they sign again.
    pub approved_periods: u32,
    /// Periods after which they cancel.
    pub churn_bps: u16,
    /// Charges that cannot be collected when they are due.
    pub missed_bps: u16,
    /// Of these, those that can be within the grace time.
    pub recovered_bps: u16,
    /// Payments that they ask back within two weeks.
    #[serde(default)]
    pub refunded_bps: u16,
    /// Members who spend all their points, in a month.
    #[serde(default)]
    pub redeeming_bps: u16,
    /// A referrer claims once a month when there is this much.
    #[serde(with = "rust_decimal::serde::str")]
    pub claims_from: Decimal,
}

/// What collecting costs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keeper {
    /// Network and priority fee of a charge.
    pub lamports_per_charge: u64,
    /// What a SOL costs in the token.
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

    /// Who comes in the course of a month, from 0.
    pub(super) fn newcomers(&self, month: u32) -> u64 {
        let growth = 1.0 + f64::from(self.customers.growth_bps) / 10_000.0;
        let grown = f64::from(self.customers.new_per_month) * growth.powf(f64::from(month));
        // Far above what may be played where it does not fit.
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
