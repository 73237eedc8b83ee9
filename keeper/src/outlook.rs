//! A dry run of a round.

use crate::{
    Keeper, Task,
    error::Result,
    message::{self, Budget},
    pack::{Format, Packet},
    pulse::Pulse,
    round::Terms,
    tables::Tables,
    trim::{ALONE, Refused, UNPROFITABLE},
};
use solana_hash::Hash;
use tessera_client::types::Address;

/// The plan of a round for the next page of what is due.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outlook {
    /// The keeper's balance, lamports.
    pub lamports: u64,
    /// Transactions that would be sent.
    pub transactions: Vec<Transaction>,
    /// Subscriptions that would be left alone.
    pub waiting: Vec<Waiting>,
    /// Mints for which a token account would be opened.
    pub opened: Vec<Address>,
}

/// A transaction that would be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Its format.
    pub format: Format,
    /// Its length; addresses that are in no lookup table yet stand in full.
    pub bytes: usize,
    /// The compute units that it would ask for.
    pub units: u32,
    /// Its fee, lamports.
    pub fee: u64,
    /// Its tasks.
    pub planned: Vec<Planned>,
}

/// A task for one subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// The subscription.
    pub subscription: Address,
    /// The task.
    pub task: Task,
}

/// A subscription that would be left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The subscription.
    pub subscription: Address,
    /// The reason.
    pub reason: String,
}

impl Keeper {
    /// Plans the next round. Nothing is sent and nothing is written.
    ///
    /// # Errors
    /// [`KeeperError`](crate::KeeperError) when mirror or chain cannot be read.
    pub async fn outlook(&self) -> Result<Outlook> {
        let pulse = Pulse::feel(&self.node, &self.address()).await?;
        self.check_network().await?;
        self.rewind().await;
        let page = self.page(pulse.now).await?;
        self.rewind().await;
        let prepared = self.prepare(&page.candidates, &pulse).await?;
        let terms = self.terms(&prepared.jobs, &pulse).await;
        let mut tables = self.tables.lock().await;
        if terms.limits.format == Format::Zero && self.config.tables > 0 {
            self.know_tables(&mut tables).await?;
        }
        let trimmed = self.attempt(prepared.jobs, &terms, &pulse, &tables).await?;
        let waiting = prepared.waiting.into_iter().map(|it| Waiting {
            subscription: Address::from(it.subscription.0),
            reason: it.reason,
        });
        let refused = trimmed.refused.into_iter().map(|(job, refused)| Waiting {
            subscription: job.subscription,
            reason: match refused {
                Refused::Overtaken => "there is nothing to do after all".to_owned(),
                Refused::No(reason) => reason,
                Refused::Unprofitable => UNPROFITABLE.to_owned(),
                Refused::Alone => ALONE.to_owned(),
                Refused::Later if trimmed.purse_empty => "the keeper's purse is empty".to_owned(),
                Refused::Later => "it cannot be tried at the moment".to_owned(),
            },
        });
        Ok(Outlook {
            lamports: pulse.lamports,
            waiting: waiting.chain(refused).collect(),
            opened: prepared.unopened.into_keys().collect(),
            transactions: trimmed
                .ready
                .iter()
                .map(|(packet, budget)| self.transaction(packet, *budget, &terms, &tables))
                .collect::<Result<_>>()?,
        })
    }

    fn transaction(
        &self,
        packet: &Packet,
        budget: Budget,
        terms: &Terms,
        tables: &Tables,
    ) -> Result<Transaction> {
        let format = terms.limits.format;
        let written = message::write(
            packet.jobs.iter().map(|job| job.instruction.clone()),
            &self.address(),
            format,
            budget,
            &tables.named(packet.tables()),
            Hash::default(),
        )?;
        Ok(Transaction {
            format,
            bytes: message::length(&written),
            units: budget.units,
            fee: budget.fee(),
            planned: packet
                .jobs
                .iter()
                .map(|job| Planned {
                    subscription: job.subscription,
                    task: job.task,
                })
                .collect(),
        })
    }
}
