//! Packs as many jobs into a transaction as fit.
//!
//! The law here: a packet keeps every limit of its format, bytes, accounts, instructions and
//! compute units, without being serialised; `tests` compare the numbers with serialised
//! transactions.

#[cfg(test)]
mod tests;

use crate::{job::Job, message};
use solana_instruction::Instruction;
use solana_message::v1;
use solana_sdk_ids::compute_budget;
use std::collections::{BTreeMap, HashMap};
use tessera_client::types::{Address, ID};

/// Most bytes of a version 0 transaction.
const PACKET: usize = 1_232;
/// Most compute units of a transaction, less a margin because they are estimates.
const UNITS: u32 = 1_200_000;
/// Number of transactions that are filled side by side.
const OPEN: usize = 4;
/// Bytes of the three compute budget instructions of version 0: program, no accounts, data.
const BUDGET: usize = (3 + 5) + (3 + 9) + (3 + 5);
/// Bytes of the settings in a version 1 header: the fee, the compute limit, the limit of loaded
/// data.
const CONFIG: usize = 8 + 4 + 4;

/// Number of accounts that charges under one plan share, and the least number that each has of its
/// own.
const SHARED: usize = 7;
const OWN: usize = 4;

/// Formats of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Version 0: 1,232 bytes, addresses from lookup tables.
    Zero,
    /// Version 1: 4,096 bytes, no lookup tables, limits in the header.
    One,
}

/// The limits of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) format: Format,
    bytes: usize,
    accounts: usize,
    instructions: usize,
}

impl Limits {
    /// The limits of a format on a network that locks up to `locks` accounts for a transaction.
    pub(crate) fn new(format: Format, locks: usize) -> Self {
        match format {
            Format::Zero => Self {
                format,
                bytes: PACKET,
                accounts: locks,
                instructions: usize::from(v1::MAX_INSTRUCTIONS),
            },
            Format::One => Self {
                format,
                bytes: v1::MAX_TRANSACTION_SIZE,
                accounts: locks.min(v1::MAX_ADDRESSES.into()),
                instructions: v1::MAX_INSTRUCTIONS.into(),
            },
        }
    }

    /// The most charges that fit into a transaction.
    pub(crate) fn charges(&self) -> u64 {
        (self.accounts.saturating_sub(SHARED) / OWN).max(1) as u64
    }
}

/// The index of the lookup table that holds an address.
pub(crate) type Places = HashMap<Address, usize>;

/// A transaction that is being filled.
#[derive(Debug, Clone, Default)]
pub(crate) struct Packet {
    pub(crate) jobs: Vec<Job>,
    /// Its accounts, and whether each is written.
    keys: BTreeMap<Address, bool>,
    /// Number of accounts that stand in the transaction itself.
    own: usize,
    /// Number of written and of read accounts from each table.
    looked_up: BTreeMap<usize, [usize; 2]>,
    instruction_bytes: usize,
    units: u32,
}

impl Packet {
    /// An empty transaction that `payer` pays, with its budget.
    fn new(payer: &Address, limits: &Limits) -> Self {
        let mut packet = Self::default();
        packet.keys.insert(*payer, true);
        // Called programs must stand in the transaction itself.
        packet.keys.insert(ID, false);
        if limits.format == Format::Zero {
            packet.keys.insert(compute_budget::ID, false);
        }
        packet.own = packet.keys.len();
        packet
    }

    /// The lookup tables that it uses.
    pub(crate) fn tables(&self) -> impl Iterator<Item = usize> {
        self.looked_up.keys().copied()
    }

    /// Adds a job; returns it when it would exceed a limit.
    fn take(&mut self, job: Job, limits: &Limits, places: &Places) -> Option<Job> {
        let mut larger = Self {
            jobs: Vec::new(),
            keys: self.keys.clone(),
            looked_up: self.looked_up.clone(),
            ..*self
        };
        larger.add(&job, limits.format, places);
        let jobs = self.jobs.len() + 1;
        let fits = larger.bytes(limits.format, jobs) <= limits.bytes
            && larger.keys.len() <= limits.accounts
            && jobs + budget_instructions(limits.format) <= limits.instructions
            && larger.units <= UNITS;
        if !fits {
            return Some(job);
        }
        larger.jobs = std::mem::take(&mut self.jobs);
        larger.jobs.push(job);
        *self = larger;
        None
    }

