//! Computes the price of a purchase from a price book and the facts about it.
//!
//! Order of the steps: base price of the units for a month, charge for a month's usage, both made
//! those of the period; rounding of that list price; discounts in the book's stacking order, then the
//! offer; rounding of the result; the floor. Where the book states a base price for the period, it
//! comes behind the usage and is not converted.

use super::book::{PriceBook, Segment, Stacking, StackingMode};
use super::breakdown::{Operation, PriceBreakdown, Reason, Step};
use super::charge::ChargeLine;
use super::eligibility::PricingContext;
use super::exact::{has_decimals, multiply, overflow, prorate, round_up};
use super::offer::{OfferClaim, OfferRefusal, Reduction};
use crate::billing_period::BillingPeriod;
use crate::refusal::Refusal;
use crate::time::Timestamp;
use rust_decimal::{Decimal, RoundingStrategy};

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

/// The price of `context.quantity` units of `segment` for `context.period`, at `now`.
///
/// A period that the segment neither states a price for nor has a month's to convert is refused. An
/// offer that is not available or not for the segment is refused, never silently ignored.
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
        .ok_or_else(|| Refusal::new("segment", book.segment_rule()))?;

    let mut chain = Chain {
        decimals: book.currency.decimals,
        amount: Decimal::ZERO,
        steps: Vec::new(),
    };
    chain.charge(found, context)?;
    let list = chain.amount;

    let mut reductions = discounts(found, &book.stacking, context);
    if let Some(claim) = claim {
        reductions.push(offer(book, segment, context.period, claim, now)?);
    }
    if book.stacking.mode == StackingMode::BestOnly {
        reductions = best_of(list, reductions)?;
    }
    for reduction in reductions {
        chain.push(reduction)?;
    }
    chain.round()?;
    chain.raise_to_floor(list, book, context.period)?;

    let personalised = chain.steps.iter().any(|step| match step.reason {
        Reason::Discount { condition } => condition.is_personal(),
        _ => false,
    });
    let is_offer = |step: &Step| matches!(step.reason, Reason::Offer { .. });
    let uses_offer = chain.steps.iter().any(is_offer);
    let offer_ends_at = claim
        .filter(|_| uses_offer)
        .and_then(|claim| claim.offer.urgency.ends_at());
    Ok(PriceBreakdown {
        book_version: book.version,
        segment: segment.to_owned(),
        currency: book.currency.clone(),
        quantity: context.quantity,
        period: context.period,
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
        let period = context.period;
        let stated = segment.base_of(period);
        let is_month = period == BillingPeriod::MONTH;
        let monthly = segment.base.filter(|_| is_month || stated.is_none());
        match (monthly, stated) {
            (Some(base), _) => {
                self.add_base(segment, base, context.quantity, BillingPeriod::MONTH)?;
                self.add_usage(segment, context)?;
                self.convert(period)?;
            }
            (None, Some(base)) => {
                if self.add_usage(segment, context)? {
                    self.convert(period)?;
                }
                self.add_base(segment, base, context.quantity, period)?;
            }
            (None, None) => {
                let rule = format!("must be one that the segment has a price for, not {period}");
                return Err(Refusal::new("context.period", rule));
            }
        }
        self.round()
    }

    fn add_base(
        &mut self,
        segment: &Segment,
        base: Decimal,
        quantity: u64,
        period: BillingPeriod,
    ) -> Result<(), Refusal> {
        let amount = multiply(base, Decimal::from(quantity)).ok_or_else(|| overflow("base"))?;
        self.push(Change {
            name: "base".to_owned(),
            operation: Operation::Add { amount },
            reason: Reason::Base {
                unit: segment.unit.clone(),
                period,
                base,
            },
        })
    }

    /// Adds the charge for a month's usage; whether the segment has one.
    fn add_usage(&mut self, segment: &Segment, context: &PricingContext) -> Result<bool, Refusal> {
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
                Ok(true)
            }
            (None, Some(_)) => {
                let rule = "must not be there: the segment charges for none";
                Err(Refusal::new("context.usage", rule))
            }
            (None, None) => Ok(false),
        }
    }

    /// Makes the amount for a month one for the period.
    fn convert(&mut self, period: BillingPeriod) -> Result<(), Refusal> {
        if period == BillingPeriod::MONTH {
            return Ok(());
        }
        let months = period.in_months();
        self.push(Change {
            name: "period".to_owned(),
            operation: Operation::Prorate {
                numerator: months.numerator,
                denominator: months.denominator,
                decimals: self.decimals,
            },
            reason: Reason::Period { period },
        })
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
    fn raise_to_floor(
        &mut self,
        list: Decimal,
        book: &PriceBook,
        period: BillingPeriod,
    ) -> Result<(), Refusal> {
        let rules = &book.stacking;
        let too_large = || overflow("floor");
        let share = multiply(list, rules.floor_factor).ok_or_else(too_large)?;
        let lowest = match rules.floor_amount {
            Some(monthly) => book.floor_of(monthly, period).ok_or_else(too_large)?,
            None => Decimal::ZERO,
        };
        // Rounded up, it may be a unit above a list price that was rounded down.
        let floor = round_up(share, self.decimals).max(lowest.min(list));
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
    period: BillingPeriod,
    claim: OfferClaim<'_>,
    now: Timestamp,
) -> Result<Change, Refusal> {
    let offer = claim.offer;
    offer.check_terms().map_err(|it| it.within("offer"))?;
    if !offer.segments.contains(segment) {
        return Err(OfferRefusal::OtherSegment(segment.to_owned()).into());
    }
    offer.available(now, claim.taken)?;
    let mut monthly_amount = None;
    let operation = match &offer.reduction {
        Reduction::Factor { factor } => Operation::Multiply { factor: *factor },
        Reduction::AmountOff { mint, .. } if *mint != book.currency.mint => {
            return Err(book.currency.mix("offer.reduction.mint"));
        }
        Reduction::AmountOff { amount, .. } if period == BillingPeriod::MONTH => {
            Operation::Subtract { amount: *amount }
        }
        Reduction::AmountOff { amount, .. } => {
            monthly_amount = Some(*amount);
            let up = RoundingStrategy::ToPositiveInfinity;
            let amount = prorate(*amount, period.in_months(), book.currency.decimals, up)
                .ok_or_else(|| overflow(offer.code.as_str()))?;
            Operation::Subtract { amount }
        }
    };
    Ok(Change {
        name: offer.code.clone(),
        operation,
        reason: Reason::Offer { monthly_amount },
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
