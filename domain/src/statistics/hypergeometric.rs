//! Gauss's hypergeometric function ₂F₁ on the part of the real line that waiting-time models need.

/// Most terms of the series that are added; near z = 1 about 37 / (1 - z) are needed.
const MAX_TERMS: u32 = 10_000_000;
/// Partial sums above this are scaled down, so that values beyond the largest float can be
/// computed.
const RESCALE_ABOVE: f64 = 1e200;

/// `exp(ln_factor) * ₂F₁(a, b; c; z)` by the power series (Abramowitz and Stegun 15.1.1), for 0 <=
/// z < 1, a > 0, b > 0 and c > -1 other than 0. The factor keeps values finite that exceed the
/// largest float by themselves.
///
/// In that range all terms after the first have the same sign, so that nothing cancels, unlike in
/// the series after Euler's or Pfaff's transformation.
///
/// None outside of that range, when z is so close to 1 that the series takes millions of terms, and
/// when the result is not a finite number.
pub fn hyp2f1(a: f64, b: f64, c: f64, z: f64, ln_factor: f64) -> Option<f64> {
    let in_range = a > 0.0 && b > 0.0 && c > -1.0 && c != 0.0 && (0.0..1.0).contains(&z);
    if !in_range {
        return None;
    }
    let mut ln_scale = ln_factor;
    let mut term = 1.0_f64;
    let mut sum = 1.0_f64;
    for step in 0..MAX_TERMS {
        let n = f64::from(step);
        let ratio = (a + n) / (c + n) * ((b + n) / (1.0 + n)) * z;
        term *= ratio;
        sum += term;
        if sum.abs() > RESCALE_ABOVE {
            term /= RESCALE_ABOVE;
            sum /= RESCALE_ABOVE;
            ln_scale += RESCALE_ABOVE.ln();
        }
        // From here on ratios only move towards z, so a geometric series bounds the rest.
        let largest_ratio = ratio.max(z);
        let settled = c + n > 0.0 && largest_ratio < 1.0;
        let rest = (term * largest_ratio / (1.0 - largest_ratio)).abs();
        if settled && rest <= f64::EPSILON / 4.0 * sum.abs() {
            return Some(sum.signum() * (sum.abs().ln() + ln_scale).exp())
                .filter(|value| value.is_finite());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_outside_the_range_have_no_value() {
        assert_eq!(hyp2f1(1.0, 1.0, 1.0, 1.0, 0.0), None);
        assert_eq!(hyp2f1(1.0, 1.0, 1.0, -0.1, 0.0), None);
        assert_eq!(hyp2f1(1.0, 1.0, 0.0, 0.5, 0.0), None);
        assert_eq!(hyp2f1(f64::NAN, 1.0, 1.0, 0.5, 0.0), None);
        assert_eq!(hyp2f1(1.0, 1.0, 1.0, f64::NAN, 0.0), None);
    }

    #[test]
    fn a_value_beyond_the_largest_float_needs_its_factor() {
        // ₂F₁(a, c; c; z) = (1 - z)^-a.
        assert_eq!(hyp2f1(2_000.0, 3.0, 3.0, 0.5, 0.0), None);
        let tamed = hyp2f1(2_000.0, 3.0, 3.0, 0.5, 2_000.0 * 0.5_f64.ln()).expect("a value");
        assert!((tamed - 1.0).abs() < 1e-11, "{tamed}");
    }
}
