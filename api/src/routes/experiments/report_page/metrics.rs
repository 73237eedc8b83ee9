//! Each metric: a table of its arms, with their intervals beside it.

use super::{
    Sheet, as_f64,
    figures::{self, MISSING, number, p, share},
    plot::{self, Bar, Proved, Scale, Unit},
};
use crate::schema::results::{
    ArmFigures, ArmResult, BoundedEffect, Comparison, ConfidenceBounds, MetricResult, NoResult,
};
use maud::{Markup, html};
use tessera_domain::experiments::{
    design::{Method, Role},
    metric::{Better, Measure, Metric},
};

pub(super) fn section(sheet: &Sheet) -> Markup {
    let of = |role: Role| {
        let all = sheet.results.metrics.iter().zip(&sheet.measurement.metrics);
        all.filter(move |(result, _)| result.role == role)
    };
    html! {
        @for (role, title) in [
            (Role::Primary, "Primary metrics"),
            (Role::Guardrail, "Guardrails"),
            (Role::Secondary, "Secondary metrics"),
        ] {
            @if of(role).next().is_some() {
                section {
                    h2 { (title) }
                    @for (result, metric) in of(role) {
                        (Shown { sheet, result, metric, method: sheet.results.method }.article())
                    }
                }
            }
        }
    }
}

/// A metric that is shown.
struct Shown<'a> {
    sheet: &'a Sheet,
    result: &'a MetricResult,
    metric: &'a Metric,
    method: Method,
}

