//! Whether the figures can be trusted.

use super::{
    Sheet, as_f64,
    figures::{MISSING, number, p, share},
    plot::badge,
};
use crate::schema::results::HealthState;
use maud::{Markup, html};

pub(super) fn section(sheet: &Sheet) -> Markup {
    let health = &sheet.results.health;
    let p_of = |value: Option<f64>| value.map_or_else(|| MISSING.to_owned(), p);
    let (class, words) = in_words(health.state);
    html! {
        section {
            h2 { "Health " span.state.(class) { (words) } }
            @if health.issues.is_empty() {
                p { "Nothing speaks against these figures." }
            } @else {
                ul.issues { @for issue in &health.issues {
                    @let (class, words) = in_words(issue.state);
                    li { span.state.(class) { (words) } " " (issue.text) @if let Some(value) = issue.p { " (p " (p(value)) ")" } }
                } }
            }
            h3 { "Do people come to the arms as the weights say?" }
            (shares(sheet))
            p.note { "p at any look " b { (p_of(health.mismatch.always_valid)) } ", by chi-squared at one look "
                b { (p_of(health.mismatch.pearson)) } "; a mismatch is found at 0.001." }
            @if let Some(rate) = health.crossed.share.rate {
                p.note { (share(rate)) " of all saw several arms" @if health.crossed.is_too_many { ", which is too many" } "." }
            }
            @for dimension in &health.dimensions {
                h3 { "The same by " (dimension.property) }
                table {
                    thead { tr { th scope="col" { "Value" } th scope="col" { "p at any look" } th scope="col" { "Corrected" } th scope="col" { "Found" } } }
                    tbody { @for value in &dimension.values { tr {
                        th scope="row" { (value.value) }
                        td { (p_of(value.mismatch.always_valid)) }
                        td { (p_of(value.corrected)) }
                        td { @if value.is_found { span.worse { "mismatch" } } @else { "no" } }
                    } } }
                }
            }
        }
    }
}

fn in_words(state: HealthState) -> (&'static str, &'static str) {
    match state {
        HealthState::Fine => ("fine", "✓ fine"),
        HealthState::Warning => ("warning", "! warning"),
        HealthState::Broken => ("broken", "✕ broken"),
    }
}

/// People against what weights let expect, while weights stayed as they were.
fn shares(sheet: &Sheet) -> Markup {
    let people = &sheet.results.people;
    let mut weights = sheet.shared_out.iter().map(|it| &it.weights_bps);
    let first = weights.next();
    let constant = first.filter(|first| weights.all(|it| it == *first));
    let whole: i64 = constant
        .into_iter()
        .flatten()
        .map(|it| i64::from(*it))
        .sum();
    let expected = |place: usize| {
        let weight = constant
            .and_then(|it| it.get(place))
            .filter(|_| whole > 0)?;
        Some(as_f64(people.exposed) * f64::from(*weight) / as_f64(whole))
    };
    html! {
        table {
            thead { tr { th scope="col" { "Arm" } th scope="col" { "Expected" } th scope="col" { "Came" } th scope="col" { "More or fewer" } } }
            tbody { @for (place, arm) in people.arms.iter().enumerate() { tr {
                th scope="row" { (badge(place)) (arm.arm) }
                td { (expected(place).map_or_else(|| MISSING.to_owned(), |it| number(it.round()))) }
                td { (number(as_f64(arm.people))) }
                td { (expected(place).filter(|it| *it > 0.0).map_or_else(|| MISSING.to_owned(), |it| super::figures::change(as_f64(arm.people) / it - 1.0))) }
            } } }
        }
        @if constant.is_none() { p.note { "Weights have moved: what to expect differs from time to time, and the test looks at each." } }
    }
}