    fn add(&mut self, job: &Job, format: Format, places: &Places) {
        for account in &job.instruction.accounts {
            let (key, written) = (account.pubkey, account.is_writable);
            let table = match format {
                Format::Zero => places.get(&key),
                Format::One => None,
            };
            match self.keys.insert(key, written) {
                None => match table {
                    Some(table) => {
                        self.looked_up.entry(*table).or_default()[usize::from(!written)] += 1;
                    }
                    None => self.own += 1,
                },
                Some(true) => {
                    self.keys.insert(key, true);
                }
                Some(false) if written => {
                    // The account stands in the transaction itself, or moves from read to written
                    // among those looked up.
                    if let Some([writes, reads]) =
                        table.and_then(|table| self.looked_up.get_mut(table))
                        && ![ID, compute_budget::ID].contains(&key)
                    {
                        *writes += 1;
                        *reads -= 1;
                    }
                }
                Some(false) => {}
            }
        }
        self.instruction_bytes += instruction_bytes(&job.instruction, format);
        self.units = self.units.saturating_add(job.units);
    }

    /// Bytes of the transaction with `jobs` jobs.
    fn bytes(&self, format: Format, jobs: usize) -> usize {
        let signature = 64;
        // Version and header, the blockhash, the accounts.
        let common = 1 + 3 + 32 + 32 * self.own + self.instruction_bytes;
        match format {
            Format::One => signature + common + 4 + 1 + 1 + CONFIG,
            Format::Zero => {
                let tables: usize = self
                    .looked_up
                    .values()
                    .map(|[written, read]| 32 + counted(*written) + counted(*read))
                    .sum();
                let instructions = jobs + budget_instructions(format);
                let counts = length(1) + length(self.own) + length(instructions);
                signature + counts + common + BUDGET + length(self.looked_up.len()) + tables
            }
        }
    }
}

fn budget_instructions(format: Format) -> usize {
    match format {
        Format::Zero => message::BUDGET_INSTRUCTIONS,
        Format::One => 0,
    }
}

fn instruction_bytes(instruction: &Instruction, format: Format) -> usize {
    let (accounts, data) = (instruction.accounts.len(), instruction.data.len());
    match format {
        Format::Zero => 1 + counted(accounts) + counted(data),
        Format::One => 4 + accounts + data,
    }
}

/// Length of `bytes` bytes with their count in front.
fn counted(bytes: usize) -> usize {
    length(bytes) + bytes
}

/// Length of a count, at seven bits a byte.
fn length(count: usize) -> usize {
    match count {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        _ => 3,
    }
}

/// Puts jobs with the same accounts and the same tables side by side, the longest due first among
/// them.
pub(crate) fn sort(jobs: &mut [Job], places: &Places) {
    jobs.sort_by_key(|job| {
        (
            places.get(&job.subscription).copied(),
            job.kin,
            job.next_due,
        )
    });
}

/// Divides jobs, in order, among as few transactions as it can; a job that does not even fit alone
/// is dropped.
pub(crate) fn fill(
    jobs: Vec<Job>,
    payer: &Address,
    limits: &Limits,
    places: &Places,
) -> Vec<Packet> {
    let mut full = Vec::new();
    let mut open: Vec<Packet> = Vec::new();
    for job in jobs {
        let mut left = Some(job);
        for packet in &mut open {
            let Some(job) = left.take() else { break };
            left = packet.take(job, limits, places);
        }
        let Some(job) = left else { continue };
        let mut packet = Packet::new(payer, limits);
        let subscription = job.subscription;
        if packet.take(job, limits, places).is_some() {
            tracing::warn!(%subscription, "what is to be done fits no transaction");
            continue;
        }
        if open.len() == OPEN {
            full.push(open.remove(0));
        }
        open.push(packet);
    }
    full.extend(open);
    full
}

/// Packs jobs that fitted into one transaction.
pub(crate) fn repack(jobs: Vec<Job>, payer: &Address, limits: &Limits, places: &Places) -> Packet {
    let mut packet = Packet::new(payer, limits);
    for job in jobs {
        // A part of what fitted together fits.
        let _ = packet.take(job, limits, places);
    }
    packet
}
