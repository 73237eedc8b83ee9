//! What to do, why, and what would have changed it; of a phase that has ended, how it ended before that.

use super::{Sheet, figures::day};
use crate::schema::results::{DecidedAction, Reason};
use maud::{Markup, html};
use tessera_domain::{experiments::report::Ending, time::Timestamp};

pub(super) fn banner(sheet: &Sheet) -> Markup {
    let decision = &sheet.results.decision;
    let (class, mark, words, about) = match decision.action {
        DecidedAction::Ship => ("ship", "▲", "Ship", "Everybody should see this arm."),
        DecidedAction::Stop => ("stop", "■", "Stop", "Everybody should see the base."),
        DecidedAction::KeepGoing => ("going", "▶", "Keep going", "Nothing is decided yet."),
        DecidedAction::Undecided => ("going", "●", "Undecided", "Nothing was decided."),
        DecidedAction::Broken => (
            "broken",
            "✕",
            "Do not use these figures",
            "Look for the fault first.",
        ),
    };
    let verdict = html! {
        span.mark aria-hidden="true" { (mark) } " " (words)
        @if let Some(arm) = &decision.arm { " " b { (arm) } }
    };
    html! {
        section.decision.(class) {
            @if let Some(ended) = sheet.results.ended_at {
                h2 { "Ended" }
                (how_it_ended(sheet, ended))
                h3 { "What the figures said at its end" }
                p.said { (verdict) }
            } @else {
                h2 { (verdict) }
            }
            p { (about) }
            (reasons("Why", &decision.reasons))
            (reasons("What would have changed it", &decision.would_change))
        }
    }
}

fn how_it_ended(sheet: &Sheet, ended: Timestamp) -> Markup {
    let Some(Ending {
        at,
        by,
        reason,
        shipped,
    }) = &sheet.ending
    else {
        return html! { p { "It ended on " (day(ended)) "." } };
    };
    html! {
        p {
            @match shipped {
                Some(arm) => { b { (arm) } " was shipped: everybody sees it." }
                None => { "It was stopped: everybody sees the base, " b { (sheet.base()) } "." }
            }
        }
        p { "On " (day(*at)) ", by " code { (by) } ": " (reason) }
    }
}

fn reasons(title: &str, reasons: &[Reason]) -> Markup {
    html! {
        @if !reasons.is_empty() {
            h3 { (title) }
            ul { @for reason in reasons { li { (reason.text) } } }
        }
    }
}
