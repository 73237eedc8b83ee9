//! A node that tests script: a history of awards and charges whose transactions, calls and accounts
//! have the shape that a real node answers with.

mod node;

use bytemuck::{Zeroable, bytes_of};
use solana_address::Address;
use solana_signature::Signature;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard},
};
use tessera_client::{
    carried::{self, InnerCall, OuterCall},
    receipts::ReceiptState,
};
use tessera_indexer::node::{Calls, Commitment, Content, Listed, Place, Transaction};
use tessera_types::{
    ID, LAYOUT_VERSION,
    accounts::{AccountType, Header, Member, Subscription},
    carrier::{SELF_CALL, TOKEN_PROGRAM, token},
    events::{Charged, EventType, LedgerShare, PointsAwarded, Receipt, Settlement},
};

const COMPUTE_BUDGET: Address =
    Address::from_str_const("ComputeBudget111111111111111111111111111111");

/// A program that is none of ours.
pub(crate) const FOREIGN: Address = Address::new_from_array([250; 32]);

/// What a transaction does.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Gives points to a member.
    Award { member: u8, points: u64 },
    /// Charges a subscription and pays `levels` referral levels.
    Charge { subscription: u8, levels: u8 },
    /// Both, in one transaction.
    Both { member: u8, subscription: u8 },
    /// Fails.
    Fail,
    /// Names the program without calling it, and is odd in every other way.
    Foreign,
    /// The chain goes on to its next slot.
    NextSlot,
}

/// The node. Everything of it can be changed at any time.
pub(crate) struct Chain(Mutex<State>);

pub(crate) struct State {
    pub(crate) genesis: [u8; 32],
    /// Transactions, oldest first, and the accounts that each left behind.
    pub(crate) history: Vec<(Listed, Transaction, Changes)>,
    /// How many of them have happened.
    pub(crate) happened: usize,
    /// Slots that are not final yet: the last ones.
    pub(crate) unsettled_slots: u64,
    /// Transactions that are not listed.
    pub(crate) unlisted: BTreeSet<Signature>,
    /// Whether the node lists accounts.
    pub(crate) lists_accounts: bool,
    /// How often accounts were read by address.
    pub(crate) readings: usize,
    /// Most signatures in one answer.
    pub(crate) page: usize,
    /// Transactions that the node lists and cannot show.
    pub(crate) unknown: BTreeSet<Signature>,
    /// Transactions of which the node does not show everything.
    pub(crate) withheld: BTreeSet<Signature>,
    /// How many slots too many the node says that there are.
    pub(crate) ahead: u64,
    /// Transactions about which the node never answers.
    pub(crate) stuck: BTreeSet<Signature>,
    /// Transactions that the node has forgotten: it lists nothing before them.
    pub(crate) forgotten: BTreeSet<Signature>,
    /// Addresses whose transactions the node does not list.
    pub(crate) refused: BTreeSet<Address>,
    /// What the node says of transactions that are on a fork only.
    pub(crate) forked: BTreeMap<Signature, u64>,
    /// Changes that no transaction tells of.
    pub(crate) silent: Changes,
    slot: u64,
    /// How many transactions there ever were, those that vanished among them.
    landed: usize,
    accounts: BTreeMap<Address, (Vec<u8>, ReceiptState)>,
}

type Changes = Vec<(Address, Option<Vec<u8>>)>;

pub(crate) fn member(number: u8) -> Address {
    Address::new_from_array([number; 32])
}

pub(crate) fn subscription(number: u8) -> Address {
    Address::new_from_array([100 + number; 32])
}

/// The `number`th transaction, from 0.
pub(crate) fn signature(number: usize) -> Signature {
    let mut bytes = [9; 64];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    bytes.into()
}

impl Chain {
    /// A chain on which `steps` have happened.
    pub(crate) fn new(steps: &[Step]) -> Arc<Self> {
        let mut state = State {
            genesis: [1; 32],
            history: Vec::new(),
            happened: 0,
            unsettled_slots: 0,
            unlisted: BTreeSet::new(),
            lists_accounts: true,
            readings: 0,
            page: 3,
            unknown: BTreeSet::new(),
            withheld: BTreeSet::new(),
            ahead: 0,
            stuck: BTreeSet::new(),
            forgotten: BTreeSet::new(),
            refused: BTreeSet::new(),
            forked: BTreeMap::new(),
            silent: Vec::new(),
            slot: 10,
            landed: 0,
            accounts: BTreeMap::new(),
        };
        for step in steps {
            state.take(step);
        }
        state.happened = state.history.len();
        Arc::new(Self(Mutex::new(state)))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0
            .lock()
            .expect("no test panics while it holds the chain")
    }
}

