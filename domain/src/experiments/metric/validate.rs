//! Which metrics may be kept. An error names the field and the rule that it breaks.

use super::{MAX_COVARIATE_DAYS, MAX_WINDOW_DAYS, Measure, Metric, Part};
use crate::{
    base58,
    capture::{Registry, is_name},
    exchange::DOLLAR,
    filter::EventFilter,
    refusal::Refusal,
};
use rust_decimal::Decimal;

const HOURS_A_DAY: u32 = 24;
/// Most that a cap may be, in units: what a person's value can be at all.
const MOST_CAP: u32 = 1_000_000_000;

impl Metric {
    /// Whether the metric may be kept.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        self.measure.validate().map_err(|it| it.within("measure"))?;
        let most = MAX_WINDOW_DAYS * HOURS_A_DAY;
        Refusal::unless_number("delay_hours", self.delay_hours, 0..=most)?;
        if let Some(hours) = self.window_hours {
            Refusal::unless_number("window_hours", hours, 1..=most)?;
        } else if self.waits() {
            let rule = "must be there for a metric that waits for its window to be over";
            return Err(Refusal::new("window_hours", rule));
        }
        if matches!(self.measure, Measure::Retention { .. }) && self.delay_hours == 0 {
            let rule =
                "must be at least 1 of retention, or the visit with the exposure is a return";
            return Err(Refusal::new("delay_hours", rule));
        }
        if let Some(cap) = self.cap {
            if self.is_share() {
                return Err(Refusal::new("cap", "must not be there for a share"));
            }
            let range = Decimal::new(1, 6)..=Decimal::from(MOST_CAP);
            Refusal::unless_number("cap", cap, range)?;
        }
        if let Some(days) = self.covariate_days {
            if matches!(self.measure, Measure::Quantile { .. }) {
                let rule = "must not be there for a quantile";
                return Err(Refusal::new("covariate_days", rule));
            }
            Refusal::unless_number("covariate_days", days, 1..=MAX_COVARIATE_DAYS)?;
        }
        Ok(())
    }

    /// Replaces aliases of `registry` by the events' own names.
    ///
    /// # Errors
    /// When a name is neither, or no event can meet a condition.
    pub fn canonicalise(&mut self, registry: &Registry) -> Result<(), Refusal> {
        let parts: Vec<(&str, &mut EventFilter)> = match &mut self.measure {
            Measure::Binomial { event } => vec![("binomial.event", event)],
            Measure::Retention { event: Some(event) } => vec![("retention.event", event)],
            Measure::Mean { value } => vec![("mean.value.event", &mut value.event)],
            Measure::Quantile { value, .. } => vec![("quantile.value.event", &mut value.event)],
            Measure::Ratio {
                numerator,
                denominator,
            } => vec![
                ("ratio.numerator.event", &mut numerator.event),
                ("ratio.denominator.event", &mut denominator.event),
            ],
            Measure::Revenue { .. } | Measure::Retention { event: None } => Vec::new(),
        };
        for (field, filter) in parts {
            filter
                .canonicalise(registry)
                .map_err(|it| it.within(field).within("measure"))?;
        }
        Ok(())
    }
}

impl Measure {
    fn validate(&self) -> Result<(), Refusal> {
        match self {
            Self::Binomial { event } => event.validate().map_err(|it| it.within("binomial.event")),
            Self::Mean { value } => value.validate().map_err(|it| it.within("mean.value")),
            Self::Ratio {
                numerator,
                denominator,
            } => {
                let parts = [("numerator", numerator), ("denominator", denominator)];
                parts.into_iter().try_for_each(|(field, part)| {
                    part.validate()
                        .map_err(|it| it.within(field).within("ratio"))
                })
            }
            Self::Revenue { currency } => {
                let is_mint = base58::decode(currency).is_ok();
                if is_mint || currency == DOLLAR {
                    return Ok(());
                }
                let rule = "must be the address of a mint, or USD";
                Err(Refusal::new("revenue.currency", rule))
            }
            Self::Retention { event } => event
                .as_ref()
                .map_or(Ok(()), EventFilter::validate)
                .map_err(|it| it.within("retention.event")),
            Self::Quantile {
                value,
                quantile_bps,
                ..
            } => {
                value.validate().map_err(|it| it.within("quantile.value"))?;
                Refusal::unless_number("quantile.quantile_bps", *quantile_bps, 1..=9_999)
            }
        }
    }
}

impl Part {
    fn validate(&self) -> Result<(), Refusal> {
        self.event.validate().map_err(|it| it.within("event"))?;
        match &self.property {
            Some(name) if !is_name(name) => {
                let rule = "must be 1 to 64 of a-z, 0-9 and _, a letter first";
                Err(Refusal::new("property", rule))
            }
            _ => Ok(()),
        }
    }
}
