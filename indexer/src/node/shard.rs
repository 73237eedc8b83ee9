//! Parts of the program's accounts that each fit into one answer: the accounts of one kind, or those
//! of them in which some bytes begin alike.

use tessera_client::types::accounts::{
    AccountType, Authority, Campaign, Claim, Code, Config, Invoice, Issuer, Ledger, Member,
    NullifierPage, Org, Plan, Position, StakePool, Subscription,
};

/// Offset of the hash over an account's receipts, whose bytes are spread evenly.
const HEAD: usize = 8 + 56;
/// Offset of the token account in an authority, which has no receipt before its last. One wallet
/// may have many authorities, a token account has one.
const TOKEN_ACCOUNT: usize = 8 + 152;

/// A part of the program's accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shard {
    /// The kind's discriminator.
    pub discriminator: [u8; 8],
    /// Length of an account of this kind; later versions may be longer.
    pub len: usize,
    /// Offset of the bytes by which a kind is split.
    pub offset: usize,
    /// The beginning of these bytes.
    pub prefix: Vec<u8>,
}

impl Shard {
    fn of<T: AccountType>() -> Self {
        let authority = T::DISCRIMINATOR == Authority::DISCRIMINATOR;
        Self {
            discriminator: T::DISCRIMINATOR,
            len: 8 + size_of::<T>(),
            offset: if authority { TOKEN_ACCOUNT } else { HEAD },
            prefix: vec![],
        }
    }

    /// The same accounts in 256 parts.
    pub fn split(&self) -> impl Iterator<Item = Self> + '_ {
        (0..=u8::MAX).map(|byte| Self {
            prefix: [&self.prefix[..], &[byte]].concat(),
            ..self.clone()
        })
    }
}

/// All of the program's accounts, a shard a kind.
pub fn shards() -> Vec<Shard> {
    vec![
        Shard::of::<Config>(),
        Shard::of::<Org>(),
        Shard::of::<Issuer>(),
        Shard::of::<Plan>(),
        Shard::of::<Member>(),
        Shard::of::<Code>(),
        Shard::of::<Authority>(),
        Shard::of::<Subscription>(),
        Shard::of::<Invoice>(),
        Shard::of::<Ledger>(),
        Shard::of::<Campaign>(),
        Shard::of::<NullifierPage>(),
        Shard::of::<Claim>(),
        Shard::of::<StakePool>(),
        Shard::of::<Position>(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::{Zeroable, bytes_of};
    use tessera_client::types::{Address, accounts::Header};

    #[test]
    fn kinds_are_split_by_bytes_that_differ_between_accounts() {
        let mut header = Header::zeroed();
        header.receipt_head = [7; 32];
        let org = Org {
            header,
            ..Org::zeroed()
        };
        let authority = Authority {
            token_account: Address::new_from_array([9; 32]),
            ..Authority::zeroed()
        };
        let org = [&Org::DISCRIMINATOR, bytes_of(&org)].concat();
        let authority = [&Authority::DISCRIMINATOR, bytes_of(&authority)].concat();
        let place = |shard: &Shard| shard.offset..shard.offset + 32;
        let (orgs, authorities) = (Shard::of::<Org>(), Shard::of::<Authority>());
        assert_eq!((org.len(), &org[place(&orgs)]), (orgs.len, &[7; 32][..]));
        assert_eq!(authority[place(&authorities)], [9; 32]);
    }

    #[test]
    fn the_parts_of_a_shard_are_all_of_it() {
        let whole = Shard::of::<Plan>();
        let parts: Vec<Shard> = whole.split().collect();
        assert_eq!(parts.len(), 256);
        let deeper: Vec<Shard> = parts[255].split().collect();
        assert_eq!(deeper[0].prefix, [255, 0]);
    }
}