impl State {
    /// Lets one more step happen.
    pub(crate) fn take(&mut self, step: &Step) {
        match step {
            Step::NextSlot => self.slot += 1,
            Step::Fail => self.land(vec![], &[], true),
            Step::Foreign => self.foreign(),
            Step::Award { member: to, points } => {
                let call = self.award(*to, *points);
                self.land(vec![call], &[member(*to)], false);
            }
            Step::Charge {
                subscription: of,
                levels,
            } => {
                let call = self.charge(*of, *levels);
                self.land(vec![call], &[subscription(*of)], false);
            }
            Step::Both {
                member: to,
                subscription: of,
            } => {
                let calls = vec![self.award(*to, 5), self.charge(*of, 3)];
                self.land(calls, &[member(*to), subscription(*of)], false);
            }
        }
        self.happened = self.history.len();
    }

    /// A transaction that closes an account.
    pub(crate) fn close(&mut self, address: Address) {
        self.accounts.remove(&address);
        self.land(vec![ours(vec![])], &[address], false);
        self.happened = self.history.len();
    }

    fn award(&mut self, to: u8, points: u64) -> OuterCall {
        let account = member(to);
        let (data, receipts) = self.account(account);
        let before: Member = tessera_client::decode::account(&data).unwrap_or(Zeroable::zeroed());
        let event = PointsAwarded {
            receipt: next(account, &receipts),
            points,
            balance: before.points + points,
            ..Zeroable::zeroed()
        };
        let (raw, receipts) = append(account, receipts, &event, &[]);
        let after = Member {
            points: before.points + points,
            lifetime_points: u64::MAX,
            header: header(&receipts),
            ..before
        };
        self.accounts.insert(account, (encode(&after), receipts));
        ours(vec![made(ID, &[&[SELF_CALL], &raw[..]])])
    }

    fn charge(&mut self, of: u8, levels: u8) -> OuterCall {
        let account = subscription(of);
        let (data, receipts) = self.account(account);
        let before: Subscription =
            tessera_client::decode::account(&data).unwrap_or(Zeroable::zeroed());
        let shares: Vec<LedgerShare> = (0..levels)
            .map(|level| LedgerShare {
                ledger: Address::new_from_array([200 + level; 32]),
                amount: 10,
            })
            .collect();
        let commission = 10 * u64::from(levels);
        let event = Charged {
            receipt: next(account, &receipts),
            settlement: Settlement {
                debit: u64::MAX,
                merchant: u64::MAX - commission,
                keeper_fee: 0,
                points: 7,
                paid_through: 3_600,
                levels,
                ..Zeroable::zeroed()
            },
        };
        let (raw, receipts) = append(account, receipts, &event, &shares);
        let after = Subscription {
            periods_paid: before.periods_paid + 1,
            header: header(&receipts),
            ..before
        };
        self.accounts.insert(account, (encode(&after), receipts));
        // Two transfers, as to merchant and vault, each with a part of the receipt behind it.
        let (first, second) = raw.split_at(100);
        let transfer = [token::TRANSFER, 0, 0, 0, 0, 0, 0, 0, 0];
        ours(vec![
            made(TOKEN_PROGRAM, &[&transfer, first]),
            made(TOKEN_PROGRAM, &[&transfer, second]),
        ])
    }

    fn account(&self, address: Address) -> (Vec<u8>, ReceiptState) {
        let known = self.accounts.get(&address).cloned();
        known.unwrap_or_else(|| (vec![], ReceiptState::new(self.slot)))
    }

    /// A transaction that makes `calls` behind one of another program.
    fn land(&mut self, calls: Vec<OuterCall>, writable: &[Address], failed: bool) {
        let other = OuterCall {
            program: COMPUTE_BUDGET,
            inner: vec![],
        };
        let calls = match failed {
            true => vec![],
            false => [vec![other], calls].concat(),
        };
        self.list(calls, writable, failed);
    }

    /// A transaction that lists the program and its accounts, from a node that does not even say
    /// who made its calls.
    fn foreign(&mut self) {
        let receipt = [&[token::TRANSFER; 9][..], &PointsAwarded::DISCRIMINATOR].concat();
        let call = |height| InnerCall {
            program: TOKEN_PROGRAM,
            data: receipt.clone(),
            accounts: vec![],
            height,
        };
        let calls = vec![OuterCall {
            program: FOREIGN,
            inner: vec![call(None), call(Some(9)), call(Some(0))],
        }];
        let writable: Vec<Address> = (1..=60).map(member).collect();
        self.list(calls, &writable, false);
    }

