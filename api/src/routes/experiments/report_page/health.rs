//! Whether the figures can be trusted.

use super::{
    Sheet, as_f64,
    figures::{MISSING, change, expected, number, p, share},
    plot::{self, badge, name_class},
};
use crate::schema::results::{ArmShare, HealthState};
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
                p.note { (share(rate)) " of all saw several arms" @if health.crossed.is_too_many { ", which is too many" } "; up to 1\u{202f}% may have changed devices." }
            }
            @for dimension in &health.dimensions {
                h3 { "The same by " (dimension.property) }
                div.scroll { table {
                    thead { tr {
                        th scope="col" { "Value" }
                        @for (place, arm) in health.arms.iter().enumerate() { th scope="col" { (badge(place)) (arm.arm) } }
                        th scope="col" { "p at any look" } th scope="col" { "Corrected" } th scope="col" { "Found" }
                    } }
                    tbody { @for value in &dimension.values { tr {
                        th scope="row" class=(name_class(&value.value)) { (value.value) }
                        @for people in &value.people { td { (number(whole(*people))) } }
                        td { (p_of(value.mismatch.always_valid)) }
                        td { (p_of(value.corrected)) }
                        td { @if value.is_found { span.worse { "mismatch" } } @else { "no" } }
                    } } }
                } }
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

/// Fewest people of whom a share more or fewer says something.
const FEWEST_EXPECTED: f64 = 5.0;

/// People against what the buckets let expect that they were dealt by.
fn shares(sheet: &Sheet) -> Markup {
    let arms = &sheet.results.health.arms;
    let more = |arm: &ArmShare| {
        let is_shown = arm.expected >= FEWEST_EXPECTED;
        is_shown.then(|| change(whole(arm.people) / arm.expected - 1.0))
    };
    let known: f64 = arms.iter().map(|it| whole(it.people)).sum();
    let unknown = as_f64(sheet.results.people.exposed) - known;
    html! {
        div.scroll { table {
            thead { tr { th scope="col" { "Arm" } th scope="col" { "Expected" } th scope="col" { "Came" } th scope="col" { "More or fewer" } } }
            tbody { @for (place, arm) in arms.iter().enumerate() { tr {
                (plot::arm(place, &arm.arm))
                td { (expected(arm.expected)) }
                td { (number(whole(arm.people))) }
                td { (more(arm).unwrap_or_else(|| MISSING.to_owned())) }
            } } }
        } }
        @if unknown > 0.0 {
            p.note { (number(unknown)) " more came while weights changed, so it is not known by which of them they were dealt." }
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
fn whole(people: u64) -> f64 {
    people as f64
}
