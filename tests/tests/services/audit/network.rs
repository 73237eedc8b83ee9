//! A node of a network that the model runs.

mod tokens;

use solana_signature::Signature;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tessera_bench_audit::{Business, Left, Size};
use tessera_client::{
    Account, Event, address,
    carried::{InnerCall, OuterCall},
    model::Transfer,
    types::{Address, ID, accounts::Plan, carrier::TOKEN_PROGRAM},
};
use tessera_indexer::node::{
    Calls, Commitment, Content, Listed, Listing, Node, NodeError, Place, Reading, Result, Shard,
    Status, Tip, Transaction, async_trait,
};

pub(super) const GENESIS: [u8; 32] = [11; 32];

/// Slots until one is finalized.
const DEPTH: u64 = 5;

/// Whether somebody writes with each request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Busy {
    Writing,
    Resting,
}

/// A transaction as it happened.
#[derive(Clone)]
pub(super) struct Happened {
    /// What distinguishes the transactions of one network from another's.
    salt: u8,
    pub(super) slot: u64,
    pub(super) index: u32,
    /// None when it only moved tokens.
    pub(super) raw: Option<Vec<u8>>,
    pub(super) transfers: Vec<Transfer>,
}

impl Happened {
    fn signature(&self) -> Signature {
        let mut bytes = [self.salt; 64];
        bytes[..8].copy_from_slice(&self.slot.to_be_bytes());
        bytes[8..12].copy_from_slice(&self.index.to_be_bytes());
        Signature::from(bytes)
    }
}

/// How the node bends what it shows.
pub(super) struct Bent {
    /// The genesis that it names.
    pub(super) genesis: [u8; 32],
    /// Slots that it is behind, fewer each time that it is asked for its tip.
    pub(super) behind: u64,
    /// Most accounts in an answer.
    pub(super) most_accounts: usize,
    /// How often an answer was too long.
    pub(super) too_long: usize,
    /// Changes an account as it is shown.
    pub(super) account: fn(&mut Account),
    /// Changes a transaction as it is shown; none hides it.
    pub(super) transaction: fn(Happened) -> Option<Happened>,
    /// Calls that awards of points come with.
    pub(super) calls: fn() -> Vec<InnerCall>,
    /// The transaction that the node cannot read.
    pub(super) unreadable: Option<usize>,
    /// Accounts that are shown wrongly once only.
    pub(super) flicker: usize,
    /// Receipts that it showed.
    pub(super) shown: usize,
}

struct Chain {
    salt: u8,
    business: Business,
    happened: Vec<Happened>,
    unlisted: Vec<Signature>,
    addresses: Vec<Address>,
    busy: Busy,
    founded: usize,
    turn: usize,
    requests: usize,
    bent: Bent,
}

pub(super) struct Network(Mutex<Chain>);

impl Network {
    /// A network with a few orgs, on which much happened.
    pub(super) fn start(busy: Busy) -> Self {
        Self::with(1, Business::default(), busy, 3)
    }

    /// The same with plans that consent to a permanent delegate.
    pub(super) fn seizable(busy: Busy) -> Self {
        let mut business = Business::default();
        business.plan_flags = Plan::PERMANENT_DELEGATE;
        Self::with(1, business, busy, 3)
    }

    /// Another network, on which less happened, in other slots.
    pub(super) fn young() -> Self {
        let mut business = Business::default();
        business.slot -= 900;
        Self::with(2, business, Busy::Resting, 0)
    }

    fn with(salt: u8, business: Business, busy: Busy, months: usize) -> Self {
        let mut chain = Chain {
            salt,
            business,
            happened: vec![],
            unlisted: vec![],
            addresses: vec![],
            busy,
            founded: 0,
            turn: 0,
            requests: 0,
            bent: Bent {
                genesis: GENESIS,
                behind: 0,
                most_accounts: usize::MAX,
                too_long: 0,
                account: |_| {},
                transaction: Some,
                calls: Vec::new,
                unreadable: None,
                flicker: 0,
                shown: 0,
            },
        };
        let size = Size {
            orgs: 5,
            plans: 4,
            members: 12,
        };
        chain.act(|business, left| business.found(size, left));
        for _ in 0..months {
            chain.live(200);
        }
        chain.finalize();
        chain.founded = chain.happened.len();
        Self(Mutex::new(chain))
    }

    fn chain(&self) -> MutexGuard<'_, Chain> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets more happen, and be finalized.
    pub(super) fn live(&self, turns: usize) {
        let mut chain = self.chain();
        chain.live(turns);
        chain.finalize();
    }

    pub(super) fn bend<T>(&self, bend: impl FnOnce(&mut Bent) -> T) -> T {
        bend(&mut self.chain().bent)
    }

    /// Somebody moves tokens into a vault, or out of it.
    pub(super) fn send(&self, vault: Address, amount: i64) -> Signature {
        let mut chain = self.chain();
        let signature = chain.send(vault, amount);
        chain.finalize();
        signature
    }

    /// A vault holds less, and the node lists no transaction that says why.
    pub(super) fn lose(&self, vault: Address, amount: i64) {
        let lost = self.send(vault, -amount);
        self.chain().unlisted.push(lost);
    }

