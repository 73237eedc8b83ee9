//! Figures in sentences.

use crate::experiments::{
    design::Method,
    metric::Better,
    results::{ArmResult, MetricResult, direction},
};

/// How long something has run: in hours below two days.
pub fn duration(days: f64) -> String {
    if days < 2.0 {
        format!("{:.1} hours", days * 24.0)
    } else {
        format!("{days:.1} days")
    }
}

/// A number of people.
pub(in crate::experiments) fn people(count: u64) -> String {
    let what = if count == 1 { "person" } else { "people" };
    format!("{} {what}", whole(count))
}

/// A whole number, with thin blanks between thousands, as pages have them.
pub(in crate::experiments) fn whole(count: u64) -> String {
    let digits = count.to_string();
    let mut spaced = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            spaced.push('\u{202f}');
        }
        spaced.push(digit);
    }
    spaced
}

/// A p value.
pub(super) fn p(value: f64) -> String {
    if value < 0.0001 {
        "less than 0.0001".to_owned()
    } else {
        format!("{value:.4}")
    }
}

/// A chance, which is never certain.
pub(super) fn chance(value: f64) -> String {
    if value < 0.0001 {
        "less than 0.01 %".to_owned()
    } else if value > 0.9999 {
        "more than 99.99 %".to_owned()
    } else {
        format!("{:.2} %", value * 100.0)
    }
}

/// A part of the base, with its sign.
pub(super) fn change(part: f64) -> String {
    format!("{:+.2} %", part * 100.0)
}

/// Which direction is an improvement.
pub(super) fn better(metric: &MetricResult) -> &'static str {
    match metric.better {
        Better::Higher => "more is better",
        Better::Lower => "less is better",
    }
}

/// An improvement as the metric's own change, in which more is not always better.
pub(super) fn raw(metric: &MetricResult, improvement: f64) -> f64 {
    // Without a negative zero.
    direction(metric.better) * improvement + 0.0
}

/// The effect of an arm, and which direction is better.
pub(super) fn effect(metric: &MetricResult, arm: &ArmResult, method: Method) -> String {
    let better = better(metric);
    let decided = arm.deciding(method);
    let relative = decided.and_then(|it| it.relative);
    let absolute = decided.and_then(|it| it.absolute);
    match (relative, absolute) {
        (Some(relative), _) => format!("{}, where {better}", change(relative.value)),
        (None, Some(absolute)) => format!(
            "a difference of {:+.4}, where {better} (the base is too uncertain for a relative effect)",
            absolute.value
        ),
        (None, None) => better.to_owned(),
    }
}
