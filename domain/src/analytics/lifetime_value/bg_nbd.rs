//! BG/NBD (Fader, Hardie and Lee 2005): each customer buys at random at a rate of their own, and
//! leaves after each purchase with a probability of their own. Rates are gamma distributed over
//! customers, and probabilities beta distributed.

mod likelihood;

use super::{
    CustomerGroup, FitReport, LifetimeValueError, MIN_REPEAT_CUSTOMERS, Summary, Warning,
    check_parameters, search, summary::check_all,
};
use crate::statistics::hypergeometric::hyp2f1;
use likelihood::Sample;
use serde::{Deserialize, Serialize};

/// Nearer than this to one of its removable singularities, the expectation is interpolated.
const SINGULAR: f64 = 1e-5;

/// A fitted model. All parameters are above 0; time counts in the periods of the summaries.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BgNbd {
    /// Shape of the distribution of purchase rates.
    pub r: f64,
    /// Rate of the distribution of purchase rates, periods.
    pub alpha: f64,
    /// First parameter of the distribution of the probabilities to leave.
    pub a: f64,
    /// Second parameter of the distribution of the probabilities to leave.
    pub b: f64,
}

/// The setting in which purchases happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// Customers buy when they like and leave unobserved: the setting that the model describes.
    #[default]
    NonContractual,
    /// Subscriptions: payments of fixed periods, whose end is observed.
    Contractual,
}

/// Options of a fit.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FitOptions {
    /// The setting in which the purchases happened.
    pub setting: Setting,
    /// Factor of the sum of squared parameters (alpha as a share of the greatest age) that is
    /// subtracted from the mean log-likelihood, which keeps parameters of small samples small. 0
    /// for none.
    pub penalizer: f64,
}

impl BgNbd {
    /// The most likely parameters for `customers`, whose groups may repeat.
    ///
    /// # Errors
    /// When a summary or the penalizer is invalid, with its name.
    pub fn fit(
        customers: &[CustomerGroup],
        options: &FitOptions,
    ) -> Result<FitReport<Self>, LifetimeValueError> {
        check_all(customers)?;
        if !(options.penalizer.is_finite() && options.penalizer >= 0.0) {
            return Err(("penalizer", "must be a finite number, not negative").into());
        }
        let sample = Sample::of(customers);
        let mut warnings = Vec::new();
        if options.setting == Setting::Contractual {
            warnings.push(Warning::ContractualSetting);
        }
        let repeat_customers = sample.repeat_customers();
        if repeat_customers == 0 {
            warnings.insert(0, Warning::NoRepeatPurchases);
            return Ok(FitReport::of_nothing(sample.customers(), warnings));
        }
        let greatest_age = sample.greatest_age();
        let scaled = sample.per(greatest_age);
        let minimum = search::minimise(|logarithms| {
            let parameters = logarithms.map(f64::exp);
            let squares: f64 = parameters.iter().map(|it| it * it).sum();
            options.penalizer * squares - scaled.mean_log_likelihood(parameters)
        });
        let [r, alpha, a, b] = minimum.logarithms.map(f64::exp);
        let fitted = Self {
            r,
            alpha: alpha * greatest_age,
            a,
            b,
        };
        let mistrust = minimum.warnings(["r", "alpha", "a", "b"]);
        let converged = mistrust.is_empty();
        warnings.splice(0..0, mistrust);
        if repeat_customers < MIN_REPEAT_CUSTOMERS {
            warnings.push(Warning::FewRepeatCustomers { repeat_customers });
        }
        Ok(FitReport {
            parameters: Some(fitted),
            log_likelihood: Some(sample.log_likelihood(fitted.as_array())),
            iterations: minimum.iterations,
            converged,
            customers: sample.customers(),
            repeat_customers,
            warnings,
        })
    }

    /// Probability that the customer will buy again at any time (Fader, Hardie and Lee 2008). It is
    /// 1 without repeat purchases: in the model, nobody leaves before the second purchase.
    ///
    /// # Errors
    /// When the summary or a parameter is impossible.
    pub fn probability_alive(&self, summary: &Summary) -> Result<f64, LifetimeValueError> {
        self.check()?;
        summary.check()?;
        Ok(1.0 / (1.0 + self.odds_of_having_left(summary)))
    }

    /// Expected purchases of the customer in the next `periods` (equation 10).
    ///
    /// # Errors
    /// When the summary, a parameter or `periods` is impossible, or `periods` too many to compute.
    pub fn expected_purchases(
        &self,
        summary: &Summary,
        periods: f64,
    ) -> Result<f64, LifetimeValueError> {
        self.check()?;
        summary.check()?;
        if !(periods.is_finite() && periods >= 0.0) {
            return Err(("periods", "must be a finite number, not negative").into());
        }
        let x = f64::from(summary.frequency);
        let shifted = |shift: f64| {
            let a = self.a + shift;
            Self { a, ..*self }.expected_while_alive(x, summary.age, periods)
        };
        let singular =
            (self.a - 1.0).abs() < SINGULAR || (self.a + self.b + x - 1.0).abs() < SINGULAR;
        let while_alive = if singular {
            let below = shifted(-2.0 * SINGULAR);
            let above = shifted(2.0 * SINGULAR);
            below.zip(above).map(|(below, above)| (below + above) / 2.0)
        } else {
            shifted(0.0)
        };
        while_alive
            .map(|it| it / (1.0 + self.odds_of_having_left(summary)))
            .ok_or(LifetimeValueError::HorizonTooLong)
    }

    /// Expected repeat purchases of a new customer in the first `periods` (equation 9).
    ///
    /// # Errors
    /// When a parameter or `periods` is impossible, or `periods` too many to compute.
    pub fn expected_purchases_of_new_customer(
        &self,
        periods: f64,
    ) -> Result<f64, LifetimeValueError> {
        self.expected_purchases(&Summary::default(), periods)
    }

    /// (a + b + x - 1) / (a - 1) * (1 - ((alpha + T) / (alpha + T + t))^(r + x) * ₂F₁): the
    /// numerator of equation 10.
    fn expected_while_alive(&self, x: f64, age: f64, periods: f64) -> Option<f64> {
        let until_now = self.alpha + age;
        let until_then = until_now + periods;
        let c = self.a + self.b + x - 1.0;
        let ln_factor = (self.r + x) * (until_now / until_then).ln();
        let rest = hyp2f1(self.r + x, self.b + x, c, periods / until_then, ln_factor)?;
        // Rounding may leave a value slightly below 0.
        Some((c / (self.a - 1.0) * (1.0 - rest)).max(0.0))
    }

    /// The odds that the customer left at the last purchase.
    fn odds_of_having_left(&self, summary: &Summary) -> f64 {
        if summary.frequency == 0 {
            return 0.0;
        }
        let x = f64::from(summary.frequency);
        let silence = (self.alpha + summary.age) / (self.alpha + summary.recency);
        ((self.r + x) * silence.ln()).exp() * self.a / (self.b + x - 1.0)
    }

    fn as_array(&self) -> [f64; 4] {
        [self.r, self.alpha, self.a, self.b]
    }

    fn check(&self) -> Result<(), LifetimeValueError> {
        check_parameters([
            ("r", self.r),
            ("alpha", self.alpha),
            ("a", self.a),
            ("b", self.b),
        ])
    }
}
