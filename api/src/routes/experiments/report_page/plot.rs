//! Intervals as pictures: one scale for all arms of a metric, a line at zero, and a shape as well as a
//! colour for what is better and worse.

use super::figures::{change, number};
use crate::schema::results::ConfidenceBounds;
use maud::{Markup, html};

const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 36.0;
const MARGIN: f64 = 14.0;
/// How many steps an axis has, about.
const STEPS: f64 = 4.0;

/// In what an effect is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Parts of the base.
    Relative,
    /// Those of the metric.
    Absolute,
    /// A share, as a difference of percentages.
    Points,
}

impl Unit {
    pub(super) fn show(self, value: f64) -> String {
        match self {
            Self::Relative => change(value),
            Self::Points => change(value).replace('%', "pp"),
            Self::Absolute if value > 0.0 => format!("+{}", number(value)),
            Self::Absolute => number(value),
        }
    }
}

/// What is proved of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proved {
    Better,
    Worse,
    Nothing,
}

impl Proved {
    pub(super) fn of(is_better: Option<bool>) -> Self {
        match is_better {
            Some(true) => Self::Better,
            Some(false) => Self::Worse,
            None => Self::Nothing,
        }
    }

    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Nothing => "open",
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Nothing => "not proved",
        }
    }
}

/// An effect with its bounds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bar {
    pub(super) value: f64,
    pub(super) bounds: ConfidenceBounds,
    pub(super) proved: Proved,
}

/// Where values stand on a picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    unit: Unit,
}

impl Scale {
    /// The scale that holds all bars and zero.
    pub(super) fn of(bars: &[Bar], unit: Unit) -> Self {
        let all = bars.iter().flat_map(|bar| {
            let bounds = [bar.bounds.low, bar.bounds.high];
            bounds.into_iter().flatten().chain([bar.value])
        });
        let (mut low, mut high) = (0.0_f64, 0.0_f64);
        for value in all.filter(|it| it.is_finite()) {
            low = low.min(value);
            high = high.max(value);
        }
        if low >= high {
            (low, high) = (-1.0, 1.0);
        }
        let room = (high - low) * 0.08;
        Self {
            low: low - room,
            high: high + room,
            unit,
        }
    }

    fn x(&self, value: f64) -> f64 {
        let part = (value - self.low) / (self.high - self.low);
        MARGIN + part.clamp(0.0, 1.0) * (WIDTH - 2.0 * MARGIN)
    }

    /// Round numbers along the scale.
    fn ticks(&self) -> Vec<f64> {
        let rough = (self.high - self.low) / STEPS;
        let size = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .map(|times| times * size)
            .into_iter()
            .find(|step| *step >= rough)
            .unwrap_or(10.0 * size);
        let mut ticks = Vec::new();
        let mut count = (self.low / step).ceil();
        while count * step <= self.high && ticks.len() < 12 {
            ticks.push(count * step);
            count += 1.0;
        }
        ticks
    }

    /// A tick's text: without digits that all ticks share as zeros.
    fn label(&self, tick: f64) -> String {
        if tick == 0.0 {
            return "0".to_owned();
        }
        match self.unit {
            Unit::Absolute => number(tick),
            Unit::Relative => format!("{}\u{202f}%", number(tick * 100.0)),
            Unit::Points => format!("{}\u{202f}pp", number(tick * 100.0)),
        }
    }

    fn grid(&self, top: f64) -> Markup {
        html! {
            @for tick in self.ticks() {
                line.grid x1=(round(self.x(tick))) x2=(round(self.x(tick))) y1=(top) y2=(HEIGHT) {}
            }
            line.zero x1=(round(self.x(0.0))) x2=(round(self.x(0.0))) y1=(top) y2=(HEIGHT) {}
        }
    }

