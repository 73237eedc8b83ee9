//! Which campaigns may be kept. A refusal names the field and the rule that it breaks.

use super::{
    campaign::{Campaign, Caps, Limit, MAX_DAYS, MAX_LIST, MAX_NAME, MAX_PERIODS, Paid},
    reward::{Reward, Tier},
};
use crate::{base58, pricing::MAX_MINT_DECIMALS, refusal::Refusal, time::MICROS_PER_DAY};

impl Campaign {
    /// Refuses a campaign that cannot be kept.
    ///
    /// # Errors
    /// The field that breaks a rule.
    pub fn validate(&self) -> Result<(), Refusal> {
        Refusal::unless_name("name", &self.name, MAX_NAME)?;
        self.check_window()?;
        base58::decode(&self.mint).map_err(|error| Refusal::new("mint", error.to_string()))?;
        Refusal::unless_number("decimals", self.decimals, 0..=MAX_MINT_DECIMALS)?;
        if let Some(segment) = &self.referrers.segment {
            Refusal::unless_name("referrers.segment", segment, MAX_NAME)?;
        }
        let tenure = self.referrers.minimum_tenure_days;
        Refusal::unless_number("referrers.minimum_tenure_days", tenure, 0..=MAX_DAYS)?;
        self.check_qualification()?;
        self.check_tiers()?;
        self.check_caps()?;
        self.checks
            .validate()
            .map_err(|refusal| refusal.within("checks"))?;
        self.check_holds()
    }

    fn check_window(&self) -> Result<(), Refusal> {
        if self.until <= self.from {
            return Err(Refusal::new("until", "must be later than from"));
        }
        let most = i64::from(MAX_DAYS) * MICROS_PER_DAY;
        if self.until.0.saturating_sub(self.from.0) > most {
            let rule = format!("must be at most {MAX_DAYS} days later than from");
            return Err(Refusal::new("until", rule));
        }
        Ok(())
    }

    fn check_qualification(&self) -> Result<(), Refusal> {
        let asked = self.qualification;
        let within = asked.within_days;
        Refusal::unless_number("qualification.within_days", within, 1..=MAX_DAYS)?;
        match asked.paid {
            Paid::Periods { count } => {
                Refusal::unless_number("qualification.paid.count", count, 1..=MAX_PERIODS)
            }
            // The last of the days must be over before the time is.
            Paid::Days { count } if (1..within).contains(&count) => Ok(()),
            Paid::Days { .. } => Err(Refusal::new(
                "qualification.paid.count",
                "must be at least 1 and below within_days",
            )),
        }
    }

    fn check_tiers(&self) -> Result<(), Refusal> {
        Refusal::unless_count("tiers", self.tiers.len(), 1..=MAX_LIST, "tiers")?;
        let mut least = 1;
        for (index, tier) in self.tiers.iter().enumerate() {
            let within = format!("tiers[{index}]");
            if index == 0 && tier.from != 1 {
                return Err(Refusal::new("from", "must be 1").within(&within));
            }
            if tier.from < least {
                return Err(Refusal::new("from", "must be above the last tier's").within(&within));
            }
            least = tier.from.saturating_add(1);
            tier.validate().map_err(|refusal| refusal.within(&within))?;
        }
        Ok(())
    }

    fn check_caps(&self) -> Result<(), Refusal> {
        self.caps
            .validate()
            .map_err(|refusal| refusal.within("caps"))?;
        let rewards = || self.tiers.iter().flat_map(Tier::rewards);
        let in_points = |reward: Reward| matches!(reward, Reward::Points { .. });
        let Limit { points, units, .. } = self.caps.budget;
        for (field, stated, paid) in [
            ("points", points.is_some(), rewards().any(in_points)),
            ("units", units.is_some(), rewards().any(|it| !in_points(it))),
        ] {
            if paid && !stated {
                let rule = "must be stated, as a tier pays in it";
                return Err(Refusal::new(format!("caps.budget.{field}"), rule));
            }
        }
        Ok(())
    }

    fn check_holds(&self) -> Result<(), Refusal> {
        Refusal::unless_count("holds", self.holds.len(), 0..=MAX_LIST, "combinations")?;
        for (index, combination) in self.holds.iter().enumerate() {
            let field = format!("holds[{index}].all");
            Refusal::unless_count(&field, combination.all.len(), 1..=MAX_LIST, "signs")?;
            for (at, sign) in combination.all.iter().enumerate() {
                let field = format!("{field}[{at}]");
                Refusal::unless_number(format!("{field}.score"), sign.score, 1..=100)?;
                if !self.checks.has(sign.check) {
                    let rule = "must be one of the campaign's checks";
                    return Err(Refusal::new(format!("{field}.check"), rule));
                }
            }
        }
        Ok(())
    }
}

impl Tier {
    fn rewards(&self) -> impl Iterator<Item = Reward> + use<> {
        let sides = [self.rewards.referrer, self.rewards.referred];
        sides.into_iter().flatten()
    }

    fn validate(&self) -> Result<(), Refusal> {
        if self.rewards().next().is_none() {
            return Err(Refusal::new("rewards", "must have one for a side at least"));
        }
        for (side, reward) in [
            ("rewards.referrer", self.rewards.referrer),
            ("rewards.referred", self.rewards.referred),
        ] {
            let checked = reward.map_or(Ok(()), Reward::validate);
            checked.map_err(|refusal| refusal.within(side))?;
        }
        Ok(())
    }
}

impl Reward {
    fn validate(self) -> Result<(), Refusal> {
        match self {
            Self::Points { points } => Refusal::unless_number("points", points, 1..=u64::MAX),
            Self::Amount { units } => Refusal::unless_number("units", units, 1..=u64::MAX),
            Self::Percentage {
                bps,
                payments,
                most,
            } => {
                Refusal::unless_number("bps", bps, 1..=10_000)?;
                Refusal::unless_number("payments", payments, 1..=MAX_PERIODS)?;
                Refusal::unless_number("most", most, 1..=u64::MAX)
            }
        }
    }
}

impl Caps {
    fn validate(&self) -> Result<(), Refusal> {
        for (name, limit) in [
            ("per_referrer", self.per_referrer),
            ("per_day", self.per_day),
            ("budget", self.budget),
        ] {
            let bounds = [
                ("referrals", limit.referrals.map(u64::from)),
                ("points", limit.points),
                ("units", limit.units),
            ];
            for (field, bound) in bounds {
                if bound == Some(0) {
                    return Err(Refusal::new(
                        format!("{name}.{field}"),
                        "must be at least 1",
                    ));
                }
            }
        }
        Ok(())
    }
}
