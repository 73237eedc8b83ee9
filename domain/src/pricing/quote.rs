//! Computes the price of a purchase from a price book and the facts about it.
//!
//! Order of the steps: base price of the units, charge for usage, rounding of that list price;
//! discounts in the book's stacking order, then the offer; rounding of the result; the floor.

use super::book::{PriceBook, Segment, Stacking, StackingMode};
use super::breakdown::{Operation, PriceBreakdown, Reason, Step};
use super::charge::ChargeLine;
use super::eligibility::PricingContext;
use super::exact::{has_decimals, multiply, overflow, round_up};
use super::offer::{OfferClaim, OfferRefusal, Reduction};
use crate::refusal::Refusal;
use crate::time::Timestamp;
use rust_decimal::Decimal;

/// The steps so far and the amount that they lead to.
struct Chain {
    decimals: u8,
    amount: Decimal,
    steps: Vec<Step>,
}

/// A step that has not been applied yet.
struct Change {
    name: String,
    operation: Operation,
    reason: Reason,
}

/// The price of `context.quantity` units of `segment` for a month, at `now`.
///
/// An offer that is not available or not for the segment is refused, never silently ignored.
pub fn price(
    book: &PriceBook,
    segment: &str,
    context: &PricingContext,
    claim: Option<OfferClaim<'_>>,
    now: Timestamp,
) -> Result<PriceBreakdown, Refusal> {
    book.validate()?;
    context.check(&book.currency)?;
    let found = book
        .segments
        .get(segment)
        .ok_or_else(|| Refusal::new("segment", format!("{segment} is not in the price book")))?;

    let mut chain = Chain {
        decimals: book.currency.decimals,
        amount: Decimal::ZERO,
        steps: Vec::new(),
    };
    chain.charge(found, context)?;
    let list = chain.amount;

    let mut reductions = discounts(found, &book.stacking, context);
    if let Some(claim) = claim {
        reductions.push(offer(book, segment, claim, now)?);
    }
    if book.stacking.mode == StackingMode::BestOnly {
        reductions = best_of(list, reductions)?;
    }
    for reduction in reductions {
        chain.push(reduction)?;
    }
    chain.round()?;
    chain.raise_to_floor(list, &book.stacking)?;

    let personalised = chain.steps.iter().any(|step| match step.reason {
        Reason::Discount { condition } => condition.is_personal(),
        _ => false,
    });
    let uses_offer = chain.steps.iter().any(|step| step.reason == Reason::Offer);
    let offer_ends_at = claim
        .filter(|_| uses_offer)
        .and_then(|claim| claim.offer.urgency.ends_at());
    Ok(PriceBreakdown {
        book_version: book.version,
        segment: segment.to_owned(),
        currency: book.currency.clone(),
        quantity: context.quantity,
        list,
        steps: chain.steps,
        price: chain.amount,
        personalised,
        offer_ends_at,
    })
}

impl Chain {
    fn push(&mut self, change: Change) -> Result<(), Refusal> {
        let after = change
            .operation
            .apply(self.amount)
            .ok_or_else(|| overflow(change.name.as_str()))?;
        self.steps.push(Step {
            name: change.name,
            operation: change.operation,
            before: self.amount,
            after,
            reason: change.reason,
        });
        self.amount = after;
        Ok(())
    }

    /// Adds the steps of the list price.
    fn charge(&mut self, segment: &Segment, context: &PricingContext) -> Result<(), Refusal> {
        let amount = multiply(segment.base, Decimal::from(context.quantity))
            .ok_or_else(|| overflow("base"))?;
        self.push(Change {
            name: "base".to_owned(),
            operation: Operation::Add { amount },
            reason: Reason::Base {
                unit: segment.unit.clone(),
                base: segment.base,
            },
        })?;
        match (&segment.charge, &context.usage) {
            (Some(model), usage) => {
                let lines = model
                    .charge(usage.as_ref())
                    .map_err(|refusal| refusal.within("context"))?;
                let amount = ChargeLine::total(&lines)?;
                self.push(Change {
                    name: "usage".to_owned(),
                    operation: Operation::Add { amount },
                    reason: Reason::Usage { lines },
                })?;
            }
            (None, Some(_)) => {
                let rule = "must be absent: the segment charges for none";
                return Err(Refusal::new("context.usage", rule));
            }
            (None, None) => {}
        }
        self.round()
    }

    fn round(&mut self) -> Result<(), Refusal> {
        if has_decimals(self.amount, self.decimals.into()) {
            return Ok(());
        }
        self.push(Change {
            name: "rounding".to_owned(),
            operation: Operation::RoundDown {
                decimals: self.decimals,
            },
            reason: Reason::Rounding,
        })
    }

    /// Raises the price to the floor, rounded up to whole units. The list price is whole units too,
    /// so the floor cannot exceed it.
    fn raise_to_floor(&mut self, list: Decimal, rules: &Stacking) -> Result<(), Refusal> {
        let share = multiply(list, rules.floor_factor).ok_or_else(|| overflow("floor"))?;
        let floor = round_up(share, self.decimals).max(rules.floor_amount.unwrap_or_default());
        if self.amount >= floor {
            return Ok(());
        }
        self.push(Change {
            name: "floor".to_owned(),
            operation: Operation::RaiseTo { amount: floor },
            reason: Reason::Floor,
        })
    }
}

/// The discounts that the purchase is eligible for, in their order.
fn discounts(segment: &Segment, rules: &Stacking, context: &PricingContext) -> Vec<Change> {
    rules
        .order
        .iter()
        .filter_map(|name| {
            let discount = segment.discounts.get(name)?;
            let condition = discount.when_any.iter().find(|it| it.holds(context))?;
            Some(Change {
                name: name.clone(),
                operation: Operation::Multiply {
                    factor: discount.factor,
                },
                reason: Reason::Discount {
                    condition: *condition,
                },
            })
        })
        .collect()
}

fn offer(
    book: &PriceBook,
    segment: &str,
    claim: OfferClaim<'_>,
    now: Timestamp,
) -> Result<Change, Refusal> {
    let offer = claim.offer;
    offer.check_terms().map_err(|it| it.within("offer"))?;
    if !offer.segments.contains(segment) {
        return Err(OfferRefusal::OtherSegment(segment.to_owned()).into());
    }
    offer.available(now, claim.taken)?;
    let operation = match &offer.reduction {
        Reduction::Factor { factor } => Operation::Multiply { factor: *factor },
        Reduction::AmountOff { mint, .. } if *mint != book.currency.mint => {
            return Err(book.currency.mix("offer.reduction.mint"));
        }
        Reduction::AmountOff { amount, .. } => Operation::Subtract { amount: *amount },
    };
    Ok(Change {
        name: offer.code.clone(),
        operation,
        reason: Reason::Offer,
    })
}

/// The reduction that leaves the least of the list price; of equals, the first.
fn best_of(list: Decimal, reductions: Vec<Change>) -> Result<Vec<Change>, Refusal> {
    let mut best: Option<(Decimal, Change)> = None;
    for reduction in reductions {
        let after = reduction
            .operation
            .apply(list)
            .ok_or_else(|| overflow(reduction.name.as_str()))?;
        if best.as_ref().is_none_or(|(least, _)| after < *least) {
            best = Some((after, reduction));
        }
    }
    Ok(best.into_iter().map(|(_, reduction)| reduction).collect())
}
