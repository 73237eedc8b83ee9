//! Estimates for all customers from one fit of both models.

use super::{
    BgNbd, CustomerGroup, FitOptions, FitReport, GammaGamma, Horizon, LifetimeValueError, Summary,
    value::discounted_purchases,
};
use crate::refusal::Refusal;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Most distinct histories in a fit: the search visits each a few thousand times.
const MAX_HISTORIES: usize = 20_000;
/// Most terms of the expectation's series in all estimates together.
const MAX_TERMS: f64 = 5e8;
/// About this many terms are needed for each 1 / (1 - z).
const TERMS: f64 = 37.0;

/// A customer's purchases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Customer {
    /// The canonical person.
    pub person: Uuid,
    /// What was bought until the end of the observation.
    pub summary: Summary,
}

/// The estimates of one customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The canonical person.
    pub person: Uuid,
    /// What was bought until the end of the observation.
    pub summary: Summary,
    /// Probability that the customer will buy again at any time.
    pub probability_alive: f64,
    /// Expected purchases within the horizon.
    pub expected_purchases: f64,
    /// Discounted expected spend within the horizon, micro-units; None when spend could not be
    /// fitted or its mean is infinite.
    pub value_micros: Option<f64>,
}

/// Both fits, and the estimates of every customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Portfolio {
    /// How often customers buy, and whether they still are customers.
    pub purchases: FitReport<BgNbd>,
    /// How much they spend.
    pub spend: FitReport<GammaGamma>,
    /// In the order of the customers; none when nobody bought again.
    pub estimates: Vec<Estimate>,
}

/// Why a portfolio cannot be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PortfolioError {
    /// Periods are so short that customers hardly share histories.
    #[error("period_secs: must be longer: there are more than {MAX_HISTORIES} different histories")]
    TooManyHistories,
    /// The horizon would take too long to compute.
    #[error("horizon: must be shorter, or have fewer steps, for so many different histories")]
    TooMuchWork,
    /// A value breaks a rule.
    #[error(transparent)]
    Invalid(#[from] LifetimeValueError),
}

impl From<PortfolioError> for Refusal {
    /// The refusal of a query whose customers come from the event log: these are always valid, so
    /// an invalid value is the horizon's.
    fn from(error: PortfolioError) -> Self {
        match error {
            PortfolioError::TooManyHistories => Self::new(
                "period_secs",
                format!("must be longer: there are more than {MAX_HISTORIES} different histories"),
            ),
            PortfolioError::TooMuchWork => Self::new(
                "horizon",
                "must be shorter, or have fewer steps, for so many different histories",
            ),
            PortfolioError::Invalid(error) => Self::from(error).within("horizon"),
        }
    }
}

/// Frequency, recency and age, on which the number of future purchases depends.
type History = (u32, u64, u64);

impl Portfolio {
    /// Fits both models to `customers` and estimates each of them. Equal histories are estimated
    /// once.
    ///
    /// # Errors
    /// When a summary, the options or the horizon is impossible, or the work too much.
    pub fn fit(
        customers: &[Customer],
        options: &FitOptions,
        horizon: &Horizon,
    ) -> Result<Self, PortfolioError> {
        horizon.validate()?;
        let groups = group(customers);
        let mut histories: BTreeMap<History, Summary> = BTreeMap::new();
        for group in &groups {
            histories.insert(history(&group.summary), group.summary);
        }
        if histories.len() > MAX_HISTORIES || groups.len() > 10 * MAX_HISTORIES {
            return Err(PortfolioError::TooManyHistories);
        }
        let purchases = BgNbd::fit(&groups, options)?;
        let spend = GammaGamma::fit(&groups)?;
        let estimates = match &purchases.parameters {
            Some(model) => estimate(customers, &histories, model, spend.parameters, horizon)?,
            None => Vec::new(),
        };
        Ok(Self {
            purchases,
            spend,
            estimates,
        })
    }
}

