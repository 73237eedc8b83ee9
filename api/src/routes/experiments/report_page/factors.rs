//! What factors do, and whether two of them do something together.

use super::{
    Sheet,
    figures::{MISSING, number, p},
    metrics::interval,
    plot::{Bar, Proved, Scale, Unit},
};
use crate::schema::results::{
    ConfidenceBounds, Contrast, FactorAnalysis, FactorResult, NoAnalysis, NotAnalysed, TermTest,
};
use maud::{Markup, html};

pub(super) fn section(sheet: &Sheet) -> Markup {
    html! {
        @if !sheet.results.factors.is_empty() {
            section {
                h2 { "Factors" }
                @for result in &sheet.results.factors { (article(sheet, result)) }
            }
        }
    }
}

fn article(sheet: &Sheet, result: &FactorResult) -> Markup {
    html! {
        article {
            h3 { (result.metric) }
            @if result.for_one_look {
                p { "The p values and intervals hold for one look only, so they prove nothing here." }
            }
            @match (&result.analysis, result.missing) {
                (Some(analysis), _) => (tables(sheet, analysis)),
                (None, missing) => p { "Not analysed: " (missing.map_or(MISSING, why_not)) "." },
            }
        }
    }
}

fn tables(sheet: &Sheet, analysis: &FactorAnalysis) -> Markup {
    let bars: Vec<Option<Bar>> = analysis.contrasts.iter().map(bar).collect();
    let scale = Scale::of(
        &bars.iter().flatten().copied().collect::<Vec<_>>(),
        Unit::Absolute,
    );
    html! {
        div.scroll { table {
            thead { tr { th scope="col" { "Factor" } th scope="col" { "F" } th scope="col" { "p" } } }
            tbody { @for term in &analysis.terms { tr {
                th scope="row" { (name(sheet, term)) }
                td { (term.f.map_or_else(|| MISSING.to_owned(), number)) }
                td { (term.p.map_or_else(|| term.missing.map_or(MISSING, why).to_owned(), p)) }
            } } }
        } }
        div.scroll { table.metric {
            thead { tr {
                th scope="col" { "Level against the first" }
                th scope="col" { "Difference" }
                th scope="col" { "Interval" }
                th.picture scope="col" { span.unseen { "Picture of the interval" } }
            } }
            tbody {
                tr { th scope="row" { "The first level" } td.not-on-phones colspan="2" {} td.picture { (scale.base()) } }
                @for (contrast, bar) in analysis.contrasts.iter().zip(&bars) {
                @let shown = bar.as_ref().map_or_else(|| MISSING.to_owned(), |it| interval(it.bounds, Unit::Absolute));
                @let level = level(sheet, contrast);
                tr {
                    th scope="row" { (level) }
                    td data-label="Difference" { (contrast.difference.map_or_else(|| MISSING.to_owned(), |it| Unit::Absolute.show(it))) }
                    td data-label="Interval" { (shown) }
                    td.picture { @if let Some(bar) = bar { (scale.bar(bar, &level, &format!("Interval {shown}."))) } }
                }
            } }
        } }
    }
}

fn bar(contrast: &Contrast) -> Option<Bar> {
    let [low, high] = contrast.interval?;
    Some(Bar {
        value: contrast.difference?,
        bounds: ConfidenceBounds {
            low: Some(low),
            high: Some(high),
        },
        proved: Proved::Nothing,
    })
}

/// The factor of a term, or both.
fn name(sheet: &Sheet, term: &TermTest) -> String {
    let of = |at: &usize| {
        sheet
            .design
            .factors
            .get(*at)
            .map_or("", |it| it.name.as_str())
    };
    let names: Vec<&str> = term.factors.iter().map(of).collect();
    names.join(" × ")
}

fn level(sheet: &Sheet, contrast: &Contrast) -> String {
    let Some(factor) = sheet.design.factors.get(contrast.factor) else {
        return MISSING.to_owned();
    };
    let of = |at: usize| factor.levels.get(at).map_or("", String::as_str);
    format!("{}: {} against {}", factor.name, of(contrast.level), of(0))
}

fn why_not(missing: NotAnalysed) -> &'static str {
    match missing {
        NotAnalysed::NotDue => "the test is read once, when its people are measured",
        NotAnalysed::WeightsMoved => "weights of arms moved",
    }
}

fn why(missing: NoAnalysis) -> &'static str {
    match missing {
        NoAnalysis::EmptyCells => "combinations without people",
        NoAnalysis::TooFewPeople => "too few people",
        NoAnalysis::NoVariance => "nothing varies",
    }
}
