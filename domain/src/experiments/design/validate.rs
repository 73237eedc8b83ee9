//! Which designs may be kept. An error names the field and the rule that it breaks.

use super::{
    BanditRules, DecisionRules, Design, Factor, MAX_ALPHA_BPS, MAX_BATCH_HOURS, MAX_DAYS,
    MAX_FACTORS, MAX_HYPOTHESIS_CHARS, MAX_LEVELS, MAX_NAME_CHARS, MAX_PEOPLE, Method, Role, Sides,
    Statistics,
};
use crate::{
    capture::is_name,
    experiments::{
        assignment::BPS,
        measurement::{MAX_DIMENSION_VALUES, MAX_DIMENSIONS, MAX_METRICS},
        metric::{Measure, Metric},
        multiplicity::Correction,
    },
    refusal::Refusal,
};
use std::collections::BTreeSet;

/// Longest text of a dimension's value or a factor's level, characters.
const MAX_TEXT_CHARS: usize = 100;
/// Least people that a plan can name.
const MIN_PEOPLE: u32 = 10;

impl Design {
    /// Whether the design may be kept.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        Refusal::unless_name("name", &self.name, MAX_NAME_CHARS)?;
        if let Some(hypothesis) = &self.hypothesis {
            Refusal::unless_name("hypothesis", hypothesis, MAX_HYPOTHESIS_CHARS)?;
        }
        self.allocation
            .validate()
            .map_err(|it| it.within("allocation"))?;
        if let Some(preset) = self.preset {
            preset
                .check(&self.allocation)
                .map_err(|it| it.within("allocation"))?;
        }
        self.check_metrics()?;
        self.check_dimensions()?;
        self.statistics
            .validate()
            .map_err(|it| it.within("statistics"))?;
        self.decision
            .validate()
            .map_err(|it| it.within("decision"))?;
        self.check_factors()?;
        match &self.bandit {
            Some(bandit) => self.check_bandit(bandit).map_err(|it| it.within("bandit")),
            None => Ok(()),
        }
    }

    fn check_metrics(&self) -> Result<(), Refusal> {
        Refusal::unless_count("metrics", self.metrics.len(), 1..=MAX_METRICS, "metrics")?;
        let mut names = BTreeSet::new();
        for (at, chosen) in self.metrics.iter().enumerate() {
            let field = |name: &str| format!("metrics[{at}].{name}");
            if !is_name(&chosen.metric) {
                let rule = "must be 1 to 64 of a-z, 0-9 and _, a letter first";
                return Err(Refusal::new(field("metric"), rule));
            }
            if !names.insert(&chosen.metric) {
                return Err(Refusal::new(field("metric"), "must not be chosen twice"));
            }
            if let Some(harm) = chosen.most_harm_bps {
                if chosen.role != Role::Guardrail {
                    let rule = "must not be there but for a guardrail";
                    return Err(Refusal::new(field("most_harm_bps"), rule));
                }
                Refusal::unless_number(field("most_harm_bps"), harm, 0..=BPS)?;
            }
        }
        if self.metrics.iter().all(|it| it.role != Role::Primary) {
            return Err(Refusal::new("metrics", "must have a primary metric"));
        }
        Ok(())
    }

    fn check_dimensions(&self) -> Result<(), Refusal> {
        let count = self.dimensions.len();
        Refusal::unless_count("dimensions", count, 0..=MAX_DIMENSIONS, "dimensions")?;
        let mut properties = BTreeSet::new();
        for (at, dimension) in self.dimensions.iter().enumerate() {
            let field = |name: &str| format!("dimensions[{at}].{name}");
            if !is_name(&dimension.property) || !properties.insert(&dimension.property) {
                let rule = "must be 1 to 64 of a-z, 0-9 and _, a letter first, and no other's";
                return Err(Refusal::new(field("property"), rule));
            }
            let (count, most) = (dimension.values.len(), MAX_DIMENSION_VALUES);
            Refusal::unless_count(field("values"), count, 1..=most, "values")?;
            check_texts(&field("values"), &dimension.values)?;
        }
        Ok(())
    }

    fn check_factors(&self) -> Result<(), Refusal> {
        if self.factors.is_empty() {
            return Ok(());
        }
        let count = self.factors.len();
        Refusal::unless_count("factors", count, 2..=MAX_FACTORS, "factors")?;
        let mut names = BTreeSet::new();
        for (at, Factor { name, levels }) in self.factors.iter().enumerate() {
            let field = |name: &str| format!("factors[{at}].{name}");
            Refusal::unless_name(field("name"), name, MAX_TEXT_CHARS)?;
            if !names.insert(name) {
                return Err(Refusal::new(field("name"), "must be no other's"));
            }
            Refusal::unless_count(field("levels"), levels.len(), 2..=MAX_LEVELS, "levels")?;
            check_texts(&field("levels"), levels)?;
        }
        let combinations: usize = self.factors.iter().map(|it| it.levels.len()).product();
        if combinations == self.allocation.arms.len() {
            return Ok(());
        }
        let rule =
            format!("must have an arm for each of the {combinations} combinations of levels");
        Err(Refusal::new("allocation.arms", rule))
    }

    fn check_bandit(&self, bandit: &BanditRules) -> Result<(), Refusal> {
        let BanditRules {
            floor_bps,
            burn_in,
            batch_hours,
            ..
        } = *bandit;
        let arms = u16::try_from(self.allocation.arms.len()).unwrap_or(BPS);
        let least = self.allocation.least_whole_bps();
        Refusal::unless_number("floor_bps", floor_bps, least..=BPS / arms.max(1))?;
        Refusal::unless_number("burn_in", burn_in, 1..=MAX_PEOPLE)?;
        Refusal::unless_number("batch_hours", batch_hours, 1..=MAX_BATCH_HOURS)?;
        if self.allocation.arms.iter().any(|arm| arm.weight_bps == 0) {
            let rule = "must not be there with an arm of weight 0";
            return Err(Refusal::new("", rule));
        }
        if !self.allocation.sticky {
            let rule = "must not be there unless arms are sticky: weights move";
            return Err(Refusal::new("", rule));
        }
        if self
            .metrics
            .iter()
            .filter(|it| it.role == Role::Primary)
            .count()
            != 1
        {
            return Err(Refusal::new("", "must have exactly one primary metric"));
        }
        Ok(())
    }

    /// Whether the metrics that were chosen serve.
    ///
    /// # Errors
    /// The first one that does not.
    pub fn check_measured(&self, metrics: &[Metric]) -> Result<(), Refusal> {
        for (at, (chosen, metric)) in self.metrics.iter().zip(metrics).enumerate() {
            let is_sum = !matches!(
                metric.measure,
                Measure::Quantile { .. } | Measure::Ratio { .. }
            );
            if self.bandit.is_some() && chosen.role == Role::Primary && !is_sum {
                let rule = "must not be a ratio or a quantile, of which no bandit learns";
                return Err(Refusal::new(format!("metrics[{at}].metric"), rule));
            }
            let is_stated = matches!(metric.measure, Measure::Mean { .. });
            if self.bandit.is_some()
                && chosen.role == Role::Primary
                && is_stated
                && metric.cap.is_none()
            {
                let rule = "must have a cap, since one value that a page states would move a bandit's weights";
                return Err(Refusal::new(format!("metrics[{at}].metric"), rule));
            }
            if matches!(metric.measure, Measure::Quantile { .. }) {
                self.check_quantile(chosen.role)
                    .map_err(|rule| Refusal::new(format!("metrics[{at}].metric"), rule))?;
            }
        }
        Ok(())
    }

    /// What forbids a metric that is a quantile.
    fn check_quantile(&self, role: Role) -> Result<(), &'static str> {
        if matches!(self.statistics.method, Method::Bayesian { .. }) {
            return Err(
                "must not be a quantile with the method bayesian, which has no posterior of one",
            );
        }
        if self.bandit.is_some() && role == Role::Guardrail {
            return Err("must not be a quantile as a guardrail of a bandit, whose weights move");
        }
        Ok(())
    }
}

