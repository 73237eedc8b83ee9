//! Computes the values of all indicators from counts and sums.

use super::{
    definition::KpiId,
    inputs::{CurrencyInputs, DollarInputs, KpiError, KpiInputs},
    value::{KpiValue, Measured},
};
use crate::{
    exchange::{Conversion, DOLLAR},
    statistics::{
        interval::{poisson_interval, student_interval},
        proportion::Proportion,
    },
};
use rust_decimal::{Decimal, prelude::ToPrimitive};

/// The values of all eight indicators, in the order of [`KpiId::ALL`]; those in money once per
/// currency and, where money is in several, once in dollars; and once without a value when there is
/// no currency.
pub fn compute(inputs: &KpiInputs) -> Result<Vec<KpiValue>, KpiError> {
    let mut values = Vec::new();
    for id in KpiId::ALL {
        match id {
            KpiId::ConversionRate => values.push(share(
                id,
                ("people_converted", inputs.people_converted),
                ("people_first_seen", inputs.people_first_seen),
            )?),
            KpiId::EmailOpenRate => values.push(share(
                id,
                ("messages_opened", inputs.messages_opened.human),
                ("messages_delivered", inputs.messages_delivered),
            )?),
            KpiId::ClickThroughRate => values.push(share(
                id,
                ("messages_clicked", inputs.messages_clicked.human),
                ("messages_delivered", inputs.messages_delivered),
            )?),
            KpiId::DemoToCloseRate => values.push(share(
                id,
                ("deals_won_after_demo", inputs.deals_won_after_demo),
                ("deals_with_demo", inputs.deals_with_demo),
            )?),
            KpiId::ReferralConversionRate => values.push(share(
                id,
                (
                    "referred_people_converted",
                    inputs.referred_people_converted,
                ),
                ("people_referred", inputs.people_referred),
            )?),
            KpiId::CustomerAcquisitionCost => {
                let first = values.len();
                per_currency(id, inputs, acquisition_cost, &mut values)?;
                for value in values.get_mut(first..).unwrap_or_default() {
                    value.left_out = inputs.spend_elsewhere.clone();
                }
                let spend = |dollars: &DollarInputs| dollars.spend.clone();
                in_dollars(id, inputs, spend, acquisition_cost, &mut values)?;
            }
            KpiId::CustomerLifetimeValue => {
                per_currency(id, inputs, lifetime_value, &mut values)?;
                let revenue = |dollars: &DollarInputs| dollars.revenue.clone();
                in_dollars(id, inputs, revenue, lifetime_value, &mut values)?;
            }
            KpiId::MrrGrowth => {
                per_currency(id, inputs, mrr_growth, &mut values)?;
                let recurring = |dollars: &DollarInputs| dollars.recurring.clone();
                in_dollars(id, inputs, recurring, mrr_growth, &mut values)?;
            }
        }
    }
    Ok(values)
}

fn share(
    id: KpiId,
    (field, part): (&'static str, u64),
    (of, whole): (&'static str, u64),
) -> Result<KpiValue, KpiError> {
    if part > whole {
        return Err(KpiError::MoreThanTheWhole {
            field,
            part,
            of,
            whole,
        });
    }
    let measured = Measured {
        numerator: Some(part.into()),
        denominator: whole.into(),
        interval: Proportion::wilson(part, whole).interval,
        sample_size: whole,
    };
    Ok(measured.against_goals(id, None))
}

fn per_currency(
    id: KpiId,
    inputs: &KpiInputs,
    measure: fn(usize, &CurrencyInputs) -> Result<Measured, KpiError>,
    values: &mut Vec<KpiValue>,
) -> Result<(), KpiError> {
    for (index, currency) in inputs.currencies.iter().enumerate() {
        let name = (currency.mint.as_str(), currency.counts_as_usd);
        values.push(measure(index, currency)?.against_goals(id, Some(name)));
    }
    if inputs.currencies.is_empty() {
        let nothing = Measured {
            numerator: None,
            denominator: Decimal::ZERO,
            interval: None,
            sample_size: 0,
        };
        values.push(nothing.against_goals(id, None));
    }
    Ok(())
}

/// The value over all currencies, null when one of them has no rate.
fn in_dollars(
    id: KpiId,
    inputs: &KpiInputs,
    conversion: fn(&DollarInputs) -> Conversion,
    measure: fn(usize, &CurrencyInputs) -> Result<Measured, KpiError>,
    values: &mut Vec<KpiValue>,
) -> Result<(), KpiError> {
    let Some(dollars) = &inputs.dollars else {
        return Ok(());
    };
    let mut measured = measure(inputs.currencies.len(), &dollars.sums)?;
    let Conversion {
        rates,
        without_rate,
    } = conversion(dollars);
    if !without_rate.is_empty() {
        measured.numerator = None;
    }
    values.push(KpiValue {
        rates,
        left_out: without_rate,
        ..measured.against_goals(id, Some((DOLLAR, true)))
    });
    Ok(())
}

fn acquisition_cost(index: usize, inputs: &CurrencyInputs) -> Result<Measured, KpiError> {
    let field = "acquisition_spend";
    if inputs
        .acquisition_spend
        .is_some_and(|spend| spend < Decimal::ZERO)
    {
        return Err(KpiError::Negative { index, field });
    }
    let spend = inputs.acquisition_spend.and_then(|spend| spend.to_f64());
    let interval = spend
        .zip(poisson_interval(inputs.new_customers))
        .filter(|_| inputs.new_customers > 0)
        .map(|(spend, [low, high])| [spend / high, spend / low]);
    Ok(Measured {
        numerator: inputs.acquisition_spend,
        denominator: inputs.new_customers.into(),
        interval,
        sample_size: inputs.new_customers,
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of people are far below 2^53"
)]
fn lifetime_value(_: usize, inputs: &CurrencyInputs) -> Result<Measured, KpiError> {
    let interval = inputs
        .net_revenue
        .to_f64()
        .zip(inputs.net_revenue_variance)
        .and_then(|(total, variance)| {
            student_interval(total / inputs.customers as f64, variance, inputs.customers)
        });
    Ok(Measured {
        numerator: Some(inputs.net_revenue),
        denominator: inputs.customers.into(),
        interval,
        sample_size: inputs.customers,
    })
}

fn mrr_growth(index: usize, inputs: &CurrencyInputs) -> Result<Measured, KpiError> {
    let movement = &inputs.recurring_revenue;
    let too_large = KpiError::TooLarge {
        index,
        field: "recurring_revenue",
    };
    let opening = movement.opening.in_whole_units(inputs.decimals);
    let closing = movement.closing.in_whole_units(inputs.decimals);
    let (opening, closing) = opening.zip(closing).ok_or(too_large)?;
    Ok(Measured {
        numerator: Some(closing - opening),
        denominator: opening,
        interval: movement.growth_interval(),
        sample_size: movement.wallets_at_either_end(),
    })
}