    pub(super) fn vault(&self, org: usize) -> Address {
        self.chain().business.vault(org)
    }

    pub(super) fn org(&self, org: usize) -> Address {
        self.chain().business.org(org)
    }

    /// The accounts of a customer: subscription and member.
    pub(super) fn accounts_of(&self, customer: usize) -> (Address, Address) {
        self.chain().business.accounts_of(customer)
    }

    pub(super) fn slot(&self) -> u64 {
        self.chain().business.slot
    }

    pub(super) fn written_meanwhile(&self) -> usize {
        let chain = self.chain();
        chain.happened.len() - chain.founded
    }

    pub(super) fn transactions(&self) -> usize {
        let chain = self.chain();
        chain.happened.iter().filter(|it| it.raw.is_some()).count()
    }

    pub(super) fn accounts(&self) -> Vec<(Address, Account)> {
        let chain = self.chain();
        chain.business.accounts(&chain.addresses)
    }
}

impl Chain {
    fn act(&mut self, act: impl FnOnce(&mut Business, &mut dyn FnMut(Left))) {
        let (happened, addresses) = (&mut self.happened, &mut self.addresses);
        let salt = self.salt;
        act(&mut self.business, &mut |left| {
            let event = Event::decode(&left.raw).expect("an event");
            if event.receipt().seq == 1 {
                addresses.push(event.receipt().account);
            }
            if let Event::Subscribed(it, _) = &event {
                addresses.push(address::authority(&it.payer_token));
            }
            happened.push(Happened {
                salt,
                slot: left.slot,
                index: next_index(happened, left.slot),
                raw: Some(left.raw),
                transfers: left.transfers,
            });
        });
    }

    fn send(&mut self, vault: Address, amount: i64) -> Signature {
        let stranger = Address::new_from_array([99; 32]);
        self.business.send(vault, amount);
        let (from, to) = match amount > 0 {
            true => (stranger, vault),
            false => (vault, stranger),
        };
        let slot = self.business.slot;
        self.happened.push(Happened {
            salt: self.salt,
            slot,
            index: next_index(&self.happened, slot),
            raw: None,
            transfers: vec![Transfer {
                from,
                to,
                amount: amount.unsigned_abs(),
            }],
        });
        self.happened.last().expect("it happened").signature()
    }

    /// Lets so much happen: charges, claims, awards, invoices that are paid and closed, dust.
    fn live(&mut self, turns: usize) {
        for _ in 0..turns {
            self.turn += 1;
            let turn = self.turn;
            if turn.is_multiple_of(60) {
                self.business.period_passes();
            }
            self.act(|business, left| {
                business.charge(turn, left);
            });
            match turn % 5 {
                0 => self.act(|business, left| business.award(turn, left)),
                1 => self.act(|business, left| business.claim(turn, left)),
                2 => {
                    let vault = self.business.vault(turn % 4);
                    self.send(vault, 1);
                }
                3 if turn % 50 == 3 => {
                    let mut invoice = Address::default();
                    self.act(|business, left| invoice = business.invoice(turn, left));
                    self.business.now += 11;
                    self.business.slot += 1;
                    self.act(|business, left| business.close(invoice, left));
                }
                _ => {}
            }
            if turn.is_multiple_of(4) {
                self.business.slot += 1;
            }
        }
    }

    fn finalize(&mut self) {
        self.business.slot += DEPTH + 1;
    }

    /// Somebody writes while a request is on its way.
    fn tick(&mut self) {
        self.requests += 1;
        // Slower than who reads: each look would take longer than the one before.
        if self.busy == Busy::Writing && self.requests.is_multiple_of(3) {
            self.live(1);
        }
    }

    fn tip(&self, commitment: Commitment) -> u64 {
        let depth = match commitment {
            Commitment::Confirmed => 1,
            Commitment::Finalized => DEPTH,
        };
        self.business.slot - depth
    }

    /// An account as the node shows it.
    fn show(&mut self, address: &Address) -> Option<Vec<u8>> {
        let mut account = self.business.state.account(address)?;
        (self.bent.account)(&mut account);
        if self.bent.flicker > 0
            && let Account::Member(member) = &mut account
        {
            self.bent.flicker -= 1;
            member.points += 1;
        }
        Some(account.encode())
    }
}

fn next_index(happened: &[Happened], slot: u64) -> u32 {
    let last = happened.last().filter(|it| it.slot == slot);
    last.map_or(0, |it| it.index + 1)
}

fn content(happened: &Happened, calls: fn() -> Vec<InnerCall>) -> Content {
    let Some(raw) = &happened.raw else {
        return Content::Nothing;
    };
    let event = Event::decode(raw).ok();
    let signer = match &event {
        Some(Event::Subscribed(it, _)) => it.wallet,
        Some(Event::InvoicePaid(it, _)) => it.wallet,
        _ => ID,
    };
    let moved = |it: &Transfer| InnerCall {
        program: TOKEN_PROGRAM,
        accounts: vec![it.from, it.to, signer],
        data: [&[3], &it.amount.to_le_bytes()[..]].concat(),
        height: Some(2),
    };
    let mut inner: Vec<InnerCall> = happened.transfers.iter().map(moved).collect();
    if matches!(event, Some(Event::PointsAwarded(_))) {
        inner.extend(calls());
    }
    inner.push(InnerCall {
        program: ID,
        accounts: vec![],
        data: [&[255], &raw[..]].concat(),
        height: Some(2),
    });
    let program = ID;
    Content::Calls(Calls {
        calls: vec![OuterCall { program, inner }],
        touched: vec![],
    })
}

