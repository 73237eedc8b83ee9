//! The definitions of the indicators, precise enough to count by.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The id of an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "KpiDefinition says what each means")]
pub enum KpiId {
    ConversionRate,
    CustomerAcquisitionCost,
    CustomerLifetimeValue,
    MrrGrowth,
    EmailOpenRate,
    ClickThroughRate,
    DemoToCloseRate,
    ReferralConversionRate,
}

/// The unit of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A share of one: 0.4 is 40%.
    Share,
    /// Whole units of a currency for each customer; threshold and target are in US dollars.
    MoneyPerCustomer,
}

/// Which values are better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// A goal is met at or above it.
    HigherIsBetter,
    /// A goal is met below it.
    LowerIsBetter,
}

impl Direction {
    /// Whether `value` meets `goal`.
    pub fn meets(self, value: Decimal, goal: Decimal) -> bool {
        match self {
            Self::HigherIsBetter => value >= goal,
            Self::LowerIsBetter => value < goal,
        }
    }
}

/// The definition of an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct KpiDefinition {
    /// Names the indicator in JSON.
    pub id: KpiId,
    /// The indicator's name in a dashboard.
    pub name: &'static str,
    /// What it measures, and its pitfalls.
    pub definition: &'static str,
    /// What is counted or summed.
    pub numerator: &'static str,
    /// What the numerator is divided by.
    pub denominator: &'static str,
    /// How the interval is computed. Its confidence is 95%.
    pub interval: &'static str,
    /// The unit of the value.
    pub unit: Unit,
    /// Which values are better.
    pub direction: Direction,
    /// The minimum goal.
    pub threshold: Decimal,
    /// The goal aimed at.
    pub target: Decimal,
}

impl KpiId {
    /// All indicators, in the order in which they are shown.
    pub const ALL: [Self; 8] = [
        Self::ConversionRate,
        Self::CustomerAcquisitionCost,
        Self::CustomerLifetimeValue,
        Self::MrrGrowth,
        Self::EmailOpenRate,
        Self::ClickThroughRate,
        Self::DemoToCloseRate,
        Self::ReferralConversionRate,
    ];