fn estimate(
    customers: &[Customer],
    histories: &BTreeMap<History, Summary>,
    purchases: &BgNbd,
    spend: Option<GammaGamma>,
    horizon: &Horizon,
) -> Result<Vec<Estimate>, PortfolioError> {
    // Terms of the series at the end of each step, on average.
    let terms = |summary: &Summary| {
        let ahead = horizon.periods() / 2.0 / (purchases.alpha + summary.age);
        f64::from(horizon.steps) * TERMS * (1.0 + ahead)
    };
    if histories.values().map(terms).sum::<f64>() > MAX_TERMS {
        return Err(PortfolioError::TooMuchWork);
    }
    let mut expected: BTreeMap<History, (f64, f64, f64)> = BTreeMap::new();
    for (key, summary) in histories {
        let alive = purchases.probability_alive(summary)?;
        let count = purchases.expected_purchases(summary, horizon.periods())?;
        let discounted = discounted_purchases(purchases, summary, horizon)?;
        expected.insert(*key, (alive, count, discounted));
    }
    let of = |customer: &Customer| {
        let summary = customer.summary;
        let spend_micros = match &spend {
            Some(model) => model.expected_spend_micros(&summary)?,
            None => None,
        };
        let known = expected.get(&history(&summary)).copied();
        let (probability_alive, expected_purchases, discounted) = known.unwrap_or_default();
        Ok(Estimate {
            person: customer.person,
            summary,
            probability_alive,
            expected_purchases,
            value_micros: spend_micros.map(|spend| spend * discounted),
        })
    };
    customers.iter().map(of).collect()
}

/// Customers with equal summaries together, in an order that depends on them alone.
fn group(customers: &[Customer]) -> Vec<CustomerGroup> {
    let mut groups: BTreeMap<(History, Option<u64>), CustomerGroup> = BTreeMap::new();
    for customer in customers {
        let summary = customer.summary;
        let key = (
            history(&summary),
            summary.mean_spend_micros.map(f64::to_bits),
        );
        let group = groups.entry(key).or_insert(CustomerGroup {
            summary,
            customers: 0,
        });
        group.customers += 1;
    }
    groups.into_values().collect()
}

fn history(summary: &Summary) -> History {
    (
        summary.frequency,
        summary.recency.to_bits(),
        summary.age.to_bits(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analytics::lifetime_value::{Setting, Warning, customer_lifetime_value_micros};

    const YEAR: Horizon = Horizon {
        steps: 12,
        periods_per_step: 30.0,
        discount_rate_per_step: 0.01,
    };

    fn customer(number: u32) -> Customer {
        let frequency = number % 5;
        let repeats = frequency > 0;
        Customer {
            person: Uuid::from_u128(number.into()),
            summary: Summary {
                frequency,
                recency: if repeats {
                    f64::from(10 * frequency + number % 7)
                } else {
                    0.0
                },
                age: f64::from(60 + number % 11),
                mean_spend_micros: repeats.then(|| f64::from(1_000 + number % 13 * 100)),
            },
        }
    }

    #[test]
    fn a_horizon_that_takes_too_long_is_refused() {
        let customers: Vec<_> = (0..1_000).map(customer).collect();
        let far = Horizon {
            steps: 1_200,
            periods_per_step: 1e4,
            ..YEAR
        };
        let refused = Portfolio::fit(&customers, &FitOptions::default(), &far);
        assert_eq!(refused, Err(PortfolioError::TooMuchWork));
    }

    #[test]
    fn without_repeat_purchases_there_are_warnings_and_no_estimates() {
        let customers = [customer(0), customer(5)];
        let options = FitOptions {
            setting: Setting::Contractual,
            ..FitOptions::default()
        };
        let found = Portfolio::fit(&customers, &options, &YEAR).expect("a portfolio");
        assert_eq!(found.purchases.parameters, None);
        assert_eq!(
            found.purchases.warnings,
            [Warning::NoRepeatPurchases, Warning::ContractualSetting]
        );
        assert!(found.estimates.is_empty());
    }

    #[test]
    fn every_customer_is_estimated_as_alone() {
        let customers: Vec<_> = (0..300).map(customer).collect();
        let found = Portfolio::fit(&customers, &FitOptions::default(), &YEAR).expect("a portfolio");
        let (Some(purchases), Some(spend)) = (found.purchases.parameters, found.spend.parameters)
        else {
            panic!("not fitted");
        };
        assert_eq!(found.estimates.len(), customers.len());
        for (estimate, customer) in found.estimates.iter().zip(&customers) {
            let summary = &customer.summary;
            let value = customer_lifetime_value_micros(&purchases, &spend, summary, &YEAR);
            assert_eq!(value, Ok(estimate.value_micros));
            assert_eq!(
                purchases.probability_alive(summary),
                Ok(estimate.probability_alive)
            );
            assert_eq!(estimate.person, customer.person);
        }
    }
}
