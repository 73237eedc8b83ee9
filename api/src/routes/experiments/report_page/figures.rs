//! Figures as people read them.

use tessera_domain::time::Timestamp;

/// What stands for a figure that is missing.
pub(super) const MISSING: &str = "–";

/// A number with four digits that matter, or all before the point.
pub(super) fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs();
    if !(1e-6..1e15).contains(&size) {
        return format!("{value:.3e}");
    }
    let text = if size >= 1_000.0 {
        format!("{value:.0}")
    } else if size >= 1.0 {
        trimmed(&format!("{value:.3}"))
    } else {
        let places = [0.1, 0.01, 0.001, 0.0001, 0.00001]
            .iter()
            .position(|bound| size >= *bound)
            .unwrap_or(5);
        trimmed(&format!("{value:.*}", places + 4))
    };
    grouped(&text)
}

/// Without zeros at the end of what is behind the point.
fn trimmed(text: &str) -> String {
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// With thin blanks between thousands, and a sign that is as wide as a plus.
fn grouped(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("−", digits),
        None => ("", text),
    };
    let (whole, rest) = match digits.find('.') {
        Some(point) => digits.split_at(point),
        None => (digits, ""),
    };
    let mut spaced = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            spaced.push('\u{202f}');
        }
        spaced.push(digit);
    }
    format!("{sign}{spaced}{rest}")
}

/// A share, in percent.
pub(super) fn share(value: f64) -> String {
    format!("{}\u{202f}%", grouped(&format!("{:.2}", value * 100.0)))
}

/// A change, in percent with its sign.
pub(super) fn change(value: f64) -> String {
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{}", share(value))
}

/// A chance, which is never certain.
pub(super) fn chance(value: f64) -> String {
    if value > 0.9999 {
        "> 99.99\u{202f}%".to_owned()
    } else if value < 0.0001 {
        "< 0.01\u{202f}%".to_owned()
    } else {
        share(value)
    }
}

/// How many people were expected: in tenths while they are few.
pub(super) fn expected(people: f64) -> String {
    let tenths = (people * 10.0).round() / 10.0;
    number(if people < 100.0 {
        tenths
    } else {
        people.round()
    })
}

/// What choosing costs, which is never 0.
pub(super) fn loss(value: f64) -> String {
    if value < 1e-6 {
        "< 0.000001".to_owned()
    } else {
        number(value)
    }
}

/// A p value.
pub(super) fn p(value: f64) -> String {
    if value < 0.0001 {
        "< 0.0001".to_owned()
    } else {
        format!("{value:.4}")
    }
}

/// The day and the minute.
pub(super) fn day(at: Timestamp) -> String {
    let text = at.to_string();
    match text.split_once('T') {
        Some((day, time)) => format!("{day} {} UTC", time.get(..5).unwrap_or_default()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_the_digits_that_matter() {
        for (value, shown) in [
            (0.0, "0"),
            (1_234_567.8, "1\u{202f}234\u{202f}568"),
            (-1_000.0, "−1\u{202f}000"),
            (12.3456, "12.346"),
            (2.0, "2"),
            (0.123_456, "0.1235"),
            (0.001_234_56, "0.001235"),
            (1e-9, "1.000e-9"),
        ] {
            assert_eq!(number(value), shown);
        }
        assert_eq!(share(0.1234), "12.34\u{202f}%");
        assert_eq!(
            (change(0.05), change(-0.05)),
            ("+5.00\u{202f}%".to_owned(), "−5.00\u{202f}%".to_owned())
        );
        assert_eq!(
            (p(0.012_34), p(1e-9)),
            ("0.0123".to_owned(), "< 0.0001".to_owned())
        );
        assert_eq!(
            [0.999_996, 0.0, 0.5].map(chance),
            ["> 99.99\u{202f}%", "< 0.01\u{202f}%", "50.00\u{202f}%"]
        );
        assert_eq!(
            [0.5, 2.04, 1_234.5].map(expected),
            ["0.5", "2", "1\u{202f}235"]
        );
        assert_eq!([2e-8, 0.25].map(loss), ["< 0.000001", "0.25"]);
        assert_eq!(day(Timestamp(0)), "1970-01-01 00:00 UTC");
    }
}