#[async_trait]
impl Node for Network {
    async fn genesis_hash(&self) -> Result<[u8; 32]> {
        Ok(self.chain().bent.genesis)
    }

    async fn tip(&self, commitment: Commitment) -> Result<Tip> {
        let mut chain = self.chain();
        chain.tick();
        chain.business.slot += 1;
        let behind = chain.bent.behind;
        chain.bent.behind = behind.saturating_sub(50);
        Ok(Tip {
            slot: chain.tip(commitment) - behind,
            at: chain.business.now,
        })
    }

    async fn signatures(&self, listing: &Listing) -> Result<Vec<Listed>> {
        const PAGE: usize = 50;
        let mut chain = self.chain();
        chain.tick();
        let tip = chain.tip(listing.commitment);
        assert!(listing.min_slot <= tip, "the node has not seen that slot");
        let named = |it: &Happened| match listing.address == ID {
            true => it.raw.is_some(),
            false => it
                .transfers
                .iter()
                .any(|moved| [moved.from, moved.to].contains(&listing.address)),
        };
        let settled = chain.happened.iter().rev().filter(|it| it.slot <= tip);
        let settled = settled.filter(|it| !chain.unlisted.contains(&it.signature()));
        let listed = settled.filter(|it| named(it)).map(|it| Listed {
            signature: it.signature(),
            slot: it.slot,
            index: None,
            failed: false,
        });
        let mut page: Vec<Listed> = match listing.before {
            None => listed.take(PAGE).collect(),
            Some(before) => listed
                .skip_while(|it| it.signature != before)
                .skip(1)
                .take(PAGE)
                .collect(),
        };
        // Nodes promise no order inside a slot, as long as pages go on.
        if let Some(last) = page.last().map(|it| it.slot) {
            let whole = page.partition_point(|it| it.slot > last);
            for slot in page[..whole].chunk_by_mut(|one, other| one.slot == other.slot) {
                slot.reverse();
            }
        }
        Ok(page)
    }

    async fn transaction(&self, listed: &Listed, _: Commitment) -> Result<Transaction> {
        let mut chain = self.chain();
        chain.tick();
        chain.bent.shown += 1;
        let unreadable = chain.bent.unreadable == Some(chain.bent.shown);
        let found = chain.happened.iter();
        let found = found.rev().find(|it| it.signature() == listed.signature);
        let found = found.expect("it was listed").clone();
        let (slot, index) = (found.slot, found.index);
        let shown = (chain.bent.transaction)(found);
        let content = match shown {
            _ if unreadable => Content::Unreadable {
                reason: "of another version".to_owned(),
                bytes: vec![],
            },
            Some(shown) => content(&shown, chain.bent.calls),
            None => Content::Nothing,
        };
        Ok(Transaction {
            signature: listed.signature,
            place: Place { slot, index },
            content,
        })
    }

    async fn statuses(&self, signatures: &[Signature]) -> Result<Vec<Option<Status>>> {
        let chain = self.chain();
        let status = |signature: &Signature| {
            let mut happened = chain.happened.iter();
            let found = happened.find(|it| it.signature() == *signature)?;
            Some(Status {
                slot: found.slot,
                finalized: found.slot <= chain.tip(Commitment::Finalized),
            })
        };
        Ok(signatures.iter().map(status).collect())
    }

    async fn accounts(&self, addresses: &[Address], min_slot: u64) -> Result<Reading> {
        assert!(addresses.len() <= 100);
        let mut chain = self.chain();
        chain.tick();
        let slot = chain.business.slot;
        assert!(min_slot <= slot, "the node has not seen that slot");
        let accounts = addresses.iter().map(|it| (*it, chain.show(it)));
        let accounts = accounts.collect();
        Ok(Reading { slot, accounts })
    }

    async fn shard(&self, shard: &Shard, min_slot: u64) -> Result<Reading> {
        let mut chain = self.chain();
        chain.tick();
        // The slot under way: some of its transactions are still to come.
        let slot = chain.business.slot;
        assert!(min_slot <= slot, "the node has not seen that slot");
        let mut accounts = vec![];
        for address in chain.addresses.clone() {
            let data = chain.show(&address);
            let Some(data) = data.filter(|it| it.starts_with(&shard.discriminator)) else {
                continue;
            };
            if data[shard.offset..].starts_with(&shard.prefix) {
                accounts.push((address, Some(data)));
            }
        }
        if accounts.len() > chain.bent.most_accounts {
            chain.bent.too_long += 1;
            return Err(NodeError::TooLong {
                method: "getProgramAccounts",
                limit: 0,
            });
        }
        Ok(Reading { slot, accounts })
    }
}