    fn list(&mut self, calls: Vec<OuterCall>, writable: &[Address], failed: bool) {
        let of_slot = |(info, ..): &&(Listed, Transaction, Changes)| info.slot == self.slot;
        let index = u32::try_from(self.history.iter().filter(of_slot).count()).expect("few");
        let info = Listed {
            signature: signature(self.landed),
            slot: self.slot,
            index: Some(index),
            failed,
        };
        let content = match carried::concerns_program(&calls) {
            true => Content::Calls(Calls {
                calls,
                touched: writable.to_vec(),
            }),
            false => Content::Nothing,
        };
        let transaction = Transaction {
            signature: info.signature,
            place: Place {
                slot: self.slot,
                index,
            },
            content,
        };
        let changes = writable
            .iter()
            .map(|address| {
                let data = self.accounts.get(address).map(|(data, _)| data.clone());
                (*address, data)
            })
            .collect();
        self.history.push((info, transaction, changes));
        self.landed += 1;
    }

    /// Lets a subscription be as before its last charge, which vanished.
    pub(crate) fn forget_last_charge(&mut self, of: u8) {
        let account = subscription(of);
        let before = self.history.iter().rev().find_map(|(_, _, changes)| {
            let change = changes.iter().find(|(address, _)| *address == account)?;
            change.1.clone()
        });
        match before {
            None => {
                self.accounts.remove(&account);
            }
            Some(data) => {
                let decoded: Subscription =
                    tessera_client::decode::account(&data).expect("a subscription");
                let receipts = ReceiptState::from(&decoded.header);
                self.accounts.insert(account, (data, receipts));
            }
        }
    }

    /// Transactions that vanish, with all that they changed, as if they had never been.
    pub(crate) fn vanish(&mut self, last: usize) -> Vec<(Listed, Transaction, Changes)> {
        let gone = self.history.split_off(self.history.len() - last);
        self.happened = self.history.len();
        gone
    }

    /// What vanished lands again, as the second transaction of the next slot.
    pub(crate) fn land_again(&mut self, mut moved: (Listed, Transaction, Changes)) {
        self.take(&Step::NextSlot);
        self.take(&Step::Fail);
        let (listed, transaction, _) = &mut moved;
        (listed.slot, listed.index) = (self.slot, Some(1));
        (transaction.place.slot, transaction.place.index) = (self.slot, 1);
        self.history.push(moved);
        self.happened = self.history.len();
    }

    /// The last slot that is whole.
    fn now(&self) -> u64 {
        let next = self.history.get(self.happened);
        next.map_or(self.slot, |(info, ..)| info.slot - 1)
    }

    fn tip(&self, commitment: Commitment) -> u64 {
        match commitment {
            Commitment::Confirmed => self.now(),
            Commitment::Finalized => self.now().saturating_sub(self.unsettled_slots),
        }
    }

    fn live(&self) -> BTreeMap<Address, Vec<u8>> {
        let mut live = BTreeMap::new();
        let told = self.visible(Commitment::Confirmed);
        let told = told.flat_map(|(_, _, changes)| changes);
        for (address, data) in told.chain(&self.silent) {
            match data {
                Some(data) => live.insert(*address, data.clone()),
                None => live.remove(address),
            };
        }
        live
    }

    fn visible(
        &self,
        commitment: Commitment,
    ) -> impl Iterator<Item = &(Listed, Transaction, Changes)> {
        let tip = self.tip(commitment);
        let happened = self.history[..self.happened].iter();
        happened.filter(move |(info, ..)| info.slot <= tip)
    }
}

/// A call of the program by a transaction, and what the program calls for it.
fn ours(inner: Vec<InnerCall>) -> OuterCall {
    OuterCall { program: ID, inner }
}

/// A call that the program makes.
fn made(program: Address, data: &[&[u8]]) -> InnerCall {
    InnerCall {
        program,
        data: data.concat(),
        accounts: vec![],
        height: Some(2),
    }
}

fn header(receipts: &ReceiptState) -> Header {
    Header {
        version: LAYOUT_VERSION,
        life: receipts.life,
        receipt_seq: receipts.seq,
        receipt_head: receipts.head,
        ..Zeroable::zeroed()
    }
}

fn next(account: Address, receipts: &ReceiptState) -> Receipt {
    Receipt {
        account,
        life: receipts.life,
        seq: receipts.seq + 1,
        at: 1_000,
    }
}

fn append<E: EventType>(
    account: Address,
    mut receipts: ReceiptState,
    event: &E,
    shares: &[LedgerShare],
) -> (Vec<u8>, ReceiptState) {
    let mut raw = [&E::DISCRIMINATOR[..], bytes_of(event)].concat();
    for share in shares {
        raw.extend_from_slice(bytes_of(share));
    }
    receipts
        .append(&account, &raw)
        .expect("the next receipt of its account");
    (raw, receipts)
}

fn encode<A: AccountType>(account: &A) -> Vec<u8> {
    [&A::DISCRIMINATOR[..], bytes_of(account)].concat()
}