    /// The base, which is where zero is, with the numbers along the scale.
    pub(super) fn base(&self) -> Markup {
        html! {
            svg.plot viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) aria-hidden="true" {
                (self.grid(16.0))
                @for tick in self.ticks() {
                    text.tick x=(round(self.x(tick))) y="11" text-anchor="middle" { (self.label(tick)) }
                }
                circle.base cx=(round(self.x(0.0))) cy="26" r="4" {}
            }
        }
    }

    /// An arm's interval and its effect. `words` say the same.
    pub(super) fn bar(&self, bar: &Bar, title: &str, words: &str) -> Markup {
        let middle = HEIGHT / 2.0;
        let end = |bound: Option<f64>, open: f64| bound.map_or(open, |it| self.x(it));
        let (left, right) = (
            end(bar.bounds.low, MARGIN),
            end(bar.bounds.high, WIDTH - MARGIN),
        );
        let at = self.x(bar.value);
        let class = bar.proved.class();
        html! {
            svg.plot viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" {
                title { (title) }
                desc { (words) }
                (self.grid(0.0))
                rect.interval.(class) x=(round(left)) y=(middle - 5.0) width=(round((right - left).max(1.0))) height="10" rx="2" {}
                @for (bound, x, tip) in [(bar.bounds.low, left, -8.0), (bar.bounds.high, right, 8.0)] {
                    @if bound.is_some() {
                        line.end.(class) x1=(round(x)) x2=(round(x)) y1=(middle - 8.0) y2=(middle + 8.0) {}
                    } @else {
                        path.open-end.(class) d=(format!("M{} {} l{tip} 5 l{} 5 z", round(x), middle - 5.0, -tip)) {}
                    }
                }
                (mark(bar.proved, at, middle))
            }
        }
    }
}

/// Up for better and down for worse, so that colours are not needed.
fn mark(proved: Proved, x: f64, y: f64) -> Markup {
    let class = proved.class();
    let (x, y) = (round(x), round(y));
    html! {
        @match proved {
            Proved::Better => { path.effect.(class) d=(format!("M{x} {y} m0 -6.5 l6 11 h-12 z")) {} }
            Proved::Worse => { path.effect.(class) d=(format!("M{x} {y} m0 6.5 l6 -11 h-12 z")) {} }
            Proved::Nothing => { circle.effect.(class) cx=(x) cy=(y) r="5" {} }
        }
    }
}

/// Longest key that is never broken, characters.
const SHORT: usize = 24;

/// The head of an arm's row; the first arm is the base.
pub(super) fn arm(place: usize, key: &str) -> Markup {
    html! {
        th scope="row" class=(name_class(key)) {
            (badge(place)) (key) @if place == 0 { " " span.tag { "base" } }
        }
    }
}

/// Whether a name may be broken.
pub(super) fn name_class(name: &str) -> &'static str {
    match name.chars().count() {
        ..=SHORT => "short",
        _ => "long",
    }
}

/// The number of an arm.
pub(super) fn badge(place: usize) -> Markup {
    html! { span.badge aria-hidden="true" { (place) } " " }
}

/// To a tenth of a pixel, which is all that can be seen.
fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(low: f64, value: f64, high: f64) -> Bar {
        Bar {
            value,
            bounds: ConfidenceBounds {
                low: Some(low),
                high: Some(high),
            },
            proved: Proved::Nothing,
        }
    }

    #[test]
    fn a_scale_holds_zero_and_all_bars_and_has_round_ticks() {
        let scale = Scale::of(&[bar(0.11, 0.2, 0.31)], Unit::Relative);
        assert!(scale.low < 0.0 && scale.high > 0.31);
        let ticks: Vec<String> = scale
            .ticks()
            .into_iter()
            .map(|it| scale.label(it))
            .collect();
        assert_eq!(ticks, ["0", "10\u{202f}%", "20\u{202f}%", "30\u{202f}%"]);
    }

    #[test]
    fn a_scale_of_nothing_or_of_no_numbers_is_still_one() {
        for bars in [
            vec![],
            vec![bar(0.0, 0.0, 0.0)],
            vec![bar(f64::NAN, f64::INFINITY, f64::NAN)],
        ] {
            let scale = Scale::of(&bars, Unit::Absolute);
            assert!(scale.ticks().len() > 2);
            assert!(scale.x(0.0).is_finite());
        }
    }
}
