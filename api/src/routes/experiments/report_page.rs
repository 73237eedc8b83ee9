//! A report as a page for people: one file without scripts and without anything from elsewhere, so that
//! it can be kept, mailed and printed as it is.
//!
//! Law: every text is escaped, since names come from the organisation's customers' browsers as well as
//! from its team; and what a picture shows is in the table beside it.

mod decided;
mod factors;
mod figures;
mod health;
mod metrics;
mod plot;
#[cfg(test)]
mod tests;

use crate::{error::Error, schema::results::PhaseResults};
use axum::{
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use figures::{day, number, share};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use tessera_domain::experiments::{
    decision::duration,
    design::{Design, Method},
    measurement::Measurement,
    report::{Ending, LogBoundary},
    results::SharedOut,
};
use tessera_engine::experiments::results::Record;
use tessera_store::Key as Address;
use uuid::Uuid;

const STYLE: &str = include_str!("report_page/style.css");

/// Nothing but this style is let in, whatever a name holds.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
});

/// What is shown.
#[derive(Debug, Deserialize)]
pub(super) struct Sheet {
    /// Address of the organisation's Org.
    organisation: String,
    design: Design,
    measurement: Measurement,
    shared_out: Vec<SharedOut>,
    results: PhaseResults,
    /// How the phase ended.
    ending: Option<Ending>,
    /// False while what came before is still being looked through.
    #[serde(default = "yes")]
    is_complete: bool,
    /// Of what is signed.
    log: Option<LogBoundary>,
    /// Of what is signed.
    counted_sha256: Option<String>,
}

fn yes() -> bool {
    true
}

/// By whom a report is signed, and how that is checked.
pub(super) struct Seal<'a> {
    pub(super) id: Uuid,
    pub(super) signature: &'a str,
    pub(super) public_key: &'a str,
    pub(super) created_by: &'a str,
}

