//! Presentations of a discount: of one price to another, whatever the arm makes of it.

use super::{choice, only, text};
use crate::{experiments::assignment::Arm, refusal::Refusal};
use rust_decimal::Decimal;
use serde_json::Value;

/// Most digits behind the point, so that no result is rounded.
const MAX_DECIMALS: u32 = 6;
/// Most that an amount can be.
const MOST: i64 = 1_000_000_000_000;

/// The price before and after the discount.
type Prices = (Decimal, Decimal);

/// What the presentation of an arm comes to.
pub(super) fn price(value: &Value) -> Result<Prices, Refusal> {
    let names = ["percentage", "dollar_amount", "value_prop"];
    let presentation = choice(value, "presentation", &names)?;
    let list = || amount(value, "list_price");
    let hundred = Decimal::ONE_HUNDRED;
    let (list, price) = match presentation {
        0 => {
            only(value, &["presentation", "list_price", "percent"])?;
            let percent = amount(value, "percent")?;
            Refusal::unless_number("percent", percent, Decimal::ZERO..=hundred)?;
            let list = list()?;
            (list, list * (hundred - percent) / hundred)
        }
        1 => {
            only(value, &["presentation", "list_price", "amount"])?;
            let list = list()?;
            (list, list - amount(value, "amount")?)
        }
        _ => {
            only(value, &["presentation", "list_price", "price", "text"])?;
            text(value, "text")?;
            (list()?, amount(value, "price")?)
        }
    };
    if price < Decimal::ZERO || price >= list {
        let rule = "must come to a price from 0 to less than list_price";
        return Err(Refusal::new("", rule));
    }
    Ok((list.normalize(), price.normalize()))
}

/// Refuses arms that do not come to the same price.
pub(super) fn check_equal(arms: &[Arm]) -> Result<(), Refusal> {
    let mut first = None;
    for (at, arm) in arms.iter().enumerate() {
        let (list, price) = price(&arm.value)?;
        let (first_list, first_price) = *first.get_or_insert((list, price));
        if (list, price) != (first_list, first_price) {
            let rule = format!(
                "must come to {first_price} instead of {first_list}, as the first arm does, and not to {price} \
                 instead of {list}"
            );
            return Err(Refusal::new(format!("arms[{at}].value"), rule));
        }
    }
    Ok(())
}

fn amount(value: &Value, field: &str) -> Result<Decimal, Refusal> {
    let rule = format!("must be a decimal number in a text, with at most {MAX_DECIMALS} decimals");
    let text = value.get(field).and_then(Value::as_str).unwrap_or_default();
    let are_digits = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    let is_plain = text.split('.').all(are_digits);
    let amount = Decimal::from_str_exact(text).ok().filter(|_| is_plain);
    amount
        .filter(|it| it.scale() <= MAX_DECIMALS && *it <= Decimal::from(MOST))
        .ok_or_else(|| Refusal::new(field, rule))
}
