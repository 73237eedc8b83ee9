//! Chooses the jobs to send: those whose transactions earn their fees, as far as the purse reaches.
//!
//! The law here: nothing is charged at a loss, and jobs that earn little take no room from those
//! that would pay without them. Only the whole transaction shows whether jobs pay; so those of
//! transactions that do not pay are packed once more, the worthiest together.

use crate::{
    Keeper,
    error::Result,
    job::Job,
    message::Budget,
    pack::{Limits, Packet, Places, fill, repack, sort},
    pulse::{Pulse, SIGNATURE_FEE},
    round::Terms,
    tables::Tables,
    trim::{Refused, TRIALS, Trimmed},
};
use futures::{StreamExt, TryStreamExt, stream};
use std::cmp::Reverse;

impl Keeper {
    /// Packs and simulates jobs, and keeps the transactions that pay and that the purse can afford.
    pub(crate) async fn attempt(
        &self,
        jobs: Vec<Job>,
        terms: &Terms,
        pulse: &Pulse,
        tables: &Tables,
    ) -> Result<Trimmed> {
        let mut choice = Choice {
            keeper: self,
            terms,
            tables,
            places: tables.places(),
            purse: pulse.purse(),
            kept: Trimmed::default(),
        };
        let (jobs, burdens): (Vec<Job>, Vec<Job>) = jobs
            .into_iter()
            .partition(|job| self.may_pay(job, terms.unit_price));
        choice.kept.refuse(burdens, &Refused::Unprofitable);
        // Jobs that cannot bear their share of a fee fill the room that the others leave.
        let (mut jobs, mut riders): (Vec<Job>, Vec<Job>) = jobs
            .into_iter()
            .partition(|job| self.bears_its_share(job, terms));
        sort(&mut jobs, &choice.places);
        sort(&mut riders, &choice.places);
        jobs.append(&mut riders);
        // No fee is below a signature's, so a transaction that earns less need not be tried.
        let (hopeful, mut poor): (Vec<Packet>, Vec<Packet>) = choice
            .fill(jobs)
            .into_iter()
            .partition(|packet| self.pay(&packet.jobs, SIGNATURE_FEE));
        let failed = choice.take(hopeful).await?;
        poor.extend(failed.into_iter().map(|(packet, _)| packet));
        choice.try_again(poor).await?;
        Ok(choice.kept)
    }

    /// Whether a job would earn its share of the fee of the fullest possible transaction.
    fn bears_its_share(&self, job: &Job, terms: &Terms) -> bool {
        let share = SIGNATURE_FEE / terms.limits.charges();
        let fee = share.saturating_add(job.priority_fee(terms.unit_price));
        self.config.at_a_loss || job.worth.is_none_or(|worth| worth >= fee)
    }
}

struct Choice<'a> {
    keeper: &'a Keeper,
    terms: &'a Terms,
    tables: &'a Tables,
    places: Places,
    /// What is left in the purse, lamports.
    purse: u64,
    kept: Trimmed,
}

impl Choice<'_> {
    fn limits(&self) -> &Limits {
        &self.terms.limits
    }

    fn fill(&self, jobs: Vec<Job>) -> Vec<Packet> {
        fill(jobs, &self.keeper.address(), self.limits(), &self.places)
    }

    /// Simulates as many transactions as the purse can afford, and keeps those that pay. Returns
    /// the others.
    async fn take(&mut self, mut packets: Vec<Packet>) -> Result<Vec<(Packet, Budget)>> {
        let affordable = usize::try_from(self.purse / SIGNATURE_FEE).unwrap_or(usize::MAX);
        let beyond = packets.split_off(packets.len().min(affordable));
        for packet in beyond {
            self.cannot_be_paid(packet);
        }
        let trials: Vec<Trimmed> = stream::iter(packets)
            .map(|packet| {
                let (terms, places) = (self.terms, &self.places);
                let (limits, unit_price) = (&terms.limits, terms.unit_price);
                self.keeper
                    .trim(packet, limits, places, self.tables, unit_price)
            })
            .buffer_unordered(TRIALS)
            .try_collect()
            .await?;
        let mut poor = Vec::new();
        for mut trial in trials {
            for (packet, budget) in std::mem::take(&mut trial.ready) {
                match self.keeper.pay(&packet.jobs, budget.fee()) {
                    true => self.keep(packet, budget),
                    false => poor.push((packet, budget)),
                }
            }
            self.kept.add(trial);
        }
        Ok(poor)
    }

    /// Packs the jobs of transactions that do not pay again, the worthiest together, and keeps what
    /// pays then.
    async fn try_again(&mut self, poor: Vec<Packet>) -> Result<()> {
        let mut jobs: Vec<Job> = poor.into_iter().flat_map(|packet| packet.jobs).collect();
        // Jobs without a known worth go in any case, and so before the others.
        jobs.sort_by_key(|job| Reverse(job.worth.unwrap_or(u64::MAX)));
        let packets = self.fill(jobs);
        let hopeful = packets
            .into_iter()
            .filter_map(|packet| self.lighten(packet, SIGNATURE_FEE))
            .collect();
        for (packet, budget) in self.take(hopeful).await? {
            if let Some(packet) = self.lighten(packet, budget.fee()) {
                self.keep(packet, budget);
            }
        }
        Ok(())
    }

    /// Drops the least worthy jobs until the rest pays; none when no job is left.
    fn lighten(&mut self, mut packet: Packet, fee: u64) -> Option<Packet> {
        let all = packet.jobs.len();
        while !self.keeper.pay(&packet.jobs, fee) {
            let jobs = packet.jobs.iter().enumerate();
            let worths = jobs.filter_map(|(at, job)| Some((job.worth?, at)));
            let (_, least) = worths.min()?;
            let job = packet.jobs.remove(least);
            let refused = match self.keeper.bears_its_share(&job, self.terms) {
                true => Refused::Alone,
                false => Refused::Unprofitable,
            };
            self.kept.refuse([job], &refused);
        }
        match packet.jobs.len() {
            0 => None,
            left if left == all => Some(packet),
            _ => Some(repack(
                packet.jobs,
                &self.keeper.address(),
                self.limits(),
                &self.places,
            )),
        }
    }

    /// Keeps a transaction if the purse can pay its fee.
    fn keep(&mut self, packet: Packet, budget: Budget) {
        match self.purse.checked_sub(budget.fee()) {
            Some(left) => {
                self.purse = left;
                self.kept.ready.push((packet, budget));
            }
            None => self.cannot_be_paid(packet),
        }
    }

    fn cannot_be_paid(&mut self, packet: Packet) {
        self.kept.purse_empty = true;
        self.kept.refuse(packet.jobs, &Refused::Later);
    }
}