impl Sheet {
    /// Reads a report.
    pub(super) fn read(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|_| Error::internal("read a report"))
    }

    /// What a phase shows at this moment.
    pub(super) fn of(org: Address, record: &Record) -> Result<Self, Error> {
        let present = json!({
            "organisation": org.to_string(),
            "design": record.design,
            "measurement": record.measurement,
            "shared_out": record.shared_out,
            "results": record.results(),
            "is_complete": record.is_complete,
            "ending": record.ending,
        });
        serde_json::from_value(present).map_err(|_| Error::internal("show results"))
    }

    /// The page, with the seal of what is signed.
    pub(super) fn answer(&self, seal: Option<&Seal<'_>>) -> Response {
        served(self.page(seal))
    }

    /// The page of its health alone.
    pub(super) fn health(&self) -> Response {
        served(self.document(None, &health::section(self)))
    }

    fn page(&self, seal: Option<&Seal<'_>>) -> Markup {
        let sections = html! {
            (decided::banner(self))
            (self.arms())
            (metrics::section(self))
            (health::section(self))
            (factors::section(self))
            (self.method())
        };
        self.document(seal, &sections)
    }

    fn document(&self, seal: Option<&Seal<'_>>, sections: &Markup) -> Markup {
        let results = &self.results;
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (self.design.name) " · phase " (results.phase) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    (self.heading(seal))
                    main { (sections) }
                    (self.origin(seal))
                }
            }
        }
    }

    fn heading(&self, seal: Option<&Seal<'_>>) -> Markup {
        let results = &self.results;
        let status = if results.ended_at.is_some() {
            "ended"
        } else {
            "running"
        };
        html! {
            header {
                p.path { "Experiment " code { (results.experiment) } ", phase " (results.phase) }
                h1 { (self.design.name) }
                @if let Some(hypothesis) = &self.design.hypothesis {
                    p.hypothesis { (hypothesis) }
                }
                dl.facts {
                    div { dt { "Status" } dd { (status) } }
                    div { dt { "Began" } dd { (day(results.started_at)) } }
                    @if let Some(ended) = results.ended_at {
                        div { dt { "Ended" } dd { (day(ended)) } }
                    }
                    div { dt { "Has run" } dd { (duration(results.days)) } }
                    div { dt { "People" } dd { (number(as_f64(results.people.exposed))) } }
                    div { dt { "As of" } dd { time datetime=(results.as_of) { (day(results.as_of)) } } }
                    div { dt { "Signed" } dd { @if seal.is_some() { "yes" } @else { "no" } } }
                }
                @if !self.is_complete {
                    p.notice { "What came before is still being looked through: these figures are not complete." }
                }
            }
        }
    }

    fn arms(&self) -> Markup {
        let people = &self.results.people;
        let weights = self.shared_out.last().map_or(&[][..], |it| &it.weights_bps);
        html! {
            section {
                h2 { "People" }
                div.scroll { table {
                    thead { tr {
                        th scope="col" { "Arm" }
                        th scope="col" { "Weight now" }
                        th scope="col" { "People" }
                        th scope="col" { "Of all" }
                    } }
                    tbody {
                        @for (place, arm) in people.arms.iter().enumerate() {
                            tr {
                                (plot::arm(place, &arm.arm))
                                td { (weights.get(place).map_or_else(String::new, |it| share(f64::from(*it) / 10_000.0))) }
                                td { (number(as_f64(arm.people))) }
                                td { (part(arm.people, people.exposed)) }
                            }
                        }
                    }
                } }
                @if people.crossed > 0 {
                    p.note { (number(as_f64(people.crossed))) " more saw several arms, and are in none." }
                }
            }
        }
    }

    fn method(&self) -> Markup {
        let statistics = &self.design.statistics;
        let how = match statistics.method {
            Method::Sequential { tuned_for } => format!(
                "Intervals are confidence sequences, which are valid whenever one looks; they are \
                 tightest at {} people.",
                number(tuned_for.into())
            ),
            Method::Fixed { planned_people } => format!(
                "Arms are compared by Welch's test, which is read once, when {} people have come.",
                number(planned_people.into())
            ),
            Method::Bayesian { .. } => {
                "Intervals are those of the posterior, and hold for what it \
                 believes: they allow for no number of looks."
                    .to_owned()
            }
        };
        html! {
            section {
                h2 { "How to read this" }
                p { (how) " Each arm is compared with the base, " b { (self.base()) } ". The chance of a false \
                    discovery is kept to " (share(statistics.alpha())) " over all comparisons of primary and \
                    secondary metrics; a guardrail is judged by itself, since allowing for many would hide harm." }
                p { "A relative effect is the difference by the base. An interval that holds 0 leaves open \
                    which arm is better. What cannot be computed has a reason instead of a figure, and is never \
                    significant." }
                p { "The chance to be best is what a posterior without a prior believes at this moment. It allows \
                    neither for how often one looks nor for how much is compared, as the verdict does, so it may be \
                    near 1 where nothing is proved." }
            }
        }
    }

    fn origin(&self, seal: Option<&Seal<'_>>) -> Markup {
        html! {
            footer {
                h2 { "Where this comes from" }
                dl {
                    div { dt { "Org" } dd { code { (self.organisation) } } }
                    @if let Some(log) = &self.log {
                        div { dt { "Event log" } dd { "up to position " (log.position) } }
                    }
                    @if let Some(digest) = &self.counted_sha256 {
                        div { dt { "SHA-256 of all counts" } dd { code { (digest) } } }
                    }
                    @if let Some(seal) = seal {
                        div { dt { "Report" } dd { code { (seal.id) } } }
                        div { dt { "Asked for by" } dd { code { (seal.created_by) } } }
                        div { dt { "Signature" } dd { code { (seal.signature) } } }
                        div { dt { "Key" } dd { pre { (seal.public_key) } } }
                    }
                }
                @if seal.is_some() {
                    p { "The signature is over the report's JSON text, from which this page is drawn: the route \
                         of this page has it. Anybody can check it; who has access can count the event log again." }
                } @else {
                    p { "This is not signed. A signed report is kept as it is, and can be counted again from the \
                         event log." }
                }
            }
        }
    }

    /// The base's key.
    fn base(&self) -> &str {
        self.measurement.arms.first().map_or("", String::as_str)
    }
}

fn served(page: Markup) -> Response {
    let headers: [(HeaderName, &str); 5] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, &POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::VARY, "accept"),
    ];
    (headers, page.into_string()).into_response()
}

/// A part of a number of people.
fn part(people: i64, all: i64) -> String {
    if all == 0 {
        return "–".to_owned();
    }
    share(as_f64(people) / as_f64(all))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
fn as_f64(people: i64) -> f64 {
    people as f64
}