impl Shown<'_> {
    fn article(&self) -> Markup {
        let unit = self.unit();
        let bars: Vec<Option<Bar>> = self
            .result
            .arms
            .iter()
            .map(|arm| self.bar(arm, unit))
            .collect();
        let scale = Scale::of(&bars.iter().flatten().copied().collect::<Vec<_>>(), unit);
        let better = match self.result.better {
            Better::Higher => "more is better",
            Better::Lower => "less is better",
        };
        html! {
            article {
                h3 { (self.result.metric) " " span.tag { (better) } @if let Some(most) = self.most_harm() { " " span.tag { (most) } } }
                div.scroll { table.metric {
                    thead { tr {
                        th scope="col" { "Arm" }
                        th scope="col" { "People" }
                        th scope="col" { (self.measure()) }
                        th scope="col" { "Chance to be best" }
                        th scope="col" { @if unit == Unit::Relative { "Relative effect" } @else { "Effect" } }
                        th scope="col" { "Interval" }
                        @if let Some(name) = self.evidence_name() { th scope="col" { (name) } }
                        th scope="col" { "Verdict" }
                        th.picture scope="col" { span.unseen { "Picture of the interval" } }
                    } }
                    tbody {
                        (self.base_row(&scale))
                        @for (at, (arm, bar)) in self.result.arms.iter().zip(&bars).enumerate() {
                            (self.row(at + 1, arm, bar.as_ref(), &scale, unit))
                        }
                    }
                } }
                @if self.is_base_uncertain() {
                    p.note { "The base is too uncertain for a relative effect, so effects are differences from it." }
                }
                (self.more())
            }
        }
    }

    fn base_row(&self, scale: &Scale) -> Markup {
        let figures = self.result.arms.first().map(|arm| &self.read(arm).base);
        html! {
            tr {
                (plot::arm(0, self.sheet.base()))
                td data-label="People" { (people(figures)) }
                td data-label=(self.measure()) { (self.value(figures)) }
                td data-label="Chance to be best" { (self.chance(0)) }
                td.not-on-phones colspan=(3 + usize::from(self.evidence_name().is_some())) {}
                td.picture { (scale.base()) }
            }
        }
    }

    fn row(
        &self,
        place: usize,
        arm: &ArmResult,
        bar: Option<&Bar>,
        scale: &Scale,
        unit: Unit,
    ) -> Markup {
        let read = self.read(arm);
        let proved = Proved::of(arm.is_better);
        let interval = bar.map_or_else(|| MISSING.to_owned(), |bar| interval(bar.bounds, unit));
        let effect = or_missing(self.effect(arm, unit).map(|it| unit.show(it.value)));
        let title = format!("{}: {} in {}", arm.arm, proved.words(), self.result.metric);
        html! {
            tr {
                (plot::arm(place, &arm.arm))
                td data-label="People" { (people(Some(&read.arm))) }
                td data-label=(self.measure()) { (self.value(Some(&read.arm))) }
                td data-label="Chance to be best" { (self.chance(place)) }
                td data-label="Effect" { b { (effect) } }
                td data-label="Interval" { (interval) }
                @if let Some(name) = self.evidence_name() { td data-label=(name) { (self.evidence(arm)) } }
                td.verdict data-label="Verdict" {
                    span class=(proved.class()) { (self.verdict(arm, proved)) }
                }
                td.picture {
                    @if let Some(bar) = bar {
                        (scale.bar(bar, &title, &format!("Effect {effect}, interval {interval}.")))
                    }
                }
            }
        }
    }

    /// The comparison that is shown: the one that decides, or what is known before that may be read.
    fn read<'b>(&self, arm: &'b ArmResult) -> &'b Comparison {
        arm.deciding(self.method).unwrap_or(&arm.sequential)
    }

    fn decided(&self) -> impl Iterator<Item = &Comparison> {
        let arms = self.result.arms.iter();
        arms.filter_map(|arm| arm.deciding(self.method))
    }

    /// Whether an arm has a difference, but no relative effect or no bounds of it, because of the base.
    fn is_base_uncertain(&self) -> bool {
        let is_so = |it: &Comparison| {
            matches!(it.reason, Some(NoResult::BaseTooUncertain)) && it.absolute.is_some()
        };
        self.decided().any(is_so)
    }

    /// Relative effects, unless an arm has none but a difference, or bounds of nothing else.
    fn unit(&self) -> Unit {
        let decided = self.decided();
        let are_bounded = |it: &Option<BoundedEffect>| it.as_ref().map(|it| it.interval.is_some());
        let lacks = |it: &Comparison| are_bounded(&it.relative) < are_bounded(&it.absolute);
        if !decided.into_iter().any(lacks) {
            Unit::Relative
        } else if self.metric.is_share() {
            Unit::Points
        } else {
            Unit::Absolute
        }
    }

    fn effect<'b>(&self, arm: &'b ArmResult, unit: Unit) -> Option<&'b BoundedEffect> {
        let decided = arm.deciding(self.method)?;
        match unit {
            Unit::Relative => decided.relative.as_ref(),
            Unit::Absolute | Unit::Points => decided.absolute.as_ref(),
        }
    }

    fn bar(&self, arm: &ArmResult, unit: Unit) -> Option<Bar> {
        let effect = self.effect(arm, unit)?;
        let corrected = match unit {
            Unit::Relative => arm.corrected_relative_interval,
            Unit::Absolute | Unit::Points => arm.corrected_interval,
        };
        Some(Bar {
            value: effect.value,
            bounds: corrected.or(effect.interval)?,
            proved: Proved::of(arm.is_better),
        })
    }

    fn measure(&self) -> &'static str {
        match self.metric.measure {
            Measure::Binomial { .. } | Measure::Retention { .. } => "Share",
            Measure::Ratio { .. } => "Ratio",
            Measure::Quantile { .. } => "Quantile",
            Measure::Mean { .. } | Measure::Revenue { .. } => "Mean",
        }
    }

    fn value(&self, figures: Option<&ArmFigures>) -> String {
        let value = figures.and_then(|it| it.value);
        value.map_or_else(
            || MISSING.to_owned(),
            |value| {
                if self.metric.is_share() {
                    return share(value);
                }
                match &self.metric.measure {
                    Measure::Revenue { currency } if currency == "USD" => {
                        format!("{} $", number(value))
                    }
                    _ => number(value),
                }
            },
        )
    }

    fn chance(&self, place: usize) -> String {
        let chances = self.result.chances_to_be_best.as_ref();
        let chance = chances.and_then(|it| it.get(place));
        or_missing(chance.map(|it| figures::chance(*it)))
    }

    /// What the evidence is called; none where it is not shown, as of a guardrail, whose p is not corrected.
    fn evidence_name(&self) -> Option<&'static str> {
        match (self.method, self.result.role) {
            (Method::Bayesian { .. }, _) => Some("Chance above base"),
            (_, Role::Guardrail) => None,
            _ => Some("Corrected p"),
        }
    }

    fn evidence(&self, arm: &ArmResult) -> String {
        let figure = match self.method {
            Method::Bayesian { .. } => arm.bayesian.chance_above.map(figures::chance),
            _ => arm.verdict.corrected.map(p),
        };
        or_missing(figure)
    }

    /// What is proved; where there is nothing to conclude from, why.
    fn verdict(&self, arm: &ArmResult, proved: Proved) -> &'static str {
        let Some(decided) = arm.deciding(self.method) else {
            return "not read yet";
        };
        let is_concluded = decided
            .absolute
            .as_ref()
            .is_some_and(|it| it.interval.is_some());
        match decided.reason.filter(|_| !is_concluded) {
            Some(reason) => why(reason),
            None => proved.words(),
        }
    }

    /// What a guardrail allows.
    fn most_harm(&self) -> Option<String> {
        let mut chosen = self.sheet.design.metrics.iter();
        let chosen = chosen.find(|it| it.metric == self.result.metric)?;
        let most = chosen.most_harm_bps?;
        Some(format!(
            "may be worse by {}",
            share(f64::from(most) / 10_000.0)
        ))
    }

    /// What stands behind the figures.
    fn more(&self) -> Markup {
        html! {
            details {
                summary { "More figures" }
                div.scroll { table.metric {
                    thead { tr {
                        th scope="col" { "Arm" }
                        th scope="col" { "Difference" }
                        th scope="col" { "p at any look" }
                        th scope="col" { "Chance above base" }
                        th scope="col" { "Expected loss" }
                        th scope="col" { "p of drift" }
                        th scope="col" { "p of a difference before" }
                    } }
                    tbody {
                        @for (at, arm) in self.result.arms.iter().enumerate() {
                            tr {
                                (plot::arm(at + 1, &arm.arm))
                                td data-label="Difference" { (or_missing(self.read(arm).absolute.as_ref().map(|it| number(it.value)))) }
                                td data-label="p at any look" { (or_missing(arm.sequential.p.map(p))) }
                                td data-label="Chance above base" { (or_missing(arm.bayesian.chance_above.map(figures::chance))) }
                                td data-label="Expected loss" { (or_missing(arm.bayesian.losses.as_ref().map(|it| figures::loss(it.of_arm)))) }
                                td data-label="p of drift" { (or_missing(arm.drift.as_ref().and_then(|it| it.slope_p).map(p))) }
                                td data-label="p of a difference before" { (or_missing(arm.carry_over.as_ref().map(|it| p(it.p)))) }
                            }
                        }
                    }
                } }
                p.note { "“p at any look” is of the confidence sequence of this arm alone, before any correction. The \
                    chance to be above the base and the expected loss are a posterior’s: the loss is what choosing \
                    the arm costs on average, counting 0 where it is better. A low “p of drift” says that \
                    the effect changes from day to day, a low “p of a difference before” that the arms differed \
                    already before the experiment." }
            }
        }
    }
}

fn or_missing(text: Option<String>) -> String {
    text.unwrap_or_else(|| MISSING.to_owned())
}

fn people(figures: Option<&ArmFigures>) -> String {
    figures.map_or_else(|| MISSING.to_owned(), |it| number(as_f64(it.people)))
}

/// Bounds in words; an end that is open has none.
pub(super) fn interval(bounds: ConfidenceBounds, unit: Unit) -> String {
    match (bounds.low, bounds.high) {
        (Some(low), Some(high)) => format!("{} to {}", unit.show(low), unit.show(high)),
        (Some(low), None) => format!("at least {}", unit.show(low)),
        (None, Some(high)) => format!("at most {}", unit.show(high)),
        (None, None) => MISSING.to_owned(),
    }
}

fn why(reason: NoResult) -> &'static str {
    match reason {
        NoResult::TooFewPeople | NoResult::BelowFloor => "too few people",
        NoResult::NoDenominator => "no denominator",
        NoResult::NoVariance => "nothing varies",
        NoResult::NoMethod => "no such test",
        NoResult::BaseTooUncertain => "base too uncertain",
        NoResult::WeightsMoved => "weights moved",
    }
}
