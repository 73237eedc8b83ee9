//! Amounts of the demo's stablecoin, for printing.

/// Decimals of the demo's stablecoin.
pub const DECIMALS: u8 = 6;

const UNIT: u64 = 1_000_000;

/// Whole coins in the smallest unit.
pub const fn units(coins: u64) -> u64 {
    coins * UNIT
}

/// An amount in the smallest unit as coins with two decimals, rounded to the nearest cent.
pub fn amount(smallest: u128) -> String {
    let cent = u128::from(UNIT / 100);
    let cents = (smallest + cent / 2) / cent;
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_rounded_to_cents() {
        assert_eq!(amount(u128::from(units(99))), "99.00");
        assert_eq!(amount(9_999_999), "10.00");
        assert_eq!(amount(5_813_639_800), "5813.64");
        assert_eq!(amount(4_999), "0.00");
        assert_eq!(amount(0), "0.00");
    }
}