impl Statistics {
    fn validate(&self) -> Result<(), Refusal> {
        Refusal::unless_number("alpha_bps", self.alpha_bps, 1..=MAX_ALPHA_BPS)?;
        Refusal::unless_number("fewest_people", self.fewest_people, 2..=MAX_PEOPLE)?;
        let people = MIN_PEOPLE..=MAX_PEOPLE;
        match self.method {
            Method::Sequential { tuned_for } => {
                Refusal::unless_number("method.sequential.tuned_for", tuned_for, people)?;
            }
            Method::Fixed { planned_people } => {
                Refusal::unless_number("method.fixed.planned_people", planned_people, people)?;
            }
            Method::Bayesian { prior } => {
                if let Some(prior) = prior {
                    let field = "method.bayesian.prior.deviation_bps";
                    Refusal::unless_number(field, prior.deviation_bps, 1..=BPS)?;
                }
                if self.sides != Sides::Both {
                    let rule = "must be both for a method without bounds on one side";
                    return Err(Refusal::new("sides", rule));
                }
            }
        }
        if let Correction::PreferentialBonferroni { primary_share_bps } = self.correction {
            let field = "correction.preferential_bonferroni.primary_share_bps";
            Refusal::unless_number(field, primary_share_bps, 1..=BPS - 1)?;
        }
        let by_e = self.correction == Correction::EBenjaminiHochberg;
        if by_e && !matches!(self.method, Method::Sequential { .. }) {
            let rule = "must not be e_benjamini_hochberg but for the method sequential, which has e-values";
            return Err(Refusal::new("correction", rule));
        }
        Ok(())
    }
}

impl DecisionRules {
    fn validate(&self) -> Result<(), Refusal> {
        Refusal::unless_number("min_days", self.min_days, 0..=MAX_DAYS)?;
        if let Some(days) = self.max_days {
            let least = self.min_days.max(1);
            Refusal::unless_number("max_days", days, least..=MAX_DAYS)?;
        }
        if let Some(effect) = self.worthwhile_bps {
            Refusal::unless_number("worthwhile_bps", effect, 1..=BPS)?;
        }
        Ok(())
    }
}

fn check_texts(field: &str, texts: &[String]) -> Result<(), Refusal> {
    let mut known = BTreeSet::new();
    for (at, text) in texts.iter().enumerate() {
        let field = format!("{field}[{at}]");
        Refusal::unless_name(&field, text, MAX_TEXT_CHARS)?;
        if !known.insert(text) {
            return Err(Refusal::new(field, "must not be there twice"));
        }
    }
    Ok(())
}
