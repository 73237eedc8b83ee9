//! A state as bytes: accounts as the program lays them out, everything else as borsh does, maps in
//! the order of their keys, so that equal states are equal bytes.

use super::{
    Agreement, MemberState, Numbered, State,
    rules::{Balance, References},
};
use borsh::{BorshDeserialize, BorshSerialize};
use bytemuck::{Pod, bytes_of, bytes_of_mut};
use std::{
    collections::{HashMap, HashSet},
    io::{Read, Result, Write},
};
use tessera_types::{Address, accounts::Issuer};

impl State {
    /// Writes the whole state.
    pub(crate) fn write(&self, to: &mut impl Write) -> Result<()> {
        let config: HashMap<Address, _> = self
            .config
            .map(|it| (Address::default(), it))
            .into_iter()
            .collect();
        put_map(&config, to, put)?;
        put_map(&self.orgs, to, put)?;
        put_map(&self.plans, to, put)?;
        put_map(&self.issuers, to, |it, to| {
            put(&it.account, to)?;
            it.references.serialize(to)
        })?;
        put_map(&self.codes, to, put)?;
        put_map(&self.members, to, |it, to| {
            put(&it.account, to)?;
            it.balance.serialize(to)?;
            it.references.serialize(to)
        })?;
        put_map(&self.subscriptions, to, |it, to| {
            put(&it.account, to)?;
            it.member.serialize(to)
        })?;
        put_map(&self.invoices, to, put)?;
        self.ledgers.serialize(to)?;
        put_map(&self.authorities, to, put)?;
        put_map(&self.campaigns, to, put)?;
        put_map(&self.pages, to, put)?;
        put_map(&self.claims, to, put)?;
        self.pools.serialize(to)?;
        self.positions.serialize(to)?;
        self.vaults.serialize(to)?;
        self.closed_orgs.serialize(to)?;
        self.orgs_of_closed.serialize(to)?;
        self.consents.serialize(to)?;
        self.chains.serialize(to)
    }

    /// Reads a state. Rent payers are not in it, because no receipt names them, nor is what can be
    /// derived.
    pub(crate) fn read(from: &mut impl Read) -> Result<Self> {
        let config = take_map(from, take)?;
        let mut state = Self {
            config: config.into_values().next(),
            orgs: take_map(from, take)?,
            plans: take_map(from, take)?,
            issuers: take_map(from, |from| {
                Ok(Numbered::<Issuer> {
                    account: take(from)?,
                    references: References::deserialize_reader(from)?,
                })
            })?,
            codes: take_map(from, take)?,
            members: take_map(from, |from| {
                Ok(MemberState {
                    account: take(from)?,
                    balance: Balance::deserialize_reader(from)?,
                    references: References::deserialize_reader(from)?,
                })
            })?,
            subscriptions: take_map(from, |from| {
                Ok(Agreement {
                    account: take(from)?,
                    member: Address::deserialize_reader(from)?,
                })
            })?,
            invoices: take_map(from, take)?,
            ledgers: HashMap::deserialize_reader(from)?,
            authorities: take_map(from, take)?,
            campaigns: take_map(from, take)?,
            pages: take_map(from, take)?,
            claims: take_map(from, take)?,
            pools: HashMap::deserialize_reader(from)?,
            positions: HashMap::deserialize_reader(from)?,
            vaults: HashMap::deserialize_reader(from)?,
            closed_orgs: HashSet::deserialize_reader(from)?,
            orgs_of_closed: HashMap::deserialize_reader(from)?,
            consents: HashSet::deserialize_reader(from)?,
            chains: HashMap::deserialize_reader(from)?,
            ..Self::default()
        };
        let delegates = state.authorities.iter();
        state.delegates = delegates.map(|(at, it)| (it.token_account, *at)).collect();
        Ok(state)
    }
}

fn put<T: Pod, W: Write>(value: &T, to: &mut W) -> Result<()> {
    to.write_all(bytes_of(value))
}

fn take<T: Pod, R: Read>(from: &mut R) -> Result<T> {
    let mut value = T::zeroed();
    from.read_exact(bytes_of_mut(&mut value))?;
    Ok(value)
}

fn put_map<T, W: Write>(
    map: &HashMap<Address, T>,
    to: &mut W,
    put: impl Fn(&T, &mut W) -> Result<()>,
) -> Result<()> {
    (map.len() as u64).serialize(to)?;
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(address, _)| **address);
    for (address, value) in entries {
        address.serialize(to)?;
        put(value, to)?;
    }
    Ok(())
}

/// Reserves nothing by the stated length, which may be false: reading ends with the bytes.
fn take_map<T, R: Read>(
    from: &mut R,
    take: impl Fn(&mut R) -> Result<T>,
) -> Result<HashMap<Address, T>> {
    let len = u64::deserialize_reader(from)?;
    let mut map = HashMap::new();
    for _ in 0..len {
        map.insert(Address::deserialize_reader(from)?, take(from)?);
    }
    Ok(map)
}
