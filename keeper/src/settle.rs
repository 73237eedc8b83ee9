//! Settles jobs by the outcome of their transactions.

use crate::{
    Keeper,
    error::Result,
    job::{Job, Task},
    message,
    outbox::Outcome,
    pack::{Format, Packet},
    prepare::{postpone, settled},
    round::Round,
    trim::{ALONE, Refused, UNPROFITABLE, is_empty_purse, verdict},
};
use solana_transaction_error::TransactionError;
use tessera_client::{decode, types::accounts::Subscription};
use tessera_store::mirror::keeper::{self as store, Postponement};

/// The results of a round, and the subscriptions to be left alone after it.
#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) round: Round,
    postponements: Vec<Postponement>,
    /// Jobs whose transactions were lost.
    lost: Vec<Job>,
}

impl Books {
    /// Notes subscriptions with which nothing can be done.
    pub(crate) fn wait(&mut self, waiting: Vec<Postponement>, behind: u64) {
        self.round.overtaken += behind;
        self.round.behind += behind;
        let waiting_count = u64::try_from(waiting.len()).unwrap_or(u64::MAX);
        self.round.postponed += waiting_count - behind;
        self.postponements.extend(waiting);
    }

    /// Notes a job that is not sent, and why.
    pub(crate) fn refuse(&mut self, job: &Job, refused: Refused, now: i64) {
        match refused {
            Refused::Overtaken => {
                self.round.overtaken += 1;
                self.postponements.push(settled(job, now));
            }
            Refused::No(reason) => {
                tracing::info!(
                    subscription = %job.subscription, task = ?job.task, reason, "is left alone for a while"
                );
                self.round.postponed += 1;
                self.postponements.push(postpone(job, reason));
            }
            Refused::Unprofitable => {
                self.round.postponed += 1;
                self.postponements
                    .push(postpone(job, UNPROFITABLE.to_owned()));
            }
            Refused::Alone => {
                self.round.postponed += 1;
                self.postponements.push(Postponement {
                    with_others: true,
                    ..postpone(job, ALONE.to_owned())
                });
            }
            Refused::Later => self.round.left += 1,
        }
    }

    /// Notes the outcome of a transaction, which cost `fee` if it landed or failed.
    pub(crate) fn settle(
        &mut self,
        packet: Packet,
        outcome: Outcome,
        format: Format,
        fee: u64,
        now: i64,
    ) {
        match outcome {
            Outcome::Landed(_) => {
                self.round.transactions += 1;
                self.round.fees += fee;
                for job in &packet.jobs {
                    match job.task {
                        Task::Charge => self.round.charged += 1,
                        Task::Miss => self.round.missed += 1,
                        Task::Lapse => self.round.lapsed += 1,
                    }
                    self.postponements.push(settled(job, now));
                }
            }
            Outcome::Failed(error) if is_empty_purse(&error) => {
                self.round.purse_empty = true;
                self.leave(packet.jobs.len());
            }
            Outcome::Failed(error) => {
                self.round.failed += 1;
                self.round.fees += fee;
                let TransactionError::InstructionError(at, cause) = &error else {
                    tracing::warn!(%error, "a transaction failed");
                    return self.leave(packet.jobs.len());
                };
                let culprit = message::job_of(*at, format);
                for (at, job) in packet.jobs.iter().enumerate() {
                    let refused = match culprit == Some(at) {
                        true => verdict(cause),
                        false => Refused::Later,
                    };
                    self.refuse(job, refused, now);
                }
            }
            Outcome::Unknown => self.lost.extend(packet.jobs),
        }
    }

    fn leave(&mut self, jobs: usize) {
        self.round.left += u64::try_from(jobs).unwrap_or(u64::MAX);
    }
}

impl Keeper {
    /// Checks the subscriptions of unknown transactions on the chain, stores which are to be left
    /// alone, and returns the results.
    pub(crate) async fn close(&self, mut books: Books, now: i64) -> Result<Round> {
        let lost = std::mem::take(&mut books.lost);
        if !lost.is_empty() {
            let addresses: Vec<_> = lost.iter().map(|job| job.subscription).collect();
            let accounts = self.node.accounts(&addresses).await?;
            for job in &lost {
                let found = accounts.get(&job.subscription);
                let found = found.and_then(|it| decode::account::<Subscription>(&it.data).ok());
                // Something was done; only the receipts say by which keeper.
                if found.is_none_or(|it| it.header.receipt_seq != job.seq) {
                    books.refuse(job, Refused::Overtaken, now);
                } else {
                    books.round.expired += 1;
                }
            }
        }
        if !books.postponements.is_empty() {
            let mut conn = self.connection().await?;
            store::postpone(&mut conn, now, &books.postponements).await?;
        }
        Ok(books.round)
    }
}
