//! Price books, and the usage that they charge for.

use super::{
    parts::{
        With, amount, any_text, at_least, choice, factor, list, map, object, or_null, this,
        this_as, this_or_null, whole,
    },
    stand_ins,
};
use crate::wire::Key;
use serde_json::json;
use tessera_domain::pricing::{
    Flag, MAX_AMOUNT, MAX_CONDITIONS, MAX_DISCOUNTS, MAX_MINT_DECIMALS, MAX_PRICES, MAX_SEGMENTS,
    MAX_TIERS, MAX_TRANSACTIONS, MAX_UNIT_PRICE_DECIMALS, MAX_USAGE_DECIMALS, StackingMode,
};
use utoipa::openapi::{ObjectBuilder, OneOfBuilder, schema::Type};

/// The pattern of names in a book.
pub(super) const NAME: &str = "^[a-z0-9_]{1,64}$";

stand_ins! {
    /// [`tessera_domain::pricing::PriceBook`].
    PriceBook(PriceCurrency, PriceSegments, PriceStacking) {
        object("A version of all prices.")
            .must("version", whole("The price book's number.", 1..=i32::MAX, 1))
            .must("currency", this::<PriceCurrency>())
            .must("segments", this::<PriceSegments>())
            .must("stacking", this::<PriceStacking>())
    }

    /// [`tessera_domain::pricing::Currency`].
    PriceCurrency(Key) {
        object("The currency of every amount of a price book: a token.")
            .must("mint", this_as::<Key>("The token's mint."))
            .must("decimals", whole("Decimals of the mint.", 0..=MAX_MINT_DECIMALS, 6))
            .examples([json!({
                "mint": "DaSSNPGeCBsC5dGDDhnKnbR3eQaENt2XbR88qb6iz2n8", "decimals": 6
            })])
    }

    /// The segments of a book.
    PriceSegments(PriceSegment) {
        map("Kinds of customers by name.", this::<PriceSegment>())
            .property_names(Some(name("The segment's name.", "individual").build()))
            .min_properties(Some(1))
            .max_properties(Some(MAX_SEGMENTS))
            .examples([json!({ "individual": {
                "unit": "seat", "base": "99",
                "prices": [{ "period": { "months": 12 }, "base": "990" }], "discounts": {
                    "volume_discount": { "factor": "0.85", "when_any": [{ "quantity_at_least": 5 }] },
                    "loyalty_discount": { "factor": "0.9", "when_any": [{ "loyalty_tier_at_least": 1 }] }
                }
            } })])
    }

    /// [`tessera_domain::pricing::Segment`].
    PriceSegment(PeriodPrice, PriceDiscount, ChargeModel) {
        let discounts = map("Discounts by name.", this::<PriceDiscount>())
            .property_names(Some(name("The discount's name.", "volume_discount").build()))
            .max_properties(Some(MAX_DISCOUNTS))
            .examples([json!({ "volume_discount": {
                "factor": "0.85", "when_any": [{ "quantity_at_least": 5 }]
            } })]);
        object("The prices of one kind of customer.")
            .must("unit", name("The unit of sale.", "seat"))
            .may("base", or_null(
                amount(
                    "List price of a unit for a month, in tokens, from which that of any other \
                     period follows; without it, only the periods of `prices` are sold.",
                    MAX_MINT_DECIMALS.into(),
                    "99",
                ),
                Type::String,
            ))
            .may("prices", list(
                "List prices for periods that are not the month's in proportion.",
                this::<PeriodPrice>(),
                0..=MAX_PRICES,
            ))
            .may("charge", this_or_null::<ChargeModel>("What usage costs on top."))
            .may("discounts", discounts)
    }

    /// [`tessera_domain::pricing::PeriodPrice`].
    PeriodPrice(BillingPeriod) {
        object("The list price of a unit for a period, which no other period's follows from.")
            .must("period", this::<BillingPeriod>())
            .must("base", amount("The price in tokens.", MAX_MINT_DECIMALS.into(), "990"))
    }

    /// [`tessera_domain::billing_period::BillingPeriod`].
    BillingPeriod() {
        OneOfBuilder::new()
            .description(Some("How long a payment lasts."))
            .item(object("Calendar months.").must("months", whole("Months.", 1..=u8::MAX, 12)))
            .item(object("Seconds.").must("secs", whole("Seconds.", 1..=u32::MAX, 604_800)))
            .examples([json!({ "months": 12 })])
    }

    /// [`tessera_domain::pricing::Discount`].
    PriceDiscount(DiscountCondition) {
        object("A lower price for those who are eligible.")
            .must("factor", factor(
                "What the price is multiplied by, above 0 and at most 1.",
                "0.85",
            ))
            .must("when_any", list(
                "Conditions, one of which must hold.",
                this::<DiscountCondition>(),
                1..=MAX_CONDITIONS,
            ))
    }

    /// [`tessera_domain::pricing::Condition`].
    DiscountCondition() {
        OneOfBuilder::new()
            .description(Some("One way to be eligible."))
            .item(object("Buys at least this many units.")
                .must("quantity_at_least", at_least("Units.", 2, 5)))
            .item(object("Has at least this loyalty tier.")
                .must("loyalty_tier_at_least", whole("The tier.", 1..=u8::MAX, 1)))
            .item(object("Has paid for at least this many months.")
                .must("paid_months_at_least", whole("Months.", 1..=u32::MAX, 12)))
            .item(object("The sales team has established this.").must("flag", flag()))
            .examples([json!({ "quantity_at_least": 5 })])
    }

    /// [`tessera_domain::pricing::Stacking`].
    PriceStacking() {
        object("How discounts combine, and the lowest price.")
            .must("order", list(
                "Names of all discounts of the book, first applied first.",
                name("A discount.", "volume_discount"),
                0..=usize::MAX,
            ))
            .must("mode", choice(
                "`multiply`: each reduction applies to the price that the one before left; \
                 `best_only`: only the one with the lowest price applies.",
                [StackingMode::Multiply, StackingMode::BestOnly].map(|mode| json!(mode)),
            ))
            .must("floor_factor", factor(
                "Lowest price as a share of the list price, above 0 and at most 1.",
                "0.5",
            ))
            .may("floor_amount", or_null(
                amount(
                    "Lowest price for a month in tokens; that of another period is in proportion.",
                    MAX_MINT_DECIMALS.into(),
                    "10",
                ),
                Type::String,
            ))
            .examples([json!({
                "order": ["volume_discount", "loyalty_discount"], "mode": "multiply",
                "floor_factor": "0.5"
            })])
    }

    /// [`tessera_domain::pricing::ChargeModel`].
    ChargeModel(ChargeTier) {
        let model = |name: &str, about: &str| {
            object(about).must("model", choice("The model.", [name]))
        };
        let tiers = || list("The tiers, lowest first.", this::<ChargeTier>(), 1..=MAX_TIERS);
        OneOfBuilder::new()
            .description(Some("How usage is charged."))
            .item(model("flat", "One amount for each period, whatever the usage.")
                .must("amount", amount("In tokens.", MAX_UNIT_PRICE_DECIMALS, "10")))
            .item(model("graduated", "Units in each tier at that tier's price.")
                .must("tiers", tiers()))
            .item(model("volume", "All units at the price of the tier that their total reaches.")
                .must("tiers", tiers()))
            .item(model("package", "An amount for each started package beyond the free units.")
                .must("amount", amount("Price of a package, in tokens.", MAX_UNIT_PRICE_DECIMALS, "10"))
                .must("package_size", whole("Units in a package.", 1..=MAX_AMOUNT, 1_000))
                .may("free_units", whole("Units that cost nothing.", 0..=MAX_AMOUNT, 100)
                    .default(Some(0.into()))))
            .item(model("percentage", "A share of each transaction's amount, and a fee for it.")
                .must("rate", any_text("The share, at most 1.", "0.029").pattern(Some(format!(
                    r"^(1(\.0{{1,{MAX_UNIT_PRICE_DECIMALS}}})?|0(\.[0-9]{{1,{MAX_UNIT_PRICE_DECIMALS}}})?)$"
                ))))
                .must("fixed_fee", amount("Fee for each transaction, in tokens.", MAX_UNIT_PRICE_DECIMALS, "0.3"))
                .may("minimum", or_null(
                    amount("Lowest cost of a transaction.", MAX_UNIT_PRICE_DECIMALS, "0.5"), Type::String,
                ))
                .may("maximum", or_null(
                    amount("Highest cost of a transaction.", MAX_UNIT_PRICE_DECIMALS, "50"), Type::String,
                )))
            .examples([json!({ "model": "flat", "amount": "10" })])
    }

    /// [`tessera_domain::pricing::Tier`].
    ChargeTier() {
        object("A range of units with its price; it begins where the tier before it ends.")
            .may("up_to", or_null(
                amount("The last quantity inside; null, in the last tier only.", MAX_USAGE_DECIMALS, "1000"),
                Type::String,
            ))
            .must("unit_price", amount("Price of a unit, in tokens.", MAX_UNIT_PRICE_DECIMALS, "0.01"))
            .must("flat_fee", amount("Fee for having reached the tier, in tokens.", MAX_UNIT_PRICE_DECIMALS, "0"))
    }

    /// [`tessera_domain::pricing::Usage`].
    Usage() {
        OneOfBuilder::new()
            .description(Some("The usage of a period."))
            .item(object("A quantity, for every model but `percentage`.")
                .must("units", amount("Units.", MAX_USAGE_DECIMALS, "1500")))
            .item(object("Transactions, for the model `percentage`.").must("transactions", list(
                "The amount of each.",
                amount("In tokens.", MAX_USAGE_DECIMALS, "100"),
                0..=MAX_TRANSACTIONS,
            )))
            .examples([json!({ "units": "1500" })])
    }
}

/// What the sales team can establish.
fn flag() -> ObjectBuilder {
    let flags = [Flag::EnterpriseContract, Flag::HardwareIntegration];
    choice("A fact about the customer.", flags.map(|flag| json!(flag)))
}

/// A name in a price book.
pub(super) fn name(about: &str, example: &str) -> ObjectBuilder {
    any_text(about, example).pattern(Some(NAME))
}