    /// The definition of this indicator.
    pub const fn definition(self) -> KpiDefinition {
        match self {
            Self::ConversionRate => KpiDefinition {
                id: self,
                name: "Conversion rate",
                definition: "Share of the people who first did something in the period who became \
                    paying customers before it ended. What is done to people, such as mail that \
                    reaches them, and what machines do is no act of theirs. People who came late \
                    in the period had little time to convert.",
                numerator: "Of these people, those whose first payment lies in the period.",
                denominator: "People whose first act lies in the period.",
                interval: WILSON,
                unit: Unit::Share,
                direction: Direction::HigherIsBetter,
                threshold: percent(40),
                target: percent(45),
            },
            Self::CustomerAcquisitionCost => KpiDefinition {
                id: self,
                name: "Customer acquisition cost",
                definition: "Spend on winning customers in the period for each customer won in \
                    it, per currency. Null as long as no spend is recorded.",
                numerator: "Marketing and sales spend recorded for the period, and referral \
                    commission that its charges booked, in the currency.",
                denominator: "Wallets whose first payment, in any currency, is in this one and \
                    lies in the period.",
                interval: "The spend, divided by Garwood's exact interval for the expectation of \
                    a Poisson count of customers: the spend is taken as given, only the number of \
                    customers as uncertain.",
                unit: Unit::MoneyPerCustomer,
                direction: Direction::LowerIsBetter,
                threshold: dollars(150),
                target: dollars(100),
            },
            Self::CustomerLifetimeValue => KpiDefinition {
                id: self,
                name: "Customer lifetime value",
                definition: "Mean net revenue from a customer so far, per currency. Customers who \
                    still pay will add to it, so it understates the value of a whole lifetime.",
                numerator: "What the merchant received before the period's end from all charges: \
                    payers' debits less referral commission, keeper fees and refunds.",
                denominator: "Wallets that paid in the currency before the period's end.",
                interval: "Student's interval of the mean over wallets.",
                unit: Unit::MoneyPerCustomer,
                direction: Direction::HigherIsBetter,
                threshold: dollars(2_500),
                target: dollars(3_000),
            },
            Self::MrrGrowth => KpiDefinition {
                id: self,
                name: "Monthly recurring revenue growth",
                definition: "Change of monthly recurring revenue over one calendar month, per \
                    currency, from payments on the chain.",
                numerator: "Recurring revenue in the month's last instant less that in the last \
                    instant before the month.",
                denominator: "Recurring revenue in the last instant before the month.",
                interval: "Delta method for a ratio of sums over wallets, with Student's t.",
                unit: Unit::Share,
                direction: Direction::HigherIsBetter,
                threshold: percent(25),
                target: percent(30),
            },
            Self::EmailOpenRate => KpiDefinition {
                id: self,
                name: "Email open rate",
                definition: "Share of the emails delivered in the period that a person opened. \
                    Opens by machines, such as mail proxies and scanners, do not count; \
                    several opens of a message count once.",
                numerator: "Of these messages, those opened by a person at least once.",
                denominator: DELIVERED,
                interval: WILSON,
                unit: Unit::Share,
                direction: Direction::HigherIsBetter,
                threshold: percent(35),
                target: percent(40),
            },
            Self::ClickThroughRate => KpiDefinition {
                id: self,
                name: "Click-through rate",
                definition: "Share of the emails delivered in the period in which a person \
                    followed a link; of the delivered ones, not of the opened ones. Clicks by \
                    machines do not count; several clicks in a message count once.",
                numerator: "Of these messages, those with a link followed by a person.",
                denominator: DELIVERED,
                interval: WILSON,
                unit: Unit::Share,
                direction: Direction::HigherIsBetter,
                threshold: percent(8),
                target: percent(12),
            },
            Self::DemoToCloseRate => KpiDefinition {
                id: self,
                name: "Demo-to-close rate",
                definition: "Share of the deals with a demo held in the period that are won. A \
                    deal that is still open counts as not won yet.",
                numerator: "Of these deals, those won.",
                denominator: "Deals whose first demo was held in the period.",
                interval: WILSON,
                unit: Unit::Share,
                direction: Direction::HigherIsBetter,
                threshold: percent(60),
                target: percent(70),
            },
            Self::ReferralConversionRate => KpiDefinition {
                id: self,
                name: "Referral conversion rate",
                definition: "Share of the people referred in the period who became paying \
                    customers before it ended. People referred late in the period had little \
                    time to convert.",
                numerator: "Of these people, those whose first payment lies in the period, after \
                    the referral.",
                denominator: "People who first followed a referral link, or registered with a \
                    code, in the period. Clicks that no person is known for do not count.",
                interval: WILSON,
                unit: Unit::Share,
                direction: Direction::HigherIsBetter,
                threshold: percent(25),
                target: percent(35),
            },
        }
    }
}

const DELIVERED: &str = "Messages first delivered in the period that did not bounce for good after \
    that; a temporary bounce is none. A message is what one person was sent under one email id, or, \
    without ids, for one campaign.";
const WILSON: &str = "Wilson's score interval of a share.";

const fn percent(percent: u32) -> Decimal {
    Decimal::from_parts(percent, 0, 0, false, 2)
}

const fn dollars(dollars: u32) -> Decimal {
    Decimal::from_parts(dollars, 0, 0, false, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_at_its_goal_does_not_meet_it_and_a_rate_does() {
        assert!(!Direction::LowerIsBetter.meets(dollars(150), dollars(150)));
        assert!(Direction::HigherIsBetter.meets(percent(40), percent(40)));
    }

    #[test]
    fn every_target_is_harder_than_its_threshold() {
        for KpiDefinition {
            id,
            direction,
            threshold,
            target,
            ..
        } in KpiId::ALL.map(KpiId::definition)
        {
            assert!(direction.meets(target, threshold), "{id:?}");
            assert!(!direction.meets(threshold, target), "{id:?}");
        }
    }
}
